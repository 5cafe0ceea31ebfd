"""What drafting goes by: the sentences of documents, and the questions that they answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

_APPROXIMATE = re.compile(
    r"^(?:about|around|nearly|almost|roughly|some|over|more than|at least|up to|at most|fewer than"
    r"|less than|under|approximately|an estimated|only|just|early|late|mid)\s+",
    re.IGNORECASE,
)

_VAGUE = re.compile(
    r"\b(?:significant|several|various|certain|experience|progress|challenges?|events?|follow"
    r"|extensive|some|many|number of|series of|measures|efforts?|steps?|actions?|moves?"
    r"|decisions?|incidents?)\b"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a document: `quote` is verbatim, `text` is without line breaks and marks."""

    document: str
    start: int
    quote: str
    text: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """A question, the groups of strings that its answer holds, and the sentence it rests on.

    `worth` says how often such a question is a good one: those worth more are taken first.
    `note` is a word to whoever checks it.
    """

    type: str
    question: str
    all_of: tuple[tuple[str, ...], ...]
    sentence: Sentence
    worth: float = 0.5
    note: str = ""


def drafted(kind: str, question: str, answer: str, sentence: Sentence, worth: float) -> Drafted:
    """A draft with one answer, without "about"; one that asks something vague is worth less."""
    bare = _APPROXIMATE.sub("", answer)
    question = question.replace("s's ", "s' ").replace("s’s ", "s’ ")
    worth -= 0.4 if is_vague(question) else 0.0
    return Drafted(kind, question, ((bare or answer,),), sentence, worth)


def is_vague(words: str) -> bool:
    """Whether words such as "significant progress" leave open what is meant.

    >>> is_vague("made significant progress"), is_vague("opened the bridge")
    (True, False)
    """
    return bool(_VAGUE.search(words))
