"""Collect paragraphs, lists and tables into the text of a document with the places named in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from askdocs.errors import ReadError
from askdocs.readers.tables import TEXT_LIMIT
from askdocs.types import Anchor

_LIGATURES = str.maketrans(
    {
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "ﬅ": "st",
        "ﬆ": "st",
        "\u00ad": None,
        "\u2011": "-",
        "\0": None,
    }
)
_LONGEST_LABEL = 200


class _Heading(NamedTuple):
    level: int
    title: str
    start: int


def one_line(text: str) -> str:
    r"""The words of a paragraph on one line, its ligatures as letters.

    >>> one_line(" of\ufb01ce\xa0hours\n are ")
    'office hours are'
    """
    return " ".join(text.translate(_LIGATURES).split())


class TextWriter:
    """Text as every reader gives it: one line for a paragraph, a blank line between them.

    Items of a list and rows of a table follow each other without a blank line. Raises `ReadError`
    when the text becomes too long.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._group = ""
        self._anchors: list[Anchor] = []
        self._open: dict[str, tuple[str, int]] = {}  # kind -> label, start
        self._waiting: dict[str, str] = {}  # kind -> label of a place that has no text yet
        self._headings: list[_Heading] = []

    def paragraph(self, text: str) -> None:
        """Write a paragraph."""
        self._write(one_line(text), "")

    def item(self, mark: str, text: str) -> None:
        """Write an item of a list with the mark before it: "-" or its number."""
        line = one_line(text)
        if line:
            self._write(f"{mark} {line}" if mark else line, "list")

    def row(self, cells: Iterable[str]) -> None:
        """Write a row of a table, unless it is empty."""
        lines = [one_line(cell).replace("|", "¦") for cell in cells]
        if any(lines):
            self._write(f"| {' | '.join(lines)} |", "table")

    def end_group(self) -> None:
        """Let the next item or row begin a new list or table."""
        self._group = ""

    def heading(self, text: str, level: int) -> None:
        """Write a heading; what follows is below it up to the next of its level or above."""
        line = one_line(text)
        if not line:
            return
        end = self._length
        start = self._write(line, "")
        self._close_headings(level, end)
        self._headings.append(_Heading(level, line[:_LONGEST_LABEL], start))

    def block(self, text: str, anchors: Sequence[Anchor] = ()) -> None:
        """Write lines as they are; the positions of `anchors` count from their beginning."""
        if text:
            start = self._write(text, "")
            for anchor in anchors:
                begin, end = anchor.start + start, anchor.end + start
                self._anchors.append(Anchor(begin, end, anchor.kind, anchor.label))

    def place(self, kind: str, label: str) -> None:
        """Say that what is written from now on stands on this page, slide or sheet."""
        self._close_place(kind, self._length)
        self._waiting[kind] = label
        self.end_group()

    def close_headings(self) -> None:
        """Say that what is written from now on belongs to no heading."""
        self._close_headings(-1, self._length)

    @property
    def length(self) -> int:
        """How many characters are written so far."""
        return self._length

    def lines(self) -> list[str]:
        """The lines written so far."""
        return "".join(self._pieces).split("\n")

    def finish(self) -> tuple[str, tuple[Anchor, ...]]:
        """The text and its anchors in the order of their positions, outer ones first."""
        self.close_headings()
        for kind in list(self._open):
            self._close_place(kind, self._length)
        ordered = sorted(self._anchors, key=lambda a: (a.start, -a.end))
        return "".join(self._pieces), tuple(ordered)

    def _write(self, text: str, group: str) -> int:
        """Add lines; the position where they begin."""
        if not text:
            return self._length
        if self._pieces:
            self._add("\n" if group and group == self._group else "\n\n")
        self._group = group
        start = self._length
        self._add(text)
        for kind, label in self._waiting.items():
            self._open[kind] = (label, start)
        self._waiting.clear()
        return start

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > TEXT_LIMIT:
            raise ReadError(f"has more than {TEXT_LIMIT:,} characters; split it")
        self._pieces.append(text)

    def _close_place(self, kind: str, end: int) -> None:
        if kind in self._open:
            label, start = self._open.pop(kind)
            self._anchors.append(Anchor(start, end, kind, label))

    def _close_headings(self, level: int, end: int) -> None:
        """Close the headings of this level and below."""
        while self._headings and self._headings[-1].level >= level:
            label = " > ".join(heading.title for heading in self._headings)
            self._anchors.append(Anchor(self._headings.pop().start, end, "heading", label))
