"""Read Word files: .docx, .docm, .dotx, .dotm.

The parts are read as XML without a library for Word, which would take several times as long and
would not say which text is hidden, deleted or within a text box.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from askdocs.errors import ReadError
from askdocs.readers.archives import damage_as
from askdocs.readers.office.charts import write_chart, write_diagram
from askdocs.readers.office.docx_pages import Pages, write_margins
from askdocs.readers.office.docx_styles import (
    PLAIN,
    Properties,
    Style,
    Styles,
    list_of,
    outline_level,
    properties_of,
)
from askdocs.readers.office.docx_tables import (
    PLAIN_TABLES,
    WRAPPERS,
    is_column_of_text,
    is_kept,
    within,
)
from askdocs.readers.office.docx_text import Line, LineReader, is_shaded
from askdocs.readers.office.numbering import Numbering, written
from askdocs.readers.office.package import Package, W
from askdocs.readers.properties import dated
from askdocs.readers.tables import CELL_LIMIT
from askdocs.readers.writing import TextWriter, one_line
from askdocs.types import Extracted


def extract(data: bytes, stem: str) -> Extracted:
    """The text a person sees, with headings and, where the file tells, pages. Raises `ReadError`.

    A footnote becomes a paragraph below the one that refers to it: near enough to be found with
    it, and not in the middle of a sentence that may be quoted.
    """
    with damage_as("is damaged: its text cannot be made out"):
        return _Reader(Package(data)).extract(stem)


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._relations = package.relations(package.main)
        root = package.xml(package.main)
        body = root.find(f"{W}body")
        if body is None:
            raise ReadError("is damaged: it has no text body")
        self._body = body
        background = root.find(f"{W}background")
        color = background.get(f"{W}color", "") if background is not None else ""
        self._is_dark = color.upper() not in ("", "AUTO", "FFFFFF")
        self._remarks: list[str] = []
        self._styles = Styles(self._optional("styles"))
        self._numbering = Numbering(self._optional("numbering"))
        self._writer = TextWriter()
        self._pages = Pages(body, self._writer, package.pages())
        self._lines = LineReader(self._styles, rendered=self._pages.rendered)
        self._notes = {kind: self._notes_of(kind) for kind in ("footnote", "endnote")}
        self._note_counts = dict.fromkeys(self._notes, 0)
        self._title = ""
        self._first_heading = ""
        self._cells = 0
        self._has_contents = False
        paragraphs = body.iter(f"{W}p")
        self._guess = not any(self._level(properties_of(p, f"{W}pPr")) for p in paragraphs)

    def extract(self, stem: str) -> Extracted:
        self._blocks(self._body, is_dark=self._is_dark)
        write_margins(self._package, self._lines, PLAIN.look, self._writer)
        text, anchors = self._writer.finish()
        properties = self._package.properties()
        return Extracted(
            text,
            title=properties.title or self._title or self._first_heading or stem,
            date=dated(text, properties),
            anchors=anchors,
            author=properties.author,
            remarks=tuple(self._all_remarks()),
        )

    def _optional(self, kind: str) -> Any | None:
        """A part that the text can be read without."""
        for name in self._package.related(self._package.main, kind):
            try:
                return self._package.xml(name)
            except ReadError as error:
                self._remarks.append(f"its {kind} were left out: the file {error}")
        return None

    def _notes_of(self, kind: str) -> dict[str, Any]:
        root = self._optional(f"{kind}s")
        found = root.findall(f"{W}{kind}") if root is not None else []
        return {note.get(f"{W}id", ""): note for note in found}

    def _all_remarks(self) -> Iterator[str]:
        if self._lines.hidden:
            yield f"hidden text left out: {self._lines.hidden} characters"
        if self._lines.deleted:
            yield f"deleted text (tracked changes) left out: {self._lines.deleted} characters"
        comments = self._optional("comments")
        count = len(comments.findall(f"{W}comment")) if comments is not None else 0
        if count:
            yield f"comments left out: {count}"
        if self._has_contents:
            yield "table of contents left out"
        if self._cells > CELL_LIMIT:
            yield f"tables cut after {CELL_LIMIT:,} cells"
        yield from self._remarks

    def _blocks(self, container: Any, *, is_dark: bool = False) -> None:
        for child in container:
            if child.tag == f"{W}p":
                self._paragraph(child, is_dark)
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag in WRAPPERS:
                self._blocks(child, is_dark=is_dark)

    def _style(self, properties: Properties) -> Style:
        style = properties.get(f"{W}pStyle")
        return self._styles.get(self._styles.default if style is None else style.get(f"{W}val"))

    def _level(self, properties: Properties) -> int:
        """The level of a heading, 0 if a paragraph of these properties is none."""
        own = outline_level(properties)
        return (own if own is not None else self._style(properties).level) or 0

    def _mark(self, properties: Properties, style: Style) -> str | None:
        """The number or bullet before a paragraph; `None` if it is no item."""
        number, level = list_of(properties)
        list_id = style.list_id if number is None else number
        return self._numbering.mark(list_id, style.list_level if level is None else level)

    def _paragraph(self, paragraph: Any, is_dark: bool) -> None:
        properties = properties_of(paragraph, f"{W}pPr")
        style = self._style(properties)
        line = self._lines.read(paragraph, style.look, is_dark=is_dark)
        self._pages.before(properties, line.breaks_before)
        if style.is_contents:
            self._has_contents = True
        elif line.text.strip():
            self._write(properties, style, line)
        self._attached(line)
        self._pages.after(properties, line.breaks_after)

    def _write(self, properties: Properties, style: Style, line: Line) -> None:
        mark = self._mark(properties, style)
        text = f"{mark} {line.text}" if mark and mark != "-" else line.text
        level = self._level(properties)
        if style.is_title:
            self._title = self._title or one_line(text)
            self._writer.heading(text, 0)
        elif level:
            self._first_heading = self._first_heading or one_line(text)
            self._writer.heading(text, level)
        elif mark is not None:
            self._writer.item(mark, line.text)
        elif self._guess and line.may_be_heading:
            self._first_heading = self._first_heading or one_line(text)
            self._writer.heading(text, 1)
        else:
            self._writer.paragraph(text)

    def _attached(self, line: Line) -> None:
        """Write what hangs on a paragraph: its notes, text boxes, charts and diagrams."""
        for kind, identifier in line.notes:
            self._note_counts[kind] += 1
            number = written(self._note_counts[kind], "lowerRoman" if kind == "endnote" else "")
            note = self._notes[kind].get(identifier)
            text = self._plain(note) if note is not None else ""
            if text:
                self._writer.paragraph(f"{kind.capitalize()} {number}: {text}")
        for box in line.boxes:
            self._blocks(box, is_dark=True)
        for wanted, write in ((line.charts, write_chart), (line.diagrams, write_diagram)):
            for identifier in wanted:
                if identifier in self._relations:
                    write(self._package, self._relations[identifier].target, self._writer)

    def _plain(self, container: Any) -> str:
        """The paragraphs of a note or margin as one line."""
        lines = (
            self._lines.read(p, self._style(properties_of(p, f"{W}pPr")).look)
            for p in container.iter(f"{W}p")
        )
        return one_line(" ".join(line.text for line in lines))

    def _table(self, table: Any) -> None:
        style = table.find(f"{W}tblPr/{W}tblStyle")
        is_styled = style is not None and style.get(f"{W}val", "") not in PLAIN_TABLES
        is_dark = is_styled or self._is_dark
        rows = [list(within(row, f"{W}tc")) for row in within(table, f"{W}tr") if is_kept(row)]
        self._writer.end_group()
        if max(map(len, rows), default=0) < 2:  # a frame around text
            for row in rows:
                for cell in row:
                    self._blocks(
                        cell, is_dark=is_dark or is_shaded(properties_of(cell, f"{W}tcPr"))
                    )
        else:
            for row in rows:
                self._cells += len(row)
                if self._cells <= CELL_LIMIT:
                    self._row(row, is_dark)
        self._writer.end_group()

    def _row(self, cells: list[Any], is_dark: bool) -> None:
        if any(is_column_of_text(cell) for cell in cells):
            for cell in cells:
                self._blocks(cell, is_dark=is_dark)
            return
        made = [self._cell(cell, is_dark) for cell in cells]
        self._pages.before({}, max(sum(n.breaks_before for n in lines) for _, lines in made))
        self._writer.row(text for text, _ in made)
        for _, lines in made:
            for line in lines:
                self._attached(line)
        for cell in cells:
            for nested in within(cell, f"{W}tbl"):
                self._table(nested)
        self._pages.after({}, max(sum(n.breaks_after for n in lines) for _, lines in made))

    def _cell(self, cell: Any, is_dark: bool) -> tuple[str, list[Line]]:
        """The words of a cell, and its lines for what hangs on them."""
        properties = properties_of(cell, f"{W}tcPr")
        merge = properties.get(f"{W}vMerge")
        if merge is not None and merge.get(f"{W}val", "continue") == "continue":
            return "", []  # it is one with the cell above
        is_dark = is_dark or is_shaded(properties)
        texts, lines = [], []
        for paragraph in within(cell, f"{W}p"):
            own = properties_of(paragraph, f"{W}pPr")
            style = self._style(own)
            line = self._lines.read(paragraph, style.look, is_dark=is_dark)
            mark = self._mark(own, style) if line.text.strip() else None
            texts.append(f"{mark} {line.text}" if mark else line.text)
            lines.append(line)
        return " ".join(texts), lines
