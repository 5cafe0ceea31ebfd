"""Different values for the same thing, and values that a source takes back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from askdocs.answering.attribution import attributed_to
from askdocs.answering.evidence import Evidence, nearest_value
from askdocs.answering.questions import Kind, Question
from askdocs.answering.values import Value
from askdocs.answering.versions import superseded
from askdocs.language import content_words, stem, words
from askdocs.types import ClaimStatus

_TAKES_BACK = re.compile(
    r"\b(?:retract\w*|withdr[ae]w\w*|withdrawn|correct(?:ed|ion|ions|ing|s)|revis(?:e[sd]?|ing|ion)|"
    r"superseded?|amend(?:ed|s|ment)|in error|by mistake|mistaken(?:ly)?|wrong(?:ly)?|inaccurate|"
    r"no longer (?:stands|holds|valid)|took back|taken back|was not (?:true|right)|"
    r"and not|(?:reported|said|thought|believed|given|counted) "
    r"(?:at first|earlier|previously|initially)|"
    r"(?:earlier|previous|initial|first|original) (?:figure|report|reports|statement|count|number|"
    r"estimate|toll|value|date|version|bulletin|note))\b",
    re.IGNORECASE,
)
_OLD_VALUE_BEFORE = re.compile(
    r"(?:\bfrom|\binstead of|\brather than|\bnot|\bearlier|\bprevious(?:ly)?|\binitial(?:ly)?|"
    r"\boriginal(?:ly)?|\bretract\w*|\bwithdr\w*|\bformer(?:ly)?|\bwrongly|"
    r"\bhad (?:said|been|reported|"
    r"given|written|put)|\bfirst (?:said|reported|put|given|count\w*))\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_OLD_VALUE_AFTER = re.compile(
    r"^[^.;]{0,40}\b(?:(?:was|were|is|are) (?:wrong|too high|too low|an error|a mistake|withdrawn|"
    r"retracted|incorrect|mistaken|not right)|in error|by mistake|i withdraw|we withdraw|i retract|"
    r"we retract|has been withdrawn)\b",
    re.IGNORECASE,
)
_TAKES_THAT_BACK = re.compile(
    r"\b(?:that|this|the|our|my|those|these) (?:earlier |first |last |old )?(?:figure|number|count|"
    r"estimate|total|statement|claim|result|value|date)s?\b[^.;]{0,40}\b(?:wrong|withdrawn|"
    r"retracted|error|mistake|mistaken|incorrect|too (?:high|low)|not (?:right|hold|stand))|"
    r"\b(?:withdraws?|withdrew|retracts?|retracted|takes? back|took back|corrects?|corrected) "
    r"(?:that|this|the|those|these|it)\b|"
    r"\b(?:that|this|it) (?:was|is) (?:wrong|an error|a mistake|not (?:true|right|so))\b",
    re.IGNORECASE,
)
_NEW_VALUE_BEFORE = re.compile(
    r"\b(?:to|is now|are now|now stands at|correct(?:ed)? (?:figure|number|value|date|to)|"
    r"should (?:be|read)|"
    r"in fact|actually|really|proved to be|new (?:figure|count|total))\b[^.;]{0,30}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A value that a sentence gives for what was asked; `retracted` if it is taken back there."""

    value: Value
    evidence: Evidence
    retracted: bool


@dataclass(frozen=True, slots=True)
class Side:
    """Statements of the same value.

    It is `superseded`, and so retracted, if only documents give it of which there is a later
    version.
    """

    value: str
    status: ClaimStatus
    statements: tuple[Statement, ...]
    superseded: bool = False

    @property
    def source(self) -> str:
        """Who says so, as the first sentence that names somebody names them.

        Who takes a value back is not who gives it.
        """
        given = [statement for statement in self.statements if not statement.retracted]
        named = (attributed_to(statement.evidence.text) for statement in given)
        return next(filter(None, named), "")


def sides(question: Question, evidence: Sequence[Evidence]) -> list[Side]:
    """The different values that the sentences give, best first; fewer than two is no conflict.

    `evidence` are sentences that each answer the question, best first.
    """
    return sides_of(question, _statements(question, evidence))


def sides_of(question: Question, statements: Sequence[Statement]) -> list[Side]:
    """The different values of statements, best first; none if there is no conflict."""
    groups: dict[str, list[Statement]] = {}
    for statement in statements:
        groups.setdefault(_key(statement.value), []).append(statement)
    groups = _merged(groups)
    replaced = superseded(s.evidence.hit.passage.document for s in statements)
    old = {
        key
        for key, group in groups.items()
        if all(s.evidence.hit.passage.document in replaced for s in group)
    }
    retracted = old | {key for key, group in groups.items() if any(s.retracted for s in group)}
    standing = [key for key in groups if key not in retracted]
    if len(groups) < 2 or not standing:
        return []
    if not retracted and not _rivals(question, [groups[key] for key in standing]):
        return []
    found = []
    for key, group in groups.items():
        status: ClaimStatus = "retracted" if key in retracted else "current"
        if status == "current" and len(standing) > 1:
            status = "disputed"
        found.append(Side(group[0].value.text, status, tuple(group), key in old))
    return sorted(found, key=lambda side: side.status == "retracted")


