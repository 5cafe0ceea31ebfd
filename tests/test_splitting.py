"""Splitting keeps its laws whatever the text, and its rules where people rely on them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.readers import read
from askdocs.splitting import split
from askdocs.types import Anchor, Document, Passage

CORPUS = Path(__file__).parent.parent / "eval" / "corpus"
WIDTH = 30


def count(text: str) -> int:
    """One token for each run of word characters and each other visible character."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def document(text: str, *anchors: Anchor) -> Document:
    return Document("a.md", text, "A", "", anchors=anchors)


def passages_of(text: str, *anchors: Anchor) -> list[Passage]:
    return split(document(text, *anchors), count, max_tokens=WIDTH)


def check_laws(doc: Document, passages: list[Passage]) -> None:
    covered = [0] * len(doc.text)
    for passage in passages:
        assert doc.text[passage.start : passage.end] == passage.text
        for start, end in passage.sentences:
            assert passage.start <= start < end <= passage.end
            assert doc.text[start:end] == passage.slice((start, end))
        for position in range(passage.start, passage.end):
            covered[position] += 1
    for character, times in zip(doc.text, covered, strict=True):
        assert times == 1 if not character.isspace() else times <= 1
    assert len({p.id for p in passages}) == len(passages)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from(
                [
                    "# Title",
                    "- an item",
                    "| a | b |",
                    "|---|---|",
                    "Dr. Ray left.",
                    "",
                    "   ",
                    "x" * 900,
                ]
            ),
        ),
        max_size=12,
    ).map("\n".join)
)
def test_any_text_is_covered_once_by_verbatim_slices(text: str) -> None:
    """Every non-blank character is in exactly one passage, and passages slice their document."""
    doc = document(text)
    check_laws(doc, split(doc, count, max_tokens=WIDTH))


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_the_sample_documents_keep_the_laws(path: Path) -> None:
    """Real documents with headings, tables, lists and wrapped lines keep the laws too."""
    extracted = read(path)
    doc = Document(path.name, extracted.text, extracted.title, "", anchors=extracted.anchors)
    check_laws(doc, split(doc, count, max_tokens=80))


def test_equal_rows_are_told_apart_by_their_offsets() -> None:
    """Three hundred identical lines give passages at three hundred different places."""
    text = "The same row.\n" * 300
    starts = [p.start for p in passages_of(text)]
    assert starts == sorted(set(starts))
    assert starts[-1] > len(text) - 14 * WIDTH


def test_no_passage_is_longer_than_the_limit() -> None:
    """A sentence that is too long is cut at blanks; a long word is cut where it must be."""
    text = "word " * 200 + "y" * 2000
    assert all(count(p.text) <= WIDTH for p in passages_of(text))


def test_passages_stop_at_headings_and_carry_them() -> None:
    """A heading begins a passage and is not a sentence that could be quoted."""
    text = "# One\nFirst part here.\n\n# Two\nSecond part here.\n"
    second = text.index("# Two")
    one = Anchor(0, second, "heading", "One")
    two = Anchor(second, len(text), "heading", "Two")
    first, last = passages_of(text, one, two)
    assert (first.heading, last.heading) == ("One", "Two")
    assert [last.slice(s) for s in last.sentences] == ["Second part here."]


def test_wrapped_lines_are_one_sentence_and_short_lines_are_their_own() -> None:
    """A line that could not take the next word is wrapped; a line that could is a unit."""
    wrapped = (
        "The harbour master said on Monday that the ferry would not sail\n"
        "before the inspectors had seen the engine and its new pump.\n"
        "Open:\nMonday to Friday\nSaturday"
    )
    sentences = [p.slice(s) for p in passages_of(wrapped) for s in p.sentences]
    assert sentences[0].endswith("its new pump.")
    assert sentences[1:] == ["Open:", "Monday to Friday", "Saturday"]


def test_bullets_are_left_out_of_sentences_and_table_rows_stand_alone() -> None:
    """What can be quoted of a list item is the item; a row of a table is one sentence."""
    text = "- One thing. And more.\n• Another\n\n| Ticket | Price |\n|---|---|\n| Child | 2.50 |"
    sentences = [p.slice(s) for p in passages_of(text) for s in p.sentences]
    assert sentences == [
        "One thing.",
        "And more.",
        "Another",
        "| Ticket | Price |",
        "| Child | 2.50 |",
    ]


def test_rows_are_sentences_and_sheets_are_headings() -> None:
    """A row of a table is never cut into sentences, and its passage knows its sheet."""
    rows = ("Item: Dr. Who. The film; Price: 12.50", "Item: No. 7; Price: 3. or so")
    text = "\n".join(rows)
    made = Document(
        "a.xlsx",
        text,
        "a",
        "",
        anchors=(
            Anchor(0, len(text), "sheet", "Films"),
            Anchor(0, len(rows[0]), "row", "2"),
            Anchor(len(rows[0]) + 1, len(text), "row", "3"),
        ),
    )
    (passage,) = split(made, count, max_tokens=100)
    assert [passage.slice(span) for span in passage.sentences] == list(rows)
    assert passage.heading == "Films"
    assert made.place(len(rows[0]) + 3) == "sheet Films, row 3"


def test_a_page_within_a_sentence_does_not_cut_it() -> None:
    """A sentence that goes on over the page is one, and stands where it begins."""
    text = "It began here and went on there.\n\nMore."
    anchors = (Anchor(0, 18, "page", "1"), Anchor(18, len(text), "page", "2"))
    made = Document("a.pdf", text, "a", "", anchors=anchors)
    passage = split(made, count, max_tokens=100)[0]
    assert passage.slice(passage.sentences[0]) == "It began here and went on there."
    assert [made.place(at) for at in (0, 18)] == ["page 1", "page 2"]
