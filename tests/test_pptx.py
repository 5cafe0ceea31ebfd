"""PowerPoint files: the words of each slide in reading order, and the notes."""

from __future__ import annotations

import io

import pytest

from askdocs.errors import ReadError
from askdocs.readers.office import pptx
from askdocs.readers.office.pptx_layout import Place, in_reading_order
from askdocs.types import Extracted
from office_files import assert_in_order, pack, powerpoint, shape, slices, unpack

WIDE, COVERED = 'gridSpan="2"', 'hMerge="1"'


def read(*slides: str, hidden: tuple[int, ...] = ()) -> Extracted:
    extracted = pptx.extract(powerpoint(list(slides), hidden=hidden), "stem")
    assert_in_order(extracted)
    return extracted


def test_slides_and_titles() -> None:
    """A slide is an anchor with its number; its title is a heading, wherever it stands."""
    extracted = read(
        shape("Below", 0, 500) + shape("Water plan", 0, 0, "title"), shape("No title"), shape("")
    )
    assert extracted.text == "Water plan\n\nBelow\n\nNo title"
    assert extracted.title == "Water plan"
    assert slices(extracted, "slide") == [("1", "Water plan\n\nBelow"), ("2", "No title")]
    assert slices(extracted, "heading") == [("Water plan", "Water plan\n\nBelow")]
    assert extracted.remarks == ("slides without text, whose pictures are not read: 1",)


def test_reading_order() -> None:
    """Rows from top to bottom, within them from left to right."""
    extracted = read(
        shape("3", 0, 500) + shape("2", 500, 10) + shape("4", 500, 500) + shape("1", 0, 0)
    )
    assert extracted.text == "1\n\n2\n\n3\n\n4"


def test_columns() -> None:
    """Where one column is a single tall shape, the other is read as a whole before or after it."""
    left = [(Place(0, 0, 400, 300), "a"), (Place(0, 350, 400, 700), "b")]
    right = [(Place(500, 0, 900, 700), "c")]
    assert [name for _, name in in_reading_order([*right, *left])] == ["a", "b", "c"]


def test_hidden_slides_and_shapes() -> None:
    """What is not shown in a presentation is left out, with a remark."""
    extracted = read(
        shape("Shown")
        + shape("beside", 2000, 0)
        + shape("hidden", extra='hidden="1"')
        + shape("9", kind="sldNum"),
        shape("Backup"),
        hidden=(2,),
    )
    assert extracted.text == "Shown"
    assert extracted.remarks == (
        "hidden slides left out: 1",
        "hidden text left out: 12 characters",
    )


def test_bullets_and_numbers() -> None:
    """Items have the bullet or number that they show."""
    paragraphs = "".join(
        f"<a:p><a:pPr>{mark}</a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>"
        for mark, text in (
            ("<a:buNone/>", "Plain"),
            ('<a:buChar char="•"/>', "dot"),
            ('<a:buAutoNum type="arabicPeriod" startAt="3"/>', "three"),
            ('<a:buAutoNum type="arabicPeriod" startAt="3"/>', "four"),
            ('<a:buAutoNum type="alphaLcParenR"/>', "five"),
        )
    )
    body = f"<p:sp><p:nvSpPr><p:nvPr/></p:nvSpPr><p:txBody>{paragraphs}</p:txBody></p:sp>"
    assert read(body).text == "Plain\n\n- dot\n3. three\n4. four\ne) five"


def test_tables_and_groups() -> None:
    """Tables are rows, merged cells once; groups are read within themselves."""

    def cell(text: str, merge: str = "") -> str:
        return f"<a:tc {merge}><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"

    frame = (
        "<p:graphicFrame><a:graphic><a:graphicData><a:tbl>"
        f"<a:tr>{cell('a')}{cell('b|c')}</a:tr>"
        f"<a:tr>{cell('wide', WIDE)}{cell('', COVERED)}</a:tr>"
        "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    group = f"<p:grpSp><p:nvGrpSpPr/>{shape('second', 0, 900)}{shape('first')}</p:grpSp>"
    assert read(frame + group).text == "| a | b¦c |\n| wide |\n\nfirst\n\nsecond"


def test_a_file_made_by_a_library() -> None:
    """Bullets and places come from the layout; notes, tables and charts are read."""
    library = pytest.importorskip("pptx")
    data = pytest.importorskip("pptx.chart.data")
    presentation = library.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Where we stand"
    slide.placeholders[1].text = "Demand grew\nLosses fell"
    slide.notes_slide.notes_text_frame.text = "Provisional."
    chart = data.CategoryChartData()
    chart.categories = ["North", "South"]
    chart.add_series("2023", (1.5, 2))
    slide.shapes.add_chart(51, 0, 6_000_000, 900_000, 900_000, chart)
    made = io.BytesIO()
    presentation.save(made)
    extracted = pptx.extract(made.getvalue(), "stem")
    assert extracted.text == (
        "Where we stand\n\n- Demand grew\n- Losses fell\n\n"
        "|  | 2023 |\n| North | 1.5 |\n| South | 2 |\n\nNotes: Provisional."
    )
    assert (extracted.author, extracted.date) == ("", None)


def test_damage_in_a_slide_costs_the_slide() -> None:
    """The other slides are read."""
    parts = unpack(powerpoint([shape("one"), shape("two")]))
    extracted = pptx.extract(pack({**parts, "ppt/slide1.xml": b"<broken"}), "stem")
    assert slices(extracted, "slide") == [("2", "two")]
    assert extracted.remarks[0].startswith("slide 1 was left out")


@pytest.mark.parametrize("data", [b"", b"PK", pack({"a": "b"})], ids=["empty", "cut", "zip"])
def test_broken_files(data: bytes) -> None:
    """What cannot be read is refused with a reason."""
    with pytest.raises(ReadError):
        pptx.extract(data, "stem")
