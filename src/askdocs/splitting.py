"""Document -> passages: verbatim slices that follow headings, paragraphs and sentences.

Running text parts into sentences; lines that stand for themselves (list items, table rows,
headings) are sentences of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from askdocs.sentences import sentence_spans
from askdocs.types import Anchor, Document, Passage, Span

SPLITTER = "2"
"""Version of the rules here; an index made by other rules is split again."""

_BREAKING = frozenset({"heading", "page", "slide", "sheet", "chapter", "message", "attachment"})
_NAMING = ("message", "attachment", "chapter", "sheet", "heading")
"""The kinds of anchors whose labels say what a text is about, the outer ones first."""

LIST_MARK = r"(?:[-*+•‣◦▪–·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])"
"""What stands in front of an item of a list."""
TABLE_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
"""A row of a Markdown table."""
_BULLET = re.compile(rf"[ \t]*(?:{LIST_MARK}|>)[ \t]+")
_STARTS_ANEW = re.compile(rf"{_BULLET.pattern}|[A-Za-z][\w -]{{0,24}}:[ \t]")  # an item, a field
_LABEL = re.compile(
    r"(?:table|fig(?:ure|\.)?|sec(?:tion|\.)?|chapter|part|step|item|note|annex|appendix|exhibit|"
    r"art(?:icle|\.)?|no\.?|nos\.?|ref\.?)(?: ?[\dIVX][\w.-]*)?\.?",
    re.I,
)
_NO_WORDS = re.compile(r"[\W_]+")
_WRAP_WIDTHS = range(50, 121)
_EARLY = 0.75  # of the target size: a paragraph's end is the better place to break
_LONGEST_PIECE = 400  # characters of a "sentence" that has to be cut, such as a base64 line


@dataclass(frozen=True, slots=True)
class _Unit:
    """The smallest piece a passage is packed from: a sentence with the marks around it."""

    start: int
    end: int
    sentence: Span | None
    tokens: int
    ends_paragraph: bool


def split(
    document: Document, count_tokens: Callable[[str], int], *, max_tokens: int
) -> list[Passage]:
    """The passages of `document`, in order; each non-blank character is in exactly one of them.

    A passage takes at most `max_tokens` as `count_tokens` counts them, unless a single unbroken
    piece of a few characters takes more. Passages begin anew at headings, pages and the like, but
    not where these begin within a line.

    >>> text = "It rained. We left."
    >>> document = Document("a", text, "a", "")
    >>> [p.text for p in split(document, lambda t: len(t.split()), max_tokens=2)]
    ['It rained.', 'We left.']
    """
    passages = []
    lines = _Lines.of(document)
    headings = _Headings(document.anchors)
    for section in _sections(document, lines):
        units = list(_units(document, section, lines, count_tokens, max_tokens))
        heading = headings.at(_body(document.text, section, lines.headings))
        for group in _pack(units, max_tokens):
            start, end = group[0].start, group[-1].end
            sentences = tuple(unit.sentence for unit in group if unit.sentence)
            passages.append(
                Passage(document.id, start, end, document.text[start:end], heading, sentences)
            )
    return passages


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where the lines begin that are known to be headings and rows of tables."""

    headings: frozenset[int]
    rows: frozenset[int]
    alone: frozenset[int]

    @classmethod
    def of(cls, document: Document) -> _Lines:
        headings, rows = (
            frozenset(a.start for a in document.anchors if a.kind == kind)
            for kind in ("heading", "row")
        )
        return cls(headings, rows, headings | rows)


class _Headings:
    """What stands above each position, outer names first; asked from the beginning to the end."""

    def __init__(self, anchors: tuple[Anchor, ...]) -> None:
        naming = [anchor for anchor in anchors if anchor.kind in _NAMING]
        self._waiting = sorted(naming, key=lambda a: (a.start, -a.end), reverse=True)
        self._around: list[Anchor] = []

    def at(self, position: int) -> str:
        while self._waiting and self._waiting[-1].start <= position:
            self._around.append(self._waiting.pop())
        self._around = [anchor for anchor in self._around if anchor.end > position]
        innermost = {anchor.kind: anchor.label for anchor in self._around}
        labels = [innermost[kind] for kind in _NAMING if kind in innermost]
        return " > ".join(
            label
            for label, inner in zip_longest(labels, labels[1:], fillvalue="")
            if not inner.startswith(label)  # a chapter is named by its first heading, too
        )


def _sections(document: Document, lines: _Lines) -> list[Span]:
    """The stretches between breaking anchors; a heading right above another stays with it."""
    text = document.text
    breaks = {a.start for a in document.anchors if a.kind in _BREAKING}
    starts = sorted({start for start in breaks if text[start - 1 : start] == "\n"} | {0})
    ends = [*starts[1:], len(text)]
    sections: list[Span] = []
    for start, end in zip(starts, ends, strict=True):
        if sections and not _has_body(text, sections[-1], lines.headings):
            sections[-1] = (sections[-1][0], end)
        else:
            sections.append((start, end))
    return sections


def _has_body(text: str, section: Span, headings: frozenset[int]) -> bool:
    return any(True for _ in _body_lines(text, section, headings))


def _body(text: str, section: Span, headings: frozenset[int]) -> int:
    """Where a section's own words begin, below the headings that stand above them."""
    return next(_body_lines(text, section, headings), section[0])


def _body_lines(text: str, section: Span, headings: frozenset[int]) -> Iterator[int]:
    return (a for a, b in _lines(text, section) if a not in headings and text[a:b].strip())


