"""Question and history -> what is searched: texts to embed and words to look up, with weights.

A question in a conversation is searched with the one before it. How much that counts depends on
whether the question leans on it; but even a question that does not is mostly on the same subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from askdocs.language import content_words, words
from askdocs.types import Answer, History, Span

_PRONOUNS = frozenset("he him she her hers they them theirs it one ones former latter".split())
_POINTERS = frozenset("his its their this that these those there then same".split())
_CONTINUES = re.compile(
    r"^\s*(?:and|but|so|or|also|what about|how about|what else|who else|where else|no,? i mean\w*|"
    r"i mean\w*|really|are you sure|tell me more|more|go on)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 3

_EARLIER_LEANING = 0.35  # what a word of the question before counts for
_EARLIER_OTHERWISE = 0.1

_NAME = re.compile(r"\b[A-Z][\w&'’-]*(?: +(?:of +)?[A-Z][\w&'’-]*)*")
_SENTENCE_ENDS = re.compile(r"(?:^|[.?!:] +)$")
_JOINED = re.compile(r"\b(?:and|or|than|versus|vs)\b|,", re.IGNORECASE)
_FAR_APART = 5  # words between two names that are told of together


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for a question.

    `text` is the question as it is understood alone. The mean of the vectors of `texts` is searched
    by meaning; `terms` are searched as words, and `earlier` too, for the weight `earlier_weight`.
    """

    text: str
    texts: tuple[str, ...]
    terms: tuple[str, ...]
    earlier: tuple[str, ...] = ()
    earlier_weight: float = 0.0


def make_query(question: str, history: History = ()) -> Query:
    """What is searched for a question in a conversation.

    >>> query = make_query("And how many died?", ["How many were detained in Almaty?"])
    >>> query.texts
    ('How many were detained in Almaty? And how many died?',)
    >>> query.terms, query.earlier
    (('many', 'died'), ('detained', 'almaty'))
    """
    terms = _terms(question)
    if not history:
        return Query(question, (question,), terms)
    before = _query_of(history)
    together = f"{before} {question}"
    earlier = tuple(term for term in _terms(before) if term not in terms)
    if leans_on_history(question):
        return Query(together, (together,), terms, earlier, _EARLIER_LEANING)
    return Query(question, (question, together), terms, earlier, _EARLIER_OTHERWISE)


def resolve_follow_up(question: str, history: History) -> str:
    """The question as it is understood: with the previous one before it if it leans on it.

    >>> resolve_follow_up("And how many died?", ["How many were detained?"])
    'How many were detained? And how many died?'
    >>> resolve_follow_up("Which airline flies to Oslo in winter?", ["How many were detained?"])
    'Which airline flies to Oslo in winter?'
    """
    if not history or not leans_on_history(question):
        return question
    return f"{_query_of(history)} {question}"


def leans_on_history(question: str) -> bool:
    """Whether a question cannot be understood without the one before it.

    >>> [leans_on_history(q) for q in ("Who designed it?", "Which airline cancelled its flights?")]
    [True, False]
    """
    own = content_words(question)
    if len(own) < 2 or (_CONTINUES.match(question) and len(own) <= _FEW_WORDS):
        return True
    asked = words(question)
    for place, word in enumerate(asked):
        before = len(content_words(" ".join(asked[:place])))
        # What stands before a pronoun in the question itself may be what it means.
        if word in _PRONOUNS and before < _FEW_WORDS:
            return True
        if word in _POINTERS and (before == 0 or place == len(asked) - 1):
            return True
    return False


def facets(question: str) -> tuple[str, ...]:
    """A question on two things by name, as a question on each; none if it is not.

    Passages on the first would crowd out those on the second, which has to be compared with it.

    >>> facets("Did Kelmouth in 2018 or Varnby sell more tickets?")
    ('Did Varnby sell more tickets?', 'Did Kelmouth in 2018 sell more tickets?')
    >>> facets("Who is the mayor of Kelmouth?")
    ()
    """
    names = list(_names(question))
    for (start, end), (other_start, other_end) in pairwise(names):
        between = question[end:other_start]
        joints = list(_JOINED.finditer(between))
        if joints and len(between.split()) <= _FAR_APART:
            joint = end + joints[-1].start()
            return (
                question[:start] + question[other_start:],
                question[:joint].rstrip() + question[other_end:],
            )
    return ()


def _names(question: str) -> Iterator[Span]:
    """Runs of words with capitals, without the word that has its capital as a sentence's first."""
    for match in _NAME.finditer(question):
        start, end = match.span()
        if _SENTENCE_ENDS.search(question, 0, start):
            first, _, rest = match.group().partition(" ")
            start += 0 if rest and content_words(first) else len(first) + 1
        if start < end:
            yield start, end


def _terms(question: str) -> tuple[str, ...]:
    """The words that are looked up: those of content, or all if there are none."""
    return tuple(content_words(question) or words(question))


def _query_of(history: History) -> str:
    """The last question, with what it leaned on in its turn."""
    *earlier, last = [turn.question if isinstance(turn, Answer) else turn for turn in history]
    return resolve_follow_up(last, earlier[-1:])
