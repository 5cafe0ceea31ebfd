"""Word files: what a person sees on the page, where it stands, and nothing that was hidden."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import ReadError
from askdocs.readers.office import docx
from askdocs.types import Extracted
from office_files import assert_in_order, pack, paragraph, slices, styled, unpack, word

STYLES = """
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:basedOn w:val="berschrift1"/></w:style>
<w:style w:type="paragraph" w:styleId="Kop2"><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
<w:style w:type="character" w:styleId="Gone"><w:rPr><w:vanish/></w:rPr></w:style>
"""
NUMBERING = """
<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="1">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="0"/>
<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
"""


def read(body: str, **parts: str) -> Extracted:
    extracted = docx.extract(word(body, **parts), "stem")
    assert_in_order(extracted)
    return extracted


def item(text: str, number: int, level: int = 0) -> str:
    return paragraph(
        text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    )


def table(*rows: list[str]) -> str:
    def cell(content: str) -> str:
        return content if content.startswith("<w:tc>") else f"<w:tc>{paragraph(content)}</w:tc>"

    lines = ("".join(map(cell, row)) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"


def test_headings() -> None:
    """Headings are told by their styles, whatever language these are named in, with their path."""
    extracted = read(
        styled("The flood", "Titel")
        + styled("Damage", "berschrift1")
        + styled("Houses", "Kop2")
        + paragraph("Many fell.")
        + styled("Help", "Own"),
        styles=STYLES,
    )
    assert extracted.text == "The flood\n\nDamage\n\nHouses\n\nMany fell.\n\nHelp"
    assert extracted.title == "The flood"
    assert dict(slices(extracted, "heading")) == {
        "The flood": extracted.text,
        "The flood > Damage": "Damage\n\nHouses\n\nMany fell.",
        "The flood > Damage > Houses": "Houses\n\nMany fell.",
        "The flood > Help": "Help",
    }


def test_bold_lines_are_headings_where_there_are_no_others() -> None:
    """Minutes and letters mark their headings by hand."""
    body = paragraph("1. Budget", run="<w:b/>") + paragraph("It was approved.")
    assert [label for label, _ in slices(read(body), "heading")] == ["1. Budget"]
    with_styles = read(styled("Top", "berschrift1") + body, styles=STYLES)
    assert [label for label, _ in slices(with_styles, "heading")] == ["Top"]


def test_lists() -> None:
    """Items have the number that Word shows: counted on, begun anew, or a bullet."""
    extracted = read(
        item("one", 1) + item("sub", 1, 1) + item("two", 1) + item("anew", 3) + item("dot", 2),
        numbering=NUMBERING,
    )
    assert extracted.text == "1. one\n1.a) sub\n2. two\n1. anew\n- dot"


def test_tables() -> None:
    """A row is a line; merged cells appear once; a bar within a cell is no border."""
    wide = '<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("all") + "</w:tc>"
    down = "<w:tc><w:tcPr><w:vMerge/></w:tcPr>" + paragraph("ghost") + "</w:tc>"
    extracted = read(
        paragraph("Before") + table(["a|b", "c"], [wide], [down, "d"]) + paragraph("After")
    )
    assert extracted.text == "Before\n\n| a¦b | c |\n| all |\n|  | d |\n\nAfter"


def test_nested_tables_and_frames() -> None:
    """A table in a cell follows the row; a table of one cell is a frame around paragraphs."""
    inner = table(["x", "y"])
    extracted = read(table(["a", f"<w:tc>{paragraph('b')}{inner}</w:tc>"], ["c", "d"]))
    assert extracted.text == "| a | b |\n\n| x | y |\n\n| c | d |"
    assert read(table([f"<w:tc>{paragraph('p')}{paragraph('q')}</w:tc>"])).text == "p\n\nq"


HIDDEN = {
    "vanish": paragraph("SECRET", run="<w:vanish/>"),
    "style": paragraph("SECRET", run='<w:rStyle w:val="Gone"/>'),
    "white": paragraph("SECRET", run='<w:color w:val="FFFFFF"/>'),
    "one point": paragraph("SECRET", run='<w:sz w:val="2"/>'),
}


@pytest.mark.parametrize("body", HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_text(body: str) -> None:
    """What cannot be seen is left out and counted."""
    extracted = read(paragraph("Seen.") + body, styles=STYLES)
    assert extracted.text == "Seen."
    assert extracted.remarks == ("hidden text left out: 6 characters",)


SEEN = {
    "vanish off": paragraph("seen", run='<w:vanish w:val="0"/>'),
    "white on blue": paragraph("seen", run='<w:color w:val="FFFFFF"/><w:shd w:fill="0000FF"/>'),
    "white in a blue cell": '<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:fill="0000FF"/></w:tcPr>'
    + paragraph("seen", run='<w:color w:val="FFFFFF"/>')
    + "</w:tc></w:tr></w:tbl>",
}


@pytest.mark.parametrize("body", SEEN.values(), ids=SEEN.keys())
def test_visible_text_is_not_hidden(body: str) -> None:
    """White letters on a colour are what the head of a table looks like."""
    assert (read(body).text, read(body).remarks) == ("seen", ())


def test_tracked_changes_and_comments() -> None:
    """Inserted words are kept, deleted ones and comments are left out, with a remark."""
    body = (
        '<w:p><w:r><w:t xml:space="preserve">It </w:t></w:r>'
        "<w:del><w:r><w:delText>fell</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>held</w:t></w:r></w:ins><w:r><w:t>.</w:t></w:r></w:p>"
    )
    extracted = read(body, comments=f"<w:comment>{paragraph('why?')}</w:comment>")
    assert extracted.text == "It held."
    assert extracted.remarks == (
        "deleted text (tracked changes) left out: 4 characters",
        "comments left out: 1",
    )


def test_inline_parts() -> None:
    """Links, fields, content controls and signs are words; placeholders and field codes are not."""
    body = (
        "<w:p><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink><w:r><w:tab/></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r><w:sdt><w:sdtContent><w:r><w:t>filled</w:t></w:r>"
        "</w:sdtContent></w:sdt><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r>"
        "<w:t>Click here</w:t></w:r></w:sdtContent></w:sdt><w:r><w:br/><w:t>of\ufb01ce</w:t>"
        '<w:noBreakHyphen/><w:sym w:font="Wingdings" w:char="F0FC"/></w:r></w:p>'
    )
    assert read(body).text == "link filled office-✓"


def test_text_boxes_once() -> None:
    """A text box is in the file for new and for old programs, and read once."""
    box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    body = (
        f'<w:p><w:r><w:t>Beside</w:t><mc:AlternateContent xmlns:mc="{compatibility}"><mc:Choice>'
        f"<w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert read(body).text == "Beside\n\nboxed"


def test_notes_follow_their_paragraph() -> None:
    """A footnote is a paragraph of its own below the sentence that it is to."""
    body = '<w:p><w:r><w:t>It fell.</w:t><w:footnoteReference w:id="7"/></w:r></w:p>'
    note = f'<w:footnote w:id="7">{paragraph("Ministry, p. 4.")}</w:footnote>'
    extracted = read(body + paragraph("Next."), footnotes=note)
    assert extracted.text == "It fell.\n\nFootnote 1: Ministry, p. 4.\n\nNext."


PAGE_BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
RENDERED = "<w:p><w:r><w:lastRenderedPageBreak/><w:t>{}</w:t></w:r></w:p>"


def test_pages() -> None:
    """Pages are those that Word noted; else those asked for; else there are none."""
    noted = read(paragraph("one") + PAGE_BREAK + RENDERED.format("two") + RENDERED.format("three"))
    assert slices(noted, "page") == [("1", "one"), ("2", "two"), ("3", "three")]
    asked = read(paragraph("one") + PAGE_BREAK + paragraph("two"))
    assert slices(asked, "page") == [("1", "one"), ("2", "two")]
    assert slices(read(paragraph("one")), "page") == []


def test_page_numbers_of_sections() -> None:
    """A section may count in Roman numerals, and the next begin anew."""
    front = '<w:sectPr><w:pgNumType w:fmt="lowerRoman"/></w:sectPr>'
    main = '<w:sectPr><w:pgNumType w:start="1"/></w:sectPr>'
    extracted = read(
        paragraph("a")
        + RENDERED.format("b")
        + paragraph("c", front)
        + RENDERED.format("d")
        + RENDERED.format("e")
        + main
    )
    assert [label for label, _ in slices(extracted, "page")] == ["i", "ii", "1", "2"]


def test_margins() -> None:
    """A letterhead is kept, once; page numbers and what repeats the text are left out."""
    number = "<w:p><w:r><w:instrText> PAGE </w:instrText></w:r><w:r><w:t>Page 3</w:t></w:r></w:p>"
    extracted = read(
        paragraph("The flood"),
        header=paragraph("Ministry, Ref. 7") + paragraph("THE FLOOD"),
        footer=number,
    )
    assert extracted.text == "The flood\n\nMinistry, Ref. 7"


def test_table_of_contents_is_left_out() -> None:
    """Its lines repeat the headings."""
    extracted = read(styled("Damage 4", "TOC1") + styled("Damage", "berschrift1"), styles=STYLES)
    assert extracted.text == "Damage"
    assert extracted.remarks == ("table of contents left out",)


PROPERTIES = {
    "believed": (
        "<dc:title>The flood</dc:title><dc:creator>A. Li</dc:creator>",
        "The flood",
        "A. Li",
    ),
    "junk": ("<dc:title>Document1</dc:title><dc:creator>python-docx</dc:creator>", "stem", ""),
    "a file's name": ("<dc:title>Microsoft Word - x.doc</dc:title>", "stem", ""),
}


@pytest.mark.parametrize(("core", "title", "author"), PROPERTIES.values(), ids=PROPERTIES.keys())
def test_properties(core: str, title: str, author: str) -> None:
    """The file's own title and author count, unless a program wrote them."""
    extracted = read(paragraph("Words."), core=core)
    assert (extracted.title, extracted.author) == (title, author)


