"""Search by words: all passages are weighed where they are few, the telling ones where many."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TypeAlias

import numpy as np
import pytest

from askdocs import store_words
from askdocs.store import Meta, Store
from askdocs.types import Document, Embedded, Passage
from stores import Place

COUNT = 1200
RARE, FREQUENT = "quorum ballast tinder".split(), "the harbour council river winter".split()
NO_MODEL = Meta("none", "none", 1)
Held: TypeAlias = dict[int, set[str]]
NOTHING = Embedded(np.ones(1, np.float32), np.ones((1, 1), np.float32))


@pytest.fixture(scope="module")
def filled(shared_place: Place) -> Place:
    """A store of short passages: most hold some frequent words, one in sixty a rare one."""
    dice = random.Random(1)
    store = shared_place.store(NO_MODEL)
    for number in range(COUNT // 20):
        texts = [
            " ".join(
                [word for word in FREQUENT for _ in range(dice.choice((0, 0, 0, 1, 2)))]
                + [word for word in RARE if dice.random() < 1 / 60]
                + [f"filler{dice.randrange(9)}"] * dice.randrange(1, 9)
            )
            for _ in range(20)
        ]
        text, passages = "", []
        for each in texts:
            passages.append(Passage(f"d{number}", len(text), len(text) + len(each), each))
            text += each + "\n"
        document = Document(f"d{number}", text, "Title", f"sha{number}")
        store.replace_document(document, passages, [NOTHING] * 20)
    store.close()
    return shared_place


@pytest.fixture
def store(filled: Place) -> Iterator[Store]:
    opened = filled.store()
    yield opened
    opened.close()


@pytest.fixture
def empty(place: Place) -> Iterator[Store]:
    opened = place.store(NO_MODEL)
    yield opened
    opened.close()


def enter(store: Store, name: str, text: str, title: str = "None", heading: str = "") -> None:
    """Put a document into a store that is one passage."""
    passage = Passage(name, 0, len(text), text, heading)
    store.replace_document(Document(name, text, title, f"sha {name}"), [passage], [NOTHING])


@pytest.fixture(scope="module")
def held(filled: Place) -> Held:
    """The words of every passage, by its number."""
    with closing(filled.store()) as store:
        numbers = list(range(1, COUNT + 1))
        passages = store.passages(numbers)
    return {n: set(passage.text.split()) for n, passage in zip(numbers, passages, strict=True)}


def full(held: Held, terms: list[str], limit: int) -> list[tuple[int, float]]:
    """What every passage scores, from its words."""
    scores = dict.fromkeys(held, 0.0)
    for term in terms:
        having = [number for number, words in held.items() if term in words]
        for number in having:
            scores[number] += math.log(1 + (COUNT - len(having) + 0.5) / (len(having) + 0.5))
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(number, score) for number, score in ranked if score][:limit]


def test_a_small_store_is_scored_whole(store: Store, held: Held) -> None:
    """Where the budget suffices, every passage with any of the words is weighed."""
    for terms in ([*RARE, *FREQUENT], RARE, FREQUENT, ["river"]):
        found, expected = store.search_words(terms, 60), full(held, terms, 60)
        assert [score for _, score in found] == pytest.approx([score for _, score in expected])
        assert {number for number, _ in found[:20]} <= {n for n, _ in full(held, terms, COUNT)}


@pytest.mark.parametrize("budget", [100, store_words.BUDGET], ids=["many", "few"])
@pytest.mark.parametrize("among", [range(301, 361), range(5, COUNT + 1, 40), ()])
def test_among_some_passages_the_scores_are_those_among_all(
    store: Store,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
    budget: int,
    among: Sequence[int],
) -> None:
    """Only passages that are admitted are found, all of them, with the scores that they have."""
    monkeypatch.setattr(store_words, "BUDGET", budget)
    for terms in ([*RARE, *FREQUENT], RARE, FREQUENT, ["river"]):
        numbers = np.array(among, np.int64)
        found = dict(store.search_words(terms, COUNT, among=numbers))
        expected = {n: score for n, score in full(held, terms, COUNT) if n in among}
        assert found == pytest.approx(expected, rel=0.1)  # of many, rarity is an estimate


def test_among_many_passages_none_else_is_found(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the admitted are more than the budget, too, no other is found, and enough are."""
    monkeypatch.setattr(store_words, "BUDGET", 100)
    among = np.arange(1, COUNT, 2)
    for terms in ([*RARE, *FREQUENT], FREQUENT, ["river"]):
        found = [number for number, _ in store.search_words(terms, 20, among=among)]
        assert len(found) == 20
        assert all(number % 2 for number in found)


