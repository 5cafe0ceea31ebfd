"""Question (and history) -> hits: by meaning and by words, fused.

Three rankings are fused: how near the passage is in meaning, how near its nearest sentence is, and
which of the question's words it has. Each is divided by its best score and the weighted mean orders
them (a convex combination: Bruch, Gai and Ingber, 2023), which keeps what reciprocal ranks throw
away: by how much the first is better than the second. Then a passage is helped by good neighbours.
What each signal is worth is measured by `eval/bench/retrieval.py`.
"""

from __future__ import annotations

import numpy as np

from askdocs.config import Signals
from askdocs.retrieval_query import Query, facets, make_query
from askdocs.retrieval_ranking import Ranking, Scores, choose, fuse, with_neighbours
from askdocs.store import Store
from askdocs.types import Embedder, FloatArray, History, Hit
from askdocs.vectors import VectorIndex

_KEPT = 50  # of the candidates; neighbours cannot bring those behind them to the front


def retrieve(
    question: str,
    history: History,
    *,
    store: Store,
    vectors: VectorIndex,
    embedder: Embedder,
    k: int,
    pool: int,
    signals: Signals,
) -> list[Hit]:
    """The `k` best passages for a question, best first, each at most once.

    `pool` candidates are taken by meaning and as many by words before they are fused.
    """
    search = _Search(store, vectors, embedder, pool, max(_KEPT, 2 * k), signals)
    query = make_query(question, history)
    whole = search.rank(query)
    asked = facets(question) if signals.facets else ()
    chosen = choose(whole, [search.rank(make_query(each, history)) for each in asked], k)
    numbers = [number for number, _, _ in chosen]
    similarities = search.similarities(numbers, query)
    return [
        Hit(passage, score, parts, similarities.get(number, ()))
        for (number, score, parts), passage in zip(chosen, store.passages(numbers), strict=True)
    ]


class _Search:
    """A search in an index: its rankings share what they have read and embedded."""

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        embedder: Embedder,
        pool: int,
        kept: int,
        signals: Signals,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._pool = pool
        self._kept = kept
        self._signals = signals
        self._embedded: dict[str, FloatArray] = {}

    def rank(self, query: Query) -> Ranking:
        """The candidates for a query."""
        weights = self._signals.weights
        vector = np.mean([self._embed(text) for text in query.texts], axis=0)
        vector /= max(float(np.linalg.norm(vector)), 1e-12)
        by_meaning = weights["dense"] or weights["sentence"]
        dense = dict(self._vectors.search(vector, self._pool)) if by_meaning else {}
        lexical = self._search_words(query) if weights["lexical"] else {}
        dense |= self._cosines([n for n in lexical if n not in dense], vector)
        sentence = self._best_sentences(list(dense), vector)
        fused = fuse({"dense": dense, "sentence": sentence, "lexical": lexical}, weights)
        kept = fused.best(self._kept)
        beside = {number + step for number in kept for step in (-1, 0, 1)}
        documents = self._store.document_numbers(sorted(beside))
        return with_neighbours(fused, kept, documents, weights["neighbours"])

    def similarities(self, numbers: list[int], query: Query) -> dict[int, tuple[float, ...]]:
        """For each passage the cosines of its sentences with the question as it is understood."""
        found, starts, matrix = self._store.sentence_vectors(numbers)
        if not len(found):
            return {}
        cosines = np.split(matrix @ self._embed(query.text), starts[1:])
        return {int(n): tuple(map(float, own)) for n, own in zip(found, cosines, strict=True)}

    def _embed(self, text: str) -> FloatArray:
        if text not in self._embedded:
            self._embedded[text] = self._embedder.encode_query(text)
        return self._embedded[text]

    def _search_words(self, query: Query) -> Scores:
        scores = dict(self._store.search_words(query.terms, self._pool))
        if query.earlier_weight:
            for number, score in self._store.search_words(query.earlier, self._pool):
                scores[number] = scores.get(number, 0.0) + query.earlier_weight * score
        return scores

    def _cosines(self, numbers: list[int], vector: FloatArray) -> Scores:
        if not numbers:
            return {}
        found, matrix = self._store.vectors_of(numbers)
        return dict(zip(found.tolist(), (matrix @ vector).tolist(), strict=True))

    def _best_sentences(self, numbers: list[int], vector: FloatArray) -> Scores:
        found, starts, matrix = self._store.sentence_vectors(numbers)
        if not len(found):
            return {}
        best = np.maximum.reduceat(matrix @ vector, starts)
        return dict(zip(found.tolist(), best.tolist(), strict=True))
