"""OpenDocument files: text, spreadsheets and presentations as in those of Office."""

from __future__ import annotations

import time

import pytest

from askdocs.errors import ReadError
from askdocs.readers.office import opendocument
from askdocs.types import Extracted
from office_files import assert_in_order, open_document, pack, slices, unpack

STYLES = """
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
<style:style style:name="Gone" style:family="text">
<style:text-properties text:display="none"/></style:style>
<style:style style:name="White" style:family="text">
<style:text-properties fo:color="#ffffff"/></style:style>
<style:style style:name="Off" style:family="table">
<style:table-properties table:display="false"/></style:style>
<style:style style:name="Away" style:family="drawing-page">
<style:drawing-page-properties presentation:visibility="hidden"/></style:style>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>
</text:list-style>
<text:list-style style:name="L2"><text:list-level-style-bullet text:level="1"/></text:list-style>
"""


def read(kind: str, body: str, **parts: str) -> Extracted:
    extracted = opendocument.extract(open_document(kind, body, styles=STYLES, **parts), "stem")
    assert_in_order(extracted)
    return extracted


def text(body: str, **parts: str) -> Extracted:
    return read("text", body, **parts)


def cell(content: str = "", attributes: str = "") -> str:
    words = f"<text:p>{content}</text:p>" if content else ""
    return f"<table:table-cell {attributes}>{words}</table:table-cell>"


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def sheet(name: str, *rows: str, attributes: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{"".join(rows)}</table:table>'


def test_headings() -> None:
    """Headings nest by their levels below the title."""
    extracted = text(
        '<text:p text:style-name="P1">The flood</text:p><text:h text:outline-level="1">Damage'
        '</text:h><text:h text:outline-level="2">Houses</text:h><text:p>Many fell.</text:p>'
    )
    assert extracted.text == "The flood\n\nDamage\n\nHouses\n\nMany fell."
    assert extracted.title == "The flood"
    assert [label for label, _ in slices(extracted, "heading")] == [
        "The flood",
        "The flood > Damage",
        "The flood > Damage > Houses",
    ]


def test_numbered_headings() -> None:
    """Headings have the numbers that the file's outline gives them."""
    level = '<text:outline-level-style text:level="{0}" style:num-format="1" {1}/>'
    master = (
        "<text:outline-style>"
        + level.format(1, 'style:num-suffix="."')
        + level.format(2, 'text:display-levels="2"')
        + "</text:outline-style>"
    )
    levels = (1, 2, 2, 1, 2)
    body = "".join(f'<text:h text:outline-level="{n}">H</text:h>' for n in levels)
    assert text(body, master=master).text.split("\n\n") == [
        "1. H",
        "1.1 H",
        "1.2 H",
        "2. H",
        "2.1 H",
    ]


def test_inline_parts() -> None:
    """Blanks, breaks and spans are words; hidden ones, comments and deleted ones are not."""
    extracted = text(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        '<text:p>Two<text:s text:c="3"/>of <text:span>them</text:span><text:line-break/>fell.'
        '<text:span text:style-name="Gone">SECRET</text:span>'
        '<text:span text:style-name="White">SECRET</text:span>'
        "<office:annotation><text:p>why?</text:p></office:annotation></text:p>"
    )
    assert extracted.text == "Two of them fell."
    assert extracted.remarks == (
        "hidden text left out: 12 characters",
        "deleted text (tracked changes) left out: 4 characters",
        "comments left out: 1",
    )


def test_lists() -> None:
    """Items are numbered by their list's style; lists within lists on their own."""
    extracted = text(
        '<text:list text:style-name="L1"><text:list-item><text:p>one</text:p><text:list>'
        "<text:list-item><text:p>sub</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-item><text:p>two</text:p></text:list-item></text:list>"
        '<text:list text:style-name="L1" text:continue-numbering="true"><text:list-item>'
        "<text:p>three</text:p></text:list-item></text:list>"
        '<text:list text:style-name="L2"><text:list-item><text:p>dot</text:p></text:list-item>'
        "</text:list>"
    )
    assert extracted.text == "1. one\na) sub\n2. two\n\n3. three\n\n- dot"


def test_tables_and_notes() -> None:
    """Merged cells appear once; notes follow the paragraph; text boxes are read."""
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>Ministry, p. 4.</text:p></text:note-body></text:note>"
    )
    extracted = text(
        f"<text:p>It fell.{note}</text:p><table:table>"
        + row(cell("wide", 'table:number-columns-spanned="2"'), "<table:covered-table-cell/>")
        + row(cell("a|b"), cell("c"))
        + "</table:table><text:p>See<draw:frame><draw:text-box><text:p>boxed</text:p>"
        "</draw:text-box></draw:frame></text:p>"
    )
    assert extracted.text == (
        "It fell.\n\nFootnote 1: Ministry, p. 4.\n\n| wide |\n| a¦b | c |\n\nSee\n\nboxed"
    )


