"""Excel files: the cells that are shown, as they are shown, row by row."""

from __future__ import annotations

import io
import time
from datetime import date

import pytest

from askdocs.errors import ReadError
from askdocs.readers.office import spreadsheet
from askdocs.readers.office.cell_formats import shown
from askdocs.types import Extracted
from office_files import assert_in_order, excel, pack, rows, slices, unpack


def read(data: bytes) -> Extracted:
    extracted = spreadsheet.extract(data, "stem")
    assert_in_order(extracted)
    return extracted


def test_sheets_and_rows() -> None:
    """Sheets and rows are anchors; a sheet's name is its heading, unless it says nothing."""
    extracted = read(
        excel(
            {
                "Budget": rows(("Item", "EUR"), ("Rent", 410), ("Gas", 95.5)),
                "Sheet2": rows(("last",)),
            }
        )
    )
    assert extracted.text == (
        "Budget\n\nItem; EUR\nItem: Rent; EUR: 410\nItem: Gas; EUR: 95.5\n\nlast"
    )
    assert slices(extracted, "row") == [
        ("1", "Item; EUR"),
        ("2", "Item: Rent; EUR: 410"),
        ("3", "Item: Gas; EUR: 95.5"),
        ("1", "last"),
    ]
    assert [label for label, _ in slices(extracted, "sheet")] == ["Budget", "Sheet2"]
    assert [label for label, _ in slices(extracted, "heading")] == ["Budget"]


def test_hidden_parts() -> None:
    """Hidden sheets, rows and columns are left out, with a remark that says how many."""
    sheet = '<cols><col min="2" max="2" hidden="1"/></cols>' + rows(
        ("a", "SECRET", "c"), ("SECRET", None, None), ("d", None, "e"), attributes={2: 'hidden="1"'}
    )
    extracted = read(
        excel({"Shown": sheet, "Gone": rows(("SECRET",))}, states={"Gone": "veryHidden"})
    )
    assert "SECRET" not in extracted.text
    assert extracted.text == "Shown\n\na: c\nd: e"
    assert extracted.remarks == (
        "hidden rows of sheet Shown left out: 1",
        "hidden columns of sheet Shown left out: 1",
        "hidden sheets left out: Gone",
    )


def test_merged_headers() -> None:
    """A name merged over two columns is said with both."""
    sheet = (
        rows(("Item", "2023", None, "2024"), (None, "Plan", "Actual", "Plan"), ("Rent", 1, 2, 3))
        + '<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/></mergeCells>'
    )
    assert read(excel({"S": sheet})).text.endswith(
        "Item: Rent; 2023 Plan: 1; 2023 Actual: 2; 2024 Plan: 3"
    )


def test_shared_strings_and_styles() -> None:
    """Strings are looked up without the pronunciation given with them, numbers with formats."""
    sheet = (
        '<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c s="1"><v>0.125</v></c>'
        '<c s="2"><v>45000</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row></sheetData>'
    )
    strings = "<si><t>one</t></si><si><r><t>tw</t></r><r><t>o</t></r><rPh><t>no</t></rPh></si>"
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="0.0%"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs>'
    )
    extracted = read(excel({"Sheet1": sheet}, sharedStrings=strings, styles=styles))
    assert extracted.text == "one; two; 12.5%; 2023-03-15; TRUE; #N/A"


def test_white_text() -> None:
    """White letters on no colour are hidden text."""
    sheet = '<sheetData><row><c s="1"><v>666</v></c><c><v>1</v></c></row></sheetData>'
    styles = (
        '<fonts><font/><font><color rgb="FFFFFFFF"/></font></fonts>'
        '<cellXfs><xf fontId="0"/><xf fontId="1" fillId="0"/></cellXfs>'
    )
    extracted = read(excel({"Sheet1": sheet}, styles=styles))
    assert (extracted.text, extracted.remarks) == (
        "1",
        ("hidden text of sheet Sheet1 left out: 3 characters",),
    )


def test_formulas() -> None:
    """The stored result is read; where there is none, that is said."""
    sheet = (
        "<sheetData><row><c><f>1+1</f><v>2</v></c></row>"
        '<row><c r="A2"><f>SUM(A1)</f></c></row></sheetData>'
    )
    extracted = read(excel({"Sheet1": sheet}))
    assert extracted.text == "2"
    assert extracted.remarks[0].startswith("formulas of sheet Sheet1 without a stored result: 1")


LIES = {
    "too small": '<dimension ref="A1"/>',
    "too large": '<dimension ref="A1:XFD1048576"/>',
}


@pytest.mark.parametrize("dimension", LIES.values(), ids=LIES.keys())
def test_the_dimension_is_not_believed(dimension: str) -> None:
    """The cells that are there are read, however large the sheet says it is, at once."""
    begun = time.process_time()
    extracted = read(
        excel(
            {
                "Sheet1": f'{dimension}<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
                '<row r="1048576"><c r="AAAAAAA1"><v>9</v></c><c r="XFD1048576"><v>2</v></c></row>'
                "</sheetData>"
            }
        )
    )
    assert slices(extracted, "row") == [("1", "1"), ("1048576", "2")]
    assert time.process_time() - begun < 1


