"""Write the paragraphs, lists and tables of OpenDocument text, as in documents and on slides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from askdocs.readers.office.odf_styles import (
    DRAW,
    OFFICE,
    OUTLINE,
    TEXT,
    Look,
    Styles,
    marks,
    start_of,
)
from askdocs.readers.office.odf_styles import TABLE as TABLE
from askdocs.readers.tables import CELL_LIMIT
from askdocs.readers.writing import TextWriter, one_line

_SKIPPED = frozenset(
    {f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph", f"{TEXT}ruby-text", f"{TEXT}note-citation"}
)
_MOST_BLANKS = 1_000
_CONTENTS = frozenset(f"{TEXT}{name}" for name in ("table-of-content", "alphabetical-index"))
_GROUPS = frozenset(
    f"{TEXT}{name}" for name in ("section", "numbered-paragraph", "index-body", "index-title")
)
_ROW_GROUPS = frozenset(
    f"{TABLE}{n}" for n in ("table-header-rows", "table-rows", "table-row-group")
)


class OdfText:
    """Writes text; counts what it leaves out. `title` is the first of a paragraph so styled."""

    def __init__(self, styles: Styles, writer: TextWriter) -> None:
        self._styles = styles
        self._writer = writer
        self.hidden = self.comments = self.deleted = self.cells = self.page = 0
        self.has_contents = False
        self.title = self.first_heading = ""
        self._attached: list[Any] = []
        self._breaks = 0
        self._reached: dict[str, list[int]] = {}  # the numbers that a list style has reached

    def blocks(self, container: Any, *, shaded: bool = False) -> None:
        """Write all that stands in a text, a section, a text box or a cell."""
        for child in container:
            tag = child.tag
            if tag in (f"{TEXT}p", f"{TEXT}h"):
                self._paragraph(child, shaded)
            elif tag == f"{TEXT}list":
                self._list(child, child.get(f"{TEXT}style-name", ""), [])
                self._writer.end_group()
            elif tag == f"{TABLE}table":
                self._table(child)
            elif tag in _GROUPS:
                self.blocks(child, shaded=shaded)
            elif tag in _CONTENTS:
                self.has_contents = True
            elif tag == f"{TEXT}tracked-changes":
                deletions = child.iter(f"{TEXT}deletion")
                self.deleted += sum(
                    len("".join(p.itertext())) for d in deletions for p in _lines(d)
                )
            elif tag == f"{TEXT}soft-page-break":
                self._turn_page()
            elif tag.startswith(DRAW):
                self._box(child)

    def line(self, paragraph: Any, *, shaded: bool = False) -> tuple[str, Look]:
        """The words of a paragraph, and its look; what hangs on it is kept for later."""
        look = self._styles.look("paragraph", paragraph.get(f"{TEXT}style-name"))
        pieces: list[str] = []
        self._inline(paragraph, look, shaded, pieces)
        return one_line("".join(pieces)), look

    def start_pages(self) -> None:
        """Count pages from here on."""
        self._turn_page()

    def _turn_page(self) -> None:
        self.page += 1
        self._writer.place("page", str(self.page))

    def _paragraph(self, paragraph: Any, shaded: bool, mark: str | None = None) -> None:
        self._breaks = 0
        text, look = self.line(paragraph, shaded=shaded)
        if look.opens_page and self.page and self._writer.length:
            self._turn_page()
        level = paragraph.get(f"{TEXT}outline-level", "1") if paragraph.tag == f"{TEXT}h" else ""
        if look.is_title and text:
            self.title = self.title or text
            self._writer.heading(text, 0)
        elif level.isdecimal() and text:
            self.first_heading = self.first_heading or text
            number = self._outline(int(level[:2])) if mark is None else mark.strip("-")
            self._writer.heading(f"{number} {text}", int(level[:2]))
        elif mark is not None:
            self._writer.item(mark, text)
        else:
            self._writer.paragraph(text)
        breaks = self._breaks
        self._write_attached()
        for _ in range(breaks if self.page else 0):
            self._turn_page()

    def _outline(self, level: int) -> str:
        """The number of the next heading of a level, "" if the file's headings have none."""
        if self._styles.list_level(OUTLINE, level) is None:
            return ""
        reached = self._reached.get(OUTLINE, [])[:level]
        starts = [start_of(self._styles, OUTLINE, n) for n in range(len(reached) + 1, level + 1)]
        counters = [*reached[: level - 1], *starts]
        if len(reached) == level:
            counters = [*reached[:-1], reached[-1] + 1]
        self._reached[OUTLINE] = counters
        return marks(self._styles, OUTLINE, level, counters)

    def _inline(self, element: Any, look: Look, shaded: bool, pieces: list[str]) -> None:
        self._add(element.text, look, shaded, pieces)
        for child in element:
            tag = child.tag
            if tag == f"{TEXT}span":
                own = self._styles.look("text", child.get(f"{TEXT}style-name"))
                both = Look(*(getattr(own, n) or getattr(look, n) for n in Look.__slots__))
                self._inline(child, both, shaded, pieces)
            elif tag == f"{TEXT}s":
                count = child.get(f"{TEXT}c", "1")
                pieces.append(" " * min(int(count) if count.isdecimal() else 1, _MOST_BLANKS))
            elif tag in (f"{TEXT}tab", f"{TEXT}line-break"):
                pieces.append(" ")
            elif tag == f"{TEXT}soft-page-break":
                self._breaks += 1
            elif tag == f"{OFFICE}annotation":
                self.comments += 1
            elif tag == f"{TEXT}note" or tag.startswith(DRAW):
                self._attached.append(child)
            elif tag in _SKIPPED:
                self.hidden += len("".join(child.itertext()))
            else:
                self._inline(child, look, shaded, pieces)
            self._add(child.tail, look, shaded, pieces)

    def _add(self, text: str | None, look: Look, shaded: bool, pieces: list[str]) -> None:
        if text and (look.is_seen or (shaded and not (look.hidden or look.tiny))):
            pieces.append(text)
        elif text:
            self.hidden += len(text.strip())

    def _write_attached(self) -> None:
        """Write the notes and text boxes of what was just written."""
        attached, self._attached = self._attached, []
        for element in attached:
            if element.tag != f"{TEXT}note":
                self._box(element)
                continue
            kind = element.get(f"{TEXT}note-class", "footnote").capitalize()
            number = element.findtext(f"{TEXT}note-citation") or ""
            body = element.find(f"{TEXT}note-body")
            words = [self.line(p)[0] for p in body.iter(f"{TEXT}p")] if body is not None else []
            if any(words):
                self._writer.paragraph(f"{kind} {number}: {' '.join(words)}")

    def _box(self, element: Any) -> None:
        """Write the text in a drawing: a text box, a shape or a group of them."""
        if element.tag in (f"{DRAW}object", f"{DRAW}image"):
            return
        self._writer.end_group()
        self.blocks(element, shaded=True)

    def _list(self, element: Any, name: str, above: list[int]) -> None:
        level = len(above) + 1
        first = start_of(self._styles, name, level)
        reached = self._reached.get(name, [])
        goes_on = element.get(f"{TEXT}continue-numbering") == "true" and len(reached) >= level
        number = reached[level - 1] if goes_on else first - 1
        for item in element:
            if item.tag not in (f"{TEXT}list-item", f"{TEXT}list-header"):
                continue
            is_item = item.tag == f"{TEXT}list-item"
            start = item.get(f"{TEXT}start-value", "")
            number = int(start[:6]) if start.isdecimal() else number + is_item
            counters = [*above, number]
            self._reached[name] = counters
            self._item(item, name, counters, is_item)

    def _item(self, item: Any, name: str, counters: list[int], is_item: bool) -> None:
        """Write an item: the mark stands before its first paragraph only."""
        mark = marks(self._styles, name, len(counters), counters) if is_item else ""
        for child in item:
            if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                self._paragraph(child, False, mark)
                mark = ""
            elif child.tag == f"{TEXT}list":
                self._list(child, child.get(f"{TEXT}style-name") or name, counters)
            else:
                self.blocks([child])

    def _table(self, table: Any) -> None:
        self._writer.end_group()
        for row in _rows(table):
            cells = list(_cells(row))
            self.cells += len(cells)
            if self.cells <= CELL_LIMIT:
                self._writer.row([self._cell(cell) for cell in cells])
                self._write_attached()
                for nested in (
                    t for c in cells if c is not None for t in c.iterfind(f"{TABLE}table")
                ):
                    self._table(nested)
        self._writer.end_group()

    def _cell(self, cell: Any | None) -> str:
        if cell is None:
            return ""
        style = self._styles.look("table-cell", cell.get(f"{TABLE}style-name"))
        return " ".join(self.line(p, shaded=style.shaded)[0] for p in _lines(cell))


def _lines(container: Any) -> Iterator[Any]:
    """The paragraphs of a cell, those of its lists included and of tables within not."""
    for child in container:
        if child.tag in (f"{TEXT}p", f"{TEXT}h"):
            yield child
        elif child.tag.startswith(TEXT):
            yield from _lines(child)


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == f"{TABLE}table-row":
            yield child
        elif child.tag in _ROW_GROUPS:
            yield from _rows(child)


def _cells(row: Any) -> Iterator[Any | None]:
    """The cells of a row; `None` for one that is covered from above."""
    beside = 0  # cells covered by the one to their left
    for cell in row:
        if cell.tag == f"{TABLE}table-cell":
            span = cell.get(f"{TABLE}number-columns-spanned", "1")
            beside = int(span[:5]) - 1 if span.isdecimal() else 0
            yield cell
        elif beside > 0:
            beside -= 1
        elif cell.tag == f"{TABLE}covered-table-cell":
            yield None
