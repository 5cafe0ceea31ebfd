"""What speaks for a span of a sentence as the answer to a question: its features.

A span is seen by its shape, by the words at its edges and around it, by how it lies to the words
of the question, and by how near in meaning it is to what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from askdocs.answering import values
from askdocs.answering.searched import FAR, MATCHES, Array, Searched
from askdocs.answering.spans import CLASSES
from askdocs.types import FloatArray

Columns: TypeAlias = Iterator[tuple[str, Array]]

_FADES = 6.0
_ONE_OF = np.eye(len(CLASSES), dtype=np.float32)
_NAMING = ("capital", "month")
_FIGURES = ("number", "year", "month")
_PLAIN = ("word", "plural", "adjective", "ing", "ed")
_BREAKS = ("comma", "stop", "but", "which", "and", "open", "close")
_QUOTED = re.compile(r'["“]([^"”]{2,80})["”]|(?<!\w)[‘\']([^’\']{2,60})[’\'](?!\w)')
_AMOUNTS = frozenset(
    """half most several few dozens hundreds thousands millions billions third quarter quarters
    none once twice double""".split()
)
_LEADING_ARTICLE = re.compile(r"(?:the|an?)\s+", re.IGNORECASE)


def features(sentence: Searched) -> dict[str, Array]:
    """The features by name, each an array over the candidates; of many, most are 0 or 1."""
    found: dict[str, Array] = {}
    for group in (_edges, _shape, _values, _overlap, _nearness, _keys, _nouns, _place):
        found.update(group(sentence))
    return found


def _of_class(name: str, sentence: Searched, at: NDArray[np.int64]) -> Columns:
    rows = _ONE_OF[sentence.classes[at]]
    for number, kind in enumerate(CLASSES):
        yield f"{name} {kind}", rows[:, number]


def _edges(s: Searched) -> Columns:
    """The classes of the words at the edges of a span, around it and within it."""
    before, article = s.beside(-1), s.is_one(("article", "determiner"))
    yield from _of_class("first", s, s.first)
    yield from _of_class("last", s, s.last)
    yield from _of_class("before", s, before)
    yield from _of_class("after", s, s.beside(1))
    yield from _of_class("second before", s, s.beside(-2))
    yield from _of_class("before article", s, np.where(article[before], s.beside(-2), before))
    rows = _ONE_OF[s.classes]
    edges = rows[s.first] + rows[s.last] * (s.first != s.last)[:, None]
    within = np.clip(s.summed(rows[:-1]) - edges, 0, 2)
    for number, kind in enumerate(CLASSES):
        yield f"within {kind}", within[:, number]


def _shape(s: Searched) -> Columns:
    """Length, capitals and figures, and whether the span cuts through a run of its like."""
    for length in range(1, 7):
        yield f"{length} words", s.size == length
    yield "7 or 8 words", (s.size >= 7) & (s.size <= 8)
    yield "9 or more words", s.size >= 9
    yield "log of words", np.log(np.maximum(s.size, 1))
    naming, figures, plain = s.is_one(_NAMING), s.is_one(_FIGURES), s.is_one(_PLAIN)
    names, numbers = s.summed(naming[:-1].astype(int)), s.summed(figures[:-1].astype(int))
    yield "all capital", names == s.size
    yield "some capital", (names > 0) & (names < s.size)
    yield "no capital", names == 0
    yield "some figure", numbers > 0
    yield "all figures", numbers == s.size
    before, after = s.beside(-1), s.beside(1)
    for name, alike in (("capitals", naming), ("figures", figures), ("words", plain)):
        yield f"cuts {name} left", alike[before] & alike[s.first]
        yield f"cuts {name} right", alike[after] & alike[s.last]
    yield "misfit", _misfit(s, names, numbers)


def _misfit(s: Searched, names: Array, numbers: Array) -> Array:
    """Whether a span cannot be what is wanted: a person of figures only, a count without any."""
    if s.wanted.wants in ("person", "place", "body", "manner"):
        return np.asarray((numbers == s.size) & (names == 0))
    if s.wanted.wants == "number":
        amounts = np.array([w in _AMOUNTS for w in s.words], np.int64)
        return np.asarray((numbers == 0) & (s.summed(amounts) == 0))
    return np.zeros(len(s.first), bool)


_VALUES: tuple[tuple[str, Callable[[str], list[values.Value]]], ...] = (
    ("number", values.numbers),
    ("date", values.dates),
    ("duration", values.durations),
    ("name", values.names),
)


def _values(s: Searched) -> Columns:
    """How the span lies to the numbers, dates, durations, names and quotations."""
    starts = np.array([token.start for token in s.tokens])[s.first]
    ends = np.array([token.end for token in s.tokens])[s.last]
    found = {name: [(v.start, v.end) for v in of(s.text)] for name, of in _VALUES}
    found["quotation"] = [m.span(m.lastindex or 0) for m in _QUOTED.finditer(s.text)]
    for name, places in found.items():
        exact, inside, around, torn = (np.zeros(len(starts), bool) for _ in range(4))
        for start, end in places:
            article = _LEADING_ARTICLE.match(s.text, start, end)
            start = article.end() if article else start
            equal = (starts == start) & (ends == end)
            part = (starts >= start) & (ends <= end) & ~equal
            whole = (starts <= start) & (ends >= end) & ~equal
            exact, inside, around = exact | equal, inside | part, around | whole
            torn |= (starts < end) & (ends > start) & ~(equal | part | whole)
        yield f"{name} exactly", exact
        yield f"inside a {name}", inside
        yield f"around a {name}", around
        yield f"tears a {name}", torn


def _overlap(s: Searched) -> Columns:
    """How far the span, and the words beside it, are the question's own."""
    best = s.matches.max(axis=1)
    told = s.summed(s.telling[:-1].astype(int))
    share = s.summed(np.where(s.telling, best, 0.0)[:-1]) / np.maximum(told, 1)
    new = s.summed((s.telling & (best < MATCHES))[:-1].astype(int))
    yield "share asked", share
    yield "all asked", (share > 0.8) & (told > 0)
    for count in range(3):
        yield f"{count} new words", new == count
    yield "3 or more new words", new >= 3
    yield "says nothing", told == 0
    yield "first asked", best[s.first]
    yield "last asked", best[s.last]
    for name, step in (("before", -1), ("after", 1), ("second before", -2), ("second after", 2)):
        yield f"{name} asked", best[s.beside(step)]


