"""Delimited text: the right delimiter, rows that say what their values are, and limits."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.readers import csv_tables
from askdocs.readers.csv_tables import find_delimiter
from askdocs.types import Extracted


def read(text: str, encoding: str = "utf-8") -> Extracted:
    extracted = csv_tables.extract(text.encode(encoding), "stem")
    lines = [line for line in extracted.text.split("\n") if line]
    assert [extracted.text[a.start : a.end] for a in extracted.anchors] == lines
    assert {a.kind for a in extracted.anchors} <= {"row"}
    return extracted


DELIMITERS = {
    "comma": ("Name,Price\nNail,2\nScrew,3\n", ","),
    "semicolon and decimal commas": ("Name;Price\nNail;1,20\nScrew;0,35\n", ";"),
    "semicolon, two numbers": ("1,5;2,5\n1,7;2,9\n", ";"),
    "tab": ("Name\tPrice, net\nNail\t1,2\n", "\t"),
    "pipe": ("Name|Price\nNail|1,2\nScrew|3\n", "|"),
    "quoted": ('"Nail, long";"1;2"\n"Screw, short";"3;4"\n', ";"),
    "text with commas": ("one line\nof words, and more\nand the last\n", ","),
}


@pytest.mark.parametrize(("text", "delimiter"), DELIMITERS.values(), ids=DELIMITERS.keys())
def test_delimiters(text: str, delimiter: str) -> None:
    """What parts the cells is what parts the lines alike."""
    assert find_delimiter(text) == delimiter


def test_rows_name_their_columns() -> None:
    """Each row says its values with their columns; titles above and cells too many are kept."""
    made = read(
        "Budget of the library\nDate: 2024-03-01\n\nItem,Plan,Actual\n"
        'Rent,410,"1,200"\nPower,"two\nlines",95,extra\nWater\n'
    )
    assert made.text == (
        "Budget of the library\nDate: 2024-03-01\n\nItem; Plan; Actual\n"
        "Item: Rent; Plan: 410; Actual: 1,200\nItem: Power; Plan: two lines; Actual: 95; extra\n"
        "Item: Water"
    )
    assert [a.label for a in made.anchors] == ["1", "2", "4", "5", "6", "7"]
    assert (made.title, made.date) == ("Budget of the library", "2024-03-01")


def test_decimal_commas_stay() -> None:
    """Numbers stand as they are written."""
    assert "Preis: 1.234,50" in read("Ware;Preis\nNagel;1.234,50\nStift;2,00\n").text


def test_encodings() -> None:
    """Tables in the encodings of spreadsheet programs are read."""
    text = "имя;город;год\nАня;Осло;2001\nБорис;Рим;2002\n"
    assert "имя: Аня; город: Осло; год: 2001" in read(text, "cp1251").text
    assert "имя: Аня; город: Осло; год: 2001" in read(text, "utf-16").text


def test_excel_says_the_delimiter() -> None:
    """A first line `sep=|` is an instruction and no row."""
    made = read("sep=|\na|b|c\n1|2|3\n4|5|6\n")
    assert made.text == "a; b; c\na: 1; b: 2; c: 3\na: 4; b: 5; c: 6"
    assert made.anchors[0].label == "1"


def test_a_quotation_mark_that_is_not_closed() -> None:
    """A stray quotation mark costs nothing: the rows below it are rows."""
    made = read('name,size\npipe,"5 inch\nrod,3\n' + "bolt,4\n" * 400)
    assert 'pipe; size: "5 inch' in made.text
    assert len(made.anchors) == 403


def test_a_table_too_large_is_cut() -> None:
    """Beyond 200,000 cells a table is cut, and a remark says after which row."""
    made = read("id,name\n" + "".join(f"{n},x\n" for n in range(120_000)))
    assert len(made.anchors) == 100_000
    assert made.remarks == ("cut after row 100000 (limit 200,000 cells)",)


@given(st.lists(st.lists(st.text("abc1 ,;\"'\n", max_size=6), min_size=1, max_size=4), max_size=6))
def test_no_cell_is_lost(rows: list[list[str]]) -> None:
    """The words of every cell are in the text, whatever quotes and line ends are in them."""
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    text = csv_tables.extract(file.getvalue().encode(), "stem").text
    for letter in "abc1'":
        assert text.count(letter) >= sum(cell.count(letter) for row in rows for cell in row)
