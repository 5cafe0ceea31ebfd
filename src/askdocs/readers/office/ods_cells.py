"""The sheets of an OpenDocument spreadsheet, row by row.

The format writes a million empty rows as one that is repeated, and a million full ones likewise:
what is repeated is counted against the limits like all else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from askdocs.readers.archives import iterate_xml
from askdocs.readers.headers import Merge
from askdocs.readers.office.cell_formats import general
from askdocs.readers.office.odf_styles import OFFICE, STYLE, TABLE, TEXT
from askdocs.readers.tables import CELL_LIMIT, Row, one_line, within_limits

_COLUMNS = 16_384
_ROWS = 1_048_576
_TABLE, _ROW, _COLUMN = f"{TABLE}table", f"{TABLE}table-row", f"{TABLE}table-column"
_COVERED = f"{TABLE}covered-table-cell"
_MOST_MERGES = 10_000


@dataclass(slots=True)
class Sheet:
    """A sheet as far as it is shown, and what of it is not."""

    name: str
    rows: list[Row] = field(default_factory=list)
    merged: list[Merge] = field(default_factory=list)
    is_hidden: bool = False
    is_cut: bool = False
    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    comments: int = 0


def sheets_of(data: bytes) -> Iterator[Sheet]:
    """The sheets in order. Raises `XMLSyntaxError` after the last one of a damaged file."""
    cells_left = CELL_LIMIT
    for sheet, rows in _Walk(data).sheets():
        sheet.rows, sheet.is_cut = within_limits(rows, cells=cells_left)
        cells_left -= sum(len(row.cells) for row in sheet.rows)
        yield sheet


class _Walk:
    def __init__(self, data: bytes) -> None:
        self._elements = iterate_xml(data, f"{STYLE}style", _COLUMN, _ROW, _TABLE)
        self._hidden_styles: set[str] = set()
        self._columns: list[Any] = []
        self._next: Any | None = None

    def sheets(self) -> Iterator[tuple[Sheet, Iterator[Row]]]:
        """Each sheet with its rows, which have to be drawn before the next sheet."""
        self._advance()
        while self._next is not None:
            table = _table_of(self._next)
            sheet = Sheet(one_line(table.get(f"{TABLE}name", "")))
            sheet.is_hidden = table.get(f"{TABLE}style-name", "") in self._hidden_styles
            hidden = _hidden_columns(self._columns)
            self._columns = []
            yield sheet, iter(()) if sheet.is_hidden else self._rows(table, sheet, hidden)
            while self._next is not None and _table_of(self._next) is table:
                self._advance()  # what was beyond the limit

    def _advance(self) -> None:
        """Go on to the next row."""
        if self._next is not None:
            _forget(self._next)
            self._next = None
        for element in self._elements:
            if element.tag == _ROW:
                self._next = element
                return
            if element.tag == _COLUMN:
                self._columns.append(element)
            elif element.tag == _TABLE:
                element.clear()
            elif any(child.get(f"{TABLE}display") == "false" for child in element):
                self._hidden_styles.add(element.get(f"{STYLE}name", ""))

    def _rows(self, table: Any, sheet: Sheet, hidden: set[int]) -> Iterator[Row]:
        number = 0
        while self._next is not None and _table_of(self._next) is table and number < _ROWS:
            row = self._next
            count = min(_int(row.get(f"{TABLE}number-rows-repeated"), 1), _ROWS - number)
            cells = _cells(row, number + 1, sheet, hidden)
            if row.get(f"{TABLE}visibility", "visible") != "visible":
                sheet.hidden_rows += count if cells else 0
            elif not cells:
                yield Row(number + 1, {})
            else:
                for place in range(number + 1, number + count + 1):
                    yield Row(place, cells)
            number += count
            self._advance()


def _cells(row: Any, number: int, sheet: Sheet, hidden: set[int]) -> dict[int, str]:
    cells: dict[int, str] = {}
    column = 0
    for cell in row:
        count = _int(cell.get(f"{TABLE}number-columns-repeated"), 1)
        text = "" if cell.tag == _COVERED else _text(cell, sheet)
        if text:
            _note_merge(cell, number, column, sheet)
            for place in range(column, min(column + count, _COLUMNS)):
                if place in hidden:
                    sheet.hidden_columns.add(place)
                else:
                    cells[place] = text
        column += count
        if column >= _COLUMNS:
            break
    return cells


def _text(cell: Any, sheet: Sheet) -> str:
    """What a cell shows; a date in ISO form, whatever its format."""
    day = cell.get(f"{OFFICE}date-value")
    if day:
        return one_line(day.replace("T00:00:00", "").replace("T", " "))
    lines = []
    for child in cell:
        if child.tag == f"{TEXT}p":
            lines.append(_words(child))
        elif child.tag == f"{OFFICE}annotation":
            sheet.comments += 1
    if lines:
        return one_line(" ".join(lines))
    value = cell.get(f"{OFFICE}value")
    try:
        return general(float(value)) if value else ""
    except (ValueError, OverflowError):
        return one_line(value or "")


def _words(paragraph: Any) -> str:
    if not len(paragraph):
        return paragraph.text or ""
    pieces = [paragraph.text or ""]
    for child in paragraph:
        pieces.append(" " if child.tag in (f"{TEXT}s", f"{TEXT}line-break") else _words(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _note_merge(cell: Any, row: int, column: int, sheet: Sheet) -> None:
    right = _int(cell.get(f"{TABLE}number-columns-spanned"), 1) - 1
    down = _int(cell.get(f"{TABLE}number-rows-spanned"), 1) - 1
    if (right or down) and len(sheet.merged) < _MOST_MERGES:
        right = min(right, _COLUMNS)
        sheet.merged.append(Merge(row, row + min(down, _ROWS), column, column + right))


def _hidden_columns(columns: list[Any]) -> set[int]:
    hidden: set[int] = set()
    place = 0
    for column in columns:
        count = _int(column.get(f"{TABLE}number-columns-repeated"), 1)
        if column.get(f"{TABLE}visibility", "visible") != "visible":
            hidden.update(range(place, min(place + count, _COLUMNS)))
        place += count
    return hidden


def _table_of(row: Any) -> Any:
    element = row.getparent()
    while element.tag != _TABLE and element.getparent() is not None:
        element = element.getparent()
    return element


def _forget(element: Any) -> None:
    """Give back the memory of a row and of those before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _int(value: str | None, default: int) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 10 and int(value) else default


DAMAGE = etree.XMLSyntaxError
"""What `sheets_of` raises where a file is damaged."""
