"""Which lines belong to one paragraph: by the distance, the size, the marks, the indentation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from askdocs.readers.pdf.rows import Piece, Row, list_mark, row_text
from askdocs.readers.pdf.style import Style

ENDS = (".", "!", "?", ":", ";")
"""How a sentence ends."""

_OTHER_SIZE = 0.12
_INDENT = 0.8  # of the size
_LEADING = 1.25  # of the usual distance between lines: a paragraph begins
_WIDEST_LEADING = 2.3  # times the size
_SHORT, _AS_WIDE = 0.4, 0.8  # lines that are short, and not as if set in a narrow column
_FORM_GAP = 2.5  # times the size
_PARTED = re.compile(r"[^\W\d_]-$")


def paragraphs(rows: list[Row], region: list[Row], style: Style) -> Iterator[list[Piece]]:
    """The lines of each paragraph, heading or item of rows that are no table."""
    if not rows:
        return
    lines = [_line(row) for row in rows]
    right = max(piece.x1 for row in region for piece in row)
    left = min(piece.x0 for row in region for piece in row)
    usual = _usual_leading([_line(row) for row in region])
    paragraph = [lines[0]]
    for line, (before, row) in zip(lines[1:], pairwise(rows), strict=True):
        apart = _has_wide_gap(before) or _has_wide_gap(row)
        if apart or _begins(line, paragraph, left, right, usual, style):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    yield paragraph


def _line(row: Row) -> Piece:
    if len(row) == 1:
        return row[0]
    letters = sum(len(piece.text) for piece in row)
    return Piece(
        row_text(row),
        row[0].x0,
        min(piece.top for piece in row),
        row[-1].x1,
        max(piece.bottom for piece in row),
        max(row, key=lambda piece: len(piece.text)).size,
        2 * sum(len(piece.text) for piece in row if piece.bold) > letters,
    )


def _has_wide_gap(row: Row) -> bool:
    """Whether what stands on a line stands apart, as in a form."""
    return any(b.x0 - a.x1 > _FORM_GAP * b.size for a, b in pairwise(row))


def _usual_leading(lines: list[Piece]) -> float:
    """The distance between the lines of a paragraph, in sizes of their letters."""
    ratios = [
        (below.bottom - above.bottom) / max(1.0, below.size) for above, below in pairwise(lines)
    ]
    ratios = [ratio for ratio in ratios if 0.8 < ratio < _WIDEST_LEADING]
    if not ratios:
        return 1.3
    counted = Counter(round(10 * ratio) / 10 for ratio in ratios)
    common, times = counted.most_common(1)[0]
    return common if times > 2 else median(ratios)


def _begins(
    line: Piece, paragraph: list[Piece], left: float, right: float, usual: float, style: Style
) -> bool:
    """Whether a paragraph begins with `line`, which stands below those of `paragraph`."""
    last = paragraph[-1]
    size = max(1.0, line.size)
    leading = (line.bottom - last.bottom) / size
    if leading > _LEADING * usual or leading < 0:
        return True
    if abs(line.size - last.size) > _OTHER_SIZE * size or line.bold != last.bold:
        return not _is_small_change(line, last)
    if _PARTED.search(last.text) and line.text[:1].islower():
        return False
    if style.stands_out(line):
        return bool(list_mark(line.text))
    if list_mark(line.text) and not _is_wrapped_mark(line, last, right):
        return True
    return _is_set_off(line, paragraph, left, right)


def _is_set_off(line: Piece, paragraph: list[Piece], left: float, right: float) -> bool:
    """Whether indentation or a short line above shows that a paragraph begins."""
    last, size = paragraph[-1], line.size
    ended = last.text.endswith(ENDS)
    room = right - last.x1
    first_word = (line.x1 - line.x0) * (line.text.find(" ") + 1 or len(line.text))
    first_word /= max(1, len(line.text))
    width, wide = last.x1 - last.x0, right - left
    address = width < _SHORT * wide and not _AS_WIDE * width < line.x1 - line.x0 < width / _AS_WIDE
    if room > first_word + 1.5 * size and (ended or address or room > 0.35 * wide):
        return True
    body = min(piece.x0 for piece in paragraph[1:]) if len(paragraph) > 1 else last.x0
    if line.x0 > body + _INDENT * size:
        return ended or len(paragraph) > 2
    return len(paragraph) > 2 and line.x0 < body - _INDENT * size and ended


def _is_small_change(line: Piece, last: Piece) -> bool:
    """Whether only some words of a sentence are bold, so that the lines still belong together."""
    same_size = abs(line.size - last.size) <= _OTHER_SIZE * max(1.0, line.size)
    return same_size and line.text[:1].islower() and not last.text.endswith(ENDS)


def _is_wrapped_mark(line: Piece, last: Piece, right: float) -> bool:
    """Whether a line begins with what looks like a mark but belongs to the sentence above."""
    full = right - last.x1 < 3 * line.size
    return full and not last.text.endswith(ENDS) and line.text[:1].isalnum()
