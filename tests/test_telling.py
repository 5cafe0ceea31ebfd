"""What a sentence can tell: whether it states anything, and about those who were named."""

from __future__ import annotations

import pytest

from askdocs.answering.questions import analyse
from askdocs.answering.telling import named, runs, states
from askdocs.types import Hit, Passage


def hit(*sentences: str, heading: str = "", document: str = "notes.txt") -> Hit:
    """A passage of these sentences, each in a line of its own."""
    spans, text = [], ""
    for sentence in sentences:
        spans.append((len(text), len(text) + len(sentence)))
        text += sentence + "\n"
    return Hit(Passage(document, 0, len(text), text, heading, tuple(spans)), 1.0)


def test_a_question_states_nothing_and_a_sentence_something() -> None:
    """Rows of tables and items of lists have no full stop, and state something all the same."""
    asked = analyse("Who may come?")
    passage = hit("Who may come?", "All may come.", "| May | 9:00 |").passage
    told = [states(asked, passage, number) for number in range(3)]
    assert told == [-1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("The Long Quay", -0.5),
        ("The Long Quay (novel)", -0.375),
        ("Authors: Ada Lindqvist, Bo Alder, with a foreword", 0.0),
        ("The Long Quay.", 0.0),
    ],
    ids=["the question again", "a word more", "much more", "a sentence"],
)
def test_a_line_without_an_end_counts_by_what_it_adds(line: str, expected: float) -> None:
    """A title that repeats the question is no answer; a line of a form or a slide may be one."""
    asked = analyse("Who wrote The Long Quay?")
    assert states(asked, hit(line).passage, 0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who runs the mill?", []),
        ("Who runs Alder Chairs Ltd.?", [("alder", "chairs", "ltd")]),
        (
            "What did the Bank of Kelmouth buy in May 2020?",
            [("bank", "of", "kelmouth"), ("may", "2020")],
        ),
        ("Which is older, Birch Works or Alder's mill?", [("birch", "works"), ("alder",)]),
    ],
    ids=["none", "one", "with a small word, and a month", "two"],
)
def test_the_names_of_a_question(question: str, names: list[tuple[str, ...]]) -> None:
    """A name is a run of capitalised words; the question's first word is none."""
    assert runs(analyse(question)) == names


def test_a_name_counts_whole() -> None:
    """Another firm with the same surname does not stand for the one that was named."""
    asked = runs(analyse("What does Bright Clean Services charge?"))
    (own,) = named(asked, hit("Bright Clean Services charges 40 dollars."), "")
    (other,) = named(asked, hit("Sparkling Clean Services charges 40 dollars."), "")
    (none,) = named(asked, hit("It charges 40 dollars."), "")
    assert own == 1.0
    assert own > other > none == 0.0


def test_a_name_reaches_the_sentences_after_it() -> None:
    """It counts less the farther away it stands, and from a title or the document's beginning."""
    asked = runs(analyse("What does Alder Ltd. make?"))
    sentences = ("Doors open at nine.", "Alder Ltd. is old.", "It grew.", "It makes chairs.")
    assert named(asked, hit(*sentences), "") == pytest.approx([0.9, 1.0, 0.9, 0.8])
    assert named(asked, hit("It makes chairs.", heading="Alder Ltd."), "") == pytest.approx([0.8])
    assert named(asked, hit("It makes chairs."), "A history of Alder Ltd.") == pytest.approx([0.8])


def test_all_names_must_be_there() -> None:
    """One of two names that is missing counts as much as both."""
    asked = runs(analyse("When did Ada Lindqvist leave Birch Works?"))
    assert named(asked, hit("Ada Lindqvist left in 1931."), "") == [0.0]


def test_a_question_without_names_asks_for_none() -> None:
    """Nothing is held against any sentence."""
    assert named([], hit("It grew.", "It shrank."), "") == [1.0, 1.0]
