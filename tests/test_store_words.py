"""Search by words: all passages are weighed where they are few, the telling ones where many."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from askdocs import store_words
from askdocs.store import Meta, Store
from askdocs.types import Document, Embedded, Passage

COUNT = 1200
RARE, FREQUENT = "quorum ballast tinder".split(), "the harbour council river winter".split()
NOTHING = Embedded(np.ones(1, np.float32), np.ones((1, 1), np.float32))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of short passages: most hold some frequent words, one in sixty a rare one."""
    dice = random.Random(1)
    path = tmp_path_factory.mktemp("words") / "store.sqlite3"
    store = Store.open(path, create_with=Meta("none", "none", 1))
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
    return path


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(path)
    yield opened
    opened.close()


def full(store: Store, terms: list[str], limit: int) -> list[tuple[int, float]]:
    """What every passage scores, from its words."""
    held = {number: store.passages([number])[0].text.split() for number in range(1, COUNT + 1)}
    scores = dict.fromkeys(held, 0.0)
    for term in terms:
        having = [number for number, words in held.items() if term in words]
        for number in having:
            scores[number] += math.log(1 + (COUNT - len(having) + 0.5) / (len(having) + 0.5))
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(number, score) for number, score in ranked if score][:limit]


def holds(store: Store, number: int, term: str) -> bool:
    return term in store.passages([number])[0].text.split()


def test_a_small_store_is_scored_whole(store: Store) -> None:
    """Where the budget suffices, every passage with any of the words is weighed."""
    for terms in ([*RARE, *FREQUENT], RARE, FREQUENT, ["river"]):
        found, expected = store.search_words(terms, 60), full(store, terms, 60)
        assert [score for _, score in found] == pytest.approx([score for _, score in expected])
        assert {number for number, _ in found[:20]} <= {n for n, _ in full(store, terms, COUNT)}


@pytest.mark.parametrize("budget", [100, store_words.BUDGET], ids=["many", "few"])
@pytest.mark.parametrize("among", [range(301, 361), range(5, COUNT + 1, 40), ()])
def test_among_some_passages_the_scores_are_those_among_all(
    store: Store, monkeypatch: pytest.MonkeyPatch, budget: int, among: Sequence[int]
) -> None:
    """Only passages that are admitted are found, all of them, with the scores that they have."""
    monkeypatch.setattr(store_words, "BUDGET", budget)
    for terms in ([*RARE, *FREQUENT], RARE, FREQUENT, ["river"]):
        numbers = np.array(among, np.int64)
        found = dict(store.search_words(terms, COUNT, among=numbers))
        expected = {n: score for n, score in full(store, terms, COUNT) if n in among}
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


def test_words_of_the_title_count_half(tmp_path: Path) -> None:
    """A word in the heading or the title is worth half as much again."""
    store = Store.open(tmp_path / "store.sqlite3", create_with=Meta("none", "none", 1))
    for name, title, heading, text in (
        ("a", "Quorum", "", "ballast"),
        ("b", "None", "", "quorum"),
        ("c", "None", "Quorum", "quorum"),
        ("d", "None", "", "tinder"),
    ):
        passage = Passage(name, 0, len(text), text, heading)
        store.replace_document(Document(name, text, title, "sha"), [passage], [NOTHING])
    scores = dict(store.search_words(["quorum"], 9))
    store.close()
    assert scores[1] == pytest.approx(scores[2] * 1.5)
    assert scores[3] == pytest.approx(scores[2] * 1.5)
    assert 4 not in scores


def test_rare_words_choose_and_frequent_ones_add(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a small budget the best have the scores that they would have if all were weighed."""
    monkeypatch.setattr(store_words, "BUDGET", 100)
    for terms in ([*FREQUENT, "quorum"], ["river", "ballast", "tinder"], ["the", "council", *RARE]):
        asked = [term for term in terms if term in RARE]
        whole = dict(full(store, terms, COUNT))
        expected = [n for n in whole if any(holds(store, n, term) for term in asked)]
        found = store.search_words(terms, 10)
        # Frequent words are estimated, so that scores are near, not equal.
        wanted = [whole[number] for number in expected[: len(found)]]
        assert [score for _, score in found] == pytest.approx(wanted, rel=0.1)


def test_only_frequent_words(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """If every word is frequent, the passages that have several of them come first."""
    monkeypatch.setattr(store_words, "BUDGET", 400)
    store._counted = store_words._Counts("", 0, 0)
    found = store.search_words(["harbour", "council"], 20)
    assert len(found) == 20
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
    assert all(holds(store, n, "harbour") and holds(store, n, "council") for n, _ in found)
    monkeypatch.setattr(store_words, "BUDGET", 50)
    store._counted = store_words._Counts("", 0, 0)
    assert len(store.search_words(["river"], 20)) == 20


def test_words_that_never_stand_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frequent words of which no passage has two still find something."""
    monkeypatch.setattr(store_words, "BUDGET", 20)
    found = store.search_words(["filler1", "filler2"], 10)
    assert len(found) == 10
    assert all(holds(store, n, "filler1") or holds(store, n, "filler2") for n, _ in found)


def test_frequencies(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are counted up to the budget and estimated above it, never far off."""
    counted = {word: store.document_frequency(word) for word in [*FREQUENT, *RARE, "absent"]}
    assert counted["absent"] == 0
    assert counted["river"] == len(full(store, ["river"], COUNT))
    monkeypatch.setattr(store_words, "BUDGET", 100)
    monkeypatch.setattr(store_words, "_WINDOW", 40)
    store._counted = store_words._Counts("", 0, 0)
    for word, count in counted.items():
        assert store.document_frequency(word) == pytest.approx(count, rel=0.25), word
    assert store.document_frequency("quorum") == counted["quorum"]


def test_frequencies_follow_the_store(path: Path, tmp_path: Path) -> None:
    """What was counted is forgotten when the passages change."""
    store = Store.open(tmp_path / "store.sqlite3", create_with=Meta("none", "none", 1))
    for count in (1, 2):
        text = "quorum"
        document = Document(f"d{count}", text, "Title", "sha")
        store.replace_document(document, [Passage(document.id, 0, 6, text)], [NOTHING])
        assert store.document_frequency("quorum") == store.passage_count() == count
    store.remove_document("d1")
    assert store.document_frequency("quorum") == store.passage_count() == 1
    store.close()


def test_a_word_that_is_written_as_two(tmp_path: Path) -> None:
    """A compound that stands nowhere is found where it is written apart, and only then."""
    store = Store.open(tmp_path / "store.sqlite3", create_with=Meta("none", "none", 1))
    for number, text in enumerate(("Free cash flows rose.", "Cash was short.", "A flow of water.")):
        document = Document(f"d{number}", text, "Title", f"sha{number}")
        store.replace_document(document, [Passage(document.id, 0, len(text), text)], [NOTHING])
    try:
        assert [number for number, _ in store.search_words(["cashflow"], 5)] == [1]
        assert store.search_words(["castflow"], 5) == []
    finally:
        store.close()
