"""`Client` for programs that wait for many things at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from askdocs import client_requests as requests
from askdocs import client_values as values
from askdocs.client import answer_of, broken_off
from askdocs.client_conversations import AsyncConversationsOfServer
from askdocs.client_errors import NotUnderstood
from askdocs.client_events import Events
from askdocs.client_http import (
    Patience,
    connection_options,
    other_version,
    require_success,
    sending,
    telling,
)
from askdocs.errors import AskdocsError, Busy, ReadError, ServerError
from askdocs.store import DocumentInfo, Skipped
from askdocs.types import EVERYTHING, Answer, Document, Filter, History, Hit

Value = TypeVar("Value")

_LOOK = 0.2
"""Seconds between two looks at how far the server is."""


class AsyncClient(AsyncConversationsOfServer):
    """The documents of a server, and answers from them. Safe to use from any thread.

    Close it, or use it in a `with` statement. Who asks is told by a `token`, or by a `user` and a
    `password`. A reply may be silent for `timeout` seconds. If the server is busy it is asked again
    when it says, as long as that takes no more than `patience` seconds in all.

    Every method raises what the library would raise; `SignInNeeded` and `NotAllowed`; `Busy` and
    `DeadlinePassed`; and `ServerError` if the server cannot be reached or understood.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        user: str = "",
        password: str = "",
        timeout: float = 150.0,
        patience: float = 0.0,
    ) -> None:
        self.address = requests.base_address(url)
        self.patience = patience
        headers = requests.credentials(token, user, password)
        self._http = httpx.AsyncClient(**connection_options(self.address, headers, timeout))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def ask(
        self,
        question: str,
        *,
        history: History = (),
        within: Filter = EVERYTHING,
        k: int | None = None,
        threshold: float | None = None,
        quoted: bool = False,
        conversation: str = "",
    ) -> Answer:
        """The answer to a question; `history` are the earlier turns, of which the questions count.

        `k`, `threshold` and `quoted` stand in place of what the server is set to. With the id of a
        `conversation` it is the next turn there, and is kept.
        """
        request = requests.ask(
            question,
            history,
            within,
            k=k,
            threshold=threshold,
            quoted=quoted,
            conversation=conversation,
        )
        return await self._get(request, values.answer_from)

    async def stream(
        self,
        question: str,
        *,
        history: History = (),
        within: Filter = EVERYTHING,
        k: int | None = None,
        threshold: float | None = None,
        quoted: bool = False,
        conversation: str = "",
    ) -> AsyncGenerator[Answer, None]:
        """Answers to a question whose text grows; the last is complete.

        Closing the generator closes the connection, which ends the work of the server.
        """
        request = requests.ask(
            question,
            history,
            within,
            k=k,
            threshold=threshold,
            quoted=quoted,
            conversation=conversation,
            stream=True,
        )
        patience = Patience(self.patience)
        while True:
            try:
                async with aclosing(self._answers(request)) as answers:
                    async for answer in answers:
                        yield answer
            except Busy as busy:
                await asyncio.sleep(patience.pause(busy))
            else:
                return

    async def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        history: History = (),
        within: Filter = EVERYTHING,
    ) -> list[Hit]:
        """The `k` best passages, best first; their sentences are not told apart."""
        request = requests.retrieve(question, history, within, k=k)
        return await self._get(request, values.hits_from)

    async def document(self, identifier: str) -> Document:
        """The document with its text. Raises `DocumentNotFound`."""
        return await self._get(requests.document(identifier), values.document_from)

    async def documents(self) -> list[DocumentInfo]:
        """The documents, in the order of their ids."""
        return await self._all(requests.documents, values.documents_from)

    async def skipped(self) -> list[Skipped]:
        """The files that were left out when the folder was last read, with the reasons."""
        return await self._get(requests.documents(), values.all_skipped_from)

    async def add(
        self, file: str | Path, *, name: str = "", folder: str = "", wait: bool = True
    ) -> str:
        """Send a file to the server and return its id; it is read before this returns.

        Without `wait` it is read in the background. Raises `ReadError` if it cannot be read.
        """
        file = Path(file)
        content = await asyncio.to_thread(file.read_bytes)
        request = requests.add(name or file.name, content, folder)
        identifier = await self._get(request, values.identifier_from)
        if wait:
            await self._wait()
            for left in await self.skipped():
                if left.path == identifier:
                    raise ReadError(f"{identifier}: {left.reason}")
        return identifier

    async def remove(self, identifier: str) -> None:
        """Remove a document: one that was sent is deleted, any other left out from now on."""
        await self._get(requests.remove(identifier), values.nothing_from)

    async def indexing(self) -> values.Indexing:
        """How far the server is in reading the documents folder."""
        return await self._get(requests.indexing(), values.indexing_from)

    async def refresh(self, *, wait: bool = True) -> None:
        """Have the documents folder read again. Raises `AskdocsError` if that fails."""
        await self._get(requests.refresh(), values.indexing_from)
        if wait:
            await self._wait()

    async def health(self) -> dict[str, Any]:
        """Whether the server can answer, as it says itself."""
        return await self._get(requests.health(), dict)

    async def _wait(self) -> None:
        while (now := await self.indexing()).running:
            await asyncio.sleep(_LOOK)
        if now.error:
            raise AskdocsError(now.error)

    async def _get(self, request: requests.Request, convert: Callable[[Any], Value]) -> Value:
        """What the server answers to a request, converted."""
        patience = Patience(self.patience)
        while True:
            try:
                return await self._once(request, convert)
            except Busy as busy:
                await asyncio.sleep(patience.pause(busy))
            except NotUnderstood as error:
                raise await self._puzzled(error) from error

    async def _once(self, request: requests.Request, convert: Callable[[Any], Value]) -> Value:
        with telling(self.address):
            reply = await self._http.request(**sending(request))
            require_success(self.address, reply, reply.content)
            return convert(reply.json() if reply.content else None)

    async def _answers(self, request: requests.Request) -> AsyncGenerator[Answer, None]:
        async with AsyncExitStack() as opened:
            opened.enter_context(telling(self.address))
            reply = await opened.enter_async_context(self._http.stream(**sending(request)))
            if not reply.is_success:
                require_success(self.address, reply, await reply.aread())
            events = Events()
            async for piece in reply.aiter_bytes():
                for event in events.feed(piece):
                    answer = answer_of(event)
                    if answer is not None:
                        yield answer
                    if event.kind == "done":
                        return
        raise broken_off(self.address)

    async def _puzzled(self, error: ServerError) -> ServerError:
        """A better error, if the server tells that it is of another version."""
        try:
            about = await self._once(requests.about(), dict)
        except AskdocsError:
            return error
        return other_version(self.address, about) or error
