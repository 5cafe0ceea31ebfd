"""The rows and columns of a table, from where its pieces stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from askdocs.readers.pdf.cells import is_number
from askdocs.readers.pdf.rows import Piece, Row, bottom, is_list_mark, top

_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d$")
_TIGHT = 0.75  # times the size, between the lines of one cell
_SAME_COLUMN = 1.0  # times the size: parts of a column may be so far apart
_STEP = 0.3  # times the size: how much wider gaps between rows are than those within
_ALIKE = 3.0  # points


@dataclass(slots=True)
class _Line:
    """A row of a table, its cells by column."""

    cells: dict[int, str]
    pieces: dict[int, Piece]
    bottom: float
    spans: bool  # whether a cell stands over several columns


def table_grid(rows: Sequence[Row]) -> list[list[str]]:
    """The cells of each row of a table, empty ones included.

    Lines that one cell was wrapped into are one row again; a cell over several columns stands in
    the first of them.
    """
    columns = _columns(rows)
    wrapped = _gap_of_wrapped_cells(rows)
    grid: list[_Line] = []
    for row in rows:
        line = _line(row, columns)
        gap = top(row) - grid[-1].bottom if grid else 0.0
        if grid and (gap < wrapped or _continues(grid[-1], line)):
            above = grid[-1]
            for column, text in line.cells.items():
                above.cells[column] = f"{above.cells.get(column, '')} {text}".lstrip()
            above.pieces |= line.pieces
            above.bottom = line.bottom
        else:
            grid.append(line)
    return [[line.cells.get(n, "") for n in range(max(line.cells) + 1)] for line in grid]


def _gap_of_wrapped_cells(rows: Sequence[Row]) -> float:
    """The gap below which a row of a table of words goes on with the row above it.

    Below 0, so that none does, if the gaps between the lines are all alike.
    """
    figures = sum(any(is_number(piece.text) for piece in row[1:]) for row in rows)
    gaps = sorted(top(below) - bottom(above) for above, below in pairwise(rows))
    if 2 * figures >= len(rows) or len(gaps) < 2:
        return -1e9
    size = max(piece.size for piece in rows[0])
    steps = [(wide - tight, tight) for tight, wide in pairwise(gaps)]
    step, tight = max(steps)
    clear = step > _STEP * size and tight < _TIGHT * size and tight - gaps[0] < step
    return tight + step / 2 if clear else -1e9


def _columns(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """The columns of a table, from the narrow cells to the wide: what covers two is no column."""
    several = [row for row in rows if len(row) > 1]
    pieces = [piece for row in several for piece in row]
    columns: list[tuple[float, float]] = []
    for piece in sorted(pieces, key=lambda piece: piece.x1 - piece.x0):
        touched = [column for column in columns if _shared(piece, column) > 0.5]
        if len(touched) > 1 and _both_filled(touched[0], touched[-1], several):
            continue
        a = min([piece.x0, *(column[0] for column in touched)])
        b = max([piece.x1, *(column[1] for column in touched)])
        columns = [column for column in columns if column not in touched] + [(a, b)]
    return _merged(sorted(columns), several)


def _merged(columns: list[tuple[float, float]], rows: Sequence[Row]) -> list[tuple[float, float]]:
    """The columns with those made one that lie side by side and are never both filled.

    "(5)" and "–" of one column need not stand above each other.
    """
    widest = _SAME_COLUMN * max(piece.size for row in rows for piece in row)
    merged = columns[:1]
    for column in columns[1:]:
        near = column[0] - merged[-1][1] < widest
        if near and not _both_filled(merged[-1], column, rows):
            merged[-1] = (merged[-1][0], column[1])
        else:
            merged.append(column)
    return merged


def _both_filled(
    left: tuple[float, float], right: tuple[float, float], rows: Sequence[Row]
) -> bool:
    """Whether a row has a cell in each of two columns."""
    return any(
        any(_shared(piece, left) > 0.5 >= _shared(piece, right) for piece in row)
        and any(_shared(piece, right) > 0.5 >= _shared(piece, left) for piece in row)
        for row in rows
    )


def _shared(piece: Piece, column: tuple[float, float]) -> float:
    """How much of a column's width a piece takes; below zero if it stands beside it."""
    return min(piece.x1, column[1]) - max(piece.x0, column[0])


def _line(row: Row, columns: list[tuple[float, float]]) -> _Line:
    """A row with its cells by the number of their column."""
    placed: dict[int, str] = {}
    pieces: dict[int, Piece] = {}
    for piece in row:
        column = _column_of(piece, columns)
        placed[column] = f"{placed[column]} {piece.text}" if column in placed else piece.text
        pieces[column] = piece
    spans = any(sum(_shared(p, column) > 0.5 for column in columns) > 1 for p in row)
    return _Line(placed, pieces, bottom(row), spans)


def _column_of(piece: Piece, columns: list[tuple[float, float]]) -> int:
    shared = [_shared(piece, column) for column in columns]
    first = next((n for n, width in enumerate(shared) if width > 0.5), None)
    if first is not None:
        return first
    return max(range(len(columns)), key=shared.__getitem__)


def _continues(above: _Line, line: _Line) -> bool:
    """Whether a row only goes on with cells of the row above it."""
    row = list(line.pieces.values())
    if top(row) - above.bottom > _TIGHT * max(piece.size for piece in row):
        return False
    texts = [text for column, text in line.cells.items() if column > 0]
    if 0 not in line.cells:
        figures = any(is_number(t) and not _YEAR.match(t) for t in above.cells.values())
        if 0 not in above.cells or not figures:
            heads = all(not is_number(text) or _YEAR.match(text) for text in texts)
            return heads and not figures and _stand_over(above, line)
        return set(line.cells) <= set(above.cells) and not any(map(is_number, texts))
    if 0 not in above.cells:
        return False
    label, label_above = line.cells[0], above.cells[0]
    words = label.split()
    if len(words) > 1 and is_list_mark(words[0]):
        return False
    if not label[0].islower() and label[0] not in "(&" and not label_above.endswith((",", "-")):
        return False
    # Figures stand beside the first or the last line of a wrapped label.
    return not texts or (set(above.cells) == {0} and not label_above.endswith((":", ".")))


def _stand_over(above: _Line, line: _Line) -> bool:
    """Whether two rows of heads are the lines of the same: left, right or centred alike."""
    shared = above.pieces.keys() & line.pieces.keys()
    pairs = [(above.pieces[number], line.pieces[number]) for number in shared]
    if len(above.pieces) == 1 and len(line.pieces) > 1 and _is_over_all(above, line):
        return False
    if above.spans != line.spans:
        return bool(pairs) and all(_middles_apart(*pair) < _ALIKE for pair in pairs)
    return bool(pairs) and all(alike(*pair) for pair in pairs)


def _is_over_all(above: _Line, line: _Line) -> bool:
    """Whether a head stands over the middle of all the heads below it, as "Years ended" does."""
    (head,) = above.pieces.values()
    left = min(piece.x0 for piece in line.pieces.values())
    right = max(piece.x1 for piece in line.pieces.values())
    return abs(head.x0 + head.x1 - left - right) < head.x1 - head.x0


def alike(upper: Piece, lower: Piece) -> bool:
    """Whether two pieces above each other begin, end or are centred alike."""
    left, right = abs(upper.x0 - lower.x0), abs(upper.x1 - lower.x1)
    return min(left, right, _middles_apart(upper, lower)) < _ALIKE


def _middles_apart(upper: Piece, lower: Piece) -> float:
    return abs(upper.x0 + upper.x1 - lower.x0 - lower.x1) / 2
