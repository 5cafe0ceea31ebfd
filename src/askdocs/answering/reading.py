"""What the hits say to one question: its sentences in order, the sides they take, how surely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from askdocs.answering import conflict, support
from askdocs.answering.evidence import Evidence, collect
from askdocs.answering.lexicon import Lexicon
from askdocs.answering.questions import Kind, Question
from askdocs.answering.short_answers import LEFT_OUT, ShortAnswer, short_answers
from askdocs.answering.values import Value
from askdocs.language import stems
from askdocs.types import FloatArray, Hit

_COMPARABLE_SCORE = 0.75
_RIVAL_SCORE = 0.85
_SURE = 0.4
_SURE_RIVAL = 0.4


@dataclass(frozen=True)
class Reading:
    """A question and the sentences that were found for it, `ranked`, best first; at least one."""

    question: Question
    ranked: tuple[Evidence, ...]
    lexicon: Lexicon

    @classmethod
    def of(cls, question: Question, hits: Sequence[Hit], lexicon: Lexicon) -> Reading | None:
        """Read the hits for a question; `None` if they say nothing."""
        found = collect(question, hits, lexicon)
        ranked = sorted(found, key=support.selection_score, reverse=True)
        return cls(question, tuple(ranked), lexicon) if ranked else None

    @property
    def best(self) -> Evidence:
        """The sentence that answers best."""
        return self.ranked[0]

    @cached_property
    def short(self) -> ShortAnswer | None:
        """The short answer in the best sentence."""
        return self.short_in(self.best)

    def short_in(self, evidence: Evidence) -> ShortAnswer | None:
        """The short answer in a sentence, if the question has one."""
        found = short_answers(self.question, evidence.text, embedder=self.lexicon.embedder)
        if self.question.kind in (Kind.PERSON, Kind.PLACE):
            found = [short for short in found if not short.text[0].isdigit()]
        found = [short for short in found if not repeats(self.question.text, short.text)]
        return found[0] if found else None

    @cached_property
    def sides(self) -> list[conflict.Side]:
        """The values that are in conflict; none if there is no conflict."""
        if self.question.kind in conflict.COMPARABLE:
            return conflict.sides(self.question, self._comparable())
        return conflict.sides_of(self.question, list(self._named()))

    @cached_property
    def strength(self) -> float:
        """How much speaks for the best sentence as the answer, uncalibrated.

        Sentences that speak of the same figure, if only to differ, support one another: they are
        held together against the rest.
        """
        speaking = [s.evidence for side in self.sides for s in side.statements]
        together = [self.best, *speaking]
        return max(support.strength(self.signals(e, together)) for e in together)

    def signals(self, evidence: Evidence, together: Sequence[Evidence] = ()) -> FloatArray:
        """The signals that a sentence answers; see `support.SIGNALS`."""
        if self.question.kind in LEFT_OUT:
            sure = support.NO_SHORT
        else:
            sure = self.short.probability if self.short else 0.0
        return support.signals(evidence, self.ranked, together, sure)

    def _comparable(self) -> list[Evidence]:
        """The sentences whose values may be held against the best one's: they answer as it does."""
        least = _COMPARABLE_SCORE * support.selection_score(self.best)
        others = [e for e in self.ranked[1:] if fits(e) and support.selection_score(e) >= least]
        return [self.best, *others]

    def _named(self) -> Iterator[conflict.Statement]:
        """The short answers of different documents, where they are as sure as the best one's."""
        first = self.short
        if first is None or first.probability < _SURE:
            return
        least = _RIVAL_SCORE * support.selection_score(self.best)
        seen: set[str] = set()
        for evidence in self.ranked:
            document = evidence.hit.passage.document
            if document in seen or support.selection_score(evidence) < least:
                continue
            seen.add(document)
            short = first if evidence is self.best else self.short_in(evidence)
            if short is not None and short.probability >= _SURE_RIVAL:
                value = Value(short.text, short.start, short.end)
                yield conflict.Statement(value, evidence, retracted=False)


def repeats(question: str, short: str) -> bool:
    """Whether a short answer only says again what was asked, and the question gives no choice.

    >>> repeats("Who is the mayor of Almaty?", "Almaty"), repeats("Is it red or blue?", "blue")
    (True, False)
    """
    said = set(stems(short))
    choice = re.search(r"\bor\b|\bwhich\b", question, re.IGNORECASE)
    return not choice and bool(said) and said <= set(stems(question))


def fits(evidence: Evidence) -> bool:
    """Whether a sentence itself has a value of the kind asked for, where that has a form."""
    return bool(evidence.feature("value_fits") == 1.0 and evidence.feature("has_name") == 1.0)
