"""Whether a number, a name or a direction stands where the source has another one.

A word that the source has may still be in the wrong place: "44 people were held, 7,939 died". So
its surroundings in the statement are compared with those of the same word in the source and with
those of its rivals: words of its kind that the source has and the statement has not.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from operator import itemgetter

from askdocs.answering.naming import CALENDAR, initials, name_spans
from askdocs.answering.opposites import sides
from askdocs.answering.quantities import quantities
from askdocs.language import STOP_WORDS, stem

MARGIN = 1.0
"""By how much a rival's surroundings must fit better; a content word next to it counts one."""
_WINDOW = 4
_NEARBY = 15  # the words that count as those around, on either side
_STOP_WORD = 0.5
_ADJACENT = 0.5
_SAME_SENTENCE = 0.25
_WORD = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*|[.!?;:]+(?=\s|$)")
# What negates is told by itself (`negation`); the surroundings are the same with it and without.
_NEGATIONS = frozenset("not never do does did".split())
_CLAUSE_BEGINS = frozenset("and but while whereas although".split())
_CONTRACTED = re.compile(r"n['’]t$")
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a text: the words before it, nearest first, those after it, those around it."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    sentence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot with what stands in it; what has the same `values` is the same."""

    values: frozenset[str]
    slot: Slot
    kind: str = ""


def likeness(one: Slot, other: Slot) -> float:
    """How alike two surroundings are, from 0 up."""
    alike = _SAME_SENTENCE * len(one.sentence & other.sentence)
    for mine, theirs in ((one.before, other.before), (one.after, other.after)):
        alike += sum(_weight(word) for word in set(mine) & set(theirs))
        if mine[:1] == theirs[:1] and mine:
            alike += _ADJACENT
    return alike


def slot(text: str, start: int, end: int) -> Slot:
    """The surroundings of `text[start:end]` in its sentence."""
    words = _words(text)
    first = bisect_left(words, start, key=itemgetter(0))
    last = bisect_left(words, end, key=itemgetter(0))
    before = _up_to_boundary(words[max(0, first - _NEARBY) : first][::-1])
    after = _up_to_boundary(words[last : last + _NEARBY])
    around = frozenset(word for word in (*before, *after) if word not in STOP_WORDS)
    return Slot(before[:_WINDOW], after[:_WINDOW], around)


def _up_to_boundary(words: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(takewhile(bool, (word for _, word in words)))


def misplaced(statement: str, source: str, *, known: str = "") -> list[str]:
    """What stands in the statement where the source has a rival.

    The words of `known`, such as the question's, are nobody's rivals.

    >>> held = "The police held 7,939 people, and 44 of them died."
    >>> misplaced("They held 44 people.", held), misplaced("The police held 7,939.", held)
    (['44'], [])
    """
    return [
        *_outdone(_numbers(statement), _numbers(source)),
        *_outdone(_names(statement), _names(source), _names(known)),
        *_turned(_directions(statement), _directions(source)),
    ]


def _outdone(
    said: Sequence[Filled], given: Sequence[Filled], known: Sequence[Filled] = ()
) -> Iterator[str]:
    expected = {value for filled in known for value in filled.values}
    taken = {value for filled in said for value in filled.values} | expected
    rivals = [filled for filled in given if not filled.values & taken]
    for mine in said if rivals else ():
        if mine.values & expected:
            continue
        own = [filled for filled in given if filled.values & mine.values]
        alike = [filled for filled in rivals if filled.kind == mine.kind]
        if _best(mine, alike) >= _best(mine, own) + MARGIN:
            yield min(mine.values)


def _turned(said: Sequence[Filled], given: Sequence[Filled]) -> Iterator[str]:
    """Directions whose opposite stands in the source in the same place."""
    for mine in said:
        own = [filled for filled in given if filled.values & mine.values]
        opposite = {f"-{v}" if v[0] != "-" else v[1:] for v in mine.values}
        rivals = [filled for filled in given if filled.values & opposite]
        if rivals and _best(mine, rivals) >= _best(mine, own) + MARGIN:
            yield min(mine.values)


def _best(mine: Filled, others: Iterable[Filled]) -> float:
    return max((likeness(mine.slot, other.slot) for other in others), default=0.0)


def _weight(word: str) -> float:
    return _STOP_WORD if word in STOP_WORDS else 1.0


@lru_cache(maxsize=8192)
def _numbers(text: str) -> tuple[Filled, ...]:
    return tuple(
        Filled(frozenset({f"{q.value:.12g}"}), slot(text, q.start, q.end))
        for q in quantities(text)
        if not q.loose
    )


@lru_cache(maxsize=8192)
def _names(text: str) -> tuple[Filled, ...]:
    return tuple(
        Filled(
            parts | initials(text[start:end]),
            slot(text, start, end),
            "calendar" if parts <= CALENDAR else "name",
        )
        for start, end, parts in name_spans(text)
    )


@lru_cache(maxsize=8192)
def _directions(text: str) -> tuple[Filled, ...]:
    return tuple(
        Filled(values, slot(text, match.start(), match.end()))
        for match in _WORD.finditer(text)
        if (values := sides(match.group().casefold()))
    )


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[tuple[int, str], ...]:
    """Where each word begins, and its stem; a stop word as it is, the end of a sentence empty."""
    found = []
    for match in _WORD.finditer(text):
        word = _POSSESSIVE.sub("", match.group().casefold())
        bare = _CONTRACTED.sub("", word) if word[:1].isalnum() else ""
        if bare in _CLAUSE_BEGINS:
            bare = ""
        if bare not in _NEGATIONS:
            found.append((match.start(), bare if bare in STOP_WORDS else stem(bare)))
    return tuple(found)
