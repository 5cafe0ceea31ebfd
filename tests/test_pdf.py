"""Reading PDF: the text in the order of reading, as paragraphs, headings, lists and tables."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from askdocs.readers import pdf
from askdocs.types import Extracted
from pdf_files import PROSE, Draw, drawn, lines, table, together, wrapped


def labels(extracted: Extracted, kind: str) -> list[str]:
    return [anchor.label for anchor in extracted.anchors if anchor.kind == kind]


def page(extracted: Extracted, label: str) -> str:
    anchor = next(a for a in extracted.anchors if (a.kind, a.label) == ("page", label))
    return extracted.text[anchor.start : anchor.end]


def text_of(*pages: Draw) -> str:
    return pdf.extract(drawn(*pages), "file").text


def test_paragraphs_are_one_line() -> None:
    """Wrapped lines are one line again; a gap, or an indented line, begins a paragraph."""
    first, second = wrapped(PROSE, 70), wrapped(PROSE.replace("committee", "council"), 70)
    apart = together(lines(*first), lines(*second, y=700 - 12 * len(first) - 10))
    indented = together(
        lines(*first), lines(second[0], x=72, y=700 - 12 * len(first)),
        lines(*second[1:], y=700 - 12 * len(first) - 12),
    )  # fmt: skip
    expected = f"{PROSE.strip()}\n\n{PROSE.replace('committee', 'council').strip()}"
    assert text_of(apart) == expected
    assert text_of(indented) == expected


def test_hyphens() -> None:
    """A word parted at a line's end is one again; one with a hyphen of its own keeps it."""
    text = text_of(
        lines(
            "The evidence for the gov-",
            "ernment was well-known, if a little old-",
            "fashioned. The government calls its opponents old-fashioned, and a state-",
            "ment showed the semi-",
            "conductor plants, which semiconductor makers praise, on the Anglo-",
            "Saxon side of the matter that is well-",
            "known.",
        )
    )
    assert text == (
        "The evidence for the government was well-known, if a little old-fashioned. The "
        "government calls its opponents old-fashioned, and a statement showed the semiconductor "
        "plants, which semiconductor makers praise, on the Anglo-Saxon side of the matter that "
        "is well-known."
    )


