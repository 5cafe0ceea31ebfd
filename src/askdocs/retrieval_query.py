"""Question and history -> what is searched: texts to embed and words to look up, with weights.

A question in a conversation is searched with the one before it. How much that counts depends on
whether the question leans on it; but even a question that does not is mostly on the same subject.
A question that leans is also searched with the names that the answer before it gave.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from askdocs.language import STOP_WORDS, content_words, words
from askdocs.types import MARKER, Answer, History, Span

_PRONOUNS = frozenset("he him she her hers they them theirs it one ones former latter".split())
_NO_NAMES = STOP_WORDS | frozenset("i dr mr mrs ms prof sir st capt cllr".split())
_PERSONAL = frozenset("he him his she her hers".split())
_POINTERS = frozenset("his its their this that these those there then same".split())
_CONTINUES = re.compile(
    r"^\s*(?:and|but|so|or|also|what about|how about|what else|who else|where else|no,? i mean\w*|"
    r"i mean\w*|really|are you sure|tell me more|more|go on)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 3
_CORRECTS = re.compile(
    r"^\s*(?:(?:no|nope|not that|oops|sorry|wait|actually|well|oh|but)\b[,.!… ]*)*"
    r"(?:i (?:mean|meant|was asking about|asked about|am asking about|was talking about|"
    r"am talking about)|i'm (?:asking|talking) about|(?:a )?correction(?: to|:)|make that)\b"
    r"[,:]?\s+",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"^\s*(?:no|nope|oops|sorry)\s*[,.!…:;–—-]+\s*(?:(?:not|rather)\b[^,;]*[,;]\s*)?|"
    r"^\s*not\b[^,;?]*[,;]\s*(?:but\s+)?",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"^\s*(?:(?:and|but|or|so|ok|okay|also|then)\b[, ]*)+", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:who|whom|whose|what|when|where|which|why|how|is|are|was|were|does|did|has|have|had)\b|"
    r"n't\b|^(?:do|can|could|may|might|must|shall|should|will|would|am|tell|give|show|list|name|"
    r"explain|summari[sz]e|compare|describe|find|define)\b",
    re.IGNORECASE,
)
_TURNS = 2  # before a question that it is searched with
_LONGEST_REST = 8  # words of what is no question by itself

_EARLIER_LEANING = 0.35  # what a word of the question before counts for
_EARLIER_OTHERWISE = 0.1

_NAME = re.compile(r"\b[A-Z][\w&'’-]*(?: +(?:of +)?[A-Z][\w&'’-]*)*")
_SENTENCE_ENDS = re.compile(r"(?:^|[.?!:] +)$")
_MOST_NAMES = 3  # that are taken over from an answer


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
    question = restate(question, history)
    terms = _terms(question)
    if not history:
        return Query(question, (question,), terms)
    leant_on = leans_on(question, history)
    before = " ".join(leant_on) or resolve_follow_up(_asked(history[-1]), history[:-1])
    together = f"{before} {question}"
    earlier = tuple(term for term in _terms(before) if term not in terms)
    if leant_on:
        named = _news(history[-1]) if _PERSONAL.intersection(words(question)) else ()
        if not named:
            return Query(together, (together,), terms, earlier, _EARLIER_LEANING)
        # The name stands for the pronoun, so it is as much asked for as the question's own words.
        terms = tuple(dict.fromkeys((*terms, *_terms(" ".join(named)))))
        earlier = tuple(term for term in earlier if term not in terms)
        texts = (" ".join((*named, question)),)
        return Query(together, texts, terms, earlier, _EARLIER_LEANING)
    return Query(question, (question, together), terms, earlier, _EARLIER_OTHERWISE)


def resolve_follow_up(question: str, history: History) -> str:
    """The question as it is understood: with the previous one before it if it leans on it.

    >>> resolve_follow_up("And how many died?", ["How many were detained?"])
    'How many were detained? And how many died?'
    >>> resolve_follow_up("Which airline flies to Oslo in winter?", ["How many were detained?"])
    'Which airline flies to Oslo in winter?'
    """
    question = restate(question, history)
    return " ".join((*leans_on(question, history), question))


def leans_on(question: str, history: History) -> tuple[str, ...]:
    """The questions before that one leans on, oldest first, each with the names in its answer.

    >>> leans_on("And when?", ["Who won?", "How old is the tram?", "Who built it?"])
    ('How old is the tram?', 'Who built it?')
    """
    found: list[str] = []
    asked = question
    for place in range(len(history) - 1, -1, -1):
        if not leans_on_history(asked) or len(found) == _TURNS:
            break
        asked = restate(_asked(history[place]), history[:place])
        found.append(" ".join((asked, *_news(history[place]))))
    return tuple(reversed(found))


def restate(question: str, history: History) -> str:
    """A correction, or what is no question by itself, as the question that it makes of the last.

    >>> [restate(q, ["When did the tram start?"]) for q in ("No, I meant the ferry.", "and Oslo?")]
    ['What about the ferry?', 'What about Oslo?']
    >>> restate("And how many died?", ["When did the tram start?"])
    'And how many died?'
    """
    if not history:
        return question
    straight = question.replace("’", "'")
    for opening in (_CORRECTS, _DENIES, _GOES_ON):
        rest = opening.sub("", straight, count=1).strip()
        if not words(rest) or rest == straight.strip():
            continue
        if not _ASKS.search(rest) and len(rest.split()) <= _LONGEST_REST:
            return f"What about {rest.rstrip('?!. ')}?"
        return question if opening is _GOES_ON else rest
    return question


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
        if word in _PRONOUNS and before < _FEW_WORDS and not _counts(asked[place:]):
            return True
        if word in _POINTERS and (before == 0 or place == len(asked) - 1):
            return True
    return False


def _counts(rest: list[str]) -> bool:
    """Whether "one" is a number, as in "one day", or somebody, as in "one of the divers"."""
    return rest[0] == "one" and len(rest) > 1 and (rest[1] == "of" or bool(content_words(rest[1])))


def _news(turn: Answer | str) -> tuple[str, ...]:
    """The names that an answer gave and its question did not: said first, or else quoted first."""
    if isinstance(turn, str) or not turn.citations:
        return ()
    asked = set(words(turn.question))
    lead = MARKER.sub("", turn.text.partition("\n")[0]).strip()
    for text in (lead.removeprefix("> "), turn.citations[0].quote):
        names = (" ".join(text[start:end].split()) for start, end in _names(text))
        news = (name for name in names if not (asked | _NO_NAMES).issuperset(words(name)))
        if found := tuple(islice(dict.fromkeys(news), _MOST_NAMES)):
            return found
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


def _asked(turn: Answer | str) -> str:
    return turn.question if isinstance(turn, Answer) else turn
