"""The text that readers write: paragraphs on one line, and anchors that are slices of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import ReadError
from askdocs.readers import tables
from askdocs.readers.writing import TextWriter, one_line
from askdocs.types import Anchor, Extracted
from office_files import assert_in_order, slices


def finished(writer: TextWriter) -> Extracted:
    text, anchors = writer.finish()
    return Extracted(text, anchors=anchors)


def test_blank_lines() -> None:
    """They stand between paragraphs, lists and tables, not between items and rows."""
    writer = TextWriter()
    writer.paragraph(" A\n paragraph\t. ")
    writer.item("-", "one")
    writer.item("2.", "two")
    writer.end_group()
    writer.item("", "anew")
    writer.row(["a|b", " c "])
    writer.row(["", ""])
    writer.row(["", "d"])
    writer.paragraph("")
    assert finished(writer).text == (
        "A paragraph .\n\n- one\n2. two\n\nanew\n\n| a¦b | c |\n|  | d |"
    )


def test_headings_nest() -> None:
    """A heading reaches to the next of its level or above, or until none is meant any more."""
    writer = TextWriter()
    for level, title in ((1, "A"), (3, "B"), (2, "C"), (1, "D")):
        writer.heading(title, level)
    writer.close_headings()
    writer.paragraph("after")
    assert slices(finished(writer), "heading") == [
        ("A", "A\n\nB\n\nC"),
        ("A > B", "B"),
        ("A > C", "C"),
        ("D", "D"),
    ]


def test_places_without_text_are_none() -> None:
    """An empty page has no anchor; the next one begins where its text does."""
    writer = TextWriter()
    for label, text in (("1", "one"), ("2", ""), ("3", "three")):
        writer.place("page", label)
        writer.paragraph(text)
    assert slices(finished(writer), "page") == [("1", "one"), ("3", "three")]


def test_blocks_bring_their_anchors() -> None:
    """Lines written as they are keep the anchors that count from their beginning."""
    writer = TextWriter()
    writer.paragraph("Before")
    writer.block("a\nb", [Anchor(2, 3, "row", "7")])
    assert slices(finished(writer), "row") == [("7", "b")]


def test_too_long_a_text() -> None:
    """Writing ends with the reason when the limit is reached, not when memory is."""
    writer = TextWriter()
    writer.paragraph("x" * (tables.TEXT_LIMIT - 3))
    writer.paragraph("y")
    with pytest.raises(ReadError, match="10,000,000 characters"):
        writer.paragraph("z")


def test_healed_letters() -> None:
    """Ligatures become letters, soft hyphens go, blanks of all widths are blanks."""
    assert one_line("of\ufb01ce\u00a0ho\u00adurs\u2003non\u2011stop\0") == "office hours non-stop"


STEP = st.one_of(
    st.tuples(st.just("paragraph"), st.sampled_from(["x", "y z", ""])),
    st.tuples(st.just("heading"), st.integers(0, 4)),
    st.tuples(st.just("place"), st.sampled_from(["page", "slide"])),
    st.tuples(st.just("item"), st.just("one")),
)


@given(st.lists(STEP, max_size=20))
def test_anchors_keep_the_rules(steps: list[tuple[str, str | int]]) -> None:
    """Whatever is written: anchors lie within the text, and those of a kind do not overlap."""
    writer = TextWriter()
    for number, (kind, value) in enumerate(steps):
        if kind == "paragraph":
            writer.paragraph(str(value))
        elif kind == "heading":
            writer.heading(f"H{number}", int(value))
        elif kind == "place":
            writer.place(str(value), str(number))
        else:
            writer.item("-", str(value))
    assert_in_order(finished(writer))
