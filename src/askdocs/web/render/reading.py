"""A document's text as it is read with pleasure: headings, tables, code, the head of a mail.

Every character of the text is in the HTML, in its order; what the look says is not shown again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from askdocs.readers.kinds import kind_by_name
from askdocs.types import Document, Span
from askdocs.web.render import tables
from askdocs.web.render.escaping import escape
from askdocs.web.render.marked import Marked
from askdocs.web.render.tables import Line
from askdocs.web.wording import say
from askdocs.web.words import goes_on

_BULLETS = "-*•▪◦‣"
_ITEM = re.compile(rf"\s*(?:[{_BULLETS}]|\d{{1,3}}[.)]|\(?[a-z][.)])\s+(?=\S)")
_SIGNS = re.compile(r" {0,3}#{1,6}\s+(?=\S)")
_UNDERLINE = re.compile(r"\s{0,3}([=\-~^\"'`#*+.:_])\1{1,}\s*")
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")
_FIELD = re.compile(r"(?:From|To|Cc|Date|Subject): ")
_PLACES = {"page": "Page {label}", "slide": "Slide {label}", "sheet": "Sheet {label}"}


def reading(document: Document, marked: Marked, window: Span) -> str:
    """The part of a document from the start to the end of `window`, which are those of lines."""
    kind = kind_by_name(document.id)
    reader = _Reading(document, marked, window)
    if kind is not None and kind.name == "source code":
        return reader.code(list(reader.lines), numbered=True)
    return "".join(reader.blocks())


def has_a_look(document: Document) -> bool:
    """Whether reading it differs from its exact text."""
    kind = kind_by_name(document.id)
    is_code = kind is not None and kind.name == "source code"
    return is_code or bool(document.anchors) or "\n|" in document.text[:1_000_000]


class _Reading:
    """Takes the lines of a window block by block."""

    def __init__(self, document: Document, marked: Marked, window: Span) -> None:
        self.document, self.marked, self.text = document, marked, document.text
        self.low, self.high = window
        self.lines = list(_lines(self.text, *window))
        near = [a for a in document.anchors if self.low <= a.start < self.high]
        self.headings = {a.start: a.label.count(" > ") + 1 for a in near if a.kind == "heading"}
        self.named = {a.start: a.label.split(" > ")[-1] for a in near if a.kind == "heading"}
        self.rows = {a.start: a.label for a in near if a.kind == "row"}
        self.places = {a.start: a for a in near if a.kind in _PLACES}
        self.mails = {a.start for a in near if a.kind == "message"}

    @cached_property
    def is_mail(self) -> bool:
        kind = kind_by_name(self.document.id)
        return kind is not None and kind.name == "mail"

    def blocks(self) -> Iterator[str]:
        """The HTML of each block, with a line before it that says where a page or sheet begins."""
        position = 0
        while position < len(self.lines):
            block, count = self._block(position)
            for line in self.lines[position : position + count]:
                yield self._divider(line.start)
            yield block
            position += count

    def code(self, lines: Sequence[Line], *, numbered: bool = False) -> str:
        """Lines in letters of one width, which are not broken."""
        first = self.text.count("\n", 0, lines[0].start) if lines and numbered else 0
        look = f' numbered" style="counter-reset: line {first}' if numbered else ""
        made = "".join(
            f'<span class="line">{self.marked(line.start, line.end)}</span>' for line in lines
        )
        return f'<pre class="code{look}" tabindex="0">{made}</pre>'

    def _divider(self, start: int) -> str:
        if start in self.mails and start > 0:
            return '<div class="place"></div>'
        anchor = self.places.get(start)
        if anchor is None or self.named.get(start) == anchor.label:
            return ""
        label = say(_PLACES[anchor.kind], label=anchor.label)
        return f'<div class="place" data-label="{escape(label)}"></div>'

    def _block(self, at: int) -> tuple[str, int]:
        """The block that begins with a line, and how many lines it has."""
        line = self.lines[at]
        words = self.text[line.start : line.end]
        if not words.strip():
            return self.marked.unseen(line.start, line.end), 1
        if line.start in self.rows:
            return self._rows(at)
        if tables.is_barred(words):
            barred = list(self._while(at, lambda one: tables.is_barred(self._words(one))))
            return tables.barred_table(self.marked, barred), len(barred)
        if line.start in self.headings:
            return self._heading(at)
        if _FENCE.match(words):
            return self._fenced(at)
        if self.is_mail and _FIELD.match(words):
            fields = list(self._while(at, lambda one: bool(_FIELD.match(self._words(one)))))
            return self._mail_head(fields), len(fields)
        if item := _ITEM.match(words):
            return self._item(line, item[0]), 1
        return self._paragraph(at)

    def _rows(self, at: int) -> tuple[str, int]:
        """The rows of one table; a blank line between rows of the same columns does not part it."""
        rows = list(self._while(at, lambda one: one.start in self.rows))
        count = len(rows)
        names = set(tables.column_names([self._words(one) for one in rows]))
        while names and count + 1 + at < len(self.lines):
            blank, after = self.lines[at + count], self.lines[at + count + 1]
            same = set(tables.column_names([self._words(after)])) & names
            if self._words(blank).strip() or after.start not in self.rows or not same:
                break
            rows[-1] = rows[-1]._replace(end=blank.end)
            rows.append(after)
            count += 2
        rows = [row._replace(label=self.rows[row.start]) for row in rows]
        begins = self.text[max(0, rows[0].start - 2) : rows[0].start] in ("", "\n\n")
        return tables.named_table(self.marked, rows, begins=begins), count

    def _heading(self, at: int) -> tuple[str, int]:
        line, count = self.lines[at], 1
        words = self._words(line)
        signs = _SIGNS.match(words)
        start = line.start + (signs.end() if signs else 0)
        shown = self.marked.unseen(line.start, start) + self._ended(start, line.end)
        if at + 1 < len(self.lines):
            below = self.lines[at + 1]
            if _UNDERLINE.fullmatch(self._words(below)) and below.start not in self.headings:
                shown += self.marked.unseen(below.start, below.end)
                count = 2
        level = min(self.headings[line.start], 4)
        return f'<div class="heading level-{level}">{shown}</div>', count

    def _item(self, line: Line, mark: str) -> str:
        if mark.strip() not in _BULLETS:
            return f'<div class="item">{self._line(line)}</div>'
        start = line.start + len(mark)
        shown = self.marked.unseen(line.start, start) + self._ended(start, line.end)
        return f'<div class="item bullet">{shown}</div>'

    def _fenced(self, at: int) -> tuple[str, int]:
        fence = _FENCE.match(self._words(self.lines[at]))
        assert fence is not None
        mark = fence[0].strip()
        after = range(at + 1, len(self.lines))
        end = next((n for n in after if self._words(self.lines[n]).strip() == mark), after.stop - 1)
        return self.code(self.lines[at : end + 1]), end + 1 - at

    def _mail_head(self, fields: Iterable[Line]) -> str:
        made = []
        for line in fields:
            colon = self.text.index(":", line.start) + 1
            name = f'<span class="name">{self.marked(line.start, colon)}</span>'
            made.append(f'<div class="field">{name}{self._ended(colon, line.end)}</div>')
        return f'<div class="mail-head">{"".join(made)}</div>'

    def _paragraph(self, at: int) -> tuple[str, int]:
        """Lines up to a blank one or another kind of block."""
        lines = [self.lines[at]]
        for line in self.lines[at + 1 :]:
            if self._begins(line):
                break
            lines.append(line)
        made = []
        for line, after in zip(lines, [*lines[1:], None], strict=True):
            soft = after is not None and goes_on(self._words(line), self._words(after))
            made.append(self._line(line, soft=soft, last=after is None))
        return f'<div class="paragraph">{"".join(made)}</div>', len(lines)

    def _begins(self, line: Line) -> bool:
        words = self._words(line)
        return (
            not words.strip()
            or line.start in self.rows
            or line.start in self.headings
            or line.start in self.places
            or tables.is_barred(words)
            or bool(_ITEM.match(words) or _FENCE.match(words))
        )

    def _while(self, at: int, belongs: object) -> Iterator[Line]:
        assert callable(belongs)
        for number in range(at, len(self.lines)):
            if not belongs(self.lines[number]):
                return
            yield self.lines[number]

    def _line(self, line: Line, *, soft: bool = False, last: bool = True) -> str:
        if last:
            return self._ended(line.start, line.end)
        end = self._end(line.end, line.start)
        if soft:
            return self.marked(line.start, end) + self.marked.line_end(end, line.end)
        return self.marked(line.start, line.end)

    def _ended(self, start: int, end: int) -> str:
        """Words up to the end of their line, which the end of the block stands for."""
        words_end = self._end(end, start)
        return self.marked(start, words_end) + self.marked.unseen(words_end, end)

    def _end(self, end: int, start: int) -> int:
        return end - 1 if end > start and self.text[end - 1] == "\n" else end

    def _words(self, line: Line) -> str:
        return self.text[line.start : line.end]


def _lines(text: str, low: int, high: int) -> Iterator[Line]:
    """The lines from `low` to `high`, each with its end."""
    while low < high:
        end = text.find("\n", low, high) + 1 or high
        yield Line(low, end)
        low = end