def test_pages_and_margins() -> None:
    """Pages are named where the file notes their breaks; a letterhead is kept, once."""
    extracted = text(
        "<text:p>one <text:soft-page-break/>two</text:p><text:p>three</text:p>",
        master="<style:header><text:p>Ministry</text:p></style:header>"
        "<style:footer><text:p>Page <text:page-number>3</text:page-number></text:p></style:footer>",
    )
    assert slices(extracted, "page") == [("1", "one two"), ("2", "three\n\nMinistry")]


def test_properties() -> None:
    """The file's own title, author and date count, unless a program wrote them."""
    meta = (
        "<dc:title>untitled</dc:title><meta:initial-creator>A. Li</meta:initial-creator>"
        "<meta:creation-date>2024-05-01T10:00:00</meta:creation-date>"
    )
    extracted = text("<text:p>Words.</text:p>", meta=meta)
    assert (extracted.title, extracted.author, extracted.date) == ("stem", "A. Li", "2024-05-01")


def test_sheets() -> None:
    """Cells are as shown, dates in ISO form; what is repeated is, what is hidden is not."""
    extracted = read(
        "spreadsheet",
        sheet(
            "Budget",
            '<table:table-column table:number-columns-repeated="3"/>'
            '<table:table-column table:visibility="collapse"/>',
            row(cell("Item"), cell("Plan"), cell("Day"), cell("SECRET")),
            row(
                cell("Rent"),
                cell("1.200,50 €", 'office:value="1200.5"'),
                cell("31.01.24", 'office:date-value="2024-01-31"'),
            ),
            row(cell("Gas"), cell("5"), attributes='table:number-rows-repeated="2"'),
            row(cell("SECRET"), attributes='table:visibility="collapse"'),
            row(cell("", 'table:number-columns-repeated="16384"')),
        )
        + sheet("Gone", row(cell("SECRET")), attributes='table:style-name="Off"')
        + sheet("Sheet3", row(cell("last"))),
    )
    assert extracted.text == (
        "Budget\n\nItem; Plan; Day\nItem: Rent; Plan: 1.200,50 €; Day: 2024-01-31\n"
        "Item: Gas; Plan: 5\nItem: Gas; Plan: 5\n\nlast"
    )
    assert [label for label, _ in slices(extracted, "row")] == ["1", "2", "3", "4", "1"]
    assert [label for label, _ in slices(extracted, "sheet")] == ["Budget", "Sheet3"]
    assert extracted.remarks == (
        "hidden rows of sheet Budget left out: 1",
        "hidden columns of sheet Budget left out: 1",
        "hidden sheets left out: Gone",
    )


def test_repeated_cells_are_no_bomb() -> None:
    """A sheet that is one cell, repeated seventeen thousand million times, is cut at the limit."""
    repeated = row(
        cell("boom", 'table:number-columns-repeated="16384"'),
        attributes='table:number-rows-repeated="1048576"',
    )
    begun = time.process_time()
    extracted = read("spreadsheet", sheet("Bomb", repeated))
    assert extracted.remarks == ("sheet Bomb cut after row 12 (limit 200,000 cells)",)
    assert time.process_time() - begun < 5


def frame(words: str, left: int, top: int, kind: str = "") -> str:
    return (
        f'<draw:frame presentation:class="{kind}" svg:x="{left}cm" svg:y="{top}cm" '
        f'svg:width="5cm" svg:height="3cm"><draw:text-box><text:p>{words}</text:p>'
        "</draw:text-box></draw:frame>"
    )


def test_slides() -> None:
    """Titles first, then in reading order, then the notes; hidden slides are left out."""
    extracted = read(
        "presentation",
        "<draw:page>"
        + frame("right", 12, 8)
        + frame("left", 2, 8)
        + frame("Water plan", 2, 2, "title")
        + f"<presentation:notes>{frame('Say hello.', 0, 0, 'notes')}</presentation:notes>"
        + "</draw:page>"
        + f'<draw:page draw:style-name="Away">{frame("SECRET", 0, 0)}</draw:page>'
        + f"<draw:page>{frame('last', 0, 0)}</draw:page>",
    )
    assert extracted.text == "Water plan\n\nleft\n\nright\n\nNotes: Say hello.\n\nlast"
    assert [label for label, _ in slices(extracted, "slide")] == ["1", "3"]
    assert extracted.remarks == ("hidden slides left out: 1",)


WORDS = unpack(open_document("text", "<text:p>Words.</text:p>"))
BROKEN = {
    "empty": (b"", "is damaged"),
    "encrypted": (
        pack({**WORDS, "META-INF/manifest.xml": "<m><encryption-data/></m>"}),
        "is encrypted",
    ),
    "no content": (pack({"mimetype": WORDS["mimetype"]}), "lacks its part"),
    "broken": (pack({**WORDS, "content.xml": b"<broken"}), "well formed"),
    "entities": (
        pack({**WORDS, "content.xml": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}),
        "entities",
    ),
}


@pytest.mark.parametrize(("data", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_files(data: bytes, reason: str) -> None:
    """What cannot be read is refused with the reason."""
    with pytest.raises(ReadError, match=reason):
        opendocument.extract(data, "stem")


def test_damage_in_the_styles_costs_the_styles() -> None:
    """The text is read without them."""
    assert opendocument.extract(pack({**WORDS, "styles.xml": b"<"}), "stem").text == "Words."
