"""The order in which a page is read: columns of running text one after the other, tables whole.

A gutter is a strip without words that goes down several rows. It parts columns if on both sides of
it lines of running text fill their column; the gaps of a table do not (numbers, short cells).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from askdocs.readers.pdf.cells import is_number
from askdocs.readers.pdf.rows import Row, bottom, top

_LEAST_GUTTER = 0.85  # of the size of the letters
_LEAST_ROWS = 4  # with words on both sides
_LEAST_WORDS = 2.5  # in a line of a column
_FILLS = 0.7  # of the column's width
_FILLED_ROWS = 0.55
_BESIDE = 0.6
_LABEL = 0.6  # of a column's width: what is shorter, beside a figure, is the label of a row
_LETTERS = 0.7  # of the characters
_DEPTH = 6
_ALIVE_LIMIT = 60
_ROWS_LIMIT = 600  # of a page that is no page of text


@dataclass(slots=True)
class _Strip:
    """A gap that goes on from row `first` to row `last`."""

    x0: float
    x1: float
    first: int
    last: int


def regions(rows: list[Row], depth: int = 0) -> list[list[Row]]:
    """The rows of a page, or of a part of it, in groups in the order in which they are read."""
    if len(rows) < _LEAST_ROWS or depth > _DEPTH or len(rows) > _ROWS_LIMIT:
        return [rows] if rows else []
    gutter = _gutter(rows)
    if gutter is None:
        return [rows]
    middle = (gutter.x0 + gutter.x1) / 2
    inside = rows[gutter.first : gutter.last + 1]
    left = [[p for p in row if p.x1 <= middle] for row in inside]
    right = [[p for p in row if p.x1 > middle] for row in inside]
    return [
        *regions(rows[: gutter.first], depth + 1),
        *regions([row for row in left if row], depth + 1),
        *regions([row for row in right if row], depth + 1),
        *regions(rows[gutter.last + 1 :], depth + 1),
    ]


def _gutter(rows: list[Row]) -> _Strip | None:
    """The longest strip that parts running text; the leftmost of several as long."""
    strips = list(_strips(rows))
    found = [strip for strip in strips if _parts_text(rows, strip, strips)]
    for strip in found:
        _leave_out_tables(rows, strip)
        _trim(rows, strip)
    return max(found, key=lambda s: (s.last - s.first, -s.x0), default=None)


def _strips(rows: list[Row]) -> Iterator[_Strip]:
    """The gaps that go down several rows."""
    least = _LEAST_GUTTER * median(piece.size for row in rows for piece in row)
    left = min(piece.x0 for row in rows for piece in row)
    right = max(piece.x1 for row in rows for piece in row)
    alive: list[_Strip] = []
    for number, row in enumerate(rows):
        free = _free(row, left, right)
        going_on: list[_Strip] = []
        for strip in alive[:_ALIVE_LIMIT]:
            # A strip may go on in two places: a gap between words, and the gutter beside it.
            parts = [(max(strip.x0, a), min(strip.x1, b)) for a, b in free]
            parts = [(a, b) for a, b in parts if b - a >= least]
            going_on += [_Strip(a, b, strip.first, number) for a, b in parts]
            if not parts and strip.last - strip.first >= _LEAST_ROWS - 1:
                yield strip
        for a, b in free:
            known = any(a <= strip.x0 and strip.x1 <= b for strip in going_on)
            if b - a >= least and not known:
                going_on.append(_Strip(a, b, number, number))
        alive = going_on
    yield from (strip for strip in alive if strip.last - strip.first >= _LEAST_ROWS - 1)


def _free(row: Row, left: float, right: float) -> list[tuple[float, float]]:
    """Where a row has no words, from one edge of the text to the other."""
    gaps = []
    at = left
    for piece in row:
        if piece.x0 > at:
            gaps.append((at, piece.x0))
        at = max(at, piece.x1)
    if at < right:
        gaps.append((at, right))
    return gaps


def _parts_text(rows: list[Row], strip: _Strip, strips: list[_Strip]) -> bool:
    """Whether running text stands on both sides of a strip, as far as the next strips."""
    beside = [other for other in strips if _go_together(strip, other)]
    left = max((other.x1 for other in beside if other.x1 <= strip.x0), default=-1e9)
    right = min((other.x0 for other in beside if other.x0 >= strip.x1), default=1e9)
    inside = rows[strip.first : strip.last + 1]
    before = [_between(row, left, strip.x0) for row in inside]
    after = [_between(row, strip.x1, right) for row in inside]
    both = sum(bool(a and b) for a, b in zip(before, after, strict=True))
    return both >= _LEAST_ROWS and _is_running_text(before) and _is_running_text(after)


def _go_together(strip: _Strip, other: _Strip) -> bool:
    """Whether two strips stand beside each other over most rows of the first."""
    shared = min(strip.last, other.last) - max(strip.first, other.first)
    return shared >= _BESIDE * (strip.last - strip.first)


def _between(row: Row, left: float, right: float) -> Row:
    return [piece for piece in row if piece.x0 >= left - 0.1 and piece.x1 <= right + 0.1]


def _is_running_text(lines: list[Row]) -> bool:
    lines = [line for line in lines if line]
    if len(lines) < _LEAST_ROWS:
        return False
    text = "".join(piece.text for line in lines for piece in line).replace(" ", "")
    words = [sum(piece.text.count(" ") + 1 for piece in line) for line in lines]
    if median(words) < _LEAST_WORDS or sum(map(str.isalpha, text)) < _LETTERS * len(text):
        return False
    left, right = min(line[0].x0 for line in lines), max(line[-1].x1 for line in lines)
    filled = sum(line[-1].x1 - line[0].x0 >= _FILLS * (right - left) for line in lines)
    return filled >= _FILLED_ROWS * len(lines)


def _leave_out_tables(rows: list[Row], strip: _Strip) -> None:
    """Make a strip end where a table begins whose gap it goes through by chance."""
    inside = range(strip.first, strip.last + 1)
    before = {number: _between(rows[number], -1e9, strip.x0) for number in inside}
    left = min(row[0].x0 for row in before.values() if row)
    wide = _LABEL * (strip.x0 - left)
    crossing = [
        bool(before[number])
        and before[number][-1].x1 - left < wide
        and any(is_number(piece.text) for piece in _between(rows[number], strip.x1, 1e9))
        for number in inside
    ]
    parts: list[list[int]] = [[]]
    for number, crosses, beside in zip(inside, crossing, [*crossing[1:], False], strict=True):
        if crosses and (beside or (number > strip.first and crossing[number - strip.first - 1])):
            parts.append([])
        else:
            parts[-1].append(number)
    longest = max(parts, key=len)
    if longest:
        strip.first, strip.last = longest[0], longest[-1]


def _trim(rows: list[Row], strip: _Strip) -> None:
    """Leave out what follows the columns below a gap: it belongs to the whole width."""
    inside = range(strip.first + 1, strip.last + 1)
    leading = median(top(rows[i]) - top(rows[i - 1]) for i in inside)
    for number in reversed(inside):
        row = rows[number]
        if row[-1].x0 >= strip.x0:
            return  # there are words in the right column
        if top(row) - bottom(rows[number - 1]) > leading:
            strip.last = number - 1
            return
