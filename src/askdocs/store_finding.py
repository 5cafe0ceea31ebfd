"""Find conversations again by the words that were said in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from askdocs.language import search_copy
from askdocs.store_conversations import ConversationInfo, Conversations, missing
from askdocs.types import MARKER

EXCERPT = 90
"""About how many characters are shown of what was found."""


@dataclass(frozen=True, slots=True)
class FoundConversation:
    """A conversation that holds the words searched for, and some words around them.

    The excerpt is empty where the title says it all.
    """

    conversation: ConversationInfo
    excerpt: str = ""


class Finding(Conversations):
    """Looks for conversations in a store."""

    def conversation(self, identifier: str, *, owner: str = "") -> ConversationInfo:
        """One conversation as the list shows it. Raises `ConversationNotFound`."""
        for one in self.conversations(owner=owner):
            if one.id == identifier:
                return one
        raise missing(identifier)

    def search_conversations(
        self, words: str, *, owner: str = "", sees: Callable[[str], bool] = lambda _: True
    ) -> list[FoundConversation]:
        """The owner's conversations that hold every one of the words, the last used first.

        A word is found in a title, a question or an answer, also as a part of a longer one. No
        words find every conversation. An answer that rests on a document that the owner no longer
        `sees` is not looked at.
        """
        wanted = _folded(words).split()
        with self.snapshot():
            known = self.conversations(owner=owner)
            said = self._all_said(owner, sees) if wanted else {}
        return [
            FoundConversation(one, _excerpt(one.title, said.get(one.id, ()), wanted))
            for one in known
            if _has_all(wanted, [one.title, *said.get(one.id, ())])
        ]

    def _all_said(self, owner: str, sees: Callable[[str], bool]) -> dict[str, list[str]]:
        """The questions and answers of each conversation of the owner, in order."""
        said: dict[str, list[str]] = {}
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT conversation, answer FROM turns WHERE conversation IN"
                " (SELECT id FROM conversations WHERE owner = ?) ORDER BY conversation, position",
                (owner,),
            )
            for conversation, text in rows:
                said.setdefault(conversation, []).extend(_said(json.loads(text), sees))
        return said


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else search_copy(text).casefold()  # much the faster way


def _has_all(wanted: Iterable[str], texts: Iterable[str]) -> bool:
    all_of_it = _folded("\n".join(texts))
    return all(word in all_of_it for word in wanted)


def _said(turn: dict[str, Any], sees: Callable[[str], bool]) -> list[str]:
    """The question of a kept turn and the words of its answer, without their marks."""
    rests_on = (one["document"] for one in (*turn["citations"], *turn["hits"]))
    # A refusal says nothing, but it may name what came nearest.
    if turn["refused"] or not all(map(sees, rests_on)):
        return [turn["question"]]
    answer = MARKER.sub("", turn["text"]).replace("\n> ", "\n").removeprefix("> ")
    return [turn["question"], " ".join(answer.split())]


def _excerpt(title: str, said: Sequence[str], wanted: Sequence[str]) -> str:
    """Some words around what was found, of the text with most of it; none if the title has it."""

    def found(text: str) -> int:
        folded = _folded(text)
        return sum(word in folded for word in wanted)

    best = max((title, *said), key=found)
    if not wanted or best == title:
        return ""
    places = (re.search(re.escape(word), best, re.IGNORECASE) for word in wanted)
    first = min((place.start() for place in places if place), default=0)
    start = max(0, first - EXCERPT // 3)
    if start:  # at the beginning of a word, if there is one before what was found
        space = best.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    cut = best[start : start + EXCERPT]
    return ("…" if start else "") + cut + ("…" if start + EXCERPT < len(best) else "")
