"""Whether a passage says what a statement says, and in which of its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from askdocs.answering.facts import Facts, facts
from askdocs.answering.naming import has_name, names
from askdocs.answering.negation import denied
from askdocs.answering.quantities import lacking
from askdocs.answering.slots import misplaced
from askdocs.language import stem
from askdocs.types import Passage, Span

COVERAGE = 0.3
"""The share of a statement's content words that its evidence must have."""
NEAR = 0.5
"""The share that its passage must have: an answer draws together what stands apart there."""
SENTENCES = 3
_NUMBER_WEIGHT = 3.0
_NAME_WEIGHT = 2.0
_LEAST_ADDED = 2
_FARTHER = 0.2


@dataclass(frozen=True, slots=True)
class Grounding:
    """How well a passage supports a statement; `spans` are the sentences that do it best.

    `coverage` is the share of the statement's words found there, `near` the share found anywhere in
    the passage, `missing` the numbers and names that are not, `contradicted` whether a negation or
    a direction differs.
    """

    passage: Passage
    spans: tuple[Span, ...]
    coverage: float
    near: float = 0.0
    missing: tuple[str, ...] = ()
    contradicted: bool = False

    @property
    def is_support(self) -> bool:
        """Whether the statement may stand with these sentences as its source."""
        enough = self.coverage >= COVERAGE and self.near >= NEAR
        return enough and not self.missing and not self.contradicted


def ground(statement: str, passage: Passage, *, question: str = "") -> Grounding:
    """How `passage` supports `statement`, which has no markers.

    A name that the question has already needs to stand only somewhere in the passage: an answer
    says "in Kazakhstan" where the sentence that carries it had no need to.

    >>> text = "It rained in Almaty. About 7,939 people were detained."
    >>> passage = Passage("a.txt", 0, len(text), text, "", ((0, 20), (21, len(text))))
    >>> ground("Police detained 7,939 people.", passage).spans
    ((21, 54),)
    >>> ground("7,393 people were detained.", passage).missing
    ('7393',)
    """
    wanted = facts(statement)
    spans = passage.sentences or ((passage.start, passage.end),)
    chosen = _choose(wanted, passage, spans, facts(question).words)
    evidence = " ".join(passage.slice(span) for span in chosen)
    found = facts(evidence)
    missing = _missing_numbers(wanted, found, passage)
    missing += _missing_names(wanted, evidence, passage, question)
    return Grounding(
        passage,
        tuple(sorted(chosen)),
        _coverage(wanted, found, passage),
        _coverage(wanted, facts(passage.text), passage),
        tuple(missing),
        denied(statement, evidence) or bool(misplaced(statement, evidence, known=question)),
    )


def find_support(
    statement: str, cited: Sequence[Passage], others: Sequence[Passage], *, question: str = ""
) -> list[Grounding]:
    """The groundings a statement may stand on; empty when there are none.

    The passages it cites come first: each that supports it alone, or all of them together. A
    statement that cites the wrong passage, or none, is given the one that supports it best.
    """
    groundings = [ground(statement, passage, question=question) for passage in cited]
    rest = [ground(statement, passage, question=question) for passage in others]
    # What the closest passage contradicts is not borne out by one that speaks of it in passing.
    least = max((g.coverage for g in (*groundings, *rest)), default=0.0) - _FARTHER
    alone = [g for g in groundings if g.is_support and g.coverage >= least]
    if alone:
        return alone
    if len(groundings) > 1 and _together(statement, groundings):
        return groundings
    fitting = [g for g in rest if g.is_support and g.coverage >= least]
    return sorted(fitting, key=lambda g: -g.coverage)[:1]


