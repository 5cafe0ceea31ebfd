"""A sentence in which the answer to a question is looked for, as arrays over its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from askdocs.answering.spans import CLASSES, Token, candidates, tokens
from askdocs.answering.wanted import Wanted
from askdocs.language import STOP_WORDS, stem
from askdocs.types import FloatArray, Span

Array: TypeAlias = NDArray[Any]
WordVectors: TypeAlias = Callable[[Sequence[str]], FloatArray]

FAR = 99
"""The distance of a word that does not occur."""
MATCHES = 0.55
"""From where on a word counts as the question's own."""
_SOFT_FROM, _SOFT_SPAN, _SOFT_MOST = 0.28, 0.3, 0.9  # as in `matching`
_CLASS = {name: number for number, name in enumerate(CLASSES)}


@dataclass(frozen=True)
class Searched:
    """A sentence, its candidate spans, and how its words match those of a question.

    Arrays over words have a row more than there are words: what lies outside the sentence.
    """

    text: str
    wanted: Wanted
    encode_words: WordVectors
    tokens: tuple[Token, ...]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    @classmethod
    def read(cls, text: str, wanted: Wanted, encode_words: WordVectors) -> Searched:
        """The sentence as an answer to `wanted` is looked for in it."""
        found = tokens(text)
        pairs = np.array(candidates(found), np.int64).reshape(-1, 2)
        return cls(text, wanted, encode_words, tuple(found), pairs[:, 0], pairs[:, 1])

    def span(self, candidate: int) -> Span:
        """Where a candidate stands in the sentence."""
        first, last = self.first[candidate], self.last[candidate]
        return self.tokens[first].start, self.tokens[last].end

    def summed(self, of_words: Array) -> Array:
        """The sum of an array over the words of each candidate."""
        sums = np.concatenate([np.zeros_like(of_words[:1]), np.cumsum(of_words, axis=0)])
        return np.asarray(sums[self.last + 1] - sums[self.first])

    def is_one(self, kinds: Iterable[str]) -> NDArray[np.bool_]:
        """For each word whether it is of these classes."""
        among = np.zeros(len(CLASSES), bool)
        among[[_CLASS[kind] for kind in kinds]] = True
        return np.asarray(among[self.classes])

    @cached_property
    def words(self) -> list[str]:
        """The words in lower case."""
        return [token.text.casefold() for token in self.tokens]

    @cached_property
    def classes(self) -> NDArray[np.int64]:
        """The number of each word's class."""
        kinds = [*(token.kind for token in self.tokens), "edge"]
        return np.array([_CLASS[kind] for kind in kinds], np.int64)

    @cached_property
    def telling(self) -> NDArray[np.bool_]:
        """For each word whether it says something."""
        pairs = zip(self.tokens, self.words, strict=True)
        return np.array([*(t.is_word and w not in STOP_WORDS for t, w in pairs), False])

    @cached_property
    def size(self) -> NDArray[np.int64]:
        """The number of words of each candidate."""
        return self.summed(np.array([token.counts for token in self.tokens], np.int64))

    def beside(self, step: int) -> NDArray[np.int64]:
        """The word so many before (`step` < 0) or after each candidate."""
        at = self.first + step if step < 0 else self.last + step
        return np.where((at >= 0) & (at < len(self.tokens)), at, len(self.tokens))

    @cached_property
    def word_vectors(self) -> FloatArray:
        """The vectors of the words out of context, shape (words, any)."""
        return self.encode_words(self.words)

    @cached_property
    def matches(self) -> FloatArray:
        """The match of each word with each word of the question's content."""
        asked = [self.wanted.words[number] for number in self.wanted.content]
        matches = np.zeros((len(self.tokens) + 1, max(1, len(asked))), np.float32)
        if asked:
            near = self.word_vectors @ self.encode_words(asked).T
            near = np.clip((near - _SOFT_FROM) / _SOFT_SPAN, 0.0, 1.0) * _SOFT_MOST
            near[~self.telling[:-1]] = 0.0
            stems = np.array([stem(word) for word in self.words])
            for column, word in enumerate(asked):
                if word[0].isdigit():
                    near[:, column] = 0.0
                near[stems == stem(word), column] = 1.0
            matches[:-1] = near
        return matches

    @cached_property
    def distances(self) -> NDArray[np.int64]:
        """How many words away the nearest match of each word of the question's content is.

        Of shape (candidates, content), negative to the left, 0 inside, 99 if there is no match.
        """
        away = np.full((len(self.first), self.matches.shape[1]), FAR)
        for column in range(self.matches.shape[1]):
            places = np.flatnonzero(self.matches[:, column] >= MATCHES)
            if len(places):
                left = self.first[:, None] - places[None]
                right = places[None] - self.last[:, None]
                to_left = np.where(left > 0, left, FAR).min(axis=1)
                to_right = np.where(right > 0, right, FAR).min(axis=1)
                nearest = np.where(to_left <= to_right, -to_left, to_right)
                away[:, column] = np.where(((left <= 0) & (right <= 0)).any(axis=1), 0, nearest)
        return away

    @cached_property
    def coverage(self) -> float:
        """The share of the question's content that the sentence matches."""
        return float((self.matches.max(axis=0) >= MATCHES).mean())
