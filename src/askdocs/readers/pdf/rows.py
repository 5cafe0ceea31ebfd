"""From words to rows: what stands on one line across a page, in pieces with wide gaps between."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from askdocs.readers.pdf.words import Word

GAP = 0.85
"""Of the size of the letters: a gap that parts pieces. Between words it is 0.2 to 0.6."""

_EDGE = 2.0  # points
_JUSTIFIED = 0.5  # of the lines of a column end at its edge
_LETTERS = 0.7  # of the characters of running text
_ALIKE, _WIDEST = 0.4, 8.0  # times the size: how gaps of a spread line differ, how wide they are
_MARK_GAP = 5.0  # of the size: between the mark of a list's item and the item
_SAME_LINE = 0.4  # of the size: how far apart what a line's words stand on may be
_MARK_SIZE, _RAISED = 0.85, 0.62  # of the size of their line: footnotes' marks
_DESCENT = 0.21  # of the size: how far a font's box reaches below what its letters stand on
_LIST_MARK = re.compile(r"(?:[•◦▪▫■□●○‣⁃∙·➢➤✓✔❖–—*-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])$")
_CURRENCIES = frozenset("$ € £ ¥ ₹ US$ A$ C$ HK$".split())
_ENDS_FIGURE, _BEGINS_FIGURE = frozenset("0123456789)%-–—"), frozenset("0123456789(.-–—")


class Piece(NamedTuple):
    """Words that follow each other on a line; `bold` if most letters are."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool


Row = list[Piece]


def rows(words: Iterable[Word]) -> list[Row]:
    """The rows from top to bottom, each with its pieces from left to right."""
    lines: list[list[Word]] = []
    base, size = -1e9, 0.0
    for word in sorted(words, key=_base):
        own = _base(word)
        marks = size < _MARK_SIZE * word.size  # so far: they stand higher than their line
        if own - base > (_RAISED if marks else _SAME_LINE) * max(size, word.size):
            lines.append([word])
            base, size = own, word.size
            continue
        lines[-1].append(word)
        if word.size > size:  # a mark above the line came first
            base, size = own, word.size
    return _with_marks([_pieces(line) for line in lines])


def _with_marks(rows: list[Row]) -> list[Row]:
    """The rows with bullets that are set somewhat higher or lower joined to their lines."""
    made: list[Row] = []
    waiting: Piece | None = None
    for number, row in enumerate(rows):
        if len(row) == 1 and is_list_mark(row[0].text):
            mark = row[0]
            below = rows[number + 1] if number + 1 < len(rows) else []
            if made and _overlap(mark, made[-1]) >= max(0.3, _overlap(mark, below)):
                made[-1] = _pieced(mark, made[-1])
                continue
            if _overlap(mark, below) >= 0.3:
                waiting = mark
                continue
        made.append(_pieced(waiting, row) if waiting else row)
        waiting = None
    return made


def _overlap(mark: Piece, row: Row) -> float:
    """How much of a mark's height is beside a row that begins right of it, near."""
    if not row or not -1.0 < row[0].x0 - mark.x1 < _MARK_GAP * row[0].size:
        return 0.0
    shared = min(mark.bottom, row[0].bottom) - max(mark.top, row[0].top)
    return shared / max(1.0, min(mark.bottom - mark.top, row[0].bottom - row[0].top))


def _pieced(mark: Piece, row: Row) -> Row:
    return [_joined(mark, row[0])._replace(top=row[0].top, bottom=row[0].bottom), *row[1:]]


def without_spread_lines(rows: list[Row]) -> list[Row]:
    """The rows of a column, with those made one piece again that were only spread to its width.

    In justified text the gaps of a line are wide but all alike, and most lines end at the edge.
    """
    if sum(len(row) > 1 for row in rows) == 0:
        return rows
    right = max(row[-1].x1 for row in rows)
    full = [abs(row[-1].x1 - right) < _EDGE for row in rows]
    text = "".join(piece.text for row in rows for piece in row)
    letters = sum(map(str.isalpha, text)) > _LETTERS * (len(text) - text.count(" "))
    if not letters or sum(full) < _JUSTIFIED * len(rows):
        return rows
    return [
        [_as_one(row)] if is_full and _is_spread(row) else row
        for row, is_full in zip(rows, full, strict=True)
    ]


