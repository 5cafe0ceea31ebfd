"""What the tables of a Word file are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from askdocs.readers.office.package import W

WRAPPERS = frozenset(
    f"{W}{name}" for name in "sdt sdtContent customXml ins moveTo smartTag".split()
)
"""Content controls and tracked changes: what is in them stands in the text."""

PLAIN_TABLES = frozenset({"", "TableGrid", "TableNormal"})
"""The styles of tables that colour no cells."""

_LONG_CELL = 1_000
"""A cell of more characters in several paragraphs is a column of text, not a value."""


def within(container: Any, tag: str) -> Iterator[Any]:
    """The children of a tag, those in content controls and tracked changes, too."""
    for child in container:
        if child.tag == tag:
            yield child
        elif child.tag in WRAPPERS:
            yield from within(child, tag)


def is_kept(row: Any) -> bool:
    """Whether a row was not deleted with tracked changes."""
    return row.find(f"{W}trPr/{W}del") is None


def is_column_of_text(cell: Any) -> bool:
    """Whether a cell holds running text, as where a page is laid out with a table."""
    paragraphs = list(within(cell, f"{W}p"))
    if len(paragraphs) < 2:
        return False
    return sum(len(text.text or "") for p in paragraphs for text in p.iter(f"{W}t")) > _LONG_CELL
