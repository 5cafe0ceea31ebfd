"""The cells of one sheet of an Excel file: those that hold something and that a person sees.

A sheet's own word on its size (`<dimension>`) is not believed; rows are taken as they come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree

from askdocs.readers.archives import iterate_xml
from askdocs.readers.headers import Merge
from askdocs.readers.office.cell_formats import BUILT_IN, shown
from askdocs.readers.office.package import S, whole
from askdocs.readers.tables import Row, one_line

_LETTERS = re.compile("[A-Z]{1,3}")
_DIGITS = "0123456789"
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})"')
_COLUMNS = 16_384
_MOST_MERGES = 10_000
_WHITE = frozenset({"FFFFFFFF", "00FFFFFF"})
_ROW, _COLUMN, _CELL = f"{S}row", f"{S}col", f"{S}c"
_VALUE, _FORMULA, _INLINE, _TEXT, _PHONETIC = f"{S}v", f"{S}f", f"{S}is", f"{S}t", f"{S}rPh"


@dataclass(frozen=True, slots=True)
class CellStyle:
    """The format code of a cell's number; whether white letters hide what is in it."""

    code: str = "General"
    is_white: bool = False


_GENERAL = CellStyle()


@dataclass(slots=True)
class Workbook:
    """What the sheets of a file share."""

    strings: Sequence[str] = ()
    styles: Sequence[CellStyle] = ()
    from_1904: bool = False


@dataclass(slots=True)
class Counts:
    """What was left out of a sheet, or is missing in it."""

    rows: int = 0
    columns: set[int] = field(default_factory=set)
    characters: int = 0
    formulas: int = 0
    is_damaged: bool = False


def rows_of(data: bytes, book: Workbook, counts: Counts) -> Iterator[Row]:
    """The rows that are shown, with an empty one where empty rows part two tables."""
    hidden: set[int] = set()
    # Tables of Excel colour their headers by a style that is not looked up.
    may_be_white = b"tablePart" in data
    last = 0
    try:
        for element in iterate_xml(data, _COLUMN, _ROW):
            if element.tag == _COLUMN:
                if _is_true(element.get("hidden")):
                    first, end = whole(element.get("min")), whole(element.get("max"))
                    hidden.update(range(first - 1, min(end, _COLUMNS)))
                continue
            number = whole(element.get("r")) or last + 1
            row = Row(number, _cells(element, book, counts, hidden, may_be_white))
            is_hidden = _is_true(element.get("hidden"))
            _forget(element)
            if is_hidden:
                counts.rows += bool(row.cells)
            else:
                if number > last + 1 and last:
                    yield Row(number - 1, {})
                yield row
            last = number
    except etree.XMLSyntaxError:
        counts.is_damaged = True


def merges_of(data: bytes) -> list[Merge]:
    """The merged cells of a sheet; rows are counted from 1 and columns from 0."""
    found = []
    for match in _MERGE.finditer(data, max(0, data.rfind(b"</sheetData>"))):
        (left, top), (right, bottom) = (_place(ref.decode("ascii")) for ref in match.groups())
        found.append(Merge(top, bottom, left, right))
        if len(found) == _MOST_MERGES:
            break
    return found


def strings_of(data: bytes) -> list[str]:
    """The texts that cells refer to by number; as far as the part is not damaged."""
    strings = []
    try:
        for element in iterate_xml(data, f"{S}si"):
            strings.append(one_line(_words(element)))
            _forget(element)
    except etree.XMLSyntaxError:
        pass
    return strings


def styles_of(root: Any) -> list[CellStyle]:
    """The styles that cells refer to by number."""
    codes = dict(BUILT_IN)
    for element in root.iterfind(f"{S}numFmts/{S}numFmt"):
        codes[whole(element.get("numFmtId"))] = element.get("formatCode", "")
    white = [_is_white(font) for font in root.iterfind(f"{S}fonts/{S}font")]
    styles = []
    for element in root.iterfind(f"{S}cellXfs/{S}xf"):
        font = whole(element.get("fontId"))
        without_fill = whole(element.get("fillId")) == 0
        is_white = without_fill and font < len(white) and white[font]
        styles.append(CellStyle(codes.get(whole(element.get("numFmtId")), "General"), is_white))
    return styles


def _cells(
    row: Any, book: Workbook, counts: Counts, hidden: set[int], may_be_white: bool
) -> dict[int, str]:
    cells: dict[int, str] = {}
    column = -1
    for cell in row:
        if cell.tag != _CELL:
            continue
        reference = cell.get("r")
        column = _column(reference.rstrip(_DIGITS)) if reference else column + 1
        text, style = _text(cell, book, counts)
        if not text or not 0 <= column < _COLUMNS:
            continue
        if column in hidden:
            counts.columns.add(column)
        elif style.is_white and not may_be_white:
            counts.characters += len(text)
        else:
            cells[column] = text
    return cells


def _text(cell: Any, book: Workbook, counts: Counts) -> tuple[str, CellStyle]:
    """What a cell shows, and its style."""
    number = whole(cell.get("s"))
    style = book.styles[number] if number < len(book.styles) else _GENERAL
    value, has_formula = "", False
    for child in cell:
        tag = child.tag
        if tag == _VALUE:
            value = child.text or ""
        elif tag == _INLINE:
            return one_line(_words(child)), style
        elif tag == _FORMULA:
            has_formula = True
    if not value:
        counts.formulas += has_formula
        return "", style
    return _shown(value, cell.get("t", "n"), style.code, book), style


def _shown(value: str, kind: str, code: str, book: Workbook) -> str:
    if kind == "s":
        place = whole(value)
        return book.strings[place] if place < len(book.strings) else ""
    if kind == "b":
        return "TRUE" if value.strip() == "1" else "FALSE"
    if kind == "n":
        return _number(value, code, book.from_1904)
    return one_line(value.removesuffix("T00:00:00") if kind == "d" else value)


@lru_cache(maxsize=10_000)
def _number(value: str, code: str, from_1904: bool) -> str:
    try:
        number = float(value)
        return shown(number, code, from_1904=from_1904)
    except (ValueError, OverflowError):
        return one_line(value)


def _words(element: Any) -> str:
    """The text of a cell, without the pronunciation that may be given with it."""
    if len(element) == 1 and element[0].tag == _TEXT:
        return element[0].text or ""
    texts = (t for t in element.iter(_TEXT) if t.getparent().tag != _PHONETIC)
    return "".join(t.text or "" for t in texts)


def _is_white(font: Any) -> bool:
    color = font.find(f"{S}color")
    return color is not None and (
        (color.get("rgb") or "").upper() in _WHITE
        or color.get("theme") == "0"
        or color.get("indexed") in ("1", "9")
    )


def _forget(element: Any) -> None:
    """Give back the memory of an element and of those before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _place(reference: str) -> tuple[int, int]:
    """Column from 0 and row from 1 of a reference such as "B3"."""
    letters = reference.rstrip(_DIGITS)
    return _column(letters), whole(reference[len(letters) :])


@lru_cache(maxsize=_COLUMNS)
def _column(letters: str) -> int:
    """The number of a column from 0; -1 if it has no such name."""
    if not _LETTERS.fullmatch(letters):
        return -1
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1


def _is_true(value: str | None) -> bool:
    return value in ("1", "true")
