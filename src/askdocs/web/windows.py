"""Which part of a long document is shown: what is around the quote, and more when it is asked."""

from __future__ import annotations

from askdocs.types import Span

WHOLE = 80_000
"""Characters of a text that is shown whole."""

AROUND = 16_000
"""Characters that are shown before and after the quote."""

MORE = 40_000
"""Characters that come with each wish for more."""

MOST = 400_000
_LONGEST_LINE = 20_000


def window(text: str, quoted: Span, low: int | None = None, high: int | None = None) -> Span:
    """From where to where a text is shown: in whole lines, unless they are very long ones.

    `low` and `high` are what is asked for, if anything is; without them it is what is around the
    quote.

    >>> window("a short text", (2, 7))
    (0, 12)
    """
    if len(text) <= WHOLE:
        return 0, len(text)
    start, end = quoted
    first = max(0, start - AROUND) if low is None else min(low, len(text))
    last = min(len(text), min(end, start + MOST) + AROUND) if high is None else high
    last = min(max(last, first + 1), len(text))
    last = min(last, first + MOST)
    return _line_start(text, first), _line_end(text, last)


def earlier(shown: Span) -> Span:
    """What to show to see more of what stands before."""
    low = max(0, shown[0] - MORE)
    return low, min(shown[1], low + MOST)


def later(shown: Span, length: int) -> Span:
    """What to show to see more of what follows, of a text of some length."""
    high = min(length, shown[1] + MORE)
    return max(shown[0], high - MOST), high


def _line_start(text: str, position: int) -> int:
    if position <= 0:
        return 0
    near = max(0, position - _LONGEST_LINE)
    for mark in ("\n", " "):
        found = text.rfind(mark, near, position)
        if found >= 0:
            return found + 1
    return 0 if near == 0 else position


def _line_end(text: str, position: int) -> int:
    for mark in ("\n", " "):
        found = text.find(mark, max(0, position - 1), position + _LONGEST_LINE)
        if found >= 0:
            return found + 1
    return len(text) if position + _LONGEST_LINE >= len(text) else position
