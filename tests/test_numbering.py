"""The numbers of list items are those that Word shows."""

from __future__ import annotations

import pytest

from askdocs.readers.archives import parse_xml
from askdocs.readers.office.numbering import Numbering, written
from office_files import OOXML

WRITTEN = {
    "decimal": (1204, "decimal", "1204"),
    "roman": (1994, "upperRoman", "MCMXCIV"),
    "letters": (28, "lowerLetter", "bb"),
    "zero": (7, "decimalZero", "07"),
    "negative roman": (-3, "lowerRoman", "-3"),
    "huge": (10**9, "upperLetter", None),
}


@pytest.mark.parametrize(("number", "style", "expected"), WRITTEN.values(), ids=WRITTEN.keys())
def test_written(number: int, style: str, expected: str | None) -> None:
    """Numbers are written in the style of the list, and never at great length."""
    found = written(number, style)
    assert found == expected if expected is not None else len(found) <= 100


def numbering(levels: str, lists: str) -> Numbering:
    xml = (
        f'<w:numbering xmlns:w="{OOXML}/wordprocessingml/2006/main">'
        f'<w:abstractNum w:abstractNumId="5">{levels}</w:abstractNum>{lists}</w:numbering>'
    )
    return Numbering(parse_xml(xml.encode()))


LEVELS = "".join(
    f'<w:lvl w:ilvl="{level}"><w:start w:val="{start}"/><w:numFmt w:val="decimal"/>'
    f'<w:lvlText w:val="{text}"/></w:lvl>'
    for level, start, text in ((0, 1, "%1."), (1, 3, "%1.%2"))
)
SAME = '<w:num w:numId="{}"><w:abstractNumId w:val="5"/></w:num>'


def test_levels_count_on_their_own() -> None:
    """A deeper level begins anew below each item; lists of one kind count on together."""
    lists = numbering(LEVELS, SAME.format(1) + SAME.format(2))
    items = [("1", 0), ("1", 1), ("1", 1), ("1", 0), ("1", 1), ("2", 0)]
    marks = [lists.mark(name, level) for name, level in items]
    assert marks == ["1.", "1.3", "1.4", "2.", "2.3", "3."]


@pytest.mark.parametrize(("name", "level"), [("9", 0), ("1", 9), ("1", -1)])
def test_no_such_list(name: str, level: int) -> None:
    """A paragraph that refers to no list is no item."""
    assert numbering(LEVELS, SAME.format(1)).mark(name, level) is None