def columns(count: int, *, spread: bool) -> Draw:
    """A heading across columns of text whose sentences are numbered in their order."""
    width, gutter = (480 - 18 * (count - 1)) / count, 18
    sentences = [f"Number{n} is the sentence that says how the rain fell there." for n in range(60)]
    made = wrapped(" ".join(sentences), int(width / 5.2))
    height = -(-len(made) // count)

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawCentredString(300, 740, "A title that goes across all of the columns")
        canvas.setFont("Helvetica", 10)
        for number, line in enumerate(made):
            x = 60 + number // height * (width + gutter)
            words = canvas.beginText(x, 700 - number % height * 12)
            gap = (width - canvas.stringWidth(line)) / max(1, line.count(" "))
            if spread and number + 1 < len(made):
                words.setWordSpace(gap)
            words.textLine(line)
            canvas.drawText(words)

    return draw


@pytest.mark.parametrize("spread", [False, True], ids=["ragged", "justified"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_columns(count: int, spread: bool) -> None:
    """Columns are read one after the other, and none of their lines are taken for a table."""
    text = text_of(columns(count, spread=spread))
    assert text.startswith("A title that goes across all of the columns\n\n")
    assert re.findall(r"Number(\d+) is the sentence that", text) == [str(n) for n in range(60)]
    assert "|" not in text


def test_table_between_columns() -> None:
    """A table across both columns is read where it stands, after what is above it."""
    left, right = wrapped(PROSE, 44), wrapped(PROSE.replace("committee", "council"), 44)
    text = text_of(
        together(
            lines(*left, y=760),
            lines(*right, x=320, y=760),
            table([["Crop", "2021", "2022"], ["Wheat", "17", "19"], ["Rye", "3", "4"]], [340, 480]),
            lines(*wrapped(PROSE.replace("harvest", "fishing"), 44), y=540),
            lines(*wrapped(PROSE.replace("harvest", "hunting"), 44), x=320, y=540),
        )
    )
    places = [text.index(word) for word in ("committee", "council", "Wheat", "fishing", "hunting")]
    assert places == sorted(places)
    assert "| Crop | 2021 | 2022 |\n| Wheat | 17 | 19 |\n| Rye | 3 | 4 |" in text


def test_financial_statement() -> None:
    """Figures are in the column they stand in, each with its sign, without a line being drawn."""
    rows = [
        ["", "2022", "2021", "2020"],
        ["Revenue:"],
        ["Net revenue", "$ 17,606", "$ 15,785", "$ 12,868"],
        ["Other income (expense), net", "(41)", "—", "42"],
        ["Share of revenue", "34.6%", "36.8%", "(2.9)"],
        ["Depreciation of tools, of buildings,"],
        ["and of other things", "856", "788", "—"],
        ["Net income", "$ 4,756", "$ 4,822", "$ 5,260"],
    ]
    assert text_of(table(rows, [350, 440, 530])) == (
        "|  | 2022 | 2021 | 2020 |\n"
        "| Revenue: |\n"
        "| Net revenue | $17,606 | $15,785 | $12,868 |\n"
        "| Other income (expense), net | (41) | — | 42 |\n"
        "| Share of revenue | 34.6% | 36.8% | (2.9) |\n"
        "| Depreciation of tools, of buildings, and of other things | 856 | 788 | — |\n"
        "| Net income | $4,756 | $4,822 | $5,260 |"
    )


def test_heading_over_columns_of_a_table() -> None:
    """A cell over several columns appears once, and wrapped column heads are one cell."""
    rows = [
        ["", "December 31,", "December 31,"],
        ["", "2022", "2021"],
        ["Cash", "12", "9"],
        ["Debt", "40", "44"],
    ]
    over = lines("Years ended", x=350, y=614)
    text = text_of(together(over, table(rows, [380, 470], leading=12)))
    assert text == (
        "|  | Years ended |\n|  | December 31, 2022 | December 31, 2021 |\n"
        "| Cash | 12 | 9 |\n| Debt | 40 | 44 |"
    )


def test_table_of_words() -> None:
    """Cells of several lines are one cell each where the rows stand farther apart."""

    def draw(canvas: Canvas) -> None:
        y = 700.0
        for row in (
            (["Role"], ["Duties and what else has to be", "done"], ["Contact"]),
            (
                ["Clerk"],
                ["Writes the minutes of all the", "meetings, and keeps the", "archive."],
                ["C1"],
            ),
            (["Head of the", "northern office"], ["Leads the office."], ["N2"]),
            (["Guard"], ["Keeps the gate and writes down", "who comes."], ["G3"]),
        ):
            for x, cell in zip((60, 180, 400), row, strict=True):
                lines(*cell, x=x, y=y)(canvas)
            y -= 12 * max(map(len, row)) + 7

    assert text_of(draw) == (
        "| Role | Duties and what else has to be done | Contact |\n"
        "| Clerk | Writes the minutes of all the meetings, and keeps the archive. | C1 |\n"
        "| Head of the northern office | Leads the office. | N2 |\n"
        "| Guard | Keeps the gate and writes down who comes. | G3 |"
    )


def test_tables_apart() -> None:
    """A heading, or a wide gap, ends a table."""
    first = table([["Wheat", "12"], ["Rye", "13"]], [300], y=700)
    second = table([["Cod", "1", "2"], ["Eel", "3", "4"]], [250, 420], y=600)
    text = text_of(together(first, lines("Fishing", size=14, y=650), second))
    assert text == "| Wheat | 12 |\n| Rye | 13 |\n\nFishing\n\n| Cod | 1 | 2 |\n| Eel | 3 | 4 |"


def test_lines_of_an_address() -> None:
    """Short lines below each other are lines of their own, not a paragraph."""
    address = lines("Mr. John Smith", "4 Short Road", "Leeds", y=740)
    text = text_of(together(address, lines(*wrapped(PROSE, 70))))
    assert text == f"Mr. John Smith\n\n4 Short Road\n\nLeeds\n\n{PROSE.strip()}"


def test_bar_in_a_cell() -> None:
    """A vertical bar within a cell is no border of it."""
    text = text_of(table([["a|b", "12"], ["c", "13"], ["d", "15"]], [300]))
    assert text.startswith("| a¦b | 12 |")


def test_headings_nest_by_size() -> None:
    """Larger headings hold smaller ones, and each anchor is the text it stands for."""
    extracted = pdf.extract(
        drawn(
            together(
                lines("Annual review", size=20, y=760),
                lines("Harvest", size=14, font="Helvetica-Bold", y=730),
                lines(*wrapped(PROSE, 70)),
                lines("Fields in the north", size=11.5, font="Helvetica-Bold", y=600),
                lines(*wrapped(PROSE, 70), y=580),
                lines("Fishing", size=14, font="Helvetica-Bold", y=480),
                lines(*wrapped(PROSE, 70), y=460),
            )
        ),
        "file",
    )
    assert labels(extracted, "heading") == [
        "Annual review",
        "Annual review > Harvest",
        "Annual review > Harvest > Fields in the north",
        "Annual review > Fishing",
    ]
    assert extracted.title == "Annual review"
    for anchor in extracted.anchors:
        last = anchor.label.split(" > ")[-1]
        if anchor.kind == "heading":
            assert extracted.text[anchor.start :].startswith(f"{last}\n")


def test_headings_of_the_outline() -> None:
    """What the file's outline names is a heading even if it looks like text, and nests as there."""

    def first(canvas: Canvas) -> None:
        canvas.bookmarkPage("one")
        canvas.addOutlineEntry("1 Harvest", "one", 0)
        canvas.bookmarkPage("two")
        canvas.addOutlineEntry("Wheat and rye", "two", 1)
        lines("1 Harvest", y=760)(canvas)
        lines(*wrapped(PROSE, 70), y=730)(canvas)
        lines("Wheat and rye", y=640)(canvas)
        lines(*wrapped(PROSE, 70), y=620)(canvas)

    extracted = pdf.extract(drawn(first), "file")
    assert labels(extracted, "heading") == ["1 Harvest", "1 Harvest > Wheat and rye"]


def test_lists() -> None:
    """Items of a list are lines of their own with a bullet, or their number, in front."""
    text = text_of(
        together(
            lines("There were two reasons:", y=700),
            lines(
                "• The rain, which came late and fell on fields that had been", "sown early", y=680
            ),
            lines("• the frost", y=656),
            lines("1. Wheat is sold", y=632),
            lines("(b) Rye is kept", y=620),
        )
    )
    assert text == (
        "There were two reasons:\n\n"
        "- The rain, which came late and fell on fields that had been sown early\n- the frost\n"
        "1. Wheat is sold\n(b) Rye is kept"
    )


def test_running_heads_are_left_out() -> None:
    """A header is kept once, page numbers never, and what is not repeated always."""

    def numbered(number: int) -> Draw:
        return together(
            lines("The Yearly Journal", y=780),
            lines(f"Only on page {'abcdef'[number]}", y=768),
            lines(*wrapped(PROSE, 70)),
            lines(f"Page {number + 1} of 6", x=280, y=20),
        )

    extracted = pdf.extract(drawn(*map(numbered, range(6))), "file")
    assert extracted.text.count("The Yearly Journal") == 1
    assert "of 6" not in extracted.text
    for number in range(6):
        assert f"Only on page {'abcdef'[number]}" in page(extracted, str(number + 1))
    assert extracted.remarks == ()


def test_heads_of_chapters() -> None:
    """A header that changes from chapter to chapter is kept once for each."""

    def headed(number: int) -> Draw:
        chapter = number // 2
        head = f"Chapter {chapter + 1}: {'Rain Snow Wind Dust'.split()[chapter]}  {number + 1}"
        body = PROSE.replace("northern", f"{'abcdefgh'[number] * 5}")
        return together(lines(head, y=780), lines(*wrapped(body, 70)))

    text = text_of(*map(headed, range(8)))
    assert [text.count(word) for word in ("Rain", "Snow", "Wind", "Dust")] == [1, 1, 1, 1]


def test_repeated_words_within_pages_stay() -> None:
    """What is repeated in the midst of pages is text; numbers that do not count are text."""
    pages = [
        together(
            lines(*wrapped(PROSE, 70), "Signed by the clerk.", *wrapped(PROSE, 70)),
            lines(f"{17 * number * number} tons", y=780),
        )
        for number in range(1, 6)
    ]
    text = text_of(*pages)
    assert text.count("Signed by the clerk.") == 5
    assert all(f"{17 * number * number} tons" in text for number in range(1, 6))


def test_page_labels() -> None:
    """Pages have the labels that the file prints on them; else they are counted from 1."""

    def front(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Preface")

    def body(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Text")

    import io

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn(front, front, body))))
    writer.set_page_label(0, 1, style="/r")
    writer.set_page_label(2, 2, style="/D", start=12)
    file = io.BytesIO()
    writer.write(file)
    assert labels(pdf.extract(file.getvalue(), "file"), "page") == ["i", "ii", "12"]
    assert labels(pdf.extract(drawn(front, body), "file"), "page") == ["1", "2"]


PROPERTIES = {
    "own": (("A study of rain", "Zoë Müller"), ("A study of rain", "Zoë Müller")),
    "junk": (("Microsoft Word - rain_v3.doc", "user"), ("The report on rain", "")),
    "file-name": (("rain_v3_final.pdf", "anonymous"), ("The report on rain", "")),
}


@pytest.mark.parametrize(("given_", "expected"), PROPERTIES.values(), ids=PROPERTIES.keys())
def test_title_and_author(given_: tuple[str, str], expected: tuple[str, str]) -> None:
    """Title and author come from the properties unless these are junk, then from page 1."""

    def draw(canvas: Canvas) -> None:
        canvas.setTitle(given_[0])
        canvas.setAuthor(given_[1])
        lines("The report on rain", size=22, y=760)(canvas)
        lines("9 March 2021", y=730)(canvas)
        lines(*wrapped(PROSE, 70))(canvas)

    extracted = pdf.extract(drawn(draw), "file")
    assert (extracted.title, extracted.author) == expected
    assert extracted.date == "2021-03-09"


def test_title_falls_back_to_the_name() -> None:
    """A file of plain text without a title is named by its file."""
    assert pdf.extract(drawn(lines(*wrapped(PROSE, 70))), "rain").title == "rain"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("abcdefgh ABC.,;:!?()0123456789%", max_size=60), min_size=1, max_size=12))
def test_no_character_is_lost(texts: list[str]) -> None:
    """Whatever stands in lines of text is in the text, each visible character once."""
    if not any(text.strip() for text in texts):
        return
    extracted = pdf.extract(drawn(lines(*texts)), "file")
    seen = sorted(extracted.text.replace("|", "").replace(" ", "").replace("\n", ""))
    assert seen == sorted("".join(texts).replace(" ", ""))
    assert "\r" not in extracted.text
    assert "\n\n\n" not in extracted.text
