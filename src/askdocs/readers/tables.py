"""Write the rows of a data table as lines that say what each value is: `Quarter: Q3; Revenue: 12`.

For spreadsheets and delimited text. A line that can be quoted alone needs its columns' headers, and
files do not say which rows these are; they are found by how they differ from the rows below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from askdocs.readers.headers import Merge, columns_named, find_header, kind
from askdocs.types import Anchor

CELL_LIMIT = 200_000
TEXT_LIMIT = 10_000_000
"""The most cells and characters that are taken from one file."""

_BLANKS = re.compile(r"\s+")
_LONGEST_HEADER = 120
_DATE_LABEL = re.compile(r"(?:date|published|updated|last updated|as of|stand|datum)\W*", re.I)
_LONGEST_TITLE = 120
_HEAD = 10
_MOST_FILLED = 50_000
_LONGEST_LABELLED = 80
"""A cell alone in its row and longer than this is a note below the table."""


class Row(NamedTuple):
    """A row by the number that the program shows; cells by column from 0, empty ones left out.

    A row without cells separates two tables.
    """

    number: int
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Table:
    """Lines with an anchor of kind "row" for each; `rows_left_out` did not fit any more."""

    text: str
    anchors: tuple[Anchor, ...]
    rows_left_out: int = 0


def row(number: int, cells: Iterable[str]) -> Row:
    r"""The row of these cells, left to right, each made one line.

    >>> row(3, ["a", "", "b\nc"])
    Row(number=3, cells={0: 'a', 2: 'b c'})
    """
    lines = ((column, one_line(cell)) for column, cell in enumerate(cells))
    return Row(number, {column: line for column, line in lines if line})


def one_line(cell: str) -> str:
    """The words of a cell on one line."""
    return _BLANKS.sub(" ", cell.replace("\0", "")).strip()


def within_limits(rows: Iterable[Row], *, cells: int = CELL_LIMIT) -> tuple[list[Row], bool]:
    """The first rows with no more than `cells` cells and `TEXT_LIMIT` characters.

    The flag says whether any were left. No more rows are drawn from `rows` than needed.
    """
    kept: list[Row] = []
    used = characters = 0
    for one in rows:
        used += len(one.cells)
        characters += sum(map(len, one.cells.values()))
        if used > cells or characters > TEXT_LIMIT:
            return kept, True
        kept.append(one)
    return kept, False


def write_table(
    rows: Sequence[Row],
    *,
    merged: Sequence[Merge] = (),
    start: int = 0,
    limit: int = TEXT_LIMIT,
) -> Table:
    """One line for each row that has cells, a blank line between tables.

    `merged` are the merged cells where they are known, `start` is added to the anchors' positions,
    `limit` is the most characters written.

    >>> rows = [row(1, ["Item", "2023"]), row(2, ["Rent", "410"]), row(3, ["Power", "95"])]
    >>> print(write_table(rows).text)
    Item; 2023
    Item: Rent; 2023: 410
    Item: Power; 2023: 95
    """
    pieces: list[str] = []
    anchors: list[Anchor] = []
    position = 0
    left_out = 0
    for number, line, opens_table in _lines(rows, merged):
        gap = "" if not pieces else "\n\n" if opens_table else "\n"
        if left_out or position + len(gap) + len(line) > limit:
            left_out += 1
            continue
        begin = start + position + len(gap)
        anchors.append(Anchor(begin, begin + len(line), "row", str(number)))
        pieces += [gap, line]
        position += len(gap) + len(line)
    return Table("".join(pieces), tuple(anchors), left_out)


def head_of(rows: Sequence[Row]) -> str:
    """The lines above the first table of a sheet, if there are any: a title, perhaps a date."""
    filled = [row.cells for row in rows[:_HEAD] if row.cells]
    if max(map(len, filled), default=0) < 2:
        return ""
    lines = []
    for cells in filled:
        if len(cells) > 2:
            break
        values = [cells[column] for column in sorted(cells)]
        is_line = (
            len(values) == 1 and len(values[0]) <= _LONGEST_TITLE and kind(values[0]) == "text"
        )
        if not is_line and not _DATE_LABEL.fullmatch(values[0]):
            break
        lines.append(": ".join(values))
    return "\n".join(lines)


def _lines(rows: Sequence[Row], merged: Sequence[Merge]) -> Iterator[tuple[int, str, bool]]:
    """The number and the line of each row, and whether a table begins with it."""
    names: dict[int, str] = {}
    by_row: dict[int, list[Merge]] = {}
    for merge in merged:
        by_row.setdefault(merge.top, []).append(merge)
    for filled, group in groupby(rows, key=lambda one: bool(one.cells)):
        if not filled:
            continue
        table = list(group)
        cells = [one.cells for one in table]
        first, last = find_header(cells, _merges_of(table, by_row), known=names)
        if last > first:
            names = columns_named(cells[first:last], _merges_of(table[first:last], by_row))
        elif not _is_rest(cells[first:], names):
            names = {}
        filled_down = _filled_down(table, by_row)
        for number, one in enumerate(table):
            if first <= number < last:
                line = "; ".join(one.cells[column] for column in sorted(one.cells))
            else:
                line = _line(
                    {**filled_down.get(one.number, {}), **one.cells},
                    names if number >= last else {},
                )
            yield one.number, line, number == 0


def _filled_down(
    table: Sequence[Row], by_row: Mapping[int, Sequence[Merge]]
) -> dict[int, dict[int, str]]:
    """By row, the values of cells that were merged with it from above: they hold for it, too."""
    found: dict[int, dict[int, str]] = {}
    left = _MOST_FILLED
    for number, cells in table:
        for m in by_row.get(number, ()):
            value = cells.get(m.left, "")
            if value and len(value) <= _LONGEST_LABELLED:
                rows = range(number + 1, min(m.bottom, number + left) + 1)
                left -= len(rows)
                for below in rows:
                    found.setdefault(below, {})[m.left] = value
    return found


def _is_rest(cells: Sequence[Mapping[int, str]], names: Mapping[int, str]) -> bool:
    """Whether a table without a header may be the rest of the one before a blank row."""
    known = all(column in names for one in cells for column in one)
    return known and 2 * sum(map(len, cells)) > len(cells) * len(names)


def _merges_of(table: Sequence[Row], by_row: Mapping[int, Sequence[Merge]]) -> list[Merge]:
    """The merged cells within a table, their rows counted from its first one."""
    if not by_row:
        return []
    places = {one.number: place for place, one in enumerate(table)}
    return [
        Merge(place, places.get(m.bottom, len(table) - 1), m.left, m.right)
        for number, place in places.items()
        for m in by_row.get(number, ())
    ]


def _line(cells: Mapping[int, str], names: Mapping[int, str]) -> str:
    columns = sorted(cells)
    if len(columns) == 1 and len(cells[columns[0]]) > _LONGEST_LABELLED:
        return cells[columns[0]]
    if not names and len(columns) == 2:
        return _pair(cells[columns[0]], cells[columns[1]])
    return "; ".join(_labelled(names.get(c, ""), cells[c]) for c in columns)


def _pair(left: str, right: str) -> str:
    """Two cells without a header: most often a name and its value."""
    return f"{left} {right}" if left.endswith((":", "?", "!", ".")) else f"{left}: {right}"


def _labelled(name: str, value: str) -> str:
    name = name[:_LONGEST_HEADER].rstrip(" :")
    return f"{name}: {value}" if name else value
