"""Read Excel files: .xlsx, .xlsm, .xltx, .xltm.

The sheets are read as XML and not with a library for Excel: those that stream do not tell which
rows and columns are hidden, those that do keep every cell of a file in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from askdocs.errors import ReadError
from askdocs.readers.archives import damage_as
from askdocs.readers.office.package import Package, R, S
from askdocs.readers.office.sheet_cells import (
    Counts,
    Workbook,
    merges_of,
    rows_of,
    strings_of,
    styles_of,
)
from askdocs.readers.properties import dated
from askdocs.readers.tables import (
    CELL_LIMIT,
    TEXT_LIMIT,
    Row,
    head_of,
    one_line,
    within_limits,
    write_table,
)
from askdocs.readers.writing import TextWriter
from askdocs.types import Extracted

_UNNAMED = re.compile(r"(?:sheet|tabelle|feuil|hoja|foglio|planilha|arkusz|лист|blad)\s*\d*", re.I)


def extract(data: bytes, stem: str) -> Extracted:
    """One line for each row of each sheet that is shown. Raises `ReadError`."""
    with damage_as("is damaged: its cells cannot be made out"):
        return _Reader(Package(data)).extract(stem)


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._root = package.xml(package.main)
        self._writer = TextWriter()
        self._cells_left = CELL_LIMIT
        self._head = ""
        self._remarks: list[str] = []
        self._book = self._workbook()

    def extract(self, stem: str) -> Extracted:
        for name, part in self._sheets():
            self._sheet(name, part)
        text, anchors = self._writer.finish()
        properties = self._package.properties()
        comments = sum(
            self._package.bytes(name).count(b"<comment ")
            for name in self._package.names("xl/comments")
        )
        if comments:
            self._remarks.append(f"comments left out: {comments}")
        return Extracted(
            text,
            title=properties.title or self._head.partition("\n")[0] or stem,
            date=dated(self._head, properties),
            anchors=anchors,
            author=properties.author,
            remarks=tuple(self._remarks),
        )

    def _workbook(self) -> Workbook:
        book = Workbook()
        settings = self._root.find(f"{S}workbookPr")
        book.from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
        for part in self._package.related(self._package.main, "sharedStrings"):
            book.strings = strings_of(self._package.bytes(part))
        for root in self._package.parts(self._package.main, "styles"):
            book.styles = styles_of(root)
        return book

    def _sheets(self) -> Iterator[tuple[str, str]]:
        """The sheets that are shown and hold cells: name and part."""
        relations = self._package.relations(self._package.main)
        hidden = []
        for sheet in self._root.iterfind(f"{S}sheets/{S}sheet"):
            name = one_line(sheet.get("name", ""))
            relation = relations.get(sheet.get(f"{R}id", ""))
            if sheet.get("state", "visible") != "visible":
                hidden.append(name)
            elif relation is None or relation.target not in self._package:
                self._remarks.append(f"sheet {name} was left out: the file lacks it")
            elif relation.kind == "worksheet":
                yield name, relation.target
        if hidden:
            self._remarks.append(f"hidden sheets left out: {', '.join(hidden)}")

    def _sheet(self, name: str, part: str) -> None:
        try:
            data = self._package.bytes(part)
        except ReadError as error:
            self._remarks.append(f"sheet {name} was left out: the file {error}")
            return
        counts = Counts()
        rows, is_cut = within_limits(rows_of(data, self._book, counts), cells=self._cells_left)
        self._cells_left -= sum(len(row.cells) for row in rows)
        write_sheet(self._writer, name, rows, merges_of(data))
        self._head = self._head or head_of(rows)
        self._remarks += remarks_on(name, rows, counts, is_cut=is_cut)


def write_sheet(writer: TextWriter, name: str, rows: list[Row], merged: list[Any]) -> None:
    """Write a sheet's rows below its name, unless that says nothing."""
    writer.close_headings()
    writer.place("sheet", name)
    if not any(row.cells for row in rows):
        return
    if not _UNNAMED.fullmatch(name):
        writer.heading(name, 1)
    table = write_table(rows, merged=merged, limit=max(0, TEXT_LIMIT - writer.length - 2))
    writer.block(table.text, table.anchors)


def remarks_on(name: str, rows: list[Row], counts: Counts, *, is_cut: bool) -> Iterator[str]:
    """What a person should know of a sheet that is not all in the text."""
    if counts.rows:
        yield f"hidden rows of sheet {name} left out: {counts.rows}"
    if counts.columns:
        yield f"hidden columns of sheet {name} left out: {len(counts.columns)}"
    if counts.characters:
        yield f"hidden text of sheet {name} left out: {counts.characters} characters"
    if counts.formulas:
        yield (
            f"formulas of sheet {name} without a stored result: {counts.formulas}; "
            "open the file in a spreadsheet program and save it"
        )
    last = rows[-1].number if rows else 0
    if counts.is_damaged:
        yield f"sheet {name} is damaged after row {last}"
    if is_cut:
        yield f"sheet {name} cut after row {last} (limit {CELL_LIMIT:,} cells)"