def _units(
    document: Document,
    section: Span,
    lines: _Lines,
    count_tokens: Callable[[str], int],
    max_tokens: int,
) -> Iterator[_Unit]:
    for start, end, ends_paragraph in _blocks(document.text, section, lines):
        block = document.text[start:end]
        if start in lines.headings or not _NO_WORDS.sub("", block):
            spans: list[tuple[Span, bool]] = [((start, end), False)]
        elif start in lines.rows or TABLE_ROW.match(block):
            spans = [((start, end), True)]
        else:
            spans = [((start + a, start + b), True) for a, b in _sentences(block)]
        pieces = [
            (piece, quotable)
            for span, quotable in spans
            for piece in _cut(document.text, span, count_tokens, max_tokens)
        ]
        for number, ((a, b), quotable) in enumerate(pieces):
            last = number == len(pieces) - 1
            tokens = count_tokens(document.text[a:b])
            sentence = _sentence(document.text, (a, b)) if quotable else None
            yield _Unit(a, b, sentence, tokens, last and ends_paragraph)


def _sentences(block: str) -> Iterator[Span]:
    """The sentences of a block; the number of an item or a caption is no sentence of its own."""
    bullet = _BULLET.match(block)
    after = bullet.end() if bullet and bullet.end() < len(block) else 0
    start: int | None = 0
    for a, b in sentence_spans(block[after:]):
        start = after + a if start is None else start
        if after + b < len(block) and _LABEL.fullmatch(block, after + a, after + b):
            continue
        yield start, after + b
        start = None


def _sentence(text: str, span: Span) -> Span | None:
    """The span without the bullet or number in front of it; `None` if no word is left."""
    bullet = _BULLET.match(text, span[0], span[1])
    start = bullet.end() if bullet and bullet.end() < span[1] else span[0]
    return (start, span[1]) if _NO_WORDS.sub("", text[start : span[1]]) else None


def _lines(text: str, section: Span) -> Iterator[Span]:
    start = section[0]
    while start < section[1]:
        end = text.find("\n", start, section[1])
        end = section[1] if end < 0 else end
        yield start, end
        start = end + 1


def _blocks(text: str, section: Span, known: _Lines) -> Iterator[tuple[int, int, bool]]:
    """Runs of lines that belong together, trimmed: (start, end, whether a paragraph ends)."""
    lines = [(a, b, text[a:b]) for a, b in _lines(text, section)]
    longest = max((len(line.rstrip()) for _, _, line in lines), default=0)
    open_block: Span | None = None
    for number, (a, _, line) in enumerate(lines):
        if not line.strip():
            continue
        start = open_block[0] if open_block else a + len(line) - len(line.lstrip())
        end = a + len(line.rstrip())
        following = lines[number + 1] if number + 1 < len(lines) else None
        if (
            following is not None
            and a not in known.alone
            and _continues(line.rstrip(), following[2], longest, following[0] in known.alone)
        ):
            open_block = (start, end)
            continue
        open_block = None
        yield start, end, following is None or not following[2].strip()


def _continues(line: str, following: str, longest: int, new_follows: bool) -> bool:
    """Whether the line break after `line` only wraps a sentence of a text of that width."""
    if not following.strip() or new_follows or _STARTS_ANEW.match(following):
        return False
    if TABLE_ROW.match(line) or TABLE_ROW.match(following):
        return False
    first_word = following.split(maxsplit=1)[0]
    return longest in _WRAP_WIDTHS and len(line) + 1 + len(first_word) > longest


def _cut(
    text: str, span: Span, count_tokens: Callable[[str], int], max_tokens: int
) -> Iterator[Span]:
    """`span` itself, or pieces of it that fit, cut at blanks where there are any."""
    start, end = span
    if count_tokens(text[start:end]) <= max_tokens:
        yield span
        return
    pieces = [
        (start + m.start(), start + m.end())
        for m in re.finditer(rf"\S{{1,{_LONGEST_PIECE}}}\s*", text[start:end])
    ]
    pieces = [fit for piece in pieces for fit in _halve(text, piece, count_tokens, max_tokens)]
    a, b, used = *pieces[0], count_tokens(text[slice(*pieces[0])])
    for c, d in pieces[1:]:
        tokens = count_tokens(text[c:d])
        if used + tokens > max_tokens:
            yield a, a + len(text[a:b].rstrip())
            a, used = c, 0
        b, used = d, used + tokens
    yield a, a + len(text[a:b].rstrip())


def _halve(
    text: str, span: Span, count_tokens: Callable[[str], int], max_tokens: int
) -> list[Span]:
    start, end = span
    if end - start < 2 or count_tokens(text[start:end]) <= max_tokens:
        return [span]
    middle = (start + end) // 2
    return _halve(text, (start, middle), count_tokens, max_tokens) + _halve(
        text, (middle, end), count_tokens, max_tokens
    )


def _pack(units: list[_Unit], max_tokens: int) -> Iterator[list[_Unit]]:
    """Groups of neighbouring units of about equal size, broken where paragraphs end."""
    total = sum(unit.tokens for unit in units)
    target = total / max(1, -(-total // max_tokens))
    group: list[_Unit] = []
    used = 0
    for unit in units:
        if group and used + unit.tokens > max_tokens:
            yield group
            group, used = [], 0
        group.append(unit)
        used += unit.tokens
        if used >= target or (unit.ends_paragraph and used >= _EARLY * target):
            yield group
            group, used = [], 0
    if group:
        yield group
