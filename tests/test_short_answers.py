"""Short answers: the span of a sentence that answers by itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.answering.questions import analyse
from askdocs.answering.searched import Searched
from askdocs.answering.short_answers import ShortAnswer, expected, short_answers
from askdocs.answering.spans import LONGEST, candidates, tokens
from askdocs.answering.wanted import WANTS, wanted
from askdocs.embedding import open_embedder
from askdocs.types import Embedded, Embedder, FloatArray, Passage
from fakes import FakeEmbedder

MUSEUM = (
    "The Harbour Museum was founded in 1901 by the engineer Ottilie Brandreth, moved to Lindvale"
    " twelve years later and today keeps about 4,300 paintings."
)
CUP = "In the final the Kestrel Rovers beat the holders, Port Amber, 3-1 before 22,000 people."


class OnePass:
    """An embedder that counts how often it reads passages."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name = inner.name
        self.fingerprint = inner.fingerprint
        self.dimension = inner.dimension
        self.max_tokens = inner.max_tokens
        self.read: list[int] = []

    def encode_query(self, question: str, /) -> FloatArray:
        raise AssertionError("the question is read with the sentence")

    def encode_passages(self, passages: Sequence[Passage], /) -> list[Embedded]:
        self.read.append(len(passages))
        return self._inner.encode_passages(passages)

    def encode_words(self, words: Sequence[str], /) -> FloatArray:
        return self._inner.encode_words(words)

    def count_tokens(self, text: str, /) -> int:
        return self._inner.count_tokens(text)


@pytest.fixture(scope="module")
def embedder(sample_index: Path) -> Embedder:
    return open_embedder(sample_index / "model")


def best(question: str, sentence: str, embedder: Embedder) -> ShortAnswer:
    return short_answers(analyse(question), sentence, embedder=embedder)[0]


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        ("Who founded the Harbour Museum?", MUSEUM, "Ottilie Brandreth"),
        ("When was the Harbour Museum founded?", MUSEUM, "1901"),
        ("Where did the museum move?", MUSEUM, "Lindvale"),
        ("How many paintings does the museum keep?", MUSEUM, "4,300"),
        ("Which team won the final?", CUP, "Kestrel Rovers"),
        ("How many people saw the final?", CUP, "22,000"),
        (
            "What is the lower chamber called?",
            "The lower chamber is called the sump, and the upper one the loft.",
            "sump",
        ),
    ],
)
def test_the_span_that_answers_is_found(
    question: str, sentence: str, answer: str, embedder: Embedder
) -> None:
    """A question is answered by the span that holds the answer and hardly a word more."""
    found = best(question, sentence, embedder)
    assert answer in found.text
    assert len(found.text.split()) <= len(answer.split()) + 1


def test_an_answer_says_where_it_stands(embedder: Embedder) -> None:
    """An answer is a slice of the sentence, the best stand first, and none overlaps another."""
    found = short_answers(analyse("Who founded the museum?"), MUSEUM, embedder=embedder)
    assert 1 < len(found) <= 3
    assert all(answer.text == MUSEUM[answer.start : answer.end] for answer in found)
    chances = [answer.probability for answer in found]
    assert chances == sorted(chances, reverse=True)
    spans = sorted((answer.start, answer.end) for answer in found)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_a_sentence_about_something_else_is_less_sure(embedder: Embedder) -> None:
    """The probability falls if the sentence does not speak of what is asked."""
    told = best("When was the Harbour Museum founded?", MUSEUM, embedder)
    untold = best("When was the Harbour Museum founded?", CUP, embedder)
    assert told.probability > 0.5 > untold.probability


@pytest.mark.parametrize(
    "question",
    ["Was the museum founded in 1901?", "Why was it founded?", "What are the rooms of the museum?"],
)
def test_what_no_span_answers_is_left_out(question: str, embedder: Embedder) -> None:
    """For yes-or-no questions, reasons and lists nothing is offered."""
    assert short_answers(analyse(question), MUSEUM, embedder=embedder) == []


