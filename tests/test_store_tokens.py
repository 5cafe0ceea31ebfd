"""Words are cut, counted and weighed alike, whichever database the store is in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from askdocs import store_words
from askdocs.store import Meta, Store
from askdocs.types import Document, Embedded, Passage
from stores import Place

NOTHING = Embedded(np.ones(1, np.float32), np.ones((1, 1), np.float32))

COMMON = ("the", "river", "rivers", "flow", "flows", "flowing", "cash", "Straße", "Äpfel", "東京")
ODD = (
    "e-1042", "o'clock", "naïve", "Ｆｉｎｅ", "ﬁne", "½", "x" * 70, "ab" * 300, "ab" * 300 + "c",
    "東京都で会議", "한국어", "नमस्ते", "İstanbul", "a\0b",
    "\ue000", "\ue0000", "\\", "'", "''", "|", "&", "!",
    ":*", "<->", "\u0301", "e\u0301", "𝔘𝔫𝔦", "🦊", "AND", "NOT", "\t", "cashflow", "cash flow",
)  # fmt: skip
word = st.one_of(
    st.sampled_from(COMMON),
    st.sampled_from(COMMON),
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6),
)


def words(most: int) -> st.SearchStrategy[str]:
    return st.lists(word, max_size=most).map(" ".join)


passage = st.tuples(words(12), words(2))
"""Text and heading."""
document = st.tuples(words(3), st.lists(passage, min_size=1, max_size=4))
"""Title and passages."""


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Store, Store]]:
    """An empty store in a file and one on a server."""
    server = request.getfixturevalue("postgres")
    folder, made = tmp_path_factory.mktemp("both"), Meta("none", "none", 1)
    with ExitStack() as stores:
        file, schema = (
            stores.enter_context(closing(Place(folder, address).store(made)))
            for address in ("", server.address("agreement"))
        )
        yield file, schema
    server.run("DROP SCHEMA agreement CASCADE")


def fill(store: Store, documents: Sequence[tuple[str, list[tuple[str, str]]]]) -> None:
    """Take out what is there, and put these documents in."""
    for info in store.documents():
        store.remove_document(info.id)
    for number, (title, texts) in enumerate(documents):
        name, start, passages = f"d{number}", 0, []
        for text, heading in texts:
            passages.append(Passage(name, start, start + len(text), text, heading))
            start += len(text) + 1
        whole = "\n".join(text for text, _ in texts)
        store.replace_document(
            Document(name, whole, title, "sha"), passages, [NOTHING] * len(passages)
        )


def found(store: Store, terms: list[str]) -> object:
    """What a store finds, by the numbers of the passages, and how often the terms stand in it."""
    store._counted = store_words._Counts("", 0, 0)  # the budget may be another
    numbers = store.numbers()
    place = {int(number): where for where, number in enumerate(numbers)}
    hits = [(place[number], score) for number, score in store.search_words(terms, 10)]
    some = [
        (place[number], score)
        for number, score in store.search_words(terms, 10, among=numbers[::2])
    ]
    return hits, some, [store.document_frequency(term) for term in terms]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    documents=st.lists(document, min_size=1, max_size=3),
    terms=st.lists(st.one_of(word, words(3)), min_size=1, max_size=6),
    budget=st.sampled_from([0, 1, 2, 4, store_words.BUDGET]),
)
@example([("Cash flow", [("ballast", "")])], ["cash flow"], 9)  # words in a row, in a title
@example([("東京", [("会議", "東京都")])], ["東京", "京都"], 9)
@example([("", [("ab" * 300, "")])], ["ab" * 300 + "c", "ab" * 300], 9)  # alike for long
@example([("", [("x " * 254 + "y z", "")])], ["y z", "x x", "x y"], 9)
@example([("", [("a b " * 200 + "c " * 200 + "d", "e")])], ["a b", "c d", "d e", "e"], 9)
@example([("", [("dividend", ""), ("paid", "")])], ["dividend", "dividends", "dividend"], 9)
@example([("", [("the river", "")] * 4)], ["the", "river", "the river"], 1)
def test_both_databases_find_the_same(
    both: tuple[Store, Store],
    monkeypatch: pytest.MonkeyPatch,
    documents: list[tuple[str, list[tuple[str, str]]]],
    terms: list[str],
    budget: int,
) -> None:
    """The same passages in the same order with the same scores, for whatever is written or asked;
    also where words are frequent, so that only rare ones choose.
    """
    with monkeypatch.context() as patch:
        patch.setattr(store_words, "BUDGET", budget)
        patch.setattr(store_words, "_WINDOW", 3)
        for store in both:
            fill(store, documents)
        in_file, on_server = (found(store, terms) for store in both)
        assert on_server == in_file
