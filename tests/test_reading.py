"""What the hits say to a question: its time, its words that belong together, its parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs import Assistant, Index
from askdocs.answering.questions import analyse, parts_of
from askdocs.answering.times import agreement

DOCUMENTS = {
    "alder.txt": (
        "Alder Ltd. in 2017\n\nAlder Ltd. makes chairs in Kelmouth. In March 2017 the company"
        " opened a second workshop. Its net profit in 2017 was $4 million. Shareholders met twice,"
        " and the equity fund grew."
    ),
    "birch.txt": (
        "Birch Works in 2019\n\nBirch Works paints boats. In June 2019 the firm opened a third"
        " yard. Its net profit in 2019 was $7 million. It was founded in 1931 by Ada Lindqvist."
    ),
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Assistant:
    """The documents above, indexed with the real model."""
    folder = tmp_path_factory.mktemp("reading")
    (folder / "documents").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "documents" / name).write_text(text, encoding="utf-8")
    with Index.open(sample_index, exact=True) as sample:
        embedder = sample.embedder
    return Assistant(Index.build(folder / "documents", folder / "index", embedder=embedder))


def test_a_comparison_is_answered_for_both(assistant: Assistant) -> None:
    """A sentence on the one says nothing of the other, so each is quoted."""
    answer = assistant.ask(
        "Compare the net profit of Alder Ltd. in 2017 and Birch Works in 2019. Which was higher?"
    )
    quotes = " ".join(citation.quote for citation in answer.citations)
    assert "$4 million" in quotes
    assert "$7 million" in quotes
    assert {citation.document for citation in answer.citations} == {"alder.txt", "birch.txt"}


def test_two_questions_in_one_are_both_answered(assistant: Assistant) -> None:
    """The first asks when, the second who: there is a quotation for each."""
    answer = assistant.ask("When was Birch Works founded and who opened a second workshop?")
    quotes = " ".join(citation.quote for citation in answer.citations)
    assert "1931" in quotes
    assert "second workshop" in quotes


def test_another_month_is_not_the_month_asked_for(assistant: Assistant) -> None:
    """What happened in March is no answer to what happened in May."""
    right = assistant.ask("What did Alder Ltd. open in March 2017?")
    wrong = assistant.ask("What did Alder Ltd. open in May 2017?")
    assert wrong.support < right.support


@pytest.mark.parametrize(
    ("question", "sentences", "expected"),
    [
        ("Who left?", ["In May Ada left.", "Bo left."], [1.0, 1.0]),
        ("Who left in 2019?", ["Ada left in 2019.", "Bo left.", "In 2020 Cy left."], [1, 0.8, 0]),
        ("Who left in May 2021?", ["In May he may leave.", "Di left."], [0.75, 0.65]),
        ("Who may leave?", ["In June Ada left."], [1.0]),
    ],
    ids=["no time", "years", "month and year", "the verb"],
)
def test_a_sentence_agrees_in_time_or_not(
    question: str, sentences: list[str], expected: list[float]
) -> None:
    """Its own month and year count; where it has none, those of the sentences before it."""
    assert agreement(question, sentences) == pytest.approx(expected)


def test_words_that_stand_together_belong_together() -> None:
    """Pairs are of neighbours in the question that name nobody."""
    asked = analyse("What was the shareholder equity of Alder Ltd. in 2017?")
    together = {(asked.terms[a], asked.terms[b]) for a, b in asked.pairs}
    assert together == {("shareholder", "equity")}


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who runs Alder Ltd. and Birch Works?", ["Who runs Alder Ltd.?", "Who runs Birch Works?"]),
        ("What is it and where is it made?", []),
        ("What is varnish and where is it made?", ["What is varnish?", "where is it made?"]),
        ("Who runs the mill?", []),
    ],
)
def test_a_question_has_parts_where_it_asks_for_several_things(
    question: str, parts: list[str]
) -> None:
    """Two names, or two questions joined by "and"."""
    assert [part.text for part in parts_of(analyse(question))] == parts