def _nearness(s: Searched) -> Columns:
    """How near the question's words stand, on either side and within the same clause."""
    away, count = s.distances, max(1, len(s.wanted.content))
    far = np.abs(away) >= FAR
    near = np.where(far | (away == 0), 0.0, np.exp(-np.abs(away) / _FADES))
    left, right = (near * (away < 0)).sum(axis=1), (near * (away > 0)).sum(axis=1)
    yield "near left", left / count
    yield "near right", right / count
    yield "near", (left + right) / count
    yield "asked inside", (away == 0).sum(axis=1) / count
    yield "in the clause", _in_clause(s) / count
    for name, side in (("left", -1), ("right", 1)):
        nearest = np.where((away * side > 0) & ~far, np.abs(away), FAR).min(axis=1)
        for low, high in ((1, 1), (2, 2), (3, 4), (5, 8), (FAR, FAR)):
            yield f"{name} {low} to {high}", (nearest >= low) & (nearest <= high)


def _in_clause(s: Searched) -> Array:
    """How many of the question's words stand beside a span with no break between."""
    clause = np.concatenate([[0], np.cumsum(s.is_one(_BREAKS)[:-1])])
    found = np.zeros(len(s.first))
    for column in range(s.matches.shape[1]):
        places = np.flatnonzero(s.matches[:, column] >= MATCHES)[None]
        left = (places < s.first[:, None]) & (clause[places] == clause[s.first][:, None])
        right = (places > s.last[:, None]) & (clause[places] == clause[s.last + 1][:, None])
        found += (left | right).any(axis=1) & (s.distances[:, column] != 0)
    return found


_RANGES = {"inside": (0, 0), "left 2": (-2, -1), "left 6": (-6, -3), "left": (-FAR + 1, -7)} | {
    "right 2": (1, 2),
    "right 6": (3, 6),
    "right": (7, FAR - 1),
}


def _keys(s: Searched) -> Columns:
    """Where the words stand that tell the most: next to the question phrase, last, the noun."""
    behind = s.wanted.behind
    keys = {"next": behind[:1], "end": behind[-1:], "noun": s.wanted.head[-1:]}
    for name, numbers in keys.items():
        away = np.full(len(s.first), FAR)
        if numbers and numbers[0] in s.wanted.content:
            away = s.distances[:, s.wanted.content.index(numbers[0])]
        for where, (low, high) in _RANGES.items():
            yield f"{name} {where}", (away >= low) & (away <= high)
        near = np.where(np.abs(away) < FAR, np.exp(-np.abs(away) / _FADES), 0.0)
        for form in ("subject", "inverted", "copular") if name != "noun" else ():
            on = s.wanted.form == form
            yield f"{form}: {name} left", near * (on & (away < 0))
            yield f"{form}: {name} right", near * (on & (away > 0))


def _nouns(s: Searched) -> Columns:
    """How near in meaning the span and its neighbours are to the noun that is asked for."""
    near = np.zeros(len(s.tokens) + 1, np.float32)
    if s.wanted.noun:
        near[:-1] = s.word_vectors @ s.encode_words([s.wanted.noun])[0]
    yield "noun ~ last", near[s.last]
    yield "noun ~ first", near[s.first]
    yield "noun ~ before", near[s.beside(-1)]
    yield "noun ~ after", near[s.beside(1)]
    yield "noun ~ any", _largest(near, s.first, s.last)


def _largest(of_words: FloatArray, first: Array, last: Array) -> Array:
    return np.array([of_words[a : b + 1].max() for a, b in zip(first, last, strict=True)])


def _place(s: Searched) -> Columns:
    """Where the span stands, and whether a preposition of the question stands before it."""
    words = [*s.words, ""]
    asked = np.array([word in s.wanted.prepositions and word != "" for word in words])
    article = s.is_one(("article", "determiner"))
    before, after = s.beside(-1), s.beside(1)
    yield "preposition asked", asked[before]
    yield "preposition asked, article", asked[s.beside(-2)] & article[before]
    count = len(s.tokens)
    yield "place", s.first / count
    yield "at the start", s.first == 0
    yield "at the end", s.last >= count - 2
    yield "in brackets", s.is_one(("open",))[before] & s.is_one(("close",))[after]
    yield "apposed", s.is_one(("comma",))[before] & s.is_one(("comma", "stop"))[after]
