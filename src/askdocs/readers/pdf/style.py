"""How a document is set, and what stands out from that as a heading does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from askdocs.readers.pdf.rows import Piece, Row

_LARGER = 1.12  # than the size of most letters: a heading
_MUCH = 0.2  # of the letters


@dataclass(frozen=True, slots=True)
class Style:
    """How the text of a document is set: the size of its letters, and whether they are bold.

    Of several sizes that much is set in, it is the largest.
    """

    size: float
    bold: bool

    def is_larger(self, line: Piece) -> bool:
        """Whether a line is set larger than the text."""
        return line.size > _LARGER * self.size

    def stands_out(self, line: Piece) -> bool:
        """Whether a line is set as headings are: larger, or bold."""
        return self.is_larger(line) or (line.bold and not self.bold)


def style_of(pages: Iterable[Iterable[Row]]) -> Style:
    """The style of the text of a document."""
    sizes: Counter[float] = Counter()
    letters = bold = 0
    for rows in pages:
        for row in rows:
            for piece in row:
                sizes[round(2 * piece.size) / 2] += len(piece.text)
                letters += len(piece.text)
                bold += len(piece.text) if piece.bold else 0
    much = [size for size, count in sizes.items() if count >= _MUCH * letters]
    most = max(sizes, key=sizes.__getitem__, default=10.0)
    return Style(max([most, *much]), 2 * bold > letters)
