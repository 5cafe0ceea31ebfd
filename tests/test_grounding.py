"""Whether a passage says what a statement says: swapped numbers, names and negations are seen."""

from __future__ import annotations

import pytest

from askdocs.answering.grounding import find_support, ground, runs
from askdocs.sentences import sentence_spans
from askdocs.types import Passage

NEWS = (
    "Around 7,939 people in Kazakhstan have been detained by the police. During the unrest, 44 "
    "individuals died, officials told the BBC after retracting an earlier figure. The internet was "
    "restored in Almaty on Monday. The officials did not name the suspects. Damage is put at "
    "$1.2 million."
)


def passage(text: str, document: str = "news.txt", heading: str = "") -> Passage:
    return Passage(document, 0, len(text), text, heading, tuple(sentence_spans(text)))


@pytest.mark.parametrize(
    "statement",
    [
        "About 7,939 people were detained in Kazakhstan.",
        "44 people died, officials told the BBC.",
        "The internet in Almaty was restored on Monday.",
        "The officials did not name suspects.",
        "Officials didn't name the suspects.",
        "The damage is 1,200,000 dollars, put at $1.2 million.",
    ],
)
def test_what_the_passage_says_is_supported(statement: str) -> None:
    """Other words for the same facts find their sentences."""
    assert ground(statement, passage(NEWS)).is_support


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("About 7,393 people were detained in Kazakhstan.", id="digits swapped"),
        pytest.param("44 million individuals died.", id="another scale"),
        pytest.param("About 7,939 people were detained in Belarus.", id="another country"),
        pytest.param("The internet in Astana was restored on Monday.", id="another city"),
        pytest.param("The internet in Almaty was restored on Friday.", id="another day"),
        pytest.param("The internet in Almaty was not restored on Monday.", id="negated"),
        pytest.param("The officials did name the suspects.", id="negation left out"),
        pytest.param("The president resigned after the protests.", id="not in the passage"),
        pytest.param("Nine.", id="a number only"),
    ],
)
def test_what_the_passage_does_not_say_is_not_supported(statement: str) -> None:
    """A changed number, name or negation, or a new claim, has no support."""
    assert not ground(statement, passage(NEWS)).is_support


def test_the_sentences_found_are_slices_of_the_document() -> None:
    """Spans count in the document, also where the passage begins in its middle."""
    document = "Before.\n\n" + NEWS
    shifted = Passage(
        "news.txt",
        9,
        len(document),
        NEWS,
        "",
        tuple((start + 9, end + 9) for start, end in sentence_spans(NEWS)),
    )
    ((start, end),) = ground("44 individuals died.", shifted).spans
    assert document[start:end].startswith("During the unrest, 44 individuals died")
    assert document[start:end].endswith(".")


def test_a_name_of_the_question_may_stand_elsewhere_in_the_passage() -> None:
    """An answer repeats the subject of the question; its sentence need not."""
    said = "In Almaty, 44 individuals died during the unrest."
    assert not ground(said, passage(NEWS)).is_support
    assert ground(said, passage(NEWS), question="How many died in Almaty?").is_support


def test_the_heading_counts_as_context() -> None:
    """A name in the heading need not be repeated below it."""
    under = passage("The treaty was signed in 1991.", heading="History > Estonia")
    assert ground("Estonia signed the treaty in 1991.", under).is_support


def test_a_wrong_citation_is_put_right() -> None:
    """A statement is given the passage that supports it when the cited one does not."""
    cats, dogs = passage("Two cats slept.", "cats.txt"), passage("Nine dogs barked.", "dogs.txt")
    found = find_support("Nine dogs barked.", [cats], [dogs])
    assert [grounding.passage.document for grounding in found] == ["dogs.txt"]


def test_two_passages_may_support_a_statement_together() -> None:
    """A statement that joins two facts stands on both of its citations."""
    cats, dogs = passage("Two cats slept.", "cats.txt"), passage("Nine dogs barked.", "dogs.txt")
    found = find_support("Two cats slept and nine dogs barked.", [cats, dogs], [])
    assert [grounding.passage.document for grounding in found] == ["cats.txt", "dogs.txt"]
    assert find_support("Two cats slept and six dogs barked.", [cats, dogs], []) == []


def test_sentences_apart_are_quoted_apart() -> None:
    """Neighbours are one quotation, others are two."""
    text = "One. Two. Three. Four."
    whole = passage(text)
    spans = [(0, 4), (5, 9), (17, 22)]
    assert [text[a:b] for a, b in runs(spans, whole)] == ["One. Two.", "Four."]
