"""Find the passages that the words of a question stand in; a rare word counts for more.

A passage's score is the sum of the inverse document frequencies (Spärck Jones, 1972) of the words
it has, and half as much again for those that stand in its heading or its document's title. How
often a word stands in a passage is not counted, as BM25 does: passages are short and much alike in
length, so that more is found without (`eval/bench/retrieval.py`), in a fraction of the time.

In a large store the rare words of a question choose the passages, and its frequent words only add
to their scores (after MaxScore: Turtle and Flood, 1995). A passage with frequent words alone would
come last anyway.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from askdocs.store_connection import Database

BUDGET = 20_000
"""So many entries of the word index choose passages; if a question's words have no more, all do."""

_IN_TITLE = 0.5  # more than a word counts for, if it stands in the heading or the title
_PART = 3  # letters of the shortest part of a word that may be written as two
_KEPT = 400  # passages that frequent words can add to
_COUNTED = 400_000  # entries of frequent words that are looked through for those
_WINDOWS, _WINDOW = 10, 2_000
_REMEMBERED = 50_000
_NO_LIMIT = -1  # to SQLite

Numbers = NDArray[np.int64]


class _Counts:
    """What has been counted in a state of the store."""

    def __init__(self, state: str, total: int, highest: int) -> None:
        self.state = state
        self.total = total
        self.highest = highest
        """The highest number of a passage."""
        self.of: dict[str, int] = {}
        """In how many passages a phrase stands."""
        self.stretches: list[tuple[int, int]] = []
        """First and last numbers of the passages that stand for all."""
        self.sample = 0
        """How many passages there are in the stretches."""


