"""Make anchors of headings: each with the text below it, labelled with the path to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from askdocs.types import Anchor

_DEEPEST = 9


class Heading(NamedTuple):
    """Where a heading begins, how deep it is (from 1), and its words."""

    start: int
    level: int
    title: str


def heading_anchors(headings: Sequence[Heading], length: int) -> Iterator[Anchor]:
    """Each heading with the text up to the next of its level or above, labelled with its path.

    >>> headings = [Heading(0, 1, "Report"), Heading(9, 2, "Dead")]
    >>> [(a.start, a.end, a.label) for a in heading_anchors(headings, 20)]
    [(0, 20, 'Report'), (9, 20, 'Report > Dead')]
    """
    path: list[Heading] = []
    for heading, end in zip(headings, _ends(headings, length), strict=True):
        path = [*(above for above in path if above.level < _level(heading)), heading]
        label = " > ".join(step.title for step in path if step.title)
        if label and heading.start < end:
            yield Anchor(heading.start, end, "heading", label)


def _level(heading: Heading) -> int:
    return min(heading.level, _DEEPEST)


def _ends(headings: Sequence[Heading], length: int) -> list[int]:
    """Where each heading's text ends: at the next heading of its level or above."""
    ends = []
    next_start: dict[int, int] = {}  # by level, going up the text
    for heading in reversed(headings):
        levels = range(1, _level(heading) + 1)
        ends.append(min(next_start.get(level, length) for level in levels))
        next_start[_level(heading)] = heading.start
    return ends[::-1]
