"""Which sentences of the hits answer the question, each with the signals that say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from askdocs.answering import telling, values
from askdocs.answering.layout import is_list_item, is_table_row
from askdocs.answering.lexicon import Lexicon
from askdocs.answering.matching import Matcher
from askdocs.answering.questions import Kind, Question
from askdocs.answering.times import agreement
from askdocs.answering.values import Value
from askdocs.language import stem, words
from askdocs.types import FloatArray, Hit, Passage, Span

FEATURES = (
    "similarity",
    "passage_similarity",
    "coverage",
    "coverage_in_context",
    "worst_missing",
    "worst_missing_here",
    "names",
    "head",
    "predicate",
    "has_value",
    "value_fits",
    "has_name",
    "passage",
    "passage_mean",
    "phrases",
    "time",
    "states",
    "named",
)
"""The signals, in the order of `Evidence.features`; each is about 0 to 1, `states` -1 to 0; more
is better."""


@dataclass(frozen=True)
class Evidence:
    """A sentence of a hit, `features` in the order of `FEATURES`.

    `offered` are its values of the kind asked for, `values` those of them that fit the question, or
    all if none does.
    """

    hit: Hit
    number: int
    features: FloatArray
    offered: tuple[Value, ...]
    values: tuple[Value, ...]

    @property
    def span(self) -> Span:
        """Where the sentence stands in its document."""
        return self.hit.passage.sentences[self.number]

    @cached_property
    def text(self) -> str:
        """The sentence itself."""
        return self.hit.passage.slice(self.span)

    def feature(self, name: str) -> float:
        """One of the signals by its name."""
        return float(self.features[FEATURES.index(name)])


def collect(question: Question, hits: Sequence[Hit], lexicon: Lexicon) -> list[Evidence]:
    """All sentences of the hits with their signals, in the order of the hits."""
    matcher = Matcher(question, hits, lexicon)
    names = telling.runs(question)
    found: list[Evidence] = []
    seen: set[tuple[str, Span]] = set()
    for hit in hits:
        named = telling.named(names, hit, lexicon.openings.get(hit.passage.document, ""))
        signals = _signals(question, matcher, hit, named)
        for number, (features, offered, fitting) in enumerate(signals):
            place = (hit.passage.document, hit.passage.sentences[number])
            if place not in seen and _says_something(hit.passage, number):
                seen.add(place)
                found.append(Evidence(hit, number, features, offered, fitting or offered))
    return found


def _says_something(passage: Passage, number: int) -> bool:
    """Whether a sentence is more than a word or two that head a paragraph."""
    if is_table_row(passage, number) or is_list_item(passage, number):
        return True
    return len(words(passage.slice(passage.sentences[number]))) >= _FEWEST_WORDS


def _signals(
    question: Question, matcher: Matcher, hit: Hit, named: Sequence[float]
) -> Iterator[tuple[FloatArray, tuple[Value, ...], tuple[Value, ...]]]:
    """The features, the values and the fitting values of each sentence of a hit."""
    here, context = matcher.matches(hit)
    coverage, in_context = matcher.covered(here), matcher.covered(context)
    missing, names = matcher.worst(context), matcher.share_of_names(context)
    missing_here = matcher.worst(here)
    head, predicate = matcher.share_of_head(context), matcher.share_of_predicate(here)
    texts = [hit.passage.slice(span) for span in hit.passage.sentences]
    offered = [
        tuple(
            replace(value, asked=matcher.speaks_of_it(value))
            for value in offers(question.kind, text)
        )
        for text in texts
    ]
    fitting = [tuple(fitting_values(question, found, matcher)) for found in offered]
    phrases = matcher.phrases(hit, question.pairs)
    times = agreement(question.text, texts)
    mean = float(np.mean(hit.similarities)) if hit.similarities else 0.0
    for number in range(len(offered)):
        similarity = hit.similarities[number] if number < len(hit.similarities) else 0.0
        features = (
            similarity,
            hit.parts.get("dense", similarity),
            coverage[number],
            in_context[number],
            1.0 - missing[number],
            1.0 - missing_here[number],
            names[number],
            head[number],
            predicate[number],
            _here_or_near(offered, number) if question.kind in _TELLING else 1.0,
            _here_or_near(fitting, number) if question.kind in _TELLING else 1.0,
            _here_or_near(fitting, number) if question.kind in _NAMED else 1.0,
            hit.parts.get("fused", hit.score),  # a reranker judges otherwise
            mean,
            phrases[number],
            times[number],
            telling.states(question, hit.passage, number),
            named[number],
        )
        yield np.array(features, np.float32), offered[number], fitting[number]


def _here_or_near(found: Sequence[Sequence[Value]], number: int) -> float:
    """1 if a sentence has a value, less if only one near by has one, else 0."""
    if found[number]:
        return 1.0
    near = found[max(0, number - REACH) : number + REACH + 1]
    return _NEAR if any(near) else 0.0


_TELLING = frozenset({Kind.NUMBER, Kind.DATE, Kind.DURATION, Kind.REASON})
"""The kinds whose values have a form of their own, so that one that is missing tells the most."""
_NAMED = frozenset({Kind.PERSON, Kind.PLACE, Kind.NAME})
REACH = 3
"""How many sentences away a value may stand from the sentence that speaks of what was asked."""
_NEAR = 0.6
_FEWEST_WORDS = 3
_BECAUSE = re.compile(
    r"\b(?:because|due to|owing to|thanks to|as a result of|caused by|cause[sd]?|reason|since|"
    r"so that|"
    r"in order to|after|following|led to|results? (?:from|in)|triggered|prompted|"
    r"put down to|therefore|"
    r"which is why|in response to|blamed?|forgot\w*|so)\b",
    re.IGNORECASE,
)


def offers(kind: Kind, sentence: str) -> list[Value]:
    """The values of the right kind in a sentence; none for kinds that have no short value."""
    if kind is Kind.NUMBER:
        return values.numbers(sentence)
    if kind is Kind.DATE:
        return values.dates(sentence)
    if kind is Kind.DURATION:
        return values.durations(sentence)
    if kind in _NAMED:
        return values.names(sentence)
    if kind is Kind.REASON:
        return [Value(m.group(), m.start(), m.end()) for m in _BECAUSE.finditer(sentence)]
    return []


def fitting_values(question: Question, offered: Sequence[Value], matcher: Matcher) -> list[Value]:
    """Those values that can be what is asked for: the counted thing fits, the name is news."""
    if question.kind is Kind.NUMBER:
        exact = [value for value in offered if value.amount is not None]  # "dozens" is no figure
        return [value for value in exact if not question.head or matcher.counts_head(value)]
    if question.kind in _NAMED:
        asked = {stem(word) for word in words(question.text)}
        news = [v for v in offered if not all(stem(w) in asked for w in words(v.text))]
        return [v for v in news if _can_be(question.kind, v)]
    return list(offered)


_NOT_A_PERSON = frozenset(
    """trust ltd limited inc corp company co group partners works bureau museum council society
    university school college agency committee institute ministry department office bank hospital
    church party union association club board service services act law treaty war river lake street
    road avenue square bridge island islands sea sound bay mount mountain hall house hotel park
    station airport port harbour city town county state states republic kingdom north south east
    west age era form room fund award prize station point head rocks""".split()
)
_STRUCTURES = frozenset("bridge street road river lake island sea sound bay room hall".split())


def _can_be(kind: Kind, value: Value) -> bool:
    """Whether a run of capitalised words can name such a thing, as far as spelling tells."""
    parts = words(value.text)
    if kind is Kind.PERSON:
        return not _NOT_A_PERSON & set(parts) and not any(p[0].isdigit() for p in parts)
    return kind is not Kind.NAME or not _STRUCTURES & set(parts)


def nearest_value(question: Question, evidence: Evidence, among: Sequence[Value]) -> Value | None:
    """The value whose clause speaks the most of what was asked, the nearest to those words."""
    wanted = {stem(term) for term in question.terms} - {stem(word) for word in question.head}
    found = re.finditer(r"\w+", evidence.text)
    places = [m.start() for m in found if stem(m.group().casefold()) in wanted] or [0]

    def distance(value: Value) -> int:
        return min(abs(p - (value.start if p < value.start else value.end)) for p in places)

    return min(among, key=lambda v: (-round(v.asked, 1), distance(v)), default=None)
