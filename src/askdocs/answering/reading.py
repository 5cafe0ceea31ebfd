"""What the hits say to one question: its sentences in order, the sides they take, how surely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from askdocs.answering import conflict, rivals, support
from askdocs.answering.evidence import Evidence, collect
from askdocs.answering.lexicon import Lexicon
from askdocs.answering.questions import Kind, Question
from askdocs.answering.short_answers import LEFT_OUT, ShortAnswer, short_answers
from askdocs.answering.values import Value
from askdocs.language import stems
from askdocs.types import FloatArray, Hit

_COMPARABLE_SCORE = 0.75
_MOST_DOCUMENTS = 6
_UNSURE = 0.3


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
            found = conflict.sides(self.question, self._comparable())
            if any(side.status == "retracted" for side in found):
                return found
        return conflict.sides_of(self.question, self._rivals())

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

    def _rivals(self) -> list[conflict.Statement]:
        """The best sentence's value and its rivals; those that say the same come with them."""
        first = self.said(self.best)
        if first is None:
            return []
        near = (e for e in self.elsewhere(_MOST_DOCUMENTS) if rivals.promising(self.best, e))
        others = [said for evidence in near if (said := self.said(evidence))]
        found = [
            first,
            *(said for said in others if rivals.is_rival(self.question, first, said)),
        ]
        return [conflict.Statement(said.value, said.evidence, retracted=False) for said in found]

    def elsewhere(self, most: int) -> Iterator[Evidence]:
        """The best sentence of each other document, of at most so many."""
        seen = {self.best.hit.passage.document}
        for evidence in self.ranked:
            document = evidence.hit.passage.document
            if document not in seen and len(seen) <= most:
                seen.add(document)
                yield evidence

    def said(self, evidence: Evidence) -> rivals.Said | None:
        """The value that a sentence gives: its short answer, in the form of what was asked for."""
        if self.question.kind in LEFT_OUT:
            return None
        short = self.short if evidence is self.best else self.short_in(evidence)
        ruled = self.question.kind in conflict.COMPARABLE and fits(evidence)
        value = conflict.said_value(self.question, evidence) if ruled else None
        if short is None:
            return rivals.Said(value, evidence, _UNSURE) if value else None
        if value is None or short.text not in value.text:
            value = Value(short.text, short.start, short.end)
        return rivals.Said(value, evidence, short.probability)


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