def _statements(question: Question, evidence: Sequence[Evidence]) -> list[Statement]:
    found = []
    for item in evidence:
        said = said_value(question, item)
        withdrawn = taken_back_next(item)
        if (
            said
            and _comparable(said)
            and (said.asked >= _ASKED or withdrawn or item is evidence[0])
        ):
            found.append(Statement(said, item, withdrawn or is_taken_back(item.text, said)))
            found.extend(_taken_back_beside(item, said))
    return found


def said_value(question: Question, item: Evidence) -> Value | None:
    """The value that a sentence gives for what was asked: one that stands, unless the question is
    about one that was taken back.
    """
    gone = [value for value in item.values if is_taken_back(item.text, value)]
    standing = [value for value in item.values if value not in gone]
    wanted = gone if takes_back(question.text) else standing
    return nearest_value(question, item, wanted or item.values)


def _comparable(value: Value) -> bool:
    return value.amount is not None or not value.noun  # "dozens of people" contradicts no number


def _taken_back_beside(item: Evidence, said: Value) -> Iterator[Statement]:
    """Other values of the sentence that it takes back: "44 died, not nine"."""
    for value in item.offered:
        bare = not any(word in content_words(" ".join(value.clause)) for word in value.noun)
        if value != said and _comparable(value) and is_taken_back(item.text, value):
            spoken_of = value.asked >= _ASKED or (bare and said.asked >= _ASKED)
            if spoken_of:
                yield Statement(value, item, True)


def taken_back_next(item: Evidence) -> bool:
    """Whether the next sentence takes back the figure of this one: "I withdraw that figure"."""
    passage = item.hit.passage
    following = passage.sentences[item.number + 1 : item.number + 2]
    return any(_TAKES_THAT_BACK.search(passage.slice(span)) for span in following)


def is_taken_back(sentence: str, value: Value) -> bool:
    """Whether the sentence itself says that the value no longer holds.

    >>> from askdocs.answering.values import numbers
    >>> text = "The toll was revised from 12 to 9."
    >>> [is_taken_back(text, value) for value in numbers(text)]
    [True, False]
    """
    if not _TAKES_BACK.search(sentence):
        return False
    before, after = sentence[: value.start], sentence[value.end :]
    if _NEW_VALUE_BEFORE.search(before):
        return False
    return bool(_OLD_VALUE_BEFORE.search(before) or _OLD_VALUE_AFTER.search(after))


def takes_back(sentence: str) -> bool:
    """Whether the sentence speaks of something taken back, corrected or superseded."""
    return bool(_TAKES_BACK.search(sentence))


def _key(value: Value) -> str:
    return f"{value.amount:g}" if value.amount is not None else " ".join(words(value.text))


def _merged(groups: dict[str, list[Statement]]) -> dict[str, list[Statement]]:
    """The groups with those made one that give the same number, once exactly and once about."""
    merged: dict[str, list[Statement]] = {}
    for key, group in groups.items():
        same = next(
            (k for k, other in merged.items() if _agree(other[0].value, group[0].value)), key
        )
        merged.setdefault(same, []).extend(group)
    return merged


def _agree(one: Value, other: Value) -> bool:
    """Whether two values say the same, if not in the same words."""
    if one.amount is None or other.amount is None:
        return one.amount is other.amount and _same_words(one.text, other.text)
    about = any(_ABOUT.match(value.text) for value in (one, other))
    return about and abs(one.amount - other.amount) <= _ABOUT_THE_SAME * max(
        one.amount, other.amount
    )


def _same_words(one: str, other: str) -> bool:
    """Whether the words of one are among those of the other: "Tampa" and "Tampa, Florida"."""
    first, second = ({stem(word) for word in content_words(text)} for text in (one, other))
    return bool(first and second) and (first <= second or second <= first)


def _rivals(question: Question, groups: Sequence[Sequence[Statement]]) -> bool:
    """Whether values come from different places, so that they cannot both be meant at once.

    Dates and durations have to come from different documents: one document tells of many.
    """
    whole = question.kind is not Kind.NUMBER
    places = [
        {(s.evidence.hit.passage.document, () if whole else s.evidence.span) for s in group}
        for group in groups
    ]
    return any(not a & b for number, a in enumerate(places) for b in places[number + 1 :])


_ASKED = 0.6
_ABOUT = re.compile(
    r"(?:about|around|nearly|almost|roughly|some|approximately|over|more than)\s", re.IGNORECASE
)
_ABOUT_THE_SAME = 0.03
COMPARABLE = frozenset({Kind.NUMBER, Kind.DATE, Kind.DURATION})
"""Kinds whose values can contradict one another and be told apart without a language model."""