class Words(Database):
    """The word index of a store. It holds the passages of the current generation."""

    _counted = _Counts("", 0, 0)

    def search_words(
        self, terms: Sequence[str], limit: int, *, among: Numbers | None = None
    ) -> list[tuple[int, float]]:
        """The numbers of the best passages for any of the terms, with their scores.

        Best first; larger is better. With `among` only those passages are found; what a word is
        worth is told by all.
        """
        with self.snapshot():
            phrases = list(dict.fromkeys(map(self._as_written, terms)))
            counted = self._counts()
            frequent: list[str] = []
            if counted.total > BUDGET:
                phrases = sorted(filter(self._frequency, phrases), key=self._frequency)
                phrases, frequent = _while_below(phrases, counted.of, BUDGET)
            scores = np.zeros(counted.highest + 1, np.float32)
            for phrase in phrases:
                numbers = self._numbers(phrase)
                worth = _rarity(len(numbers), counted.total)
                scores[numbers] += worth
                if len(numbers):
                    scores[self._numbers(f"{{heading title}} : {phrase}")] += _IN_TITLE * worth
            if among is not None:
                scores = _only(scores, among)
            if frequent:
                self._add_frequent(scores, frequent, limit, among)
        found = _best(scores, limit)
        return [(int(number), float(scores[number])) for number in found]

    def document_frequency(self, word: str) -> int:
        """In how many passages a word stands, in any of its forms; an estimate if in very many."""
        with self.snapshot():
            return self._frequency(_phrase(word))

    def word_count(self) -> int:
        """How many passages stand in the word index."""
        with self._reading() as connection:
            return _number(connection, "SELECT count(*) FROM words_docsize")

    def _as_written(self, term: str) -> str:
        """The phrase for a term; for a word that stands nowhere, its two parts if they do: a
        question may ask for "cashflow" where the documents write "cash flow".
        """
        phrase = _phrase(term)
        if len(term) < 2 * _PART or not term.isalpha() or self._frequency(phrase):
            return phrase
        cuts = range(_PART, len(term) - _PART + 1)
        apart = [_phrase(f"{term[:cut]} {term[cut:]}") for cut in cuts]
        best = max(apart, key=self._frequency)
        return best if self._frequency(best) else phrase

    def _add_frequent(
        self, scores: NDArray[np.float32], phrases: list[str], limit: int, among: Numbers | None
    ) -> None:
        """Add to the scores of the best passages what frequent words are worth in them."""
        counted = self._counts()
        phrases, _ = _while_below(phrases, counted.of, _COUNTED, at_least=1)
        if among is not None and len(among) <= BUDGET:
            chosen = among[among < len(scores)]  # so few that none need be left out
        else:
            chosen = self._likely(scores, phrases, limit, among)
        for phrase in phrases:
            numbers = self._numbers(phrase, among=chosen)
            scores[numbers] += _rarity(counted.of[phrase], counted.total)

    def _likely(
        self, scores: NDArray[np.float32], phrases: list[str], limit: int, among: Numbers | None
    ) -> Numbers:
        """The best passages so far; if they are few, with some that have the frequent words."""
        chosen = _best(scores, _KEPT)
        for expression in self._with_several(phrases):
            if len(chosen) >= limit:
                break
            found = self._numbers(expression, limit=BUDGET)
            if among is not None:
                found = np.intersect1d(found, among, assume_unique=True)
            chosen = np.union1d(chosen, found)
        return chosen

    def _with_several(self, phrases: Sequence[str]) -> Iterator[str]:
        """Expressions for passages with many of the terms, and then for such with the rarest.

        Of each of so many groups one term: as few groups as leave no more than the budget.
        """
        counted = self._counts()
        for number in range(2, len(phrases) + 1):
            groups = [phrases[place::number] for place in range(number)]
            shares = (sum(counted.of[p] for p in group) / counted.total for group in groups)
            if counted.total * math.prod(shares) > BUDGET:
                continue  # were the terms independent; they are not, so that there are more
            expression = " AND ".join(f"({' OR '.join(group)})" for group in groups)
            if self._count_matches(expression, BUDGET + 1) <= BUDGET:
                yield expression
                break
        yield phrases[0]

    def _numbers(
        self, expression: str, *, among: Numbers | None = None, limit: int = _NO_LIMIT
    ) -> Numbers:
        """The numbers of the passages that match, in rising order."""
        # As one text: SQLite hands over thousands of rows far more slowly.
        filtered = "" if among is None else f"AND +rowid IN ({','.join(map(str, among.tolist()))})"
        query = (
            "SELECT group_concat(rowid) FROM"
            f" (SELECT rowid FROM words WHERE words MATCH ? {filtered} LIMIT ?)"
        )
        with self._reading() as connection:
            (joined,) = connection.execute(query, (expression, limit)).fetchone()
        return np.fromstring(joined or "", dtype=np.int64, sep=",")

    def _frequency(self, phrase: str) -> int:
        counted = self._counts()
        if phrase not in counted.of:
            count = self._count_matches(phrase, BUDGET + 1)
            counted.of[phrase] = count if count <= BUDGET else self._estimated(phrase, counted)
        return counted.of[phrase]

    def _counts(self) -> _Counts:
        with self._reading() as connection:
            query = "SELECT value FROM meta WHERE key IN ('generation', 'revision') ORDER BY key"
            state = " ".join(str(value) for (value,) in connection.execute(query))
        counted = self._counted
        if counted.state != state or len(counted.of) > _REMEMBERED:
            with self._reading() as connection:
                highest = _number(connection, "SELECT ifnull(max(id), 0) FROM words_docsize")
            self._counted = counted = _Counts(state, self.word_count(), highest)
        return counted

    def _count_matches(self, expression: str, limit: int) -> int:
        query = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
        with self._reading() as connection:
            return _number(connection, query, expression, limit)

    def _estimated(self, phrase: str, counted: _Counts) -> int:
        """How many passages a frequent phrase stands in, by some stretches of their numbers."""
        with self._reading() as connection:
            if not counted.sample:
                starts = (counted.highest * place // _WINDOWS + 1 for place in range(_WINDOWS))
                counted.stretches = [(start, start + _WINDOW - 1) for start in starts]
                query = "SELECT count(*) FROM words_docsize WHERE id BETWEEN ? AND ?"
                counted.sample = sum(_number(connection, query, *s) for s in counted.stretches)
            query = "SELECT count(*) FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?"
            matching = sum(_number(connection, query, phrase, *s) for s in counted.stretches)
        return max(BUDGET + 1, counted.total * matching // max(counted.sample, 1))


def _number(connection: sqlite3.Connection, query: str, *values: object) -> int:
    return int(connection.execute(query, values).fetchone()[0])


def _rarity(count: int, total: int) -> float:
    """What a word is worth: its inverse document frequency, never negative."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _only(scores: NDArray[np.float32], numbers: Numbers) -> NDArray[np.float32]:
    """The scores of these passages, and nothing for the others."""
    kept = np.zeros_like(scores)
    numbers = numbers[numbers < len(scores)]  # the word index may lack the last
    kept[numbers] = scores[numbers]
    return kept


def _best(scores: NDArray[np.float32], limit: int) -> Numbers:
    """The numbers with the highest scores above zero, best first; of equals the first."""
    numbers = np.flatnonzero(scores)
    if len(numbers) > limit:
        least = np.partition(scores[numbers], len(numbers) - limit)[len(numbers) - limit]
        numbers = numbers[scores[numbers] >= least]
    return numbers[np.argsort(-scores[numbers], kind="stable")][:limit]


def _while_below(
    phrases: Sequence[str], counts: dict[str, int], limit: int, *, at_least: int = 0
) -> tuple[list[str], list[str]]:
    """The first phrases, as many as stand in no more than `limit` passages together; the others."""
    total = 0
    for place, phrase in enumerate(phrases):
        total += counts[phrase]
        if total > limit and place >= at_least:
            return list(phrases[:place]), list(phrases[place:])
    return list(phrases), []


def _phrase(term: str) -> str:
    """A term as a full-text expression: quoted, and of characters that SQLite takes.

    >>> _phrase('5" pipe')
    '"5"" pipe"'
    """
    storable = term.encode("utf-8", "replace").decode().replace("\0", " ")
    return '"{}"'.format(storable.replace('"', '""'))
