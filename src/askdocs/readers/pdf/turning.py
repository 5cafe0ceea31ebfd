"""Where things stand on a page as it is shown, which may be turned."""

from __future__ import annotations

import math
from collections.abc import Callable

Box = tuple[float, float, float, float]

SLANTED = 4
"""The direction of words that stand neither upright nor on their side."""

_UPRIGHT = math.radians(10)


def direction_of(a: float, b: float, turn: int) -> int:
    """Quarter turns to the left, on the page as shown, of words with the matrix (a, b, ...)."""
    angle = math.atan2(b, a)
    quarters = round(angle / (math.pi / 2))
    if abs(angle - quarters * math.pi / 2) > _UPRIGHT:
        return SLANTED
    return (quarters - turn) % 4


def placing(
    turn: int, left: float, bottom: float, right: float, top: float
) -> Callable[[float, float, float, float], Box]:
    """From a box in the file's coordinates to (left, top, right, bottom) on the page as shown."""
    if turn == 0:
        return lambda x0, y0, x1, y1: (x0 - left, top - y1, x1 - left, top - y0)
    if turn == 1:
        return lambda x0, y0, x1, y1: (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
    if turn == 2:
        return lambda x0, y0, x1, y1: (right - x1, y0 - bottom, right - x0, y1 - bottom)
    return lambda x0, y0, x1, y1: (top - y1, right - x1, top - y0, right - x0)


def upright(box: Box, direction: int, width: float, height: float) -> Box:
    """A box on the page turned so that words of that direction stand upright."""
    x0, top, x1, bottom = box
    if direction == 1:
        return height - bottom, x0, height - top, x1
    if direction == 2:
        return width - x1, height - bottom, width - x0, height - top
    if direction == 3:
        return top, width - x1, bottom, width - x0
    return box
