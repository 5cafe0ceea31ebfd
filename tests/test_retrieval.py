"""Retrieval finds by meaning and by words, explains itself, and follows a conversation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from askdocs.config import Signals
from askdocs.index import Index
from askdocs.retrieval_parts import facets
from askdocs.retrieval_query import (
    leans_on,
    leans_on_history,
    make_query,
    resolve_follow_up,
    restate,
)
from askdocs.retrieval_ranking import Ranking, choose, fuse, with_neighbours
from askdocs.types import Answer, Citation
from fakes import FakeEmbedder

TEXTS = {
    "ferry.txt": "The ferry sank in the sound. Seven people died.\n\nThe inquiry opened in May.",
    "garlic.txt": "Plant garlic in October.\n\nLift it in July when the leaves turn yellow.",
    "code.txt": 'Error "E-1042" AND (NOT) * means that the pump is dry.',
}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    return Index.build(folder, tmp_path / "index", embedder=FakeEmbedder())


def test_hits_are_sorted_unique_and_explained(index: Index) -> None:
    """Scores fall, no passage comes twice, and the parts add up to the score."""
    hits = index.retrieve("How many people died when the ferry sank?", k=5)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert len({h.passage.id for h in hits}) == len(hits)
    for hit in hits:
        added = sum(value for name, value in hit.parts.items() if name.endswith("_added"))
        assert hit.score == pytest.approx(added)
        assert 0 <= hit.score <= 1
        assert len(hit.similarities) == len(hit.passage.sentences)
    assert hits[0].passage.document == "ferry.txt"


@pytest.mark.parametrize(
    "question",
    [
        'What is "E-1042"?',
        "AND OR NOT NEAR(",
        '""',
        "* - ^ : {}",
        "?",
        "the of and",
        "東京",
        "\x00",
    ],
    ids=["quoted code", "operators", "quotes", "symbols", "mark", "stop words", "kanji", "nul"],
)
def test_no_question_breaks_the_word_search(index: Index, question: str) -> None:
    """Whatever is typed is searched as words, never as a query language."""
    assert isinstance(index.retrieve(question, k=3), list)


def test_a_rare_code_is_found_by_its_letters(index: Index) -> None:
    """A word that means nothing to the model is found as a word."""
    assert index.retrieve("E-1042", k=1)[0].passage.document == "code.txt"


def test_a_passage_found_both_ways_beats_one_found_one_way() -> None:
    """Fusion rewards agreement."""
    fused = fuse(
        {
            "dense": {1: 0.9, 2: 0.8, 3: 0.1},
            "sentence": {1: 0.2, 2: 0.8},
            "lexical": {2: 7.0, 3: 1.0},
        },
        Signals().weights,
    )
    assert fused.best(1) == [2]
    assert fused.explain(3)["dense_rank"] == 3


@pytest.mark.parametrize("off", ["dense", "sentence", "lexical", "neighbours"])
def test_a_signal_that_is_switched_off_adds_nothing(tmp_path: Path, index: Index, off: str) -> None:
    """Each signal can be left out, and the scores stay between 0 and 1."""
    index.config = replace(index.config, signals=Signals(**{off: 0.0}))
    hits = index.retrieve("When should garlic be lifted?", k=5)
    assert hits
    assert not any(hit.parts.get(f"{off}_added") for hit in hits)
    assert all(0 <= hit.score <= 1 for hit in hits)


def test_all_signals_off_finds_nothing(index: Index) -> None:
    """Without a signal there is no reason to show a passage."""
    none = Signals(dense=0, sentence=0, lexical=0)
    index.config = replace(index.config, signals=none)
    assert index.retrieve("When should garlic be lifted?") == []


def test_neighbours_help_in_their_document_only() -> None:
    """A number next to another counts if both are of one document; at the edge, half of its own."""
    ranking = Ranking({1: 0.5, 2: 0.5, 3: 0.3})
    documents = {0: 9, 1: 1, 2: 1, 3: 2, 4: 2}
    helped = with_neighbours(ranking, [1, 2, 3], documents, 0.1).scores
    assert helped == pytest.approx({1: 0.575, 2: 0.575, 3: 0.315})


def test_what_is_compared_is_found_on_both_sides() -> None:
    """A facet whose passages rank low still gets two of five places; order follows the scores."""
    whole = Ranking({n: 1 - n / 100 for n in range(20)})
    facet = Ranking({15: 0.9, 16: 0.8, 17: 0.7})
    chosen = choose(whole, [Ranking({0: 1.0, 1: 0.9}), facet], 5)
    assert [number for number, _, _ in chosen] == [0, 1, 2, 15, 16]
    assert chosen[-1][1] == pytest.approx(0.84)  # the better of both
    assert [number for number, _, _ in choose(whole, [facet], 1)] == [0]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Compare the net profit of Acme Ltd in 2021 and Nova Works in 2017.",
            ("the net profit of Acme Ltd in 2021", "the net profit of Nova Works in 2017"),
        ),
        ("Is Kelmouth larger than Varnby?", ("Is Kelmouth larger?", "Is Varnby larger?")),
        ("What did Ada Brandt tell the mayor of Kelmouth?", ()),
        ("who runs the ferry and the museum?", ()),
        ("When was Green Fields founded?", ()),
        (
            "What changed at Acme Co. and Nova Works in 2019?",
            ("What changed at Acme Co. in 2019?", "What changed at Nova Works in 2019?"),
        ),
        ("What flows between Kelmouth and Varnby?", ()),
        ("", ()),
    ],
    ids=["years", "than", "no comparison", "no names", "one name", "one year", "between", "empty"],
)
def test_a_question_on_two_names_has_two_facets(question: str, expected: tuple[str, ...]) -> None:
    """Two names joined by "and", "or" or "than" are searched for each alone."""
    assert facets(question) == expected


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("And how many died?", True),
        ("Why?", True),
        ("What did he declare?", True),
        ("What about the museum?", True),
        ("When was that?", True),
        ("How many people were detained in Almaty?", False),
        ("Which airline cancelled its flights to Almaty?", False),
        ("When does the museum open on Mondays?", False),
        ("Who wrote the report on sleep?", False),
        ("How long does it have to dry after that?", True),
        ("The woman who designed the bridge that is getting bearings, where was she born?", False),
        ("What notice do I have to give if I want to quit?", False),
        ("How long is one day on the planet Mars?", False),
        ("Which one is better?", True),
        ("Who was one of the divers?", False),
    ],
)
def test_follow_ups_are_told_from_new_questions(question: str, leans: bool) -> None:
    """Pronouns, openings such as "and" and bare question words lean on what was said before."""
    assert leans_on_history(question) is leans


def test_a_follow_up_of_a_follow_up_keeps_the_subject() -> None:
    """The subject is carried over as many turns as lean on it."""
    history = ["When should I plant garlic?", "And when can I lift it?"]
    resolved = resolve_follow_up("How long does it have to dry?", history)
    assert "garlic" in resolved
    assert "lift" in resolved


def test_a_new_question_is_searched_as_it_stands() -> None:
    """A question that needs nothing from before gets nothing."""
    question = "Which ports does the night train from Milan reach?"
    assert resolve_follow_up(question, ["How many were detained?"]) == question


def test_stop_words_are_searched_only_when_there_is_nothing_else() -> None:
    """The word search asks for content words, or for all words if there are none."""
    assert make_query("Who is it about?").terms == ("who", "is", "it", "about")


def test_the_question_before_counts_more_if_the_new_one_leans_on_it() -> None:
    """What was asked before is searched along, by words as by meaning, but never as much."""
    history = ["How many people were detained in Almaty?"]
    leaning = make_query("And how many died there?", history)
    apart = make_query("Which airline cancelled its flights to Oslo?", history)
    assert 1 > leaning.earlier_weight > apart.earlier_weight > 0
    assert leaning.earlier == apart.earlier[1:] == ("people", "detained", "almaty")
    assert len(leaning.texts) == 1 < len(apart.texts)
    assert apart.texts[0] == apart.text


def test_a_conversation_is_searched_with_its_subject(index: Index) -> None:
    """A bare follow-up finds the passages on what was spoken of."""
    hits = index.retrieve("And when is it lifted?", k=1, history=["When is garlic planted?"])
    assert hits[0].passage.document == "garlic.txt"


@pytest.mark.parametrize(
    ("question", "restated"),
    [
        ("No, I meant the ferry.", "What about the ferry?"),
        ("I mean in May", "What about in May?"),
        ("sorry, the museum", "What about the museum?"),
        ("not the tram, but the ferry", "What about the ferry?"),
        ("no, who sailed her?", "who sailed her?"),
        ("I mean the one that has its engine in front when did it start", None),
        ("and for children?", "What about for children?"),
        ("And how many died?", None),
        ("and?", None),
        ("Nobody said so", None),
    ],
)
def test_a_correction_is_the_last_question_of_something_else(
    question: str, restated: str | None
) -> None:
    """What is no question becomes one; what is a question stays, without the correction."""
    expected = question.removeprefix("I mean ") if restated is None else restated
    assert restate(question, ["When did the tram start?"]) == expected
    assert restate(question, []) == question


TOLD = Answer(
    "Who leads the inquiry?",
    "Hanne Oyelaran [1]\n\n> The inquiry is led by Hanne Oyelaran. [1]",
    citations=(Citation(1, "a.txt", 0, 38, "The inquiry is led by Hanne Oyelaran."),),
)


def test_a_pronoun_is_searched_as_the_name_that_was_given() -> None:
    """Where the answer named somebody, "she" is searched as the name."""
    query = make_query("How old is she?", [TOLD])
    assert query.texts == ("Hanne Oyelaran How old is she?",)
    assert {"hanne", "oyelaran"} <= set(query.terms)
    assert query.earlier == ("leads", "inquiry")


def test_names_in_an_answer_are_searched_along() -> None:
    """Any follow-up is searched with the names that are news, for less than its own words."""
    query = make_query("And what did it cost?", [TOLD])
    assert {"hanne", "oyelaran"} <= set(query.earlier)
    assert "oyelaran" not in query.terms
    refused = Answer("Who leads the inquiry?", "The documents do not say.", refused=True)
    assert leans_on("And what did it cost?", [refused]) == ("Who leads the inquiry?",)


def test_only_the_last_questions_are_leant_on() -> None:
    """A chain of follow-ups is searched with two questions, and ends where one stands alone."""
    history = ["Who won the cup?", "And when?", "And where?", "And why?"]
    assert leans_on("And how?", history) == ("And where?", "And why?")
    assert leans_on("And how?", ["Who won the cup?", "When was the tram built?"]) == (
        "When was the tram built?",
    )