def test_words_of_the_title_count_half(empty: Store) -> None:
    """A word in the heading or the title is worth half as much again."""
    for name, title, heading, text in (
        ("a", "Quorum", "", "ballast"),
        ("b", "None", "", "quorum"),
        ("c", "None", "Quorum", "quorum"),
        ("d", "None", "", "tinder"),
    ):
        enter(empty, name, text, title, heading)
    scores = dict(empty.search_words(["quorum"], 9))
    assert scores[1] == pytest.approx(scores[2] * 1.5)
    assert scores[3] == pytest.approx(scores[2] * 1.5)
    assert 4 not in scores


def test_rare_words_choose_and_frequent_ones_add(
    store: Store, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a small budget the best have the scores that they would have if all were weighed."""
    monkeypatch.setattr(store_words, "BUDGET", 100)
    for terms in ([*FREQUENT, "quorum"], ["river", "ballast", "tinder"], ["the", "council", *RARE]):
        asked = [term for term in terms if term in RARE]
        whole = dict(full(held, terms, COUNT))
        expected = [n for n in whole if any(term in held[n] for term in asked)]
        found = store.search_words(terms, 10)
        # Frequent words are estimated, so that scores are near, not equal.
        wanted = [whole[number] for number in expected[: len(found)]]
        assert [score for _, score in found] == pytest.approx(wanted, rel=0.1)


def test_only_frequent_words(store: Store, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """If every word is frequent, the passages that have several of them come first."""
    monkeypatch.setattr(store_words, "BUDGET", 400)
    store._counted = store_words._Counts("", 0, 0)
    found = store.search_words(["harbour", "council"], 20)
    assert len(found) == 20
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
    assert all("harbour" in held[n] and "council" in held[n] for n, _ in found)
    monkeypatch.setattr(store_words, "BUDGET", 50)
    store._counted = store_words._Counts("", 0, 0)
    assert len(store.search_words(["river"], 20)) == 20


def test_words_that_never_stand_together(
    store: Store, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frequent words of which no passage has two still find something."""
    monkeypatch.setattr(store_words, "BUDGET", 20)
    found = store.search_words(["filler1", "filler2"], 10)
    assert len(found) == 10
    assert all("filler1" in held[n] or "filler2" in held[n] for n, _ in found)


def test_frequencies(store: Store, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are counted up to the budget and estimated above it, never far off."""
    counted = {word: store.document_frequency(word) for word in [*FREQUENT, *RARE, "absent"]}
    assert counted["absent"] == 0
    assert counted["river"] == len(full(held, ["river"], COUNT))
    monkeypatch.setattr(store_words, "BUDGET", 100)
    monkeypatch.setattr(store_words, "_WINDOW", 40)
    store._counted = store_words._Counts("", 0, 0)
    for word, count in counted.items():
        assert store.document_frequency(word) == pytest.approx(count, rel=0.25), word
    assert store.document_frequency("quorum") == counted["quorum"]


def test_frequencies_follow_the_store(empty: Store) -> None:
    """What was counted is forgotten when the passages change."""
    for count in (1, 2):
        enter(empty, f"d{count}", "quorum")
        assert empty.document_frequency("quorum") == empty.passage_count() == count
    empty.remove_document("d1")
    assert empty.document_frequency("quorum") == empty.passage_count() == 1


def test_a_word_that_is_written_as_two(empty: Store) -> None:
    """A compound that stands nowhere is found where it is written apart, and only then."""
    for number, text in enumerate(("Free cash flows rose.", "Cash was short.", "A flow of water.")):
        enter(empty, f"d{number}", text)
    assert [number for number, _ in empty.search_words(["cashflow"], 5)] == [1]
    assert empty.search_words(["castflow"], 5) == []
