"""Which sentences of a document stand for it: near its middle in meaning, first, and whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from askdocs.answering.layout import is_list_item, is_table_row
from askdocs.index import Index
from askdocs.language import content_words, stem, words
from askdocs.types import FloatArray, Passage, Span

T = TypeVar("T")

# What adds to a sentence's worth, in standard deviations of the likeness to the document's mean.
_TITLE, _FREQUENT = 0.5, 0.5
_FIRST, _NEXT, _SECTION, _OPENS, _SUMS_UP = 2.5, 0.7, 0.8, 0.3, 1.0
_ITEM, _LEANS, _POINTS, _SPOKEN = 0.5, 1.2, 0.6, 0.7
_SHORT, _LONG, _WITHDRAWN = 1.0, 0.5, 3.0
_REPEATS = 2.5  # what being like a sentence that was chosen costs
_NEVER = 100.0
_FEWEST_WORDS, _SHORT_WORDS, _LONG_WORDS, _MOST_WORDS = 5, 10, 45, 90
_NAMES_ONLY = 0.6
_SUMMARY_HEADING = re.compile(
    r"\b(?:summary|abstract|overview|introduction|conclusions?|key points|at a glance)\b",
    re.IGNORECASE,
)
_LEANS_BACK = re.compile(
    r"[\"“‘'(]?(?:he|she|it|they|this|these|that|those|his|her|its|their|such|both|all|but|and|or|"
    r"however|instead|there|then|so|also|yet|moreover|furthermore|therefore|thus|one of them|"
    r"some|others?|another|several|on the first|"
    r"the (?:second|third|latter|former|other|last|final|next|first|same))\b",
    re.IGNORECASE,
)
_SPEECH = re.compile(r"[“”\"]|\b(?:I|my|me)\b")
_POINTS_BACK = re.compile(r"\b(?:it|him|her|them|they|he|she|that|those)\b")
_SAYS_WHO = re.compile(r"(?<=\w )[A-Z][a-z]|\d")
_WITHDRAWS = re.compile(
    r"\b(?:withdr[ae]w\w*|retract\w*|was wrong|were wrong|mistaken|in error|incorrect)\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"[\"“‘'(*_]*[^\W_a-z]")
_ENDS = re.compile(r"[.!?…][\"”’')\]*_]*\s*$")


@dataclass(frozen=True)
class Sentences:
    """The sentences of a document with their vectors, one a row.

    `places` gives for each its passage's place in `passages` and its number in the passage.
    """

    passages: tuple[Passage, ...]
    places: tuple[tuple[int, int], ...]
    vectors: FloatArray

    def span(self, number: int) -> tuple[Passage, Span]:
        """A sentence's passage and its span in the document."""
        place, sentence = self.places[number]
        return self.passages[place], self.passages[place].sentences[sentence]

    def text(self, number: int) -> str:
        """The words of a sentence."""
        passage, span = self.span(number)
        return passage.slice(span)

    def worth(self, title: FloatArray | None = None) -> FloatArray:
        """How well each sentence stands for the document; `title` is its title's vector."""
        passages = [self.passages[place] for place, _ in self.places]
        numbers = [number for _, number in self.places]
        proper = np.array([is_sentence(p, n) for p, n in zip(passages, numbers, strict=True)])
        if not proper.any():
            return np.full(len(self.places), -_NEVER, np.float32)
        worth = _standard(self.vectors @ mean_of(self.vectors[proper]), proper)
        if title is not None:
            worth += _TITLE * _standard(self.vectors @ title, proper)
        worth += _FREQUENT * _standard(self._frequency(), proper)
        worth += [form(p, n) for p, n in zip(passages, numbers, strict=True)]
        for bonus, number in zip((_FIRST, _NEXT, _NEXT), np.flatnonzero(proper), strict=False):
            worth[number] += bonus
        worth += _SECTION * self._opens_section(proper)
        worth[~proper] = -_NEVER
        return worth

    def choose(self, worth: FloatArray, count: int) -> list[int]:
        """The best sentences, each unlike those before it, best first."""
        chosen: list[int] = []
        repeats = np.zeros(len(worth), np.float32)
        while len(chosen) < min(count, len(worth)):
            best = int(np.argmax(worth - _REPEATS * repeats))
            if worth[best] <= -_NEVER:
                break
            chosen.append(best)
            repeats = np.maximum(repeats, self.vectors @ self.vectors[best])
            repeats[best] = np.inf
        return chosen

    def _frequency(self) -> FloatArray:
        """How frequent in the document a sentence's words are, on the average (SumBasic:
        Nenkova and Vanderwende, 2005).
        """
        found = [frozenset(map(stem, content_words(self.text(n)))) for n in range(len(self.places))]
        counts = Counter(word for some in found for word in some)
        return np.array(
            [sum(np.log(counts[word]) for word in some) / max(len(some), 1) for some in found],
            np.float32,
        )

    def _opens_section(self, proper: NDArray[np.bool_]) -> FloatArray:
        """1 for the first proper sentence under each heading."""
        opens = np.zeros(len(self.places), np.float32)
        heading: str | None = None
        for number in np.flatnonzero(proper):
            passage = self.span(int(number))[0]
            if heading is not None and passage.heading != heading:
                opens[number] = 1
            heading = passage.heading
        return opens


