"""Quoted answers: what a question asks, what a sentence offers, what is said or refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from askdocs import Answer, Assistant, Index
from askdocs.answering import values
from askdocs.answering.conflict import is_taken_back
from askdocs.answering.prompts import REFUSAL
from askdocs.answering.questions import Kind, analyse, kind_of


@pytest.fixture(scope="module")
def assistant(sample_index: Path) -> Assistant:
    return Assistant(Index.open(sample_index, exact=True))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many people were detained?", Kind.NUMBER),
        ("According to the police, how many died?", Kind.NUMBER),
        ("What percentage of the staff agreed?", Kind.NUMBER),
        ("price of a child ticket?", Kind.NUMBER),
        ("How long does the ban last?", Kind.DURATION),
        ("When did the museum open?", Kind.DATE),
        ("In what year was it built?", Kind.DATE),
        ("Who is the president of Kazakhstan?", Kind.PERSON),
        ("Which minister resigned?", Kind.PERSON),
        ("Where was she born?", Kind.PLACE),
        ("In which city was the internet restored?", Kind.PLACE),
        ("Which airline cancelled its flights?", Kind.NAME),
        ("Why did the ferry sink?", Kind.REASON),
        ("What set off the protests?", Kind.REASON),
        ("What did NetBlocks say about the blackout?", Kind.STATEMENT),
        ("Can I bring my dog?", Kind.YES_NO),
        ("What is sleep latency?", Kind.DEFINITION),
        ("Name the four members of the board.", Kind.LIST),
        ("Summarise the report.", Kind.SUMMARY),
    ],
)
def test_the_kind_of_answer_is_read_off_the_question(question: str, kind: Kind) -> None:
    """The form of a question tells what form its answer has."""
    assert kind_of(question) is kind


def test_what_about_takes_the_kind_and_the_verb_from_before() -> None:
    """To ask "what about X" is to ask the last question again, of X."""
    earlier = "How long will the work on Tanner's Bridge take?"
    asked = analyse("What about Customs Bridge?", [earlier])
    assert asked.kind is Kind.DURATION
    assert asked.terms == ("customs", "bridge")
    assert "work" in asked.context
    assert "tanner" not in asked.context


def test_why_alone_asks_for_the_reason_of_what_was_said() -> None:
    """A bare question word is about the terms of the question before."""
    asked = analyse("Why?", ["Did the glasses do better than the lamps?"])
    assert asked.kind is Kind.REASON
    assert set(asked.terms) == {"glasses", "better", "lamps"}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Some 1,240 burrows and twenty-one nests", [1240, 21]),
        ("£1.2 million, or 12 % of 3.5", [1_200_000, 12, 3.5]),
        ("On 3 May 2021 at 9.40 p.m. two left", [2]),
        ("Version 2.1.3 of ISO-9001, part 4a", []),
        ("one hundred and five of two thousand", [105, 2000]),
    ],
    ids=["words and digits", "money and shares", "not dates", "not names", "long words"],
)
def test_numbers_are_read_as_people_write_them(sentence: str, expected: list[float]) -> None:
    """Digits, words, scales and units count; dates, times and version numbers do not."""
    assert [value.amount for value in values.numbers(sentence)] == expected


@pytest.mark.parametrize(
    ("sentence", "taken_back"),
    [
        ("44 died, after retracting the statement that said more than 164 had died.", [164]),
        ("The toll was revised from 12 to 9.", [12]),
        ("Seven people died, and not nine, as was reported at first.", [9]),
        ("The figure of 310 was wrong.", [310]),
        ("The council voted by nine to four.", []),
        ("Of 44 passengers 13 were saved.", []),
    ],
    ids=["retracting", "revised", "not", "was wrong", "a vote", "a part"],
)
def test_a_figure_is_taken_back_only_where_the_sentence_says_so(
    sentence: str, taken_back: list[float]
) -> None:
    """Words of correction are tied to the figure they speak of."""
    found = [v.amount for v in values.numbers(sentence) if is_taken_back(sentence, v)]
    assert found == taken_back


QUESTIONS = (
    "How many people died when the Lady Amaranth sank?",
    "How many puffin burrows are in use on Little Sorrel?",
    "What is meant by sleep latency?",
    "When will the repair of Tanner's Bridge start?",
    "What are the four things the ferry inquiry wants to find out?",
    "museum opening hours monday august?",
    "Why was the first count of puffin burrows too high?",
    "What is the capital of France?",
    "asdf qwerty zxcv",
    "[1] [2] [3]",
    "東京の人口は？",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_keeps_the_laws_of_citation(assistant: Assistant, question: str) -> None:
    """Quotes are verbatim, markers are the citations, and only a refusal has none."""
    check_laws(assistant, assistant.ask(question))


def check_laws(assistant: Assistant, answer: Answer) -> None:
    for citation in answer.citations:
        text = assistant.index.document(citation.document).text
        assert text[citation.start : citation.end] == citation.quote
    numbers = tuple(citation.number for citation in answer.citations)
    assert numbers == tuple(range(1, len(numbers) + 1)) == answer.markers
    assert answer.refused == (not answer.citations) == answer.text.startswith(REFUSAL)
    assert 0 <= answer.support <= 1
    for conflict in answer.conflicts:
        assert len(conflict.claims) >= 2
        for claim in conflict.claims:
            assert claim.citations
            assert set(claim.citations) <= set(numbers)
    restored = Answer.from_dict(answer.to_dict()).to_dict()
    assert restored | {"hits": []} == answer.to_dict() | {"hits": []}


def test_a_withdrawn_figure_is_shown_as_withdrawn(assistant: Assistant) -> None:
    """The figure that stands leads; the one taken back is named as such, with its source."""
    answer = assistant.ask("How many puffin burrows are in use on Little Sorrel?")
    claims = {c.value: c.status for conflict in answer.conflicts for c in conflict.claims}
    assert claims == {"860": "current", "1,240": "retracted"}
    assert answer.text.startswith("860 [1]; taken back: 1,240 [2]")


def test_a_figure_corrected_in_another_document_is_shown_with_both(assistant: Assistant) -> None:
    """A later report that takes the first one's figure back is set against it."""
    answer = assistant.ask("How many people died when the Lady Amaranth sank?")
    claims = {c.value.lower(): c.status for conflict in answer.conflicts for c in conflict.claims}
    assert claims == {"seven": "current", "nine": "retracted"}
    (disagreement,) = answer.conflicts
    # Who takes the figure back is not who gave it.
    assert [c.source for c in disagreement.claims] == ["Superintendent Grace Ndlovu", ""]
    assert len({citation.document for citation in answer.citations}) == 2


def test_a_follow_up_is_answered_with_what_was_said_before(assistant: Assistant) -> None:
    """The subject comes from the question before, the kind from this one."""
    first = assistant.ask("How many passengers did the ferry have on board?")
    answer = assistant.ask("And how many crew?", history=[first])
    assert answer.text.startswith("13 [1]")
    assert "passengers" in answer.query


def test_an_answer_streams_as_growing_text(assistant: Assistant) -> None:
    """Each piece begins with the one before; the last is what `ask` gives."""
    question = "When will the repair of Tanner's Bridge start?"
    pieces = list(assistant.stream(question))
    assert all(b.text.startswith(a.text) for a, b in pairwise(pieces))
    asked = assistant.ask(question)
    assert (pieces[-1].text, pieces[-1].citations) == (asked.text, asked.citations)


def test_a_refusal_names_the_nearest_words_without_citing_them(assistant: Assistant) -> None:
    """What does not answer is not cited, but the reader sees how near the documents come."""
    answer = assistant.ask("What is the penalty for smoking on a tram?")
    assert answer.refused
    assert "The nearest they come, in " in answer.text
    assert answer.hits