DATES = {
    "text first": ("Date: 9 March 2021", "2024-01-02T00:00:00Z", "2021-03-09"),
    "created": ("Words.", "2024-01-02T00:00:00Z", "2024-01-02"),
    "template": ("Words.", "2013-12-23T23:15:00Z", None),
    "epoch": ("Words.", "1601-01-01T00:00:00Z", None),
    "future": ("Words.", "2999-01-01T00:00:00Z", None),
}


@pytest.mark.parametrize(("text", "created", "expected"), DATES.values(), ids=DATES.keys())
def test_dates(text: str, created: str, expected: str | None) -> None:
    """The date in the text's head wins; one that cannot be is not believed."""
    core = f"<dcterms:created>{created}</dcterms:created>"
    assert read(paragraph(text), core=core).date == expected


def test_a_file_made_by_a_library() -> None:
    """A file as programs write it, with the templates and styles they bring along."""
    library = pytest.importorskip("docx")
    document = library.Document()
    document.add_heading("Report", 1)
    document.add_paragraph("Roads closed", style="List Bullet")
    document.add_paragraph("First act", style="List Number")
    cells = document.add_table(rows=2, cols=2)
    cells.cell(0, 0).merge(cells.cell(0, 1)).text = "both"
    cells.cell(1, 0).text, cells.cell(1, 1).text = "a", "b"
    made = io.BytesIO()
    document.save(made)
    extracted = docx.extract(made.getvalue(), "stem")
    assert extracted.text == "Report\n\n- Roads closed\n1. First act\n\n| both |\n| a | b |"
    assert (extracted.title, extracted.author, extracted.date) == ("Report", "", None)


