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
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from askdocs.store_database import Connection
from askdocs.store_description import Described
from askdocs.store_scores import Numbers, best, only, rarity, while_below

BUDGET = 20_000
"""So many entries of the word index choose passages; if a question's words have no more, all do."""

_IN_TITLE = 0.5  # more than a word counts for, if it stands in the heading or the title
_PART = 3  # letters of the shortest part of a word that may be written as two
_KEPT = 400  # passages that frequent words can add to
_COUNTED = 400_000  # entries of frequent words that are looked through for those
_WINDOWS, _WINDOW = 10, 2_000
_REMEMBERED = 50_000
_KEPT_PLACES = 2_000_000  # numbers of passages that are kept for the next questions


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
        self.places: dict[str, tuple[Numbers, Numbers]] = {}
        """For a phrase within the budget its passages, and those with it in heading or title."""
        self.kept = 0
        """How many numbers there are in those."""


class Words(Described):
    """The word index of a store. It holds the passages of the current generation.

    An expression, in the words of the database, says which passages match: those with a phrase,
    which is one word or several in a row.
    """

    _counted = _Counts("", 0, 0)

    def search_words(
        self, terms: Sequence[str], limit: int, *, among: Numbers | None = None
    ) -> list[tuple[int, float]]:
        """The numbers of the best passages for any of the terms, with their scores.

        Best first; larger is better. With `among` only those passages are found; what a word is
        worth is told by all.
        """
        with self.snapshot():
            counted = self._counts()
            terms = list(dict.fromkeys(terms))
            self._look_up(map(self._phrase, terms))
            # Words that look different count each, though they may be forms of one.
            phrases = list(map(self._as_written, terms))
            frequent: list[str] = []
            if counted.total > BUDGET:
                phrases = sorted(filter(self._frequency, phrases), key=self._frequency)
                phrases, frequent = while_below(phrases, counted.of, BUDGET)
            scores = np.zeros(counted.highest + 1, np.float32)
            for numbers, titled in self._look_up(phrases):
                worth = rarity(len(numbers), counted.total)
                scores[numbers] += worth
                scores[titled] += _IN_TITLE * worth
            if among is not None:
                scores = only(scores, among)
            if frequent:
                self._add_frequent(scores, frequent, limit, among)
        found = best(scores, limit)
        return [(int(number), float(scores[number])) for number in found]

    def document_frequency(self, word: str) -> int:
        """In how many passages a word stands, in any of its forms; an estimate if in very many."""
        with self.snapshot():
            return self._frequency(self._phrase(word))

    @abstractmethod
    def word_count(self) -> int:
        """How many passages stand in the word index."""

    @abstractmethod
    def words_are_sound(self, *, thorough: bool = False) -> bool:
        """Whether the word index is whole in itself; `thorough` may take minutes."""

    def _as_written(self, term: str) -> str:
        """The phrase for a term; for a word that stands nowhere, its two parts if they do: a
        question may ask for "cashflow" where the documents write "cash flow".
        """
        phrase = self._phrase(term)
        if len(term) < 2 * _PART or not term.isalpha() or self._frequency(phrase):
            return phrase
        cuts = range(_PART, len(term) - _PART + 1)
        apart = [self._phrase(f"{term[:cut]} {term[cut:]}") for cut in cuts]
        self._look_up(apart)
        best = max(apart, key=self._frequency)
        return best if self._frequency(best) else phrase

    def _add_frequent(
        self, scores: NDArray[np.float32], phrases: list[str], limit: int, among: Numbers | None
    ) -> None:
        """Add to the scores of the best passages what frequent words are worth in them."""
        counted = self._counts()
        phrases, _ = while_below(phrases, counted.of, _COUNTED, at_least=1)
        if among is not None and len(among) <= BUDGET:
            chosen = among[among < len(scores)]  # so few that none need be left out
        else:
            chosen = self._likely(scores, phrases, limit, among)
        places = self._places(phrases, len(chosen), among=chosen)
        for phrase, (numbers, _) in zip(phrases, places, strict=True):
            scores[numbers] += rarity(counted.of[phrase], counted.total)

    def _likely(
        self, scores: NDArray[np.float32], phrases: list[str], limit: int, among: Numbers | None
    ) -> Numbers:
        """The best passages so far; if they are few, with some that have the frequent words."""
        chosen = best(scores, _KEPT)
        for expression in self._with_several(phrases):
            if len(chosen) >= limit:
                break
            found = self._numbers(expression, BUDGET)
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
            expression = self._one_of_each(groups)
            if self._count_matches(expression, BUDGET + 1) <= BUDGET:
                yield expression
                break
        yield phrases[0]

    def _look_up(self, phrases: Iterable[str]) -> list[tuple[Numbers, Numbers]]:
        """Where phrases stand; of those beyond the budget it is only found out how frequent they
        are.
        """
        counted, nothing = self._counts(), np.zeros(0, np.int64)
        wanted = list(phrases)
        missing = [
            phrase
            for phrase in dict.fromkeys(wanted)
            if phrase not in counted.places and counted.of.get(phrase, 0) <= BUDGET
        ]
        places = self._places(missing, BUDGET + 1) if missing else ()
        found = {}
        for phrase, (numbers, titled) in zip(missing, places, strict=True):
            if len(numbers) <= BUDGET:
                counted.of[phrase] = len(numbers)
                found[phrase] = (numbers, titled)
            else:
                counted.of[phrase] = self._estimated(phrase, counted)
        if counted.kept > _KEPT_PLACES:
            counted.places, counted.kept = {}, 0
        known = counted.places | found
        counted.places, counted.kept = known, counted.kept + sum(len(n) for n, _ in found.values())
        return [known.get(phrase, (nothing, nothing)) for phrase in wanted]

    def _frequency(self, phrase: str) -> int:
        counted = self._counts()
        if phrase not in counted.of:
            count = self._count_matches(phrase, BUDGET + 1)
            counted.of[phrase] = count if count <= BUDGET else self._estimated(phrase, counted)
        return counted.of[phrase]

    def _counts(self) -> _Counts:
        state = f"{self.described('generation')} {self.described('revision')}"
        counted = self._counted
        if counted.state != state or len(counted.of) > _REMEMBERED:
            with self._reading() as connection:
                highest = self._highest(connection)
            self._counted = counted = _Counts(state, self.word_count(), highest)
        return counted

    def _estimated(self, phrase: str, counted: _Counts) -> int:
        """How many passages a frequent phrase stands in, by some stretches of their numbers."""
        with self._reading() as connection:
            if not counted.sample:
                starts = (counted.highest * place // _WINDOWS + 1 for place in range(_WINDOWS))
                counted.stretches = [(start, start + _WINDOW - 1) for start in starts]
                counted.sample = sum(
                    self._count_between(connection, *stretch) for stretch in counted.stretches
                )
            matching = sum(
                self._count_between(connection, *stretch, phrase) for stretch in counted.stretches
            )
        return max(BUDGET + 1, counted.total * matching // max(counted.sample, 1))

    @abstractmethod
    def _phrase(self, term: str) -> str:
        """The expression for the words of a term in a row."""

    @abstractmethod
    def _one_of_each(self, groups: Sequence[Sequence[str]]) -> str:
        """The expression for at least one phrase of each of these groups."""

    @abstractmethod
    def _places(
        self, phrases: Sequence[str], limit: int, *, among: Numbers | None = None
    ) -> Iterator[tuple[Numbers, Numbers]]:
        """For each phrase the passages it stands in, and those whose heading or title has it.

        No more than `limit` of each; of `among` only where that is given, and then without titles.
        """

    @abstractmethod
    def _numbers(self, expression: str, limit: int) -> Numbers:
        """The numbers of the first passages that match, in rising order."""

    @abstractmethod
    def _count_matches(self, expression: str, limit: int) -> int:
        """How many passages match; no more than `limit` are counted."""

    @abstractmethod
    def _count_between(
        self, connection: Connection, first: int, last: int, expression: str = ""
    ) -> int:
        """How many passages with numbers from `first` to `last` there are, or match."""

    @abstractmethod
    def _highest(self, connection: Connection) -> int:
        """The highest number of a passage in the word index; 0 if it is empty."""

    @abstractmethod
    def _enter_words(
        self, connection: Connection, rows: Iterable[tuple[int, str, str, str]]
    ) -> None:
        """Enter passages into the word index: number, text, heading, the document's title."""

    @abstractmethod
    def _leave_words(self, connection: Connection, document: int) -> None:
        """Take a document's passages out of the word index, before they are deleted."""

    @abstractmethod
    def _fill_words(self, connection: Connection) -> None:
        """Make the word index again, from the passages that are searched."""