@pytest.mark.parametrize("sentence", ["", "...", "of the", "( )"])
def test_a_sentence_without_words_has_no_answer(sentence: str, embedder: Embedder) -> None:
    """Where no span can answer nothing is offered."""
    assert short_answers(analyse("Who won?"), sentence, embedder=embedder) == []


def test_the_model_reads_once(embedder: Embedder) -> None:
    """One pass of the model serves all candidates of a sentence."""
    counting = OnePass(embedder)
    assert short_answers(analyse("Who won the final?"), CUP, embedder=counting)
    assert counting.read == [1]


def test_a_model_without_weights_is_not_run() -> None:
    """With another model the spans are judged by their words alone."""
    fake = FakeEmbedder()
    found = best("When was the Harbour Museum founded?", MUSEUM, fake)
    assert found.text == "1901"
    assert fake.embedded == 0


def test_a_sentence_longer_than_the_model_reads(embedder: Embedder) -> None:
    """What lies behind the model's limit is no error, and the beginning is still read."""
    found = best("Who founded the Harbour Museum?", f"{MUSEUM[:-1]} {'and more ' * 400}.", embedder)
    assert "Brandreth" in found.text


@given(st.text(alphabet="aA1 ,.;()\"“”'’-–%$of the by\n", max_size=80))
def test_candidates_are_whole(sentence: str) -> None:
    """Whatever the text, a span begins and ends with words and leaves no bracket open."""
    found = tokens(sentence)
    assert all(token.text == sentence[token.start : token.end] for token in found)
    for first, last in candidates(found):
        span = found[first : last + 1]
        assert sum(token.counts for token in span) <= LONGEST
        kinds = [token.kind for token in span]
        assert kinds.count("open") == kinds.count("close")
        assert kinds[0] != "article"


@given(st.text(max_size=60))
def test_any_question_can_be_taken_apart(question: str) -> None:
    """Whatever is typed, there is something wanted, and all places are in the question."""
    found = wanted(question)
    assert found.wants in WANTS
    assert all(0 <= number < len(found.words) for number in (*found.head, *found.content))


@pytest.mark.parametrize(
    ("question", "noun", "form", "wants"),
    [
        ("Which football team won the cup?", "team", "subject", "body"),
        ("In what year did the war end?", "year", "inverted", "time"),
        ("What is the capital of France?", "capital", "copular", "place"),
        ("What type of bird is it?", "bird", "copular", "thing"),
        ("How many people came?", "people", "subject", "number"),
        ("The dam was built by whom?", "", "last", "person"),
        ("What did she say?", "", "inverted", "open"),
    ],
)
def test_what_a_question_wants(question: str, noun: str, form: str, wants: str) -> None:
    """A question is known by its noun, by what follows its question phrase, by its sort."""
    found = wanted(question)
    assert (found.noun, found.form, found.wants) == (noun, form, wants)


def test_the_span_that_agrees_the_most_with_all_wins() -> None:
    """A span a little less probable than a shorter and a longer one wins: it shares with both."""
    searched = Searched.read("Anna Lind Berg", wanted("Who?"), FakeEmbedder().encode_words)
    texts = [searched.text[slice(*searched.span(row))] for row in range(len(searched.first))]
    likely = {"Lind": 0.35, "Anna Lind Berg": 0.35, "Anna Lind": 0.3}
    scores = np.log([likely.get(text, 1e-9) for text in texts])
    shared = expected(searched, scores, np.arange(len(texts)))
    by_text = dict(zip(texts, shared.tolist(), strict=True))
    assert by_text["Anna Lind"] == pytest.approx(0.3 + 0.35 * (2 / 3 + 4 / 5), abs=1e-4)
    assert max(by_text, key=lambda text: by_text[text]) == "Anna Lind"
