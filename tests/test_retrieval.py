"""Retrieval finds by meaning and by words, explains itself, and follows a conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.index import Index
from askdocs.retrieval import fuse, leans_on_history, match_expression, resolve_follow_up
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
    scores, parts = fuse(
        {
            "dense": {1: 0.9, 2: 0.8, 3: 0.1},
            "sentence": {1: 0.2, 2: 0.8},
            "lexical": {2: 7.0, 3: 1.0},
        }
    )
    assert max(scores, key=scores.__getitem__) == 2
    assert parts[3]["dense_rank"] == 3


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
    assert match_expression("Who is it about?") == '"who" OR "is" OR "it" OR "about"'
