"""What the layout of a passage says of its sentences: rows of tables, items of lists."""

from __future__ import annotations

import re

from askdocs.splitting import LIST_MARK, TABLE_ROW
from askdocs.types import Passage

_ITEM = re.compile(rf"{LIST_MARK}[ \t]+$")


def is_table_row(passage: Passage, number: int) -> bool:
    """Whether a sentence is a row of a Markdown table."""
    return bool(TABLE_ROW.match(passage.slice(passage.sentences[number])))


def is_list_item(passage: Passage, number: int) -> bool:
    """Whether a bullet or a number stands in front of a sentence on its line."""
    before = passage.text[: passage.sentences[number][0] - passage.start].rpartition("\n")[2]
    return bool(_ITEM.match(before.lstrip()))


def parent(passage: Passage, number: int) -> int | None:
    """The sentence that another stands under: a table's header, or what introduces a list."""
    if is_table_row(passage, number):
        first = number
        while first > 0 and is_table_row(passage, first - 1):
            first -= 1
        return first if first < number else None
    first = number
    while first > 0 and is_list_item(passage, first):
        first -= 1
    introduces = passage.slice(passage.sentences[first]).rstrip().endswith(":")
    return first if first < number and introduces else None