def _is_spread(row: Row) -> bool:
    gaps = [right.x0 - left.x1 for left, right in pairwise(row)]
    size = row[0].size
    return bool(gaps) and max(gaps) - min(gaps) < _ALIKE * size and max(gaps) < _WIDEST * size


def _as_one(row: Row) -> Piece:
    one = row[0]
    for piece in row[1:]:
        one = _joined(one, piece)
    return one


def top(row: Row) -> float:
    """The upper edge of a row."""
    return min(piece.top for piece in row)


def bottom(row: Row) -> float:
    """The lower edge of a row."""
    return max(piece.bottom for piece in row)


def row_text(row: Sequence[Piece]) -> str:
    """The words of a row."""
    return " ".join(piece.text for piece in row)


def is_list_mark(text: str) -> bool:
    """Whether a piece is the bullet or the number of a list's item."""
    return bool(_LIST_MARK.match(text))


def list_mark(text: str) -> tuple[str, str] | None:
    """The mark of a list's item as it is written in the text, and the rest; or None."""
    mark, _, rest = text.partition(" ")
    if not rest or not is_list_mark(mark):
        return None
    return (mark if mark[-1] in ".)" else "-"), rest


def _base(word: Word) -> float:
    return word.bottom - _DESCENT * word.size


def _pieces(line: list[Word]) -> Row:
    line.sort(key=lambda word: word.x0)
    groups: list[list[Word]] = []
    for number, word in enumerate(line):
        before = groups[-1][-1] if groups else None
        if before is None or _are_apart(before, word) or _is_next_amount(before, line, number):
            groups.append([word])
        elif word.text != before.text or abs(word.x0 - before.x0) >= 0.25 * word.size:
            groups[-1].append(word)  # else drawn twice, to look bold
    pieces = [_piece(group) for group in groups]
    if len(pieces) > 1 and is_list_mark(pieces[0].text):
        mark, text = pieces[:2]
        if text.x0 - mark.x1 < _MARK_GAP * text.size:
            pieces[:2] = [_joined(mark, text)]
    return pieces


def _are_apart(left: Word, right: Word) -> bool:
    """Whether neighbours on a line belong to different pieces."""
    return right.x0 - left.x1 > GAP * max(right.size, left.size)


def _is_next_amount(left: Word, line: list[Word], number: int) -> bool:
    """Whether "$" begins the next column, close behind the figure of the last."""
    if line[number].text not in _CURRENCIES or left.text[-1] not in _ENDS_FIGURE:
        return False
    return number + 1 < len(line) and line[number + 1].text[0] in _BEGINS_FIGURE


def _piece(words: list[Word]) -> Piece:
    if len(words) == 1:
        return Piece(*words[0])
    if _runs_left(words):
        words = words[::-1]
    x0, top, x1, bottom = words[0][1:5]
    longest = letters = bold = 0
    size = 0.0
    for word in words:
        length = len(word.text)
        letters += length
        if word.bold:
            bold += length
        if length > longest:
            longest, size = length, word.size
        if word.x0 < x0:
            x0 = word.x0
        if word.top < top:
            top = word.top
        if word.x1 > x1:
            x1 = word.x1
        if word.bottom > bottom:
            bottom = word.bottom
    text = " ".join([word.text for word in words])
    return Piece(text, x0, top, x1, bottom, size, 2 * bold > letters)


def _joined(left: Piece, right: Piece) -> Piece:
    return Piece(
        f"{left.text} {right.text}",
        left.x0,
        min(left.top, right.top),
        right.x1,
        max(left.bottom, right.bottom),
        right.size,
        right.bold,
    )


def _runs_left(words: list[Word]) -> bool:
    """Whether most words are of a script that is written from right to left."""
    if "".join([word.text for word in words]).isascii():
        return False
    left = sum(unicodedata.bidirectional(word.text[0]) in ("R", "AL") for word in words)
    return 2 * left > len(words)
