"""Write the tables of a page row by row, and tell them from those that only place things on it."""

from __future__ import annotations

import re

from askdocs.readers.web.html_tree import Tree
from askdocs.readers.writing import TextWriter, one_line

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav"
    " ol optgroup option p pre listing xmp plaintext search section summary table tbody td tfoot th"
    " thead title tr ul".split()
)
"""The elements that stand on lines of their own."""

_TOP = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_RAISED = re.compile(r"[+\-−]?[\d()=+\-−n]+")
_LONGEST_CELL = 1_000
_WIDEST = 1_000


def write_table(tree: Tree, table: int, left_out: set[int], writer: TextWriter) -> None:
    """Write a table's caption and rows; a cell over several columns stands once."""
    writer.end_group()
    from_above: dict[int, int] = {}  # column -> how many more rows a cell reaches down
    number, end = table + 1, tree.ends[table]
    while number < end:
        tag = tree.tags[number]
        if tag == "caption" and number not in left_out:
            writer.paragraph(cell_words(tree, number, left_out))
            writer.end_group()
        elif tag == "tr" and number not in left_out:
            _write_row(tree, number, from_above, left_out, writer)
        is_done = tag in {"caption", "tr"} or number in left_out
        number = tree.ends[number] if is_done else number + 1
    writer.end_group()


def _write_row(
    tree: Tree, row: int, from_above: dict[int, int], left_out: set[int], writer: TextWriter
) -> None:
    """Write a row; a cell that reaches down from above is empty here, so that columns align."""
    texts: list[str] = []
    column = 0
    for cell in tree.children(row):
        if tree.tags[cell] not in {"td", "th"} or cell in left_out:
            continue
        while from_above.get(column):
            from_above[column] -= 1
            texts.append("")
            column += 1
        width = min(_WIDEST, integer(tree.get(cell, "colspan"), 1) or 1)
        height = integer(tree.get(cell, "rowspan"), 1)
        if height > 1:
            from_above.update(dict.fromkeys(range(column, column + width), height - 1))
        texts.append(cell_words(tree, cell, left_out))
        column += width
    writer.row(texts)


def cell_words(tree: Tree, cell: int, left_out: set[int]) -> str:
    """The words of a cell on one line, those of its blocks and lines apart."""
    words: list[str] = []
    number, end = cell + 1, tree.ends[cell]
    while number < end:
        tag = tree.tags[number]
        digits = raised(tree, number) if tag == "sup" else ""
        if digits and number not in left_out:
            words.append(digits)
        if digits or number in left_out or tag.startswith("-"):
            number = tree.ends[number]
            continue
        words.append(" " if _is_apart(tree, number, tag) else tree.texts[number])
        number += 1
        if any(tree.ends[n] == number and tree.tags[n] in BLOCKS for n in tree.above(number - 1)):
            words.append(" ")
    return one_line("".join(words))


def _is_apart(tree: Tree, number: int, tag: str) -> bool:
    """Whether what comes next is on another line, or a link right behind another."""
    if tag == "a":
        before = range(max(0, number - 8), number)
        return any(tree.ends[n] == number and tree.tags[n] == "a" for n in before)
    return tag == "br" or tag in BLOCKS


def is_data_table(tree: Tree, table: int) -> bool:
    """Whether a table holds rows of values; others only place what is in them on the page."""
    below = range(table + 1, tree.ends[table])
    if tree.get(table, "role") in {"presentation", "none"}:
        return False
    tags = {tree.tags[number] for number in below}
    if tags & {"th", "caption"}:
        return True
    if tags & {"table", "pre", "h1", "h2", "h3", "form"}:
        return False
    rows = cells = widest = 0
    for number in below:
        rows += tree.tags[number] == "tr"
        if tree.tags[number] == "td":
            cells += 1
            widest = max(widest, len(tree.words(number)))
    return rows > 1 and cells > rows and widest <= _LONGEST_CELL


def is_value(tree: Tree, cell: int) -> bool:
    """Whether a cell is one of a data table."""
    table = next((outer for outer in tree.above(cell) if tree.tags[outer] == "table"), None)
    return table is not None and is_data_table(tree, table)


def raised(tree: Tree, number: int) -> str:
    """Digits that stand raised, as such, so that ten to the sixth does not become 106."""
    words = tree.words(number)
    return words.translate(_TOP) if _RAISED.fullmatch(words) else ""


def integer(written: str, otherwise: int) -> int:
    """The whole number that an attribute gives, if it gives one."""
    return int(written) if re.fullmatch(r"-?\d{1,9}", written, re.ASCII) else otherwise