def read_sentences(index: Index, document: str, most: int) -> Sentences:
    """The sentences of a document; of one with more passages of `most` spread over it."""
    numbers = spread(index.store.numbers_of(document), most)
    passages = dict(zip(numbers, index.store.passages(numbers), strict=True))
    found, starts, matrix = index.store.sentence_vectors(numbers)
    ends = [*starts[1:].tolist(), len(matrix)]
    rows = dict(zip(found.tolist(), zip(starts.tolist(), ends, strict=True), strict=True))
    kept = [number for number in numbers if number in rows]
    order = [row for number in kept for row in range(*rows[number])]
    places = [
        (place, row - rows[number][0])
        for place, number in enumerate(kept)
        for row in range(*rows[number])
    ]
    return Sentences(tuple(passages[number] for number in kept), tuple(places), matrix[order])


def is_sentence(passage: Passage, number: int) -> bool:
    """Whether a sentence is more than a heading, a line of names or a row of a table."""
    text = passage.slice(passage.sentences[number]).strip()
    spoken = text.split()
    capitals = sum(word.strip('(*_"“')[:1].isupper() for word in spoken)
    return (
        _FEWEST_WORDS <= len(words(text)) <= _MOST_WORDS
        and not is_table_row(passage, number)
        and not text.endswith(("?", ":"))
        and bool(_BEGINS.match(text) and _ENDS.search(text))
        and capitals < _NAMES_ONLY * len(spoken)
    )


def form(passage: Passage, number: int) -> float:
    """What the form of a sentence, and where it stands in its passage, add to its worth."""
    text = passage.slice(passage.sentences[number])
    count = len(words(text))
    return (
        _OPENS * (number == 0)
        + _SUMS_UP * bool(_SUMMARY_HEADING.search(passage.heading.rpartition(">")[2]))
        - _ITEM * is_list_item(passage, number)
        - _LEANS * bool(_LEANS_BACK.match(text))
        - _POINTS * bool(_POINTS_BACK.search(text) and not _SAYS_WHO.search(text))
        - _WITHDRAWN * _is_withdrawn(passage, number)
        - _SPOKEN * bool(_SPEECH.search(text))
        - _SHORT * (count < _SHORT_WORDS)
        - _LONG * (count > _LONG_WORDS)
    )


def _is_withdrawn(passage: Passage, number: int) -> bool:
    """Whether a sentence, or the one after it, takes back what it says."""
    return any(
        _WITHDRAWS.search(passage.slice(span)) for span in passage.sentences[number : number + 2]
    )


def mean_of(vectors: FloatArray) -> FloatArray:
    """The mean of vectors, of unit length."""
    mean = vectors.mean(axis=0)
    unit: FloatArray = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return unit


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, evenly spread, the first among them.

    >>> spread("abcdefgh", 3)
    ['a', 'c', 'f']
    """
    if len(items) <= most:
        return list(items)
    return [items[len(items) * place // most] for place in range(most)]


def _standard(values: FloatArray, among: NDArray[np.bool_]) -> FloatArray:
    """The values in standard deviations from the mean, both of those that count."""
    deviation = float(values[among].std())
    centred: FloatArray = (values - values[among].mean()) / (deviation if deviation > 1e-6 else 1.0)
    return centred
