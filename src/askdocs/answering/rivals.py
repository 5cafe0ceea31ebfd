"""Whether two sentences answer the same question, each with a value of its own.

Two documents may well speak of the same subject and mean different things: 13 policemen are no
rival of 44 dead. So a second value is held against the first by what tells that it is as good an
answer: how sure it is by itself, how much of the question its sentence speaks of that the first
one's does, how alike the two are without their values. The signals are weighed by numbers that
stand in `rivals.json`: those of an earlier form of `eval/bench/fit_rivals.py` (see eval/README.md).
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np

from askdocs.answering import slots, support
from askdocs.answering.evidence import Evidence
from askdocs.answering.questions import Question
from askdocs.answering.values import Value
from askdocs.language import NUMBER_WORDS, STOP_WORDS, stem, words
from askdocs.types import FloatArray

_TAKEN_OVER = (
    "named",
    "predicate",
    "coverage_in_context",
    "has_value",
    "value_fits",
    "has_name",
    "phrases",
    "similarity",
)
_COMPARED = (
    "named",
    "coverage_in_context",
    "has_value",
    "value_fits",
    "similarity",
)
OF_SENTENCES = (
    "behind",
    *_TAKEN_OVER,
    *(f"less {name}" for name in _COMPARED),
)
"""What two sentences tell without their values: the features of the second, and in how far they
fall behind those of the first."""
OF_VALUES = (
    "sure",
    "least sure",
    "asked in both",
    "asked only by first",
    "words in common",
    "alike around values",
    "dates spoken of",
    "first words of question",
    "same form",
    "both dates",
    "both numbers",
    "both names",
    "length",
    "first value there",
)
"""What the values tell: how sure they are, how alike they and the words around them are."""

_MONTH = re.compile(
    r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|ober)?"
    r"\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_MOST_ALIKE = 6.0
_MOST_UNSPOKEN = 0.5
_LEAST, _MOST = 0.005, 0.995


@dataclass(frozen=True)
class Said:
    """A value that a sentence gives as the answer; `sure` is how probable it is to be right."""

    value: Value
    evidence: Evidence
    sure: float

    @cached_property
    def said(self) -> frozenset[str]:
        """The stems of the sentence's words, without those of the value."""
        text = self.evidence.text
        return _stems(f"{text[: self.value.start]} {text[self.value.end :]}")

    @cached_property
    def words(self) -> frozenset[str]:
        """The stems of the value's words."""
        return _stems(self.value.text)

    @property
    def asked(self) -> float:
        """How well the value's clause speaks of what was asked, or its sentence if that is all."""
        start, end = self.value.start, self.value.end
        near = [v.asked for v in self.evidence.offered if v.start < end and start < v.end]
        return max(near, default=self.evidence.feature("predicate"))

    @cached_property
    def passage(self) -> frozenset[str]:
        """The stems of the words of the whole passage."""
        return _stems(self.evidence.hit.passage.text)

    @cached_property
    def around(self) -> slots.Slot:
        """The words next to the value."""
        return slots.slot(self.evidence.text, self.value.start, self.value.end)


def promising(first: Evidence, other: Evidence) -> bool:
    """Whether a sentence can give a rival of what the first gives, before its value is known."""
    fitted = _fitted()
    return bool(fitted.sentences @ of_sentences(first, other) >= fitted.promising)


def is_rival(question: Question, first: Said, other: Said) -> bool:
    """Whether `other` answers the question as `first` does, if with another value.

    It does not if what is asked about the subject is spoken of by the first alone.
    """
    spoken, first_spoken = (said.evidence.feature("predicate") for said in (other, first))
    if first_spoken - spoken > _MOST_UNSPOKEN:
        return False
    return probability(question, first, other) >= _fitted().threshold


def probability(question: Question, first: Said, other: Said) -> float:
    """How probable it is that `other` is an answer, too, given that `first` is shown."""
    fitted = _fitted()
    logit = fitted.always
    logit += float(fitted.sentences @ of_sentences(first.evidence, other.evidence))
    logit += float(fitted.values @ of_values(question, first, other))
    return 1.0 / (1.0 + math.exp(-logit))


def of_sentences(first: Evidence, other: Evidence) -> FloatArray:
    """The signals `OF_SENTENCES`."""
    score, first_score = support.selection_score(other), support.selection_score(first)
    less = (max(0.0, first.feature(name) - other.feature(name)) for name in _COMPARED)
    own = (other.feature(name) for name in _TAKEN_OVER)
    return np.array([(first_score - score) / 5, *own, *less], np.float32)


def of_values(question: Question, first: Said, other: Said) -> FloatArray:
    """The signals `OF_VALUES`."""
    asked = frozenset(stem(word) for word in (*words(question.text), *question.context))
    mine, theirs = other.said - asked - first.words, first.said - asked - other.words
    spoken, first_spoken = other.said & asked, first.said & asked
    forms = form(first.value.text), form(other.value.text)
    dates = forms == ("date", "date")
    found = (
        _logit(other.sure),
        _logit(min(first.sure, other.sure)),
        _share(len(spoken & first_spoken), len(asked)),
        _share(len(first_spoken - spoken), len(first_spoken)),
        math.log1p(len(mine & theirs)),
        min(slots.likeness(first.around, other.around), _MOST_ALIKE) / _MOST_ALIKE,
        other.asked if dates else 0.0,
        _share(len(first.words & asked), len(first.words)),
        forms[0] == forms[1],
        dates,
        forms == ("number", "number"),
        forms == ("name", "name"),
        abs(math.log(_length(other) / _length(first))),
        first.words <= other.passage,
    )
    return np.array(found, np.float32)


def form(value: str) -> str:
    """What a value looks like: a date, a number, a name, or other words.

    >>> [form(value) for value in ("3 May 2020", "1921", "44 people", "the Bank of Turin", "gas")]
    ['date', 'date', 'number', 'name', 'words']
    """
    if (_MONTH.search(value) and re.search(r"\d", value)) or _YEAR.fullmatch(value.strip()):
        return "date"
    parts = [part for part in re.findall(r"\w+", value) if part.casefold() not in STOP_WORDS]
    if any(part[0].isdigit() or part.casefold() in NUMBER_WORDS for part in parts):
        return "number"
    capitals = sum(part[0].isupper() for part in parts)
    return "name" if 2 * capitals > len(parts) else "words"


def _length(said: Said) -> int:
    return 1 + len(words(said.value.text))


def _logit(probability: float) -> float:
    known = min(max(probability, _LEAST), _MOST)
    return math.log(known / (1 - known))


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOP_WORDS)


def _share(part: int, whole: int) -> float:
    return part / max(1, whole)


@dataclass(frozen=True)
class _Fitted:
    """The fitted numbers: what each signal weighs, and from where on a sentence or value counts."""

    always: float
    sentences: FloatArray
    values: FloatArray
    promising: float
    threshold: float


@cache
def _fitted() -> _Fitted:
    fitted = json.loads((files(__package__) / "rivals.json").read_text(encoding="utf-8"))
    weights = fitted["weights"]
    return _Fitted(
        always=fitted["always"],
        sentences=np.array([weights[name] for name in OF_SENTENCES], np.float32),
        values=np.array([weights[name] for name in OF_VALUES], np.float32),
        promising=fitted["promising"],
        threshold=fitted["threshold"],
    )
