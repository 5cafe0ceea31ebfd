"""Chooses, of the questions that documents allow, those that somebody would keep."""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from askdocs.answering.naming import CALENDAR, names
from askdocs.evaluation.drafting.clauses import points_elsewhere
from askdocs.evaluation.drafting.types import Drafted, Sentence
from askdocs.evaluation.metrics import holds
from askdocs.language import STOP_WORDS, stem, words

_LONGEST = 150
_SHORTEST = 14
_RIVAL = 0.85
_SAME = 0.8
_THERE = re.compile(r"\b(?:is|are|was|were) there\b")
_ROLES = re.compile(
    r"\bthe (?:defendant|plaintiff|accused|suspect|victim|patient|applicant|author|company|firm"
    r"|board|report|study|former|latter)\b"
    r"|\b(?:next|last|this) (?:season|year|month|week|meeting)\b",
    re.IGNORECASE,
)
"""Of these there is another in every document."""
_INITIAL = re.compile(r"\b[A-Z]\. [A-Z]\w")
_FEW = 3
_UNCLEAR = 0.3
_TOO_MANY = 2
_CONTESTED = 0.5
_SHARE = 0.25
_MONTH_STEMS = frozenset(map(stem, CALENDAR))
_ASKING = frozenset("many much long old far".split())


def terms(text: str) -> frozenset[str]:
    """The stems of the words of a question or sentence that say what it is about."""
    return frozenset(stem(w) for w in words(text) if w not in STOP_WORDS and w not in _ASKING)


def alike(one: Collection[str], other: Collection[str]) -> float:
    """The share of the terms of two questions that they have together.

    >>> alike({"ferri", "sink"}, {"ferri", "sink", "when"}) > 0.6
    True
    """
    both = set(one) | set(other)
    return len(set(one) & set(other)) / len(both) if both else 1.0


class Corpus:
    """The sentences of all documents, and how much each word says."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.sentences = sentences
        self._terms = [terms(sentence.text) for sentence in sentences]

    @cached_property
    def _at(self) -> dict[str, list[int]]:
        at: dict[str, list[int]] = defaultdict(list)
        for number, said in enumerate(self._terms):
            for term in said:
                at[term].append(number)
        return at

    def weight(self, term: str) -> float:
        """How much a term says: more, the fewer sentences have it."""
        return math.log(1 + len(self.sentences) / (1 + len(self._at.get(term, ()))))

    def speaking_of(self, asked: Collection[str]) -> Iterator[tuple[float, Sentence]]:
        """The sentences that have any of the terms, each with the share that it has."""
        total = sum(map(self.weight, asked)) or 1.0
        shares: defaultdict[int, float] = defaultdict(float)
        for term in asked:
            for number in self._at.get(term, ()):
                shares[number] += self.weight(term) / total
        for number, share in sorted(shares.items()):
            yield share, self.sentences[number]


def without_contradictions(drafts: Iterable[Drafted]) -> list[Drafted]:
    """The drafts, each question once; none of those that have several answers."""
    answers: dict[str, Drafted | None] = {}
    for draft in drafts:
        key = draft.question.casefold()
        known = answers.setdefault(key, draft)
        if known and known.all_of != draft.all_of:
            answers[key] = None
    return [draft for draft in answers.values() if draft]


def judged(drafts: Iterable[Drafted], corpus: Corpus) -> list[Drafted]:
    """The drafts that somebody may keep; one that another place may answer, too, is worth less."""
    kept = []
    for draft in drafts:
        if can_stand_alone(draft):
            rivals = _rivals(draft, corpus)
            if len(rivals) < _TOO_MANY:
                worth = draft.worth - _CONTESTED * len(rivals)
                if not _is_named(draft.question) and len(terms(draft.question)) <= _FEW:
                    worth -= _UNCLEAR
                kept.append(replace(draft, worth=worth, note=_told(rivals)))
    return kept


def _told(rivals: Sequence[Sentence]) -> str:
    return "; ".join(f"may be answered otherwise in {one.document}: {one.text}" for one in rivals)


def can_stand_alone(draft: Drafted) -> bool:
    """Whether a question can be understood by itself and does not give its answer away."""
    question = draft.question
    asked = terms(question)
    named = _is_named(question)
    fewest = 1 if draft.type == "definition" else 2 if named else 3
    values = [value for group in draft.all_of for value in group]
    return (
        _SHORTEST <= len(question) <= _LONGEST
        and len(asked) >= fewest
        and not _ROLES.search(question)
        and not points_elsewhere(_THERE.sub("", question), own=named)
        and question.count('"') % 2 == 0
        and question.count("“") == question.count("”")
        and all(holds(draft.sentence.quote, value) for value in values)
        and not any(holds(question, value) for value in values)
    )


def _is_named(question: str) -> bool:
    if _INITIAL.search(question):
        return True
    return bool(names(question) - CALENDAR - {"who", "what", "when", "where", "how", "why"})


def _rivals(draft: Drafted, corpus: Corpus) -> list[Sentence]:
    """Other places that may answer the question, and otherwise."""
    if draft.type in ("table", "field"):
        return []
    asked = terms(draft.question)
    if not _is_named(draft.question):  # a day says nothing of who did it then
        asked = frozenset(t for t in asked if not t[0].isdigit() and t not in _MONTH_STEMS)
    shares = list(corpus.speaking_of(asked))
    own = next((share for share, one in shares if one == draft.sentence), 1.0)
    return [
        other
        for share, other in shares
        if share >= _RIVAL * own and other.quote != draft.sentence.quote
        if not all(any(holds(other.text, value) for value in group) for group in draft.all_of)
    ]


def spread(
    drafts: Iterable[Drafted], count: int, seed: int, *, asked: Sequence[str] = ()
) -> list[Drafted]:
    """So many of the drafts, of as many types and documents as there are, the best ones first.

    No type takes more than its share, and none asks nearly the same as another, or as those that
    are `asked` already.
    """
    chance = random.Random(seed)
    ranked = [draft for draft in drafts if _is_new(draft, asked)]
    ranked = sorted(chance.sample(ranked, len(ranked)), key=lambda draft: -draft.worth)
    wanted = [terms(draft.question) for draft in ranked]
    taken: Counter[str | tuple[str, int]] = Counter()
    chosen: list[int] = []
    open_ones = list(range(len(ranked)))
    most = max(2, math.ceil(_SHARE * count))

    def turn(number: int) -> tuple[float, int]:
        """Whose turn it is: what has been taken least, if it is worth it."""
        draft = ranked[number]
        place = (draft.sentence.document, draft.sentence.start)
        often = taken[draft.sentence.document] + taken[draft.type] / 2 + 3 * taken[place]
        return often - 4 * draft.worth, number

    while open_ones and len(chosen) < count:
        best = min(open_ones, key=turn)
        draft = ranked[best]
        chosen.append(best)
        taken.update([draft.type, draft.sentence.document])
        taken[draft.sentence.document, draft.sentence.start] += 1
        open_ones = [
            number
            for number in open_ones
            if taken[ranked[number].type] < most and alike(wanted[best], wanted[number]) < _SAME
        ]
    return [ranked[number] for number in chosen]


def _is_new(draft: Drafted, asked: Sequence[str]) -> bool:
    return all(alike(terms(draft.question), terms(other)) < _SAME for other in asked)
