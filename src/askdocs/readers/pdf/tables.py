"""Tables: rows whose pieces stand in columns, with or without lines drawn between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from askdocs.readers.pdf.cells import is_number
from askdocs.readers.pdf.grid import alike
from askdocs.readers.pdf.rows import Row, bottom, is_list_mark, top

_SINGLES = 3  # rows of one cell in a row within a table
_SENTENCE_WORDS = 8
_ROW_GAP = 2.6  # times the size, between the rows of one table
_LABELS = 0.2  # of a table's width, at least, is the column of labels
_CENTRED = 0.1
_ALIGNED = 0.7  # of the rows of a table of words have a cell at the same place
_ALIGNED_FIGURES = 0.45
_ALIGN = 5.0  # points
_LEAST_TEXT_ROWS = 3  # of a table without numbers
_NEXT_GAP = 2.5  # times the usual gap, and
_WIDE_GAP = 1.8  # times the size: another table begins
_OTHER_SIZE = 0.12
_NEAR = 0.35  # times the size: between the lines of one cell


def find_tables(rows: list[Row]) -> Iterator[tuple[int, int]]:
    """The tables among the rows of a region: (first row, row after the last)."""
    number = 0
    while number < len(rows):
        end = _table_end(rows, number) if len(rows[number]) > 1 else number
        if end > number and _is_table(rows[number:end]):
            start = _with_heads(rows, number, end)
            yield start, end
            number = end
        else:
            number += 1


def _table_end(rows: list[Row], start: int) -> int:
    """The row after the last that may belong to the table that begins at `start`."""
    end, singles = start + 1, 0
    gaps: list[float] = []
    size = max(piece.size for piece in rows[start])
    for number in range(start + 1, len(rows)):
        row = rows[number]
        gap = top(row) - bottom(rows[number - 1])
        widest = _ROW_GAP * size
        if len(gaps) > 1:
            widest = min(widest, max(_NEXT_GAP * median(gaps), _WIDE_GAP * size, 1.2 * max(gaps)))
        if gap > widest or _is_title(rows, number):
            break
        gaps.append(gap)
        size = max(size, row[0].size)
        if len(row) > 1:
            end, singles = number + 1, 0
            continue
        singles += 1
        if singles > _SINGLES or _is_sentence(rows, number, start):
            break
    while end < len(rows) and _goes_on_in_column(rows[end - 1], rows[end]):
        end += 1
    return end


def _is_title(rows: list[Row], number: int) -> bool:
    """Whether a row alone is set larger than the rows around it."""
    around = (rows[number - 1], rows[number + 1] if number + 1 < len(rows) else rows[number - 1])
    size = max(row[0].size for row in around)
    return len(rows[number]) == 1 and rows[number][0].size > (1 + _OTHER_SIZE) * size


def _goes_on_in_column(above: Row, row: Row) -> bool:
    """Whether a row alone, right below a table, is the last line of one of its cells."""
    near = top(row) - bottom(above) < _NEAR * row[0].size
    return near and len(row) == 1 and any(abs(row[0].x0 - p.x0) < 1 for p in above[1:] or above)


def _is_sentence(rows: list[Row], number: int, start: int) -> bool:
    """Whether a row alone is a line of running text: as wide as most of the table, and no label."""
    left = min(piece.x0 for piece in rows[start])
    wide = 0.75 * (max(piece.x1 for piece in rows[start]) - left)
    piece = rows[number][0]
    if piece.text.count(" ") < _SENTENCE_WORDS:
        return False
    if is_list_mark(piece.text.split()[0]):
        return True
    label = number + 1 < len(rows) and len(rows[number + 1]) > 1 and piece.text.endswith(":")
    return piece.x1 - piece.x0 >= wide and not label


def _is_table(rows: Sequence[Row]) -> bool:
    several = [row for row in rows if len(row) > 1]
    if len(several) < 2:
        return False
    numeric = sum(any(is_number(piece.text) for piece in row[1:]) for row in several)
    if 2 * numeric >= len(several):
        return _aligned(several) >= _ALIGNED_FIGURES * len(several)
    if len(several) == 2 and len(several[0]) == len(several[1]) > 2:
        return all(alike(upper, lower) for upper, lower in zip(*several, strict=True))
    return len(several) >= _LEAST_TEXT_ROWS and _aligned(several) >= _ALIGNED * len(several)


def _aligned(rows: Sequence[Row]) -> int:
    """In how many rows a cell begins, or ends, at the same place; the first cells aside."""
    begins = [[piece.x0 for piece in row[1:]] for row in rows]
    # Where figures end; the lines of justified text end alike, too.
    ends = [[piece.x1 for piece in row[1:] if is_number(piece.text)] for row in rows]
    return max(_most_alike(begins), _most_alike(ends))


def _most_alike(edges: list[list[float]]) -> int:
    """In how many of the rows the commonest edge is found."""
    places = Counter(
        place
        for row in edges
        for place in {round(edge / _ALIGN) + n for edge in row for n in (0, 1)}
    )
    return max(places.values(), default=0)


def _with_heads(rows: list[Row], start: int, end: int) -> int:
    """The first row of the heads right above a table that stand over some of its columns."""
    left = min(row[0].x0 for row in rows[start:end])
    right = max(row[-1].x1 for row in rows[start:end])
    while start > 0:
        head = rows[start - 1][0]
        near = top(rows[start]) - head.bottom < 1.2 * head.size
        over = left + _LABELS * (right - left) < head.x0 and head.x1 < right + head.size
        centred = abs(head.x0 + head.x1 - left - right) < _CENTRED * (right - left)
        long = head.text.count(" ") > 8
        if len(rows[start - 1]) > 1 or not near or not over or centred or long:
            return start
        start -= 1
    return start
