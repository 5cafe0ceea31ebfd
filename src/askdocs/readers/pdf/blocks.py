"""From the rows of a page to its blocks: paragraphs, headings, items of lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from askdocs.readers.pdf.cells import cells
from askdocs.readers.pdf.grid import table_grid
from askdocs.readers.pdf.layout import regions
from askdocs.readers.pdf.paragraphs import ENDS, paragraphs
from askdocs.readers.pdf.rows import Piece, Row, list_mark, without_spread_lines
from askdocs.readers.pdf.style import Style
from askdocs.readers.pdf.tables import find_tables

_LONGEST_HEADING = 160
_MOST_HEADING_LINES = 3
_NOT_A_HEADING = re.compile(r".*[,;]$|[a-z]|.*\b(?:Inc|Ltd|and|or|of|the)\.?,?$")


@dataclass(slots=True)
class Block:
    """Lines that belong together. A table has `cells`, its rows; `mark` is a list item's."""

    kind: Literal["text", "heading", "item", "table"]
    lines: list[str] = field(default_factory=list)
    size: float = 0.0
    bold: bool = False
    cells: list[list[str]] = field(default_factory=list)
    mark: str = ""
    middle: float = 0.0  # of its first line, from the left
    left: float = 0.0


def blocks(rows: list[Row], style: Style) -> list[Block]:
    """The blocks of a page in the order in which they are read."""
    made: list[Block] = []
    for region in regions(rows):
        added = list(_region_blocks(region, style))
        if made and added and _goes_on(made[-1], added[0]):
            made[-1].lines += added.pop(0).lines
        made += added
    return _with_whole_titles(made)


def _with_whole_titles(blocks: list[Block]) -> list[Block]:
    """The blocks with centred headings that follow each other made one."""
    made: list[Block] = []
    for block in blocks:
        above = made[-1] if made else None
        if above and _is_centred_with(above, block):
            above.lines += block.lines
        else:
            made.append(block)
    return made


def _is_centred_with(above: Block, below: Block) -> bool:
    return (
        above.kind == below.kind == "heading"
        and above.bold == below.bold
        and abs(above.size - below.size) < 0.5
        and abs(above.middle - below.middle) < 3
        and abs(above.left - below.left) > 6
        and len(above.lines) + len(below.lines) <= _MOST_HEADING_LINES
    )


def _goes_on(above: Block, below: Block) -> bool:
    """Whether a paragraph that ended a column goes on in the next."""
    text = above.kind in ("text", "item") and below.kind == "text"
    return text and not above.lines[-1].endswith(ENDS) and below.lines[0][:1].islower()


def _region_blocks(region: list[Row], style: Style) -> Iterator[Block]:
    region = without_spread_lines(region)
    celled = [cells(row) for row in region]
    at = 0
    for start, end in find_tables(celled):
        yield from (_block(lines, style) for lines in paragraphs(region[at:start], region, style))
        grid = table_grid(celled[start:end])
        yield Block("table", cells=grid)
        at = end
    yield from (_block(lines, style) for lines in paragraphs(region[at:], region, style))


def _block(lines: list[Piece], style: Style) -> Block:
    first = lines[0]
    texts = [line.text for line in lines]
    kind: Literal["text", "heading", "item"] = "text"
    mark = ""
    if _is_heading(lines, style):
        kind = "heading"
    elif marked := list_mark(first.text):
        kind, (mark, texts[0]) = "item", marked
    middle = (first.x0 + first.x1) / 2
    return Block(kind, texts, first.size, first.bold, [], mark, middle, first.x0)


def _is_heading(lines: list[Piece], style: Style) -> bool:
    text = " ".join(line.text for line in lines)
    if len(lines) > _MOST_HEADING_LINES or len(text) > _LONGEST_HEADING:
        return False
    if not any(letter.isalpha() for letter in text) or _NOT_A_HEADING.match(text):
        return False
    larger = all(map(style.is_larger, lines))
    bold = all(line.bold for line in lines) and not style.bold
    is_sentence = text.endswith((".", "!", ":")) and text.count(" ") > 8
    capitals = len(lines) == 1 and text.isupper() and text.count(" ") >= 1
    smaller = any(line.size < 0.9 * style.size for line in lines)
    return (larger or ((bold or capitals) and not smaller)) and not is_sentence
