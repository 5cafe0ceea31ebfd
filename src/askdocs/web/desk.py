"""What the page works with: documents, answers and the kept conversations; no gradio here.

Everything here is for whoever is acting: their documents, their conversations.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, NamedTuple

from starlette.concurrency import run_in_threadpool

from askdocs.access.principal import Right, acting
from askdocs.errors import AskdocsError, ConversationNotFound, LanguageModelError
from askdocs.stopping import Stop
from askdocs.store_conversations import Turn
from askdocs.types import Answer, Filter, Hit
from askdocs.web.asked import Asked
from askdocs.web.knowing import Known
from askdocs.web.line import Place
from askdocs.web.options import AS_SET, Options
from askdocs.web.problems import note_unexpected
from askdocs.web.questions import related, suggest
from askdocs.web.render import answer as render
from askdocs.web.render import conversations, documents, pages, turn_tools
from askdocs.web.shelf import SIDE, Shelf
from askdocs.web.withholding import as_seen, history_of
from askdocs.web.wording import say
from askdocs.web.words import shortened

if TYPE_CHECKING:
    from askdocs.store import DocumentInfo
    from askdocs.web.service import Service

Message = dict[str, str]

NEAREST = 3
EXAMPLES = 4
NEXT = 3
_PATIENCE = 3.0
"""Seconds after which what is only shown beside an answer is left out."""


class State(NamedTuple):
    """A conversation while it is answered; `done` in the last one."""

    conversation: str
    messages: list[Message]
    done: bool


class Desk:
    """The page's logic: conversations as messages, and the lists beside them.

    Without `examples` the page suggests questions that it made from the documents and tried. What
    is remembered is remembered for those who see the same folders.
    """

    def __init__(
        self, service: Service, examples: Sequence[str] = (), shelf: Shelf | None = None
    ) -> None:
        self.service = service
        self.index = service.index
        self.shelf = shelf or Shelf(service.index)
        self._given = tuple(examples)
        self._nearest = Known[list[Hit]](256)
        self._suggested = Known[tuple[str, ...]](64)
        self._known = Known[Mapping[str, "DocumentInfo"]](32)

    async def ask(
        self,
        conversation: str,
        question: str,
        options: Options = AS_SET,
        stop: Stop | None = None,
    ) -> AsyncGenerator[State, None]:
        """The conversation's states while the answer is written, until it is there or `stop`ped.

        An unknown or empty `conversation` begins a new one. What fails is said in the place of the
        answer, and not kept.
        """
        conversation, turns, shown = await run_in_threadpool(self._begin, conversation, options)
        here = len(turns)
        shown.append(_asked(question, here))

        def state(content: str, *, done: bool = False) -> State:
            return State(conversation, [*shown, _message("assistant", content)], done)

        yield state(render.waiting(self._count()))
        reply: Answer | None = None
        try:
            within = await run_in_threadpool(self.shelf.within, options.within)
            asked = Asked(
                question, history_of(turns), within, options.k, options.threshold, options.quoted
            )
            async with aclosing(self.service.answers(asked, stop=stop)) as steps:
                async for step in steps:
                    if isinstance(step, Place):
                        yield state(render.queued(step.ahead, step.seconds))
                        continue
                    reply, turn = step, _turn(step, options.within)
                    yield state(await run_in_threadpool(self._rendered, turn, partial=True))
            if reply is None:
                raise LanguageModelError("there was no answer at all; ask again")
            conversation = await run_in_threadpool(self._keep, conversation, reply, options)
            turn = _turn(reply, options.within)
            whole = await run_in_threadpool(self._rendered, turn, reply.hits)
            yield state(whole + turn_tools.of_answer(here), done=True)
        except AskdocsError as error:
            failed = render.failure(str(error)) + turn_tools.of_failure(here)
            yield state(failed, done=True)
        except (
            Exception
        ) as error:  # the boundary: whatever else fails, the page says so and goes on
            note_unexpected(error)
            said = say("The server's log has the details; ask again, or check with: askdocs check")
            yield state(render.failure(said) + turn_tools.of_failure(here), done=True)

    def messages(self, conversation: str) -> list[Message]:
        """A kept conversation as messages. Raises `ConversationNotFound`."""
        turns = self.index.store.kept_turns(conversation, owner=acting().name)
        return self._messages(turns, conversation)

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing."""
        title = " ".join(title.split())[:200]
        if title:
            with suppress(ConversationNotFound):  # deleted meanwhile: the list will show it
                self.index.store.rename_conversation(conversation, title, owner=acting().name)

    def delete(self, conversation: str) -> None:
        """Delete a conversation; one that is gone already stays gone."""
        with suppress(ConversationNotFound):
            self.index.store.delete_conversation(conversation, owner=acting().name)

    def conversations(self, current: str = "") -> str:
        """The list of conversations, as HTML; for who can have none there is no list."""
        known = self.index.store.conversations(owner=acting().name)
        return conversations.conversations(known, current, can_begin=self.asks)

    @property
    def asks(self) -> bool:
        """Whether whoever is acting can ask questions."""
        return acting().right >= Right.ASK

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
        if not self.asks:
            return pages.reading(count)
        examples = self._examples(wait=wait) if count else ()
        return pages.welcome(count, examples, can_add=not self.shelf.closed)

    def next_questions(self, conversation: str) -> str:
        """Questions to go on with, which the documents answer, as HTML; empty if there are none."""
        _, turns = self._resume(conversation)
        turns = [as_seen(turn) for turn in turns]
        if not turns or turns[-1].answer.mode == "conversation" or not self.asks:
            return pages.next_questions((), refused=False)
        last = turns[-1]
        asked = [turn.answer for turn in turns]
        found = related(self.service, asked, last.found, NEXT)
        return pages.next_questions(found, refused=last.answer.refused)

    def _examples(self, *, wait: bool) -> tuple[str, ...]:
        """Questions to start with; those that the server is given may tell of any document."""
        revision = self.index.store.revision
        if self._given and acting().folders is None:
            return self._given
        known = self._suggested.find(revision)
        if known is not None or not wait:
            return known or ()
        found, is_all = suggest(self.service, EXAMPLES)
        return self._suggested.keep(revision, found) if is_all else found

    def _messages(self, turns: Sequence[Turn], conversation: str) -> list[Message]:
        opinions = self.index.store.opinions(conversation, owner=acting().name)
        messages = []
        for at, turn in enumerate(map(as_seen, turns)):
            tools = turn_tools.of_answer(at, opinions.get(at))
            messages.append(_asked(turn.answer.question, at))
            messages.append(_message("assistant", self._rendered(turn) + tools))
        return messages

    def _rendered(self, turn: Turn, hits: Sequence[Hit] = (), *, partial: bool = False) -> str:
        """The answer of a turn; a kept one has no hits: what is nearest is looked for again."""
        reply, near, revision = turn.answer, hits, self.index.store.revision
        if reply.refused and not partial and not hits:
            asked = reply.query or reply.question
            with suppress(AskdocsError):  # which is not remembered
                near = self._nearest.get(revision, lambda: self._retrieve(asked), asked)
        return render.answer(
            reply,
            self._sources(),
            near=near[:NEAREST],
            within=turn.within,
            found=turn.found,
            partial=partial,
        )

    def _retrieve(self, query: str) -> list[Hit]:
        return self.service.retrieve(query, k=NEAREST, stop=Stop(_PATIENCE))

    def _count(self) -> int:
        return len(self._sources())

    def _sources(self) -> Mapping[str, DocumentInfo]:
        """The documents that whoever is acting sees, by id."""
        return self._known.get(
            self.index.store.revision, lambda: {one.id: one for one in self.service.documents()}
        )

    def _begin(self, conversation: str, options: Options) -> tuple[str, list[Turn], list[Message]]:
        """What a question is asked after: the conversation, its turns, its messages."""
        conversation, turns = self._resume(conversation)
        if options.at is not None:
            turns = turns[: options.at]
        return conversation, turns, self._messages(turns, conversation)

    def _resume(self, conversation: str) -> tuple[str, list[Turn]]:
        try:
            return conversation, self.index.store.kept_turns(conversation, owner=acting().name)
        except ConversationNotFound:
            return "", []

    def _keep(self, conversation: str, reply: Answer, options: Options) -> str:
        """Store the answer; if the conversation was deleted meanwhile, in a new one."""
        store, owner, within = self.index.store, acting().name, options.within
        if conversation:
            with suppress(ConversationNotFound):
                store.add_turn(conversation, reply, within=within, at=options.at, owner=owner)
                return conversation
        begun = store.create_conversation(shortened(reply.question, 80), owner=owner)
        store.add_turn(begun, reply, within=within, owner=owner)
        return begun


def _turn(reply: Answer, within: Filter) -> Turn:
    passages = ((hit.passage, hit.score) for hit in reply.hits)
    found = tuple((one.document, one.start, one.end, score) for one, score in passages)
    return Turn(reply, within, found)


def _asked(question: str, at: int) -> Message:
    return _message("user", render.question(question) + turn_tools.of_question(at))


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}
