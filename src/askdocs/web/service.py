"""What a server does for whoever asks, in one place: their rights, their documents, their turn.

The page, the REST API, the OpenAI-compatible API and the MCP server all go through here, and none
of them reaches the index by another way.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from askdocs.access.audit import Audit
from askdocs.access.principal import Right, require
from askdocs.config_server import ServerSettings
from askdocs.errors import DocumentNotFound
from askdocs.stopping import Stop, in_steps, until
from askdocs.types import EVERYTHING, Answer, Document, Filter, History, Hit
from askdocs.web.asked import Asked, Remembered
from askdocs.web.flowing import Gone, flow, last
from askdocs.web.keeping import Keeping
from askdocs.web.leaving import Leaving
from askdocs.web.line import Line, Place, Turn, untold
from askdocs.web.visitors import visitor

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index
    from askdocs.store import DocumentInfo, Skipped

_LOOKING = 64
"""Threads that look at once whether an answer is known, where the store is on a server."""

QUOTING = 2
"""Questions answered at once without a language model: quoting keeps a core busy."""


class Service:
    """The documents of an index, and answers from them, for whoever is acting at present.

    Every method raises `SignInNeeded` if nobody is, and `NotAllowed` if they may not do that. What
    lies outside the folders that they see is not there for them. Questions wait in the `line`.
    """

    def __init__(
        self, index: Index, assistant: Assistant, settings: ServerSettings | None = None
    ) -> None:
        self.index = index
        self.assistant = assistant
        self.settings = settings or ServerSettings()
        most = self.settings.running
        self.line = Line(
            most if assistant.generates else min(QUOTING, most),
            self.settings.waiting,
            client_running=self.settings.client_running,
            client_waiting=self.settings.client_waiting,
        )
        self.audit = Audit(self.settings.audit_log)
        self._remembered = Remembered()
        # Whoever is in the line keeps a thread; it is never the threads that one waits for.
        self._threads = CapacityLimiter(most + self.settings.waiting)
        self._looking = CapacityLimiter(_LOOKING)
        self.conversations = Keeping(index)
        self.leaving = Leaving()
        self.answered: list[Callable[[Answer], None]] = []
        self.count = lru_cache(maxsize=1)(self._count)

    def documents(self) -> list[DocumentInfo]:
        """The documents, in the order of their ids."""
        sees = require(Right.READ).sees
        return [one for one in self.index.documents() if sees(one.id)]

    def skipped(self) -> list[Skipped]:
        """The files that are not in the index, or not in their present form."""
        sees = require(Right.READ).sees
        return [one for one in self.index.skipped() if sees(one.path)]

    def document(self, identifier: str) -> Document:
        """The document with its text. Raises `DocumentNotFound`."""
        self.require_seen(identifier)
        return self.index.document(identifier)

    def require_seen(self, identifier: str) -> None:
        """Raise `DocumentNotFound`, as for one that is not there, if they do not see it."""
        if not require(Right.READ).sees(identifier):
            raise DocumentNotFound(
                f"the index holds no document {identifier!r}; run: askdocs status"
            )

    def places(self, identifier: str) -> list[tuple[int, int, str]]:
        """Where each passage of a document begins and ends, and its heading, in order."""
        self.document(identifier)
        store = self.index.store
        with store.snapshot():
            passages = store.passages(store.numbers_of(identifier))
        return [(one.start, one.end, one.heading) for one in passages]

    def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        history: History = (),
        within: Filter = EVERYTHING,
        stop: Stop | None = None,
    ) -> list[Hit]:
        """The `k` best passages, best first. Raises `QuestionError`, and like `stream`."""
        asked = Asked(question, history, within, k)
        (hits,) = self._found(self._enter(Right.READ), asked, self._stop(stop))
        return hits

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        within: Filter = EVERYTHING,
        k: int | None = None,
        threshold: float | None = None,
        quoted: bool = False,
        stop: Stop | None = None,
    ) -> Answer:
        """The answer to a question. Raises like `stream`."""
        *_, answer = self.stream(
            question,
            history=history,
            within=within,
            k=k,
            threshold=threshold,
            quoted=quoted,
            stop=stop,
        )
        return answer

    def stream(
        self,
        question: str,
        *,
        history: History = (),
        within: Filter = EVERYTHING,
        k: int | None = None,
        threshold: float | None = None,
        quoted: bool = False,
        stop: Stop | None = None,
        on_wait: Callable[[Place], None] = untold,
    ) -> Iterator[Answer]:
        """Answers to a question whose text grows; the last is complete.

        While it waits for its turn `on_wait` hears of its place; `stop` ends it. Raises
        `QuestionError`, `Busy`, `Stopped` or `DeadlinePassed`.
        """
        asked = Asked(question, history, within, k, threshold, quoted)
        if (known := self._known(asked)) is not None:
            yield known
        else:
            yield from self._answered(self._enter(Right.ASK), asked, self._stop(stop), on_wait)

    async def answers(
        self, asked: Asked, *, stop: Stop | None = None, gone: Gone | None = None
    ) -> AsyncGenerator[Answer | Place]:
        """Its places in the line, while a question waits, then answers whose text grows.

        Whoever reads slowly gets the newest only; the last answer is complete. When the reader is
        done, cancelled or `gone`, the work ends soon. Raises like `stream`.
        """
        if (known := await self._known_soon(asked)) is not None:
            yield known
            return
        turn, stop = self._enter(Right.ASK), self._stop(stop)

        def make(put: Callable[[Answer | Place], None]) -> Iterator[Answer | Place]:
            return self._answered(turn, asked, stop, put)

        async with aclosing(flow(make, stop, self._threads, gone)) as steps:
            async for step in steps:
                yield step

    async def answer(
        self, asked: Asked, *, stop: Stop | None = None, gone: Gone | None = None
    ) -> Answer:
        """The last of `answers`."""
        async with aclosing(self.answers(asked, stop=stop, gone=gone)) as steps:
            answer = await last(steps)
        assert isinstance(answer, Answer)
        return answer

    async def passages(
        self, asked: Asked, *, stop: Stop | None = None, gone: Gone | None = None
    ) -> list[Hit]:
        """What `retrieve` finds."""
        turn, stop = self._enter(Right.READ), self._stop(stop)

        def make(_: Callable[[list[Hit]], None]) -> Iterator[list[Hit]]:
            return self._found(turn, asked, stop)

        async with aclosing(flow(make, stop, self._threads, gone)) as steps:
            return await last(steps)

    def visible(self, within: Filter) -> Filter:
        """The filter, with what whoever is acting does not see left out."""
        return replace(within, scope=require(Right.READ).folders)

    def _count(self, _revision: int) -> int:
        """How many documents there are at a revision of the index, whoever may see them."""
        return len(self.index.documents())

    def _enter(self, right: Right) -> Turn:
        """A place in the line. Raises `Busy`."""
        # A name is who is signed in; without one everybody is the same person, so ask the browser.
        return self.line.enter(require(right).name or visitor())

    def _stop(self, stop: Stop | None) -> Stop:
        stop = stop or Stop(self.settings.deadline)
        self.leaving.watch(stop)
        return stop

    async def _known_soon(self, asked: Asked) -> Answer | None:
        """What `_known` gives; if a store on a server lets wait for it, then not everybody."""
        if not self.index.config.store:
            return self._known(asked)
        return await run_sync(self._known, asked, limiter=self._looking)

    def _known(self, asked: Asked) -> Answer | None:
        """The answer, if the same was asked of the same documents before."""
        require(Right.ASK)
        if self.assistant.generates and not asked.quoted:
            return None
        visible, revision = self.visible(asked.within), self.index.store.revision
        if (known := self._remembered.find(asked, visible, revision)) is not None:
            self.audit.note_answer(require(Right.ASK), asked.question, known)
            self._tell(known)
        return known

    def _tell(self, answer: Answer) -> None:
        """Tell of an answer that is given."""
        for hear in self.answered:
            hear(answer)

    def _answered(
        self, turn: Turn, asked: Asked, stop: Stop, on_wait: Callable[[Place], None]
    ) -> Iterator[Answer]:
        """Wait for the turn, and answer."""
        with turn:
            within = self.visible(asked.within)
            turn.wait(stop, on_wait)
            if (known := self._known(asked)) is not None:  # somebody asked it meanwhile
                yield known
                return
            revision = self.index.store.revision
            assistant = asked.tune(self.assistant)
            answers = assistant.stream(asked.question, history=asked.history, within=within)
            who, answer = require(Right.ASK), None
            try:
                for answer in in_steps(answers, stop):
                    yield answer
            finally:  # what is stopped or fails was asked all the same
                self.audit.note_answer(who, asked.question, answer)
            if answer is not None:
                self._tell(answer)
            if answer is not None and not assistant.generates:
                self._remembered.keep(asked, within, revision, answer)

    def _found(self, turn: Turn, asked: Asked, stop: Stop) -> Iterator[list[Hit]]:
        """Wait for the turn, and retrieve."""
        with turn:
            within = self.visible(asked.within)
            turn.wait(stop)
            with until(stop):
                hits = self.index.retrieve(
                    asked.question, k=asked.k, history=asked.history, within=within
                )
            found = (hit.passage.document for hit in hits)
            self.audit.note(require(Right.READ), "retrieve", asked.question, found)
            yield hits
