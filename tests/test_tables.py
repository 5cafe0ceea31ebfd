"""Data tables: every value with the name of its column, every row with its number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.readers import headers
from askdocs.readers.headers import Merge, find_header, kind
from askdocs.readers.tables import Row, row, within_limits, write_table


def lines(*cells: list[str], merged: list[Merge] | None = None) -> list[str]:
    table = [row(number, line) for number, line in enumerate(cells, 1)]
    return write_table(table, merged=merged or []).text.split("\n")


HEADERS = {
    "one row": (
        [["Quarter", "Revenue"], ["Q3", "12.4"], ["Q4", "13"]],
        ["Quarter; Revenue", "Quarter: Q3; Revenue: 12.4", "Quarter: Q4; Revenue: 13"],
    ),
    "years": (
        [["Item", "2022", "2023"], ["Rent", "410", "420"], ["Power", "95.5", "97"]],
        [
            "Item; 2022; 2023",
            "Item: Rent; 2022: 410; 2023: 420",
            "Item: Power; 2022: 95.5; 2023: 97",
        ],
    ),
    "title above": (
        [["Budget of the town"], ["Item", "EUR"], ["Rent", "410"]],
        ["Budget of the town", "Item; EUR", "Item: Rent; EUR: 410"],
    ),
    "two rows": (
        [["Item", "2023", "", "2024"], ["", "Plan", "Actual", "Plan"], ["Rent", "1", "2", "3"]],
        [
            "Item; 2023; 2024",
            "Plan; Actual; Plan",
            "Item: Rent; 2023 Plan: 1; 2023 Actual: 2; 2024 Plan: 3",
        ],
    ),
    "units below": (
        [["Item", "Cost", "Time"], ["", "(EUR)", "(days)"], ["A", "3", "4"], ["B", "5", "6"]],
        [
            "Item; Cost; Time",
            "(EUR); (days)",
            "Item: A; Cost (EUR): 3; Time (days): 4",
            "Item: B; Cost (EUR): 5; Time (days): 6",
        ],
    ),
    "all words": (
        [["Name", "City", "Role"], ["Li", "Oslo", "Chair"], ["Ode", "Rome", "Clerk"]],
        [
            "Name; City; Role",
            "Name: Li; City: Oslo; Role: Chair",
            "Name: Ode; City: Rome; Role: Clerk",
        ],
    ),
    "missing first value": (
        [["Land", "Dead", "By"], ["X", "n/a", "UN"], ["Y", "12", "WHO"], ["Z", "13", "WHO"]],
        [
            "Land; Dead; By",
            "Land: X; Dead: n/a; By: UN",
            "Land: Y; Dead: 12; By: WHO",
            "Land: Z; Dead: 13; By: WHO",
        ],
    ),
    "days of a month": (
        [["Name", "1", "2", "3"], ["Li", "8", "7", "8"]],
        ["Name; 1; 2; 3", "Name: Li; 1: 8; 2: 7; 3: 8"],
    ),
    "numbers only": ([["1", "2", "3"], ["4", "5", "6"]], ["1; 2; 3", "4; 5; 6"]),
    "data only": (
        [["Li", "Oslo", "34"], ["Ode", "Rome", "40"]],
        ["Li; Oslo; 34", "Ode; Rome; 40"],
    ),
    "names and values": (
        [["Project:", "Apollo"], ["Owner", "Li"], ["Start", "2024-01-02"]],
        ["Project: Apollo", "Owner: Li", "Start: 2024-01-02"],
    ),
    "one column": ([["a"], ["b"]], ["a", "b"]),
}


@pytest.mark.parametrize(("cells", "expected"), HEADERS.values(), ids=HEADERS.keys())
def test_headers(cells: list[list[str]], expected: list[str]) -> None:
    """The rows that name the columns are found; where there are none, cells are given bare."""
    assert lines(*cells) == expected


def test_merged_names_stand_over_their_columns_only() -> None:
    """What is known of merged cells decides how far a name reaches."""
    cells = [["Item", "Plan", "", "Note"], ["", "Q1", "Q2", "Text"], ["A", "3", "4", "fine"]]
    assert lines(*cells, merged=[Merge(1, 1, 1, 2)])[-1] == (
        "Item: A; Plan Q1: 3; Plan Q2: 4; Note Text: fine"
    )


def test_merged_values_hold_for_every_row() -> None:
    """A value merged over several rows is said in each: a row is quoted alone."""
    cells = [["Area", "Town", "Dead"], ["North", "A", "3"], ["", "B", "4"], ["South", "C", "5"]]
    assert lines(*cells, merged=[Merge(2, 3, 0, 0)])[1:] == [
        "Area: North; Town: A; Dead: 3",
        "Area: North; Town: B; Dead: 4",
        "Area: South; Town: C; Dead: 5",
    ]


def test_blank_rows_part_tables() -> None:
    """Each table has its own header; rows that go on after a blank row keep theirs."""
    found = lines(
        ["Month", "Rate"],
        ["Jan", "1"],
        [],
        ["Feb", "2"],
        [],
        ["Task", "Due"],
        ["Build", "2024-01-02"],
    )
    assert found == [
        "Month; Rate",
        "Month: Jan; Rate: 1",
        "",
        "Month: Feb; Rate: 2",
        "",
        "Task; Due",
        "Task: Build; Due: 2024-01-02",
    ]


def test_anchors_name_rows() -> None:
    """Every line is the anchor of its row, by the number that the program shows."""
    table = write_table([row(3, ["a", "b"]), row(4, []), row(17, ["c"])], start=100)
    assert table.text == "a: b\n\nc"
    assert [(a.kind, a.label, a.start, a.end) for a in table.anchors] == [
        ("row", "3", 100, 104),
        ("row", "17", 106, 107),
    ]


def test_limits() -> None:
    """Rows beyond the limits are not even drawn, and it is said that there were more."""

    def endless():
        number = 0
        while True:
            number += 1
            yield Row(number, {0: "x", 1: "y"})

    kept, is_cut = within_limits(endless(), cells=10)
    assert (len(kept), is_cut) == (5, True)
    assert within_limits([Row(1, {0: "x"})] * 10, cells=10)[1] is False
    table = write_table([row(n, ["ab"]) for n in range(1, 6)], limit=8)
    assert (table.text, table.rows_left_out) == ("ab\nab\nab", 2)


KINDS = {
    "number": ["12", "-3.5", "1,204.50 €", "$12", "12.5%", "(1,234)", "12 days", "1'000"],
    "year": ["1999", "2023", "FY 2024", "2023/24"],
    "date": ["2023-04-01", "01.02.2023", "10:30", "2023-04-01 10:30"],
    "missing": ["-", "n/a", "TBD"],
    "text": ["Q3", "Rent", "Main Street 5", "x" * 50, "1 " * 1000],
}


@pytest.mark.parametrize(("expected", "cells"), KINDS.items(), ids=KINDS.keys())
def test_kinds(expected: str, cells: list[str]) -> None:
    """What a cell holds is told by its looks."""
    assert [kind(cell) for cell in cells] == [expected] * len(cells)


CELL = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=6)


@given(st.lists(st.lists(CELL, max_size=5), max_size=12))
def test_no_character_is_lost(cells: list[list[str]]) -> None:
    """Every cell stands in the line of its row, and every filled row has an anchor."""
    table = write_table([row(number, line) for number, line in enumerate(cells, 1)])
    found = {a.label: table.text[a.start : a.end] for a in table.anchors}
    for number, line in enumerate(cells, 1):
        if any(line):
            assert all(cell in found[str(number)] for cell in line)
        else:
            assert str(number) not in found


@given(st.lists(st.dictionaries(st.integers(0, 4), CELL.filter(bool), min_size=1), max_size=8))
def test_header_is_within_the_table(table: list[dict[int, str]]) -> None:
    """The header never takes all rows of a table."""
    first, last = find_header(table)
    assert 0 <= first <= last <= max(0, len(table) - 1) or first == last
    assert last - first <= headers._DEEPEST
