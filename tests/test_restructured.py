"""reStructuredText: the text as it stands, its headings by their adornments."""

from __future__ import annotations

import pytest

from askdocs.readers import restructured
from askdocs.types import Extracted

MANUAL = """\
======
Manual
======

:Author: Ann Lee
:Date: 2021-05-04

Install
=======

Use ``pip``.

On Windows
----------

Run :doc:`the installer <win>`.

Use *it*
========
"""


def read(text: str) -> Extracted:
    return restructured.extract(text.encode(), "stem")


def test_headings() -> None:
    """The order of first use makes the levels; a line above makes another level."""
    made = read(MANUAL)
    assert made.text == MANUAL
    assert [(a.label, made.text[a.start : a.end].split("\n")[0]) for a in made.anchors] == [
        ("Manual", "======"),
        ("Manual > Install", "Install"),
        ("Manual > Install > On Windows", "On Windows"),
        ("Manual > Use it", "Use *it*"),
    ]
    assert (made.title, made.author, made.date) == ("Manual", "Ann Lee", "2021-05-04")


NO_HEADING = {
    "transition": "words\n\n----\n\nmore\n",
    "table": "=====  ===\nA      B\n=====  ===\n1      2\n=====  ===\n",
    "paragraph": "a line\nanother\n-------\n",
    "indented": "  code\n  ----\n",
    "too short": "A long line of words\n--\n",
    "grid": "+---+\n| a |\n+---+\n",
}


@pytest.mark.parametrize("text", NO_HEADING.values(), ids=NO_HEADING.keys())
def test_no_heading(text: str) -> None:
    """Transitions, tables and code are no headings."""
    assert read(text).anchors == ()


def test_levels_without_end() -> None:
    """Sections deeper than any document needs are headings still, and nothing recurses."""
    signs = "=-~^\"'`#*+:._<>!$%&,/;?@|"
    made = read("".join(f"Title {sign}\n{sign * 9}\n\n" for sign in signs) * 50)
    assert len(made.anchors) == 50 * len(signs)
