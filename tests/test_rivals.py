"""Rivals: a second value counts against a first one only if it answers the same question."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs import Index
from askdocs.answering import rivals
from askdocs.answering.lexicon import lexicon_for
from askdocs.answering.questions import Question, analyse
from askdocs.answering.reading import Reading
from askdocs.answering.short_answers import short_answers
from askdocs.answering.values import Value

DOCUMENTS = {
    "architect.txt": "The Orvane Bridge was designed by Ilse Marten and opened in May 1931.",
    "county.txt": "The Orvane Bridge was designed by Pieter Holm and opened in June 1948.",
    "fair.txt": "At the fair near the Orvane Bridge, Anna Brod sold 400 jars of honey in 1999.",
    "strike.txt": "In the strike at Tarn harbour 44 workers died, and 13 policemen were hurt.",
    "toll.txt": "In the strike at Tarn harbour 61 workers died, as the union counted.",
}

_UNSURE = 0.3


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Index:
    """The documents above, indexed with the real model."""
    folder = tmp_path_factory.mktemp("rivals")
    (folder / "documents").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "documents" / name).write_text(text, encoding="utf-8")
    with Index.open(sample_index, exact=True) as sample:
        embedder = sample.embedder
    return Index.build(folder / "documents", folder / "index", embedder=embedder)


def said(index: Index, question: Question, *given: tuple[str, str]) -> list[rivals.Said]:
    """What documents say to a question, as surely as the short answers tell."""
    hits = index.retrieve(question.text, k=8)
    reading = Reading.of(question, hits, lexicon_for(hits, index.store, index.embedder))
    assert reading is not None
    found = []
    for document, text in given:
        evidence = next(e for e in reading.ranked if e.hit.passage.document == document)
        start = evidence.text.index(text)
        sure = max(
            (
                short.probability
                for short in short_answers(question, evidence.text, embedder=index.embedder)
                if short.text in text or text in short.text
            ),
            default=_UNSURE,
        )
        found.append(rivals.Said(Value(text, start, start + len(text)), evidence, sure))
    return found


@pytest.mark.parametrize(
    ("question", "first", "rival", "other"),
    [
        (
            "Who designed the Orvane Bridge?",
            ("architect.txt", "Ilse Marten"),
            ("county.txt", "Pieter Holm"),
            ("fair.txt", "Anna Brod"),
        ),
        (
            "When was the Orvane Bridge opened?",
            ("architect.txt", "May 1931"),
            ("county.txt", "June 1948"),
            ("fair.txt", "1999"),
        ),
        (
            "How many workers died in the strike at Tarn harbour?",
            ("strike.txt", "44"),
            ("toll.txt", "61"),
            ("fair.txt", "400"),
        ),
    ],
)
def test_the_same_thing_told_otherwise_is_a_rival(
    index: Index,
    question: str,
    first: tuple[str, str],
    rival: tuple[str, str],
    other: tuple[str, str],
) -> None:
    """Of two other values only that is a rival which is told of the same thing."""
    asked = analyse(question)
    one, same, different = said(index, asked, first, rival, other)
    assert rivals.promising(one.evidence, same.evidence)
    assert rivals.is_rival(asked, one, same)
    assert not rivals.is_rival(asked, one, different)


def test_a_surer_value_is_more_of_a_rival(index: Index) -> None:
    """What is hardly an answer by itself is hardly a rival."""
    asked = analyse("Who designed the Orvane Bridge?")
    one, sure = said(index, asked, ("architect.txt", "Ilse Marten"), ("county.txt", "Pieter Holm"))
    unsure = rivals.Said(sure.value, sure.evidence, 0.05)
    assert rivals.probability(asked, one, unsure) < rivals.probability(asked, one, sure)


def test_what_the_other_passage_says_too_is_less_of_a_rival(index: Index) -> None:
    """A passage that gives the first value as well does not contradict it."""
    asked = analyse("How many workers died in the strike at Tarn harbour?")
    one, other = said(index, asked, ("strike.txt", "44"), ("toll.txt", "61"))
    at = rivals.OF_VALUES.index("first value there")
    assert rivals.of_values(asked, one, other)[at] == 0
    again = rivals.Said(Value("strike", 7, 13), one.evidence, 0.7)
    assert rivals.of_values(asked, again, other)[at] == 1
