"""A question on several things as a question on each.

Passages on the first would crowd out those on the second, and a sentence that answers the one says
nothing of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from askdocs.language import content_words
from askdocs.retrieval_query import leans_on_history
from askdocs.types import Span

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_WORD = r"[A-Z][\w&'’-]*"
_NAME = re.compile(rf"\b(?:{_WORD}|[a-z]+[A-Z]\w*)(?:\.(?=\s[A-Z]))?(?: +(?:of +|the +)?{_WORD})*")
_FIRM = re.compile(r"(?:Inc|Ltd|Co|Corp|Jr|Sr)\.")
_WHEN = re.compile(rf",? +(?:in|of|for|from|during|since|by) +(?:{_MONTH} +)?(?:1\d|20)\d\d\b")
_SENTENCE_ENDS = re.compile(r"(?:^|[.?!:] +)$")
_JOINT = re.compile(r"(?:\band|\bor|\bthan|\bversus|\bvs\.?|,)(?= |$)", re.IGNORECASE)
_NEAR = 30  # characters in which what ends right before a name begins, too
_FAR_APART = 5  # words between two names that are told of together
_COMPARES = re.compile(r"^(?:please )?(?:compare|contrast)\b *", re.IGNORECASE)
_NEXT_SENTENCE = re.compile(r"(?:(?<=\.)|[?!.]) +(?=(?:Which|Who|What|How|Where|When)\b)")
_TOGETHER = re.compile(r"\b(?:between|both) +(?:the +)?$", re.IGNORECASE)
_SECOND_QUESTION = re.compile(
    r",? +and +(?:also +)?(?=(?:how|when|where|who|whose|what|which|why)\b)", re.IGNORECASE
)
_IS_ASKED = re.compile(
    r"\b(?:how|when|where|who|whose|what|which|why|is|are|was|were|did|do|does|can|will)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question; `earlier` is the part before it if it cannot be understood alone.

    `tail` is what is asked of all parts together, such as "Which was higher?".
    """

    text: str
    earlier: tuple[str, ...] = ()
    tail: str = ""

    @property
    def searched(self) -> str:
        """The part in words that can be searched for alone."""
        return " ".join(filter(None, (*self.earlier, self.text, self.tail)))


def parts(question: str) -> tuple[Part, ...]:
    """The parts of a question, two or more; none if it is one question on one thing.

    >>> [part.searched for part in parts("When did the inn open and who owned it?")]
    ['When did the inn open?', 'When did the inn open? who owned it?']
    """
    asked = questions_in(question)
    if len(asked) == 1:
        _, tail = _comparison(question)
        return tuple(Part(text, tail=tail) for text in facets(question))
    found = [Part(asked[0])]
    for text in asked[1:]:
        found.append(Part(text, (found[-1].searched,) if leans_on_history(text) else ()))
    return tuple(found)


def facets(question: str) -> tuple[str, ...]:
    """A question on two things by name as a question on each; none if it is not.

    >>> facets("Did Kelmouth in 2018 or Varnby sell more tickets?")
    ('Did Kelmouth in 2018 sell more tickets?', 'Did Varnby sell more tickets?')
    >>> facets("Compare the profit of Alder Ltd. in 2017 and Birch in 2019. Which was higher?")
    ('the profit of Alder Ltd. in 2017', 'the profit of Birch in 2019')
    >>> facets("Who is the mayor of Kelmouth?")
    ()
    """
    question, _ = _comparison(question)
    for first, second in pairwise(_named(question)):
        between = question[first[1] : second[0]]
        joints = list(_JOINT.finditer(between))
        if _TOGETHER.search(question, max(0, first[0] - _NEAR), first[0]):
            continue
        if joints and len(between.split()) <= _FAR_APART:
            joint = first[1] + joints[-1].start()
            return _each(question, first, second, joint)
    return ()


def questions_in(question: str) -> tuple[str, ...]:
    """Two questions joined by "and", one after the other; the question alone if it is one.

    >>> questions_in("When did the inn open and who owned it?")
    ('When did the inn open?', 'who owned it?')
    """
    joint = _SECOND_QUESTION.search(question)
    if joint is None:
        return (question,)
    first, second = question[: joint.start()], question[joint.end() :]
    if not _IS_ASKED.search(first) or not content_words(first) or not content_words(second):
        return (question,)
    return (f"{first}?", *questions_in(second))


def _comparison(question: str) -> tuple[str, str]:
    """What is compared and what is asked of it, of "Compare the ... Which was higher?".

    Other questions are given as they are.
    """
    begins = _COMPARES.match(question)
    if begins is None:
        return question, ""
    compared, *asked = _NEXT_SENTENCE.split(question[begins.end() :], maxsplit=1)
    compared = compared.rstrip("?! ")
    if compared.endswith(".") and not _FIRM.fullmatch(compared.split()[-1]):
        compared = compared.rstrip(". ")
    return (compared, "".join(asked)) if compared else (question, "")


def _each(question: str, first: Span, second: Span, joint: int) -> tuple[str, str]:
    """The question with one of two names where the first stands, and without the second."""
    after = question[second[1] :]
    name, other = question[slice(*first)], question[slice(*second)]
    when = _WHEN.search(other)
    if when and not _WHEN.search(name):
        name += when.group()  # a year behind the last name is meant for both
    kept = question[first[1] : joint].rstrip()
    before = question[: first[0]]
    return before + name + kept + after, before + other + kept + after


def _named(question: str) -> Iterator[Span]:
    """Names, each with the year it is spoken of, without what only begins a sentence."""
    for match in _NAME.finditer(question):
        start, end = match.span()
        if re.fullmatch(_MONTH, match.group()):
            continue
        if _SENTENCE_ENDS.search(question, max(0, start - _NEAR), start):
            first, _, rest = match.group().partition(" ")
            start += 0 if rest and content_words(first) else len(first) + 1
        if start >= end:
            continue
        if firm := _FIRM.search(question, max(start, end - 5), end + 1):
            end = max(end, firm.end())
        if when := _WHEN.match(question, end):
            end = when.end()
        yield start, end
