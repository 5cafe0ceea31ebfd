"""The kept conversations of whoever is acting, and what they think of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from askdocs.access.principal import Right, require
from askdocs.store_conversations import Turn
from askdocs.types import EVERYTHING, Answer, Filter
from askdocs.web.withholding import as_seen
from askdocs.web.words import shortened

if TYPE_CHECKING:
    from askdocs.index import Index
    from askdocs.store_conversations import ConversationInfo
    from askdocs.store_feedback import FeedbackRow, Opinion, Verdict


class Keeping:
    """The conversations in an index's store. Every method raises `SignInNeeded` or `NotAllowed`.

    What belongs to somebody else is not there: `ConversationNotFound`.
    """

    def __init__(self, index: Index) -> None:
        self._store = index.store

    def search(self, words: str = "") -> list[ConversationInfo]:
        """The conversations that hold all of the words, the last used first."""
        who = require(Right.ASK)
        if not words.strip():
            return self._store.conversations(owner=who.name)
        found = self._store.search_conversations(words, owner=who.name, sees=who.sees)
        return [one.conversation for one in found]

    def one(self, conversation: str) -> ConversationInfo:
        """A conversation as the list shows it."""
        return self._store.conversation(conversation, owner=require(Right.ASK).name)

    def begin(self, title: str = "") -> str:
        """Begin a conversation, and return its id."""
        return self._store.create_conversation(title, owner=require(Right.ASK).name)

    def rename(self, conversation: str, title: str) -> None:
        """Give it another title."""
        self._store.rename_conversation(conversation, title, owner=require(Right.ASK).name)

    def delete(self, conversation: str) -> None:
        """Remove it with all that is in it."""
        self._store.delete_conversation(conversation, owner=require(Right.ASK).name)

    def turns(self, conversation: str) -> list[Turn]:
        """Its turns, the oldest first."""
        who = require(Right.ASK)
        return [as_seen(turn) for turn in self._store.kept_turns(conversation, owner=who.name)]

    def keep(
        self, conversation: str, answer: Answer, within: Filter = EVERYTHING
    ) -> tuple[str, int]:
        """Append an answer, and return where it is; without a conversation it begins one."""
        who = require(Right.ASK)
        conversation = conversation or self.begin(shortened(answer.question, 80))
        self._store.add_turn(conversation, answer, within=within, owner=who.name)
        return conversation, len(self._store.kept_turns(conversation, owner=who.name)) - 1

    def opinions(self, conversation: str) -> dict[int, Opinion]:
        """What they think of its answers, by turn."""
        return self._store.opinions(conversation, owner=require(Right.ASK).name)

    def judge(self, conversation: str, turn: int, verdict: Verdict, note: str) -> None:
        """Keep what they think of an answer, in place of what they thought before."""
        owner = require(Right.ASK).name
        self._store.give_feedback(conversation, turn, verdict, note, owner=owner)

    def take_back(self, conversation: str, turn: int) -> None:
        """Forget what they think of an answer."""
        self._store.take_back_feedback(conversation, turn, owner=require(Right.ASK).name)

    def feedback(self) -> list[FeedbackRow]:
        """What everybody thinks, the oldest first; without what rests on documents unseen."""
        who = require(Right.MANAGE)
        found = self._store.feedback()
        if who.folders is None:
            return found
        # What a refusal came near is not kept here, so that nobody can say whether it is theirs.
        return [
            row
            for row in found
            if row.answer.citations and all(who.sees(one.document) for one in row.answer.citations)
        ]
