"""Document -> passages: verbatim slices that follow headings, paragraphs and sentences.

Running text parts into sentences; lines that stand for themselves (list items, table rows,
headings) are sentences of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from askdocs.sentences import sentence_spans
from askdocs.types import Anchor, Document, Passage, Span

SPLITTER = "1"
"""Version of the rules here; an index made by other rules is split again."""

_BREAKING = frozenset({"heading", "page", "slide", "sheet", "chapter"})
LIST_MARK = r"(?:[-*+•‣◦▪–·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])"
"""What stands in front of an item of a list."""
TABLE_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
"""A row of a Markdown table."""
_BULLET = re.compile(rf"[ \t]*(?:{LIST_MARK}|>)[ \t]+")
_STARTS_ANEW = re.compile(rf"{_BULLET.pattern}|[A-Za-z][\w -]{{0,24}}:[ \t]")  # an item, a field
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
    piece of a few characters takes more. Passages begin anew at headings and pages.

    >>> text = "It rained. We left."
    >>> document = Document("a", text, "a", "")
    >>> [p.text for p in split(document, lambda t: len(t.split()), max_tokens=2)]
    ['It rained.', 'We left.']
    """
    passages = []
    for section in _sections(document):
        units = list(_units(document, section, count_tokens, max_tokens))
        heading = document.anchor(section[0], "heading") or ""
        for group in _pack(units, max_tokens):
            start, end = group[0].start, group[-1].end
            sentences = tuple(unit.sentence for unit in group if unit.sentence)
            passages.append(
                Passage(document.id, start, end, document.text[start:end], heading, sentences)
            )
    return passages


def _sections(document: Document) -> list[Span]:
    """The stretches between breaking anchors; a heading right above another stays with it."""
    starts = sorted({a.start for a in document.anchors if a.kind in _BREAKING} | {0})
    ends = [*starts[1:], len(document.text)]
    sections: list[Span] = []
    for start, end in zip(starts, ends, strict=True):
        if sections and not _has_body(document, sections[-1]):
            sections[-1] = (sections[-1][0], end)
        else:
            sections.append((start, end))
    return sections


def _has_body(document: Document, section: Span) -> bool:
    headings = _heading_lines(document.anchors, document.text)
    return any(
        document.text[a:b].strip() and a not in headings for a, b in _lines(document.text, section)
    )


def _heading_lines(anchors: tuple[Anchor, ...], text: str) -> frozenset[int]:
    return frozenset(a.start for a in anchors if a.kind == "heading")


def _units(
    document: Document, section: Span, count_tokens: Callable[[str], int], max_tokens: int
) -> Iterator[_Unit]:
    headings = _heading_lines(document.anchors, document.text)
    for start, end, ends_paragraph in _blocks(document.text, section, headings):
        block = document.text[start:end]
        if start in headings or not _NO_WORDS.sub("", block):
            spans: list[tuple[Span, bool]] = [((start, end), False)]
        elif TABLE_ROW.match(block):
            spans = [((start, end), True)]
        else:
            spans = [((start + a, start + b), True) for a, b in sentence_spans(block)]
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


def _blocks(text: str, section: Span, headings: frozenset[int]) -> Iterator[tuple[int, int, bool]]:
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
            and a not in headings
            and _continues(line.rstrip(), following[2], longest, following[0] in headings)
        ):
            open_block = (start, end)
            continue
        open_block = None
        yield start, end, following is None or not following[2].strip()


def _continues(line: str, following: str, longest: int, heading_follows: bool) -> bool:
    """Whether the line break after `line` only wraps a sentence of a text of that width."""
    if not following.strip() or heading_follows or _STARTS_ANEW.match(following):
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
