"""The conversations of a server, and what readers think of its answers, as the store has them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from askdocs import client_requests as requests
from askdocs import client_values as values
from askdocs.store_conversations import ConversationInfo, Turn
from askdocs.store_feedback import FeedbackRow, Opinion, Verdict

Value = TypeVar("Value")


class ConversationsOfServer(ABC):
    """What a client does with the conversations of whoever it signs in as."""

    @abstractmethod
    def _get(self, request: requests.Request, convert: Callable[[Any], Value]) -> Value:
        """What the server answers to a request, converted."""

    def _all(
        self,
        request: Callable[[int], requests.Request],
        convert: Callable[[Any], tuple[list[Value], int]],
    ) -> list[Value]:
        """A list that comes in parts."""
        found: list[Value] = []
        while True:
            part, total = self._get(request(len(found)), convert)
            found += part
            if not part or len(found) >= total:
                return found

    def conversations(self) -> list[ConversationInfo]:
        """The conversations, the last used first."""
        return self._all(requests.conversations, values.conversations_from)

    def create_conversation(self, title: str = "") -> str:
        """Begin a conversation and return its id, with which `ask` goes on."""
        return self._get(requests.begin(title), values.identifier_from)

    def kept_turns(self, conversation: str) -> list[Turn]:
        """All that is kept of a conversation, oldest first. Raises `ConversationNotFound`."""
        return self._get(requests.conversation(conversation), values.turns_from)

    def rename_conversation(self, conversation: str, title: str) -> None:
        """Give a conversation another title."""
        self._get(requests.rename(conversation, title), values.nothing_from)

    def delete_conversation(self, conversation: str) -> None:
        """Remove a conversation and its turns."""
        self._get(requests.delete(conversation), values.nothing_from)

    def give_feedback(
        self, conversation: str, position: int, verdict: Verdict, note: str = ""
    ) -> None:
        """Keep an opinion on an answer, in place of an earlier one."""
        self._get(requests.judge(conversation, position, verdict, note), values.nothing_from)

    def take_back_feedback(self, conversation: str, position: int) -> None:
        """Forget the opinion on an answer."""
        self._get(requests.take_back(conversation, position), values.nothing_from)

    def opinions(self, conversation: str) -> dict[int, Opinion]:
        """The opinions on a conversation's answers, by position."""
        return self._get(requests.conversation(conversation), values.opinions_from)

    def feedback(self) -> list[FeedbackRow]:
        """The opinions of all readers, the oldest first; for whoever manages the server."""
        return self._all(requests.feedback, values.feedback_from)


class AsyncConversationsOfServer(ABC):
    """The same without waiting in a thread."""

    @abstractmethod
    async def _get(self, request: requests.Request, convert: Callable[[Any], Value]) -> Value:
        """What the server answers to a request, converted."""

    async def _all(
        self,
        request: Callable[[int], requests.Request],
        convert: Callable[[Any], tuple[list[Value], int]],
    ) -> list[Value]:
        """A list that comes in parts."""
        found: list[Value] = []
        while True:
            part, total = await self._get(request(len(found)), convert)
            found += part
            if not part or len(found) >= total:
                return found

    async def conversations(self) -> list[ConversationInfo]:
        """The conversations, the last used first."""
        return await self._all(requests.conversations, values.conversations_from)

    async def create_conversation(self, title: str = "") -> str:
        """Begin a conversation and return its id, with which `ask` goes on."""
        return await self._get(requests.begin(title), values.identifier_from)

    async def kept_turns(self, conversation: str) -> list[Turn]:
        """All that is kept of a conversation, oldest first. Raises `ConversationNotFound`."""
        return await self._get(requests.conversation(conversation), values.turns_from)

    async def rename_conversation(self, conversation: str, title: str) -> None:
        """Give a conversation another title."""
        await self._get(requests.rename(conversation, title), values.nothing_from)

    async def delete_conversation(self, conversation: str) -> None:
        """Remove a conversation and its turns."""
        await self._get(requests.delete(conversation), values.nothing_from)

    async def give_feedback(
        self, conversation: str, position: int, verdict: Verdict, note: str = ""
    ) -> None:
        """Keep an opinion on an answer, in place of an earlier one."""
        await self._get(requests.judge(conversation, position, verdict, note), values.nothing_from)

    async def take_back_feedback(self, conversation: str, position: int) -> None:
        """Forget the opinion on an answer."""
        await self._get(requests.take_back(conversation, position), values.nothing_from)

    async def opinions(self, conversation: str) -> dict[int, Opinion]:
        """The opinions on a conversation's answers, by position."""
        return await self._get(requests.conversation(conversation), values.opinions_from)

    async def feedback(self) -> list[FeedbackRow]:
        """The opinions of all readers, the oldest first; for whoever manages the server."""
        return await self._all(requests.feedback, values.feedback_from)
