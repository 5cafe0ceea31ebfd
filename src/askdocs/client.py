"""A running server in place of an index: the same questions, the same values, the same errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from askdocs import client_requests as requests
from askdocs import client_values as values
from askdocs.client_conversations import ConversationsOfServer
from askdocs.client_errors import NotUnderstood, error_of
from askdocs.client_events import Event, Events
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


class Client(ConversationsOfServer):
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
        self._http = httpx.Client(**connection_options(self.address, headers, timeout))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(
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
        return self._get(request, values.answer_from)

    def stream(
        self,
        question: str,
        *,
        history: History = (),
        within: Filter = EVERYTHING,
        k: int | None = None,
        threshold: float | None = None,
        quoted: bool = False,
        conversation: str = "",
    ) -> Generator[Answer, None, None]:
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
                yield from self._answers(request)
            except Busy as busy:
                time.sleep(patience.pause(busy))
            else:
                return

    def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        history: History = (),
        within: Filter = EVERYTHING,
    ) -> list[Hit]:
        """The `k` best passages, best first; their sentences are not told apart."""
        request = requests.retrieve(question, history, within, k=k)
        return self._get(request, values.hits_from)

    def document(self, identifier: str) -> Document:
        """The document with its text. Raises `DocumentNotFound`."""
        return self._get(requests.document(identifier), values.document_from)

    def documents(self) -> list[DocumentInfo]:
        """The documents, in the order of their ids."""
        return self._all(requests.documents, values.documents_from)

    def skipped(self) -> list[Skipped]:
        """The files that were left out when the folder was last read, with the reasons."""
        return self._get(requests.documents(), values.all_skipped_from)

    def add(self, file: str | Path, *, name: str = "", folder: str = "", wait: bool = True) -> str:
        """Send a file to the server and return its id; it is read before this returns.

        Without `wait` it is read in the background. Raises `ReadError` if it cannot be read.
        """
        file = Path(file)
        request = requests.add(name or file.name, file.read_bytes(), folder)
        identifier = self._get(request, values.identifier_from)
        if wait:
            self._wait()
            for left in self.skipped():
                if left.path == identifier:
                    raise ReadError(f"{identifier}: {left.reason}")
        return identifier

    def remove(self, identifier: str) -> None:
        """Remove a document: one that was sent is deleted, any other left out from now on."""
        self._get(requests.remove(identifier), values.nothing_from)

    def indexing(self) -> values.Indexing:
        """How far the server is in reading the documents folder."""
        return self._get(requests.indexing(), values.indexing_from)

    def refresh(self, *, wait: bool = True) -> None:
        """Have the documents folder read again. Raises `AskdocsError` if that fails."""
        self._get(requests.refresh(), values.indexing_from)
        if wait:
            self._wait()

    def health(self) -> dict[str, Any]:
        """Whether the server can answer, as it says itself."""
        return self._get(requests.health(), dict)

    def _wait(self) -> None:
        while (now := self.indexing()).running:
            time.sleep(_LOOK)
        if now.error:
            raise AskdocsError(now.error)

    def _get(self, request: requests.Request, convert: Callable[[Any], Value]) -> Value:
        """What the server answers to a request, converted."""
        patience = Patience(self.patience)
        while True:
            try:
                return self._once(request, convert)
            except Busy as busy:
                time.sleep(patience.pause(busy))
            except NotUnderstood as error:
                raise self._puzzled(error) from error

    def _once(self, request: requests.Request, convert: Callable[[Any], Value]) -> Value:
        with telling(self.address):
            reply = self._http.request(**sending(request))
            require_success(self.address, reply, reply.content)
            return convert(reply.json() if reply.content else None)

    def _answers(self, request: requests.Request) -> Generator[Answer, None, None]:
        with telling(self.address), self._http.stream(**sending(request)) as reply:
            if not reply.is_success:
                require_success(self.address, reply, reply.read())
            events = Events()
            for piece in reply.iter_bytes():
                for event in events.feed(piece):
                    answer = answer_of(event)
                    if answer is not None:
                        yield answer
                    if event.kind == "done":
                        return
        raise broken_off(self.address)

    def _puzzled(self, error: ServerError) -> ServerError:
        """A better error, if the server tells that it is of another version."""
        try:
            about = self._once(requests.about(), dict)
        except AskdocsError:
            return error
        return other_version(self.address, about) or error


def answer_of(event: Event) -> Answer | None:
    """The answer that an event brings, if it does. Raises the error that it brings."""
    if event.kind == "error":
        raise error_of(event.data["code"], event.data["detail"])
    return values.answer_from(event.data) if event.kind in ("answer", "done") else None


def broken_off(address: str) -> ServerError:
    """The error for an answer whose end never came."""
    return ServerError(f"{address} broke off in the middle of the answer; ask again")