def runs(spans: Sequence[Span], passage: Passage) -> list[Span]:
    """Neighbouring sentences joined, so that what stands together is quoted together.

    >>> runs([(0, 4), (5, 9)], Passage("a", 0, 20, "One. Two. Three. Go.", "", ()))
    [(0, 9)]
    """
    joined = [spans[0]]
    for before, after in pairwise(spans):
        if passage.slice((before[1], after[0])).strip():
            joined.append(after)
        else:
            joined[-1] = (joined[-1][0], after[1])
    return joined


def _choose(
    wanted: Facts, passage: Passage, spans: Sequence[Span], asked: frozenset[str]
) -> list[Span]:
    """The sentence that has most of what is wanted, and those that add enough to it.

    Of equals the one that has more of the question's words comes first.
    """
    offers = {span: facts(passage.slice(span)) for span in spans}
    chosen: list[Span] = []
    words, named = set(wanted.words), set(wanted.names)
    numbers = list(lacking(wanted.numbers, ()))
    while len(chosen) < SENTENCES:
        gains = {
            span: len(words & offer.words)
            + _NUMBER_WEIGHT * (len(numbers) - len(lacking(numbers, offer.numbers)))
            + _NAME_WEIGHT * len(named & offer.names)
            for span, offer in offers.items()
            if span not in chosen
        }
        best = max(gains, key=lambda s: (gains[s], len(asked & offers[s].words)), default=None)
        if best is None or (chosen and not _adds_enough(words, named, offers[best])):
            break
        chosen.append(best)
        words -= offers[best].words
        numbers = lacking(numbers, offers[best].numbers)
        named -= offers[best].names
    return chosen


def _adds_enough(words: set[str], names: set[str], offer: Facts) -> bool:
    """Whether a further sentence says something of the statement, more than a name alone.

    A statement that puts a name from one sentence to the facts of another has no source.
    """
    added = words & offer.words
    return len(added) >= _LEAST_ADDED and not added <= {stem(name) for name in names}


def _coverage(wanted: Facts, found: Facts, passage: Passage) -> float:
    numbers = len(lacking(wanted.numbers, found.numbers)) < len(wanted.numbers)
    if not wanted.words:
        return 1.0 if numbers else 0.0
    if not (wanted.words & found.words or numbers):
        return 0.0
    # The heading says what the sentences below it take for granted.
    have = found.words | facts(passage.heading).words
    return len(wanted.words & have) / len(wanted.words)


def _missing_numbers(wanted: Facts, found: Facts, passage: Passage) -> list[str]:
    """The numbers that the evidence lacks.

    One that stands elsewhere in the passage is no stranger, unless the evidence has another number
    in its place.
    """
    missing = lacking(wanted.numbers, found.numbers)
    if missing and not lacking(found.numbers, wanted.numbers):
        missing = lacking(missing, facts(passage.text).numbers)
    return [str(quantity) for quantity in missing]


def _missing_names(wanted: Facts, evidence: str, passage: Passage, question: str) -> list[str]:
    """The names that the evidence lacks, by the same rule; the question's may stand elsewhere."""
    near = f"{evidence} {passage.heading}"
    missing = [name for name in sorted(wanted.names) if not has_name(name, near)]
    if not missing:
        return []
    said = " ".join(wanted.names)
    rivals = [n for n in names(evidence) if not has_name(n, said) and not has_name(n, question)]
    whole = f"{passage.text} {passage.document}"
    return [
        name
        for name in missing
        if not (has_name(name, whole) and (not rivals or has_name(name, question)))
    ]


def _together(statement: str, groundings: Sequence[Grounding]) -> bool:
    """Whether several passages say together what none of them says alone."""
    missing = set.intersection(*(set(grounding.missing) for grounding in groundings))
    if missing or any(grounding.contradicted for grounding in groundings):
        return False
    wanted = facts(statement).words
    have = {
        word
        for grounding in groundings
        for span in grounding.spans
        for word in facts(grounding.passage.slice(span)).words
    }
    adds = all(grounding.coverage > 0 for grounding in groundings)
    return adds and len(wanted & have) >= COVERAGE * len(wanted)
