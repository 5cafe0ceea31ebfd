"""What the page works with: the index, its assistant and the kept conversations; no gradio here."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from askdocs.errors import AskdocsError, ConversationNotFound, LanguageModelError
from askdocs.types import Answer, Hit
from askdocs.web.options import AS_SET, Options
from askdocs.web.questions import suggest
from askdocs.web.render import answer as render
from askdocs.web.render import conversations, documents, pages
from askdocs.web.words import shortened

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index

Message = dict[str, str]

NEAREST = 3
EXAMPLES = 4


class State(NamedTuple):
    """A conversation while it is answered; `done` in the last one."""

    conversation: str
    messages: list[Message]
    done: bool


class Desk:
    """The page's logic: conversations as messages, and the lists beside them.

    Without `examples` the page suggests questions that it made from the documents and tried.
    """

    def __init__(self, index: Index, assistant: Assistant, examples: Sequence[str] = ()) -> None:
        self.index = index
        self.assistant = assistant
        self._given = tuple(examples)
        self._nearest = lru_cache(maxsize=256)(self._retrieve)
        self._suggested = lru_cache(maxsize=1)(self._suggest)

    def ask(self, conversation: str, question: str, options: Options = AS_SET) -> Iterator[State]:
        """The conversation's states while the answer is written.

        An unknown or empty `conversation` begins a new one. What fails is said in the place of the
        answer, and not kept.
        """
        conversation, history = self._resume(conversation)
        if options.at is not None:
            history = history[: options.at]
        shown = [*self._messages(history), _message("user", render.question(question))]

        def state(content: str, *, done: bool = False) -> State:
            return State(conversation, [*shown, _message("assistant", content)], done)

        yield state(render.waiting(len(self.index.documents())))
        reply: Answer | None = None
        try:
            asked = self._assistant(options)
            for reply in asked.stream(question, history=history, within=options.within):
                yield state(self._rendered(reply, partial=True))
            if reply is None:
                raise LanguageModelError("there was no answer at all; ask again")
            conversation = self._keep(conversation, reply, options)
            yield state(self._rendered(reply), done=True)
        except AskdocsError as error:
            yield state(render.failure(str(error)), done=True)
        except Exception:  # the boundary: whatever else fails, the page says so and goes on
            logging.getLogger(__name__).exception("the question could not be answered")
            said = "The server's log has the details; ask again, or check with: askdocs check"
            yield state(render.failure(said), done=True)

    def messages(self, conversation: str) -> list[Message]:
        """A kept conversation as messages. Raises `ConversationNotFound`."""
        return self._messages(self.index.store.turns(conversation))

    def delete(self, conversation: str) -> None:
        """Delete a conversation; one that is gone already stays gone."""
        try:
            self.index.store.delete_conversation(conversation)
        except ConversationNotFound:
            return

    def conversations(self, current: str = "") -> str:
        """The list of conversations, as HTML."""
        return conversations.conversations(self.index.store.conversations(), current)

    def documents(self) -> str:
        """The list of documents and skipped files, as HTML."""
        return documents.documents(self.index.documents(), self.index.skipped())

    def welcome(self, *, wait: bool = False) -> str:
        """What stands in an empty conversation, as HTML.

        To find questions that get an answer takes a moment: they are there if they are known
        already, or if one can `wait`.
        """
        count = len(self.index.documents())
        examples = self._given
        if not examples and count and (wait or self._suggested.cache_info().currsize):
            examples = self._suggested(self.index.store.revision)
        return pages.welcome(count, examples)

    def _assistant(self, options: Options) -> Assistant:
        if options.k is None and options.threshold is None and not options.quoted:
            return self.assistant
        return self.assistant.tuned(k=options.k, threshold=options.threshold, quoted=options.quoted)

    def _messages(self, turns: Sequence[Answer]) -> list[Message]:
        messages = []
        for turn in turns:
            messages.append(_message("user", render.question(turn.question)))
            messages.append(_message("assistant", self._rendered(turn)))
        return messages

    def _rendered(self, reply: Answer, *, partial: bool = False) -> str:
        sources = {document.id: document for document in self.index.documents()}
        near: Sequence[Hit] = ()
        if reply.refused and not partial:
            # Stored answers have lost their hits: what is nearest now is found again.
            found = self._nearest(reply.query or reply.question, self.index.store.revision)
            near = (reply.hits or found)[:NEAREST]
        return render.answer(reply, sources, near=near, partial=partial)

    def _retrieve(self, query: str, _revision: int) -> tuple[Hit, ...]:
        try:
            return tuple(self.index.retrieve(query, k=NEAREST))
        except AskdocsError:
            return ()

    def _suggest(self, _revision: int) -> tuple[str, ...]:
        return suggest(self.index, self.assistant, EXAMPLES)

    def _resume(self, conversation: str) -> tuple[str, list[Answer]]:
        try:
            return conversation, self.index.store.turns(conversation)
        except ConversationNotFound:
            return "", []

    def _keep(self, conversation: str, reply: Answer, options: Options) -> str:
        """Store the answer; if the conversation was deleted meanwhile, in a new one."""
        store = self.index.store
        if conversation:
            try:
                store.add_turn(conversation, reply, within=options.within, at=options.at)
            except ConversationNotFound:
                pass
            else:
                return conversation
        begun = store.create_conversation(shortened(reply.question, 80))
        store.add_turn(begun, reply, within=options.within)
        return begun


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}
