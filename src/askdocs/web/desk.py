"""What the page works with: the index, its assistant and the kept conversations; no gradio here."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from askdocs.errors import AskdocsError, ConversationNotFound, LanguageModelError
from askdocs.store_conversations import Turn
from askdocs.types import Answer, Filter, Hit
from askdocs.web.options import AS_SET, Options
from askdocs.web.questions import related, suggest
from askdocs.web.render import answer as render
from askdocs.web.render import conversations, documents, pages, turn_tools
from askdocs.web.shelf import SIDE, Shelf
from askdocs.web.wording import say
from askdocs.web.words import shortened

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index
    from askdocs.store import DocumentInfo

Message = dict[str, str]

NEAREST = 3
EXAMPLES = 4
NEXT = 3


class State(NamedTuple):
    """A conversation while it is answered; `done` in the last one."""

    conversation: str
    messages: list[Message]
    done: bool


class Desk:
    """The page's logic: conversations as messages, and the lists beside them.

    Without `examples` the page suggests questions that it made from the documents and tried.
    """

    def __init__(
        self,
        index: Index,
        assistant: Assistant,
        examples: Sequence[str] = (),
        shelf: Shelf | None = None,
    ) -> None:
        self.index = index
        self.shelf = shelf or Shelf(index)
        self.assistant = assistant
        self._given = tuple(examples)
        self._nearest = lru_cache(maxsize=256)(self._retrieve)
        self._suggested = lru_cache(maxsize=1)(self._suggest)
        self._sources = lru_cache(maxsize=1)(self._known)

    def ask(self, conversation: str, question: str, options: Options = AS_SET) -> Iterator[State]:
        """The conversation's states while the answer is written.

        An unknown or empty `conversation` begins a new one. What fails is said in the place of the
        answer, and not kept.
        """
        conversation, turns = self._resume(conversation)
        if options.at is not None:
            turns = turns[: options.at]
        history = [turn.answer for turn in turns]
        here = len(turns)
        shown = [*self._messages(turns, conversation), _asked(question, here)]

        def state(content: str, *, done: bool = False) -> State:
            return State(conversation, [*shown, _message("assistant", content)], done)

        yield state(render.waiting(self._count()))
        reply: Answer | None = None
        try:
            asked = self._assistant(options)
            within = self.shelf.within(options.within)
            for reply in asked.stream(question, history=history, within=within):
                yield state(self._rendered(_turn(reply, options.within), partial=True))
            if reply is None:
                raise LanguageModelError("there was no answer at all; ask again")
            conversation = self._keep(conversation, reply, options)
            whole = self._rendered(_turn(reply, options.within), reply.hits)
            yield state(whole + turn_tools.of_answer(here), done=True)
        except AskdocsError as error:
            failed = render.failure(str(error)) + turn_tools.of_failure(here)
            yield state(failed, done=True)
        except Exception:  # the boundary: whatever else fails, the page says so and goes on
            logging.getLogger(__name__).exception("the question could not be answered")
            said = say("The server's log has the details; ask again, or check with: askdocs check")
            yield state(render.failure(said) + turn_tools.of_failure(here), done=True)

    def messages(self, conversation: str) -> list[Message]:
        """A kept conversation as messages. Raises `ConversationNotFound`."""
        return self._messages(self.index.store.kept_turns(conversation), conversation)

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing."""
        title = " ".join(title.split())[:200]
        if title:
            with suppress(ConversationNotFound):  # deleted meanwhile: the list will show it
                self.index.store.rename_conversation(conversation, title)

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
        shown = self.shelf.shown(count=SIDE, only_read=True)
        return documents.side(shown, self.shelf.skipped(), self.shelf.progress)

    def welcome(self, *, wait: bool = False) -> str:
        """What stands in an empty conversation, as HTML.

        To find questions that get an answer takes a moment: they are there if they are known
        already, or if one can `wait`.
        """
        count = self._count()
        examples = self._given
        if not examples and count and (wait or self._suggested.cache_info().currsize):
            examples = self._suggested(self.index.store.revision)
        return pages.welcome(count, examples, can_add=not self.shelf.closed)

    def next_questions(self, conversation: str) -> str:
        """Questions to go on with, which the documents answer, as HTML; empty if there are none."""
        _, turns = self._resume(conversation)
        if not turns or turns[-1].answer.mode == "conversation":
            return pages.next_questions((), refused=False)
        last = turns[-1]
        asked = [turn.answer for turn in turns]
        found = related(self.index, self.assistant, asked, last.found, NEXT)
        return pages.next_questions(found, refused=last.answer.refused)

    def _assistant(self, options: Options) -> Assistant:
        if options.k is None and options.threshold is None and not options.quoted:
            return self.assistant
        return self.assistant.tuned(k=options.k, threshold=options.threshold, quoted=options.quoted)

    def _messages(self, turns: Sequence[Turn], conversation: str) -> list[Message]:
        opinions = self.index.store.opinions(conversation)
        messages = []
        for at, turn in enumerate(turns):
            tools = turn_tools.of_answer(at, opinions.get(at))
            messages.append(_asked(turn.answer.question, at))
            messages.append(_message("assistant", self._rendered(turn) + tools))
        return messages

    def _rendered(self, turn: Turn, hits: Sequence[Hit] = (), *, partial: bool = False) -> str:
        """The answer of a turn; a kept one has no hits: what is nearest is looked for again."""
        reply, near = turn.answer, hits
        revision = self.index.store.revision
        if reply.refused and not partial and not hits:
            near = self._nearest(reply.query or reply.question, revision)
        return render.answer(
            reply,
            self._sources(revision),
            near=near[:NEAREST],
            within=turn.within,
            found=turn.found,
            partial=partial,
        )

    def _retrieve(self, query: str, _revision: int) -> tuple[Hit, ...]:
        try:
            return tuple(self.index.retrieve(query, k=NEAREST))
        except AskdocsError:
            return ()

    def _suggest(self, _revision: int) -> tuple[str, ...]:
        return suggest(self.index, self.assistant, EXAMPLES)

    def _count(self) -> int:
        return len(self._sources(self.index.store.revision))

    def _known(self, _revision: int) -> dict[str, DocumentInfo]:
        return {document.id: document for document in self.index.documents()}

    def _resume(self, conversation: str) -> tuple[str, list[Turn]]:
        try:
            return conversation, self.index.store.kept_turns(conversation)
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


def _turn(reply: Answer, within: Filter) -> Turn:
    passages = ((hit.passage, hit.score) for hit in reply.hits)
    found = tuple((one.document, one.start, one.end, score) for one, score in passages)
    return Turn(reply, within, found)


def _asked(question: str, at: int) -> Message:
    return _message("user", render.question(question) + turn_tools.of_question(at))


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}
