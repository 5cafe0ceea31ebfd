"""Question (and history) -> hits: by meaning and by words, fused.

Three rankings are fused: how near the passage is in meaning, how near its nearest sentence is, and
which of the question's words it has. Each is divided by its best score and the weighted mean orders
them (a convex combination: Bruch, Gai and Ingber, 2023), which keeps what reciprocal ranks throw
away: by how much the first is better than the second. Then a passage is helped by good neighbours.
What each signal is worth is measured by `eval/bench/retrieval.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from askdocs.config import Signals
from askdocs.cosines import cosines
from askdocs.retrieval_filter import admitted
from askdocs.retrieval_parts import parts
from askdocs.retrieval_query import Query, make_query
from askdocs.retrieval_ranking import (
    Ranking,
    Scores,
    choose,
    fuse,
    with_neighbours,
    without_copies,
)
from askdocs.store import Store
from askdocs.types import EVERYTHING, Embedder, Filter, FloatArray, History, Hit
from askdocs.vectors import WHOLE_LIMIT, VectorIndex

_KEPT = 50  # of the candidates; neighbours cannot bring those behind them to the front
_MORE = (4, 16)  # times as many are searched, where it shows only then which are admitted


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
    within: Filter = EVERYTHING,
) -> list[Hit]:
    """The `k` best passages for a question, best first, each at most once.

    `pool` candidates are taken by meaning and as many by words before they are fused. Raises
    `QuestionError` if `within` cannot be meant.
    """
    among = admitted(store, within)
    if among is not None and not len(among):
        return []
    search = _Search(store, vectors, embedder, pool, k, signals, among)
    query = make_query(question, history)
    whole = search.rank(query)
    asked = [part.searched for part in parts(question)] if signals.facets else []
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
        k: int,
        signals: Signals,
        among: NDArray[np.int64] | None = None,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._pool = pool
        self._least = k
        self._kept = max(_KEPT, 2 * k)
        self._signals = signals
        self._among = among
        """The passages that are searched, in rising order; `None` for all."""
        self._held: tuple[NDArray[np.int64], FloatArray] | None = None
        self._embedded: dict[str, FloatArray] = {}
        self._sentences: dict[int, FloatArray] = {}
        """The vectors of the sentences of the passages whose were read."""

    def rank(self, query: Query) -> Ranking:
        """The candidates for a query."""
        weights = self._signals.weights
        vector = np.mean([self._embed(text) for text in query.texts], axis=0)
        vector /= max(float(np.linalg.norm(vector)), 1e-12)
        by_meaning = weights["dense"] or weights["sentence"]
        dense = self._nearest(vector) if by_meaning else {}
        lexical = self._search_words(query) if weights["lexical"] else {}
        dense |= self._cosines([n for n in lexical if n not in dense], vector)
        sentence = self._best_sentences(list(dense), vector)
        fused = fuse({"dense": dense, "sentence": sentence, "lexical": lexical}, weights)
        kept = fused.best(self._kept)
        beside = {number + step for number in kept for step in (-1, 0, 1)}
        documents = self._store.document_numbers(sorted(beside))
        ranking = with_neighbours(fused, kept, documents, weights["neighbours"])
        numbers, vectors = self._store.vectors_of(kept)
        return without_copies(ranking, numbers.tolist(), vectors, self._least)

    def similarities(self, numbers: list[int], query: Query) -> dict[int, tuple[float, ...]]:
        """For each passage the cosines of its sentences with the question as it is understood."""
        self._read_sentences([n for n in numbers if n not in self._sentences])
        asked = self._embed(query.text)
        return {
            number: tuple(map(float, cosines(self._sentences[number], asked)))
            for number in numbers
            if number in self._sentences
        }

    def _embed(self, text: str) -> FloatArray:
        if text not in self._embedded:
            self._embedded[text] = self._embedder.encode_query(text)
        return self._embedded[text]

    def _nearest(self, vector: FloatArray) -> Scores:
        """The nearest passages in meaning: of few that are admitted exactly, else of very many."""
        if self._among is None:
            return dict(self._vectors.search(vector, self._pool))
        if len(self._among) > WHOLE_LIMIT:
            return self._nearest_of_many(vector, self._among)
        if self._held is None:
            self._held = self._store.vectors_of(self._among.tolist())
        numbers, matrix = self._held
        if not len(numbers):
            return {}
        near = cosines(matrix, vector)
        best = np.lexsort((numbers, -near))[: self._pool]
        return dict(zip(numbers[best].tolist(), near[best].tolist(), strict=True))

    def _nearest_of_many(self, vector: FloatArray, among: NDArray[np.int64]) -> Scores:
        found: Scores = {}
        for times in _MORE:
            nearest = self._vectors.search(vector, times * self._pool)
            kept = np.isin([number for number, _ in nearest], among)
            found = dict([nearest[place] for place in np.flatnonzero(kept)[: self._pool]])
            if len(found) == self._pool:
                break
        return found

    def _search_words(self, query: Query) -> Scores:
        among = self._among
        scores = dict(self._store.search_words(query.terms, self._pool, among=among))
        if query.earlier_weight:
            earlier = self._store.search_words(query.earlier, self._pool, among=among)
            for number, score in earlier:
                scores[number] = scores.get(number, 0.0) + query.earlier_weight * score
        return scores

    def _cosines(self, numbers: list[int], vector: FloatArray) -> Scores:
        if not numbers:
            return {}
        found, matrix = self._store.vectors_of(numbers)
        return dict(zip(found.tolist(), cosines(matrix, vector).tolist(), strict=True))

    def _best_sentences(self, numbers: list[int], vector: FloatArray) -> Scores:
        found, starts, matrix = self._read_sentences(numbers)
        if not len(found):
            return {}
        best = np.maximum.reduceat(cosines(matrix, vector), starts)
        return dict(zip(found.tolist(), best.tolist(), strict=True))

    def _read_sentences(
        self, numbers: list[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
        """What the store's `sentence_vectors` gives, which is kept, too."""
        found, starts, matrix = self._store.sentence_vectors(numbers)
        if len(found):
            each = np.split(matrix, starts[1:])
            self._sentences.update(zip(found.tolist(), each, strict=True))
        return found, starts, matrix