def test_damage_in_a_part_costs_the_part() -> None:
    """A file whose styles or notes are broken is still read, with a remark."""
    parts = unpack(word(paragraph("Words."), styles=STYLES))
    extracted = docx.extract(pack({**parts, "word/styles.xml": b"<broken"}), "stem")
    assert extracted.text == "Words."
    assert extracted.remarks[0].startswith("its styles were left out")


BROKEN = {
    "no archive": b"words",
    "old file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "no main part": pack({"a.xml": "<a/>"}),
    "broken text": pack({**unpack(word("")), "word/document.xml": b"<w:document"}),
    "entities": pack(
        {**unpack(word("")), "word/document.xml": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}
    ),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_broken_files(data: bytes) -> None:
    """What cannot be read is refused with a reason, never with a library's error."""
    with pytest.raises(ReadError):
        docx.extract(data, "stem")


def test_deep_tables() -> None:
    """Tables within tables are read as deep as XML may be nested, and refused below, quickly."""

    def nested(depth: int) -> str:
        return "<w:tbl><w:tr><w:tc>" * depth + paragraph("x") + "</w:tc></w:tr></w:tbl>" * depth

    assert read(nested(30)).text == "x"
    begun = time.process_time()
    with pytest.raises(ReadError):
        read(nested(10_000))
    assert time.process_time() - begun < 1


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_no_character_is_lost(words: list[str]) -> None:
    """Every visible character comes out, in order."""
    escaped = [w.replace("&", "&amp;").replace("<", "&lt;") for w in words]
    extracted = read("".join(map(paragraph, escaped)))
    ligatures = dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", "ff fi fl ffi ffl st st".split(), strict=True))
    expected = ["".join(ligatures.get(letter, letter) for letter in word) for word in words]
    assert extracted.text.replace("\u2011", "-") == "\n\n".join(expected).replace("\u2011", "-")
