"""What one connection may take of the server: bytes, and time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import h11
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from askdocs.web.problems import CODES, problem

HEADER_BYTES = 8 * 1024
"""Longest head of a request. uvicorn replies 400 to a longer one that is not complete."""
HEADER_SECONDS = 10.0
BODY_BYTES = 1_000_000
BODY_SECONDS = 20.0
"""Seconds for a body of at most so many bytes."""
PAUSE_SECONDS = 30.0
"""Seconds that a sender of a file, or a reader, may keep the server waiting in between."""

UPLOADS = ("/page/documents/upload", "/v1/documents")
"""Where files are sent: what takes them in bounds their size."""


class Punctual(H11Protocol):
    """HTTP as uvicorn speaks it; a connection is closed whose request or reader does not come.

    uvicorn itself times only the pause after a reply.
    """

    _late: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Give the first request its time."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._arrived()
        self._flows()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has arrived; the time of a request is over when its head is there."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._arrived()
        elif self._late is None and self.conn.trailing_data[0]:
            self._expect()  # the beginning of a further request

    def pause_writing(self) -> None:
        """More is to be sent than is read: give the reader some time."""
        super().pause_writing()
        self._flows()
        self._stuck = self.loop.call_later(PAUSE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the reader reads."""
        self._flows()
        super().resume_writing()

    def _flows(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _expect(self) -> None:
        self._late = self.loop.call_later(HEADER_SECONDS, self._close)

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()


class Limits:
    """ASGI middleware: replies 431 to a head, and 413 to a body, that is too long.

    A body that does not come gets 408.
    """

    def __init__(self, app: ASGIApp, *, uploads: Iterable[str] = UPLOADS) -> None:
        self.app = app
        self.uploads = tuple(uploads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, within its limits."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
            await _refuse(431, scope, receive, send)
            return
        is_upload = scope["path"].startswith(self.uploads)
        length = Headers(scope=scope).get("content-length", "")
        if not is_upload and length.isdecimal() and int(length) > BODY_BYTES:
            await _refuse(413, scope, receive, send)
            return
        body, begun = _Body(receive, is_upload=is_upload), False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, body.receive, watched)
        except HTTPException as error:
            if begun or not body.broken:
                raise
            await _refuse(error.status_code, scope, receive, send)


class _Body:
    """The body of a request, counted and timed until it is there."""

    def __init__(self, receive: Receive, *, is_upload: bool) -> None:
        self.broken = False
        self._receive = receive
        self._is_upload = is_upload
        self._is_complete = False
        self._taken = 0
        self._until = asyncio.get_running_loop().time() + BODY_SECONDS

    async def receive(self) -> Message:
        """The next message. Raises `HTTPException` with 408 or 413."""
        if self._is_complete:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(now + PAUSE_SECONDS if self._is_upload else self._until):
                message = await self._receive()
        except TimeoutError:
            raise self._break(408) from None
        self._is_complete = not message.get("more_body", False)
        self._taken += len(message.get("body", b""))
        if self._taken > BODY_BYTES and not self._is_upload:
            raise self._break(413)
        return message

    def _break(self, status: int) -> HTTPException:
        from fastapi import HTTPException as Passed  # FastAPI passes on only its own

        self.broken = True
        return Passed(status, _SAID[status], headers={"connection": "close"})


_SAID = {
    408: "the request took too long to arrive; send it again",
    413: f"the request is longer than {BODY_BYTES:,} bytes; send less at once",
    431: f"the head of the request is longer than {HEADER_BYTES:,} bytes; delete the cookies",
}


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    reply = problem(status, CODES[status], _SAID[status], headers={"connection": "close"})
    await reply(scope, receive, send)


def uvicorn_options() -> dict[str, Any]:
    """What `uvicorn.Config` is to be told so that the limits hold."""
    return {"http": Punctual, "h11_max_incomplete_event_size": HEADER_BYTES}