def test_too_many_cells() -> None:
    """A sheet is cut at the limit, and it is said after which row."""
    lines = "".join(f"<row><c><v>{n}</v></c><c><v>7</v></c></row>" for n in range(100_001))
    extracted = read(excel({"Sheet1": f"<sheetData>{lines}</sheetData>"}))
    assert extracted.remarks == ("sheet Sheet1 cut after row 100000 (limit 200,000 cells)",)
    assert len(slices(extracted, "row")) == 100_000


def test_title_and_date_stand_above_the_table() -> None:
    """A date in the data is not the document's date."""
    with_head = rows(("Town budget",), ("2 May 2024",), ("Item", "Day"), ("Rent", "2020-01-01"))
    extracted = read(excel({"Sheet1": with_head}))
    assert (extracted.title, extracted.date) == ("Town budget", "2024-05-02")
    without = read(excel({"Sheet1": rows(("Item", "Day"), ("Rent", "2020-01-01"))}))
    assert (without.title, without.date) == ("stem", None)


FORMATS = {
    "general": (12.0, "General", "12"),
    "binary fraction": (0.1 + 0.2, "General", "0.3"),
    "decimals": (12.345, "0.00", "12.35"),
    "percent": (0.125, "0.0%", "12.5%"),
    "thousands": (1234567.891, "#,##0.00", "1,234,567.89"),
    "no thousands": (1234567, "0", "1234567"),
    "currency": (1234.5, '#,##0.00\\ "€"', "1,234.50 €"),
    "locale": (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
    "accounting": (-1234, "_($* #,##0_);_($* (#,##0);_(@_)", "$(1,234)"),
    "zero": (0, '#,##0;-#,##0;"-"', "-"),
    "millions": (12_300_000, '0.0,,"M"', "12.3M"),
    "zip code": (7, "00000", "00007"),
    "unit": (5, '0 "days"', "5 days"),
    "colour": (-5, "0;[Red]-0", "-5"),
    "fraction": (0.5, "# ?/?", "0.5"),
    "date": (45000, "d mmm yyyy", "2023-03-15"),
    "date and time": (45000.5, "dd/mm/yyyy hh:mm", "2023-03-15 12:00"),
    "month": (45000, "mmm yy", "2023-03"),
    "time": (0.75, "h:mm AM/PM", "18:00"),
    "hours": (1.5, "[h]:mm", "36:00"),
    "hidden": (5, ";;;", ""),
    "nonsense": (5, "€€€[[[", "€€€[[["),
}


@pytest.mark.parametrize(("value", "code", "expected"), FORMATS.values(), ids=FORMATS.keys())
def test_formats(value: float, code: str, expected: str) -> None:
    """Numbers look as in the sheet, dates are in ISO form."""
    assert shown(value, code) == expected


def test_dates_of_old_macintosh_files() -> None:
    """Such files count days from 1904."""
    assert shown(0, "yyyy-mm-dd", from_1904=True) == "1904-01-01"


def test_a_file_made_by_a_library() -> None:
    """A file as programs write it: dates, a hidden column, a merged title."""
    library = pytest.importorskip("openpyxl")
    book = library.Workbook()
    sheet = book.active
    sheet.title = "Sales"
    sheet.append(["Sales of the year"])
    sheet.merge_cells("A1:C1")
    sheet.append(["Day", "Share", "Secret"])
    sheet.append([date(2024, 1, 31), 0.125, 1])
    sheet["B3"].number_format = "0.0%"
    sheet.column_dimensions["C"].hidden = True
    made = io.BytesIO()
    book.save(made)
    extracted = read(made.getvalue())
    assert extracted.text == (
        "Sales\n\nSales of the year\nDay; Share\nDay: 2024-01-31; Share: 12.5%"
    )
    assert (extracted.title, extracted.author) == ("Sales of the year", "")


def test_damage_in_a_sheet_costs_what_follows() -> None:
    """The rows before the damage and the other sheets are read."""
    parts = unpack(excel({"One": rows(("first",), ("second",)), "Two": rows(("last",))}))
    half = parts["xl/sheet0.xml"].split(b"second")[0]
    extracted = read(pack({**parts, "xl/sheet0.xml": half}))
    assert extracted.text == "One\n\nfirst\n\nTwo\n\nlast"
    assert extracted.remarks == ("sheet One is damaged after row 1",)


BROKEN = {
    "empty": b"",
    "old file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "entities": pack(
        {
            **unpack(excel({"S": rows(("x",))})),
            "xl/sheet0.xml": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        }
    ),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_broken_files(data: bytes) -> None:
    """What cannot be read is refused with a reason."""
    with pytest.raises(ReadError):
        spreadsheet.extract(data, "stem")
