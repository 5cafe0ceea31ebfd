"""Which of Gradio's own addresses are open, and to whom.

The page needs few of them; the others are closed, as they were made for other apps. Gradio knows a
window of the page by a name that the browser makes up. It keeps what that window is still to be
told for whoever names it, so here each reader's names are made their own: the name of another's
window is that of a window which is not there.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.access.principal import acting

_API = "/gradio_api"
_OPEN = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/manifest\.json|/(?:assets|static)/.*"
    r"|/gradio_api/(?:startup-events|queue/join|queue/data|cancel|reset)/?"
)
_LARGEST = 8_000_000
"""Bytes of an event: the longest conversations come back whole when an answer is stopped."""


class Events(Protocol):
    """What is looked at of Gradio's queue."""

    pending_messages_per_session: Any
    event_ids_to_events: dict[str, Any]


class PageDoor:
    """ASGI middleware of Gradio's app: closes what the page does not need, keeps readers apart.

    `left` is called with the name of a window that does not wait for its news any more.
    """

    def __init__(self, app: ASGIApp, *, events: Events, left: Callable[[str], None]) -> None:
        self.app = app
        self._events = events
        self._left = left
        self._key = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its window named for who makes it, or say nothing is there."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if not _OPEN.fullmatch(path):
            await _not_there(scope, receive, send)
        elif path.startswith((f"{_API}/queue/join", f"{_API}/cancel")):
            await self._event(scope, receive, send)
        elif path.startswith(f"{_API}/queue/data"):
            await self._news(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def own(self, window: str) -> str:
        """The name of a window, which is another one for each reader."""
        whose = f"{acting().name}\0{window}".encode("utf-8", "replace")
        return hmac.new(self._key, whose, hashlib.sha256).hexdigest()[:32]

    async def _event(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An event of a window, or its end; nobody ends one of another reader."""
        body = await _body(receive)
        try:
            given = json.loads(body or b"")
            window = self.own(given["session_hash"])
            if _names_file(given.get("data")):
                raise ValueError("the page sends no files here")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            await JSONResponse({"detail": "not an event of the page"}, 422)(scope, receive, send)
            return
        event = self._events.event_ids_to_events.get(str(given.get("event_id")))
        if event is not None and event.session_hash != window:
            await _not_there(scope, receive, send)
            return
        body = json.dumps(given | {"session_hash": window}).encode()
        headers = [one for one in scope["headers"] if one[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self.app({**scope, "headers": headers}, _again(body, receive), send)

    async def _news(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What a window is to be told."""
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        asked["session_hash"] = self.own(asked.get("session_hash", ""))
        if asked["session_hash"] not in self._events.pending_messages_per_session:
            await _not_there(scope, receive, send)
            return

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self._left(asked["session_hash"])
            return message

        try:
            await self.app({**scope, "query_string": urlencode(asked).encode()}, received, send)
        except asyncio.CancelledError:
            self._left(asked["session_hash"])
            raise


def _names_file(data: object) -> bool:
    """Whether Gradio would look for a file for this: on the disk, or at any address it names.

    >>> _names_file([{"role": "user", "content": "x"}]), _names_file([[{"path": "http://a"}]])
    (False, True)
    """
    left = [data]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if any(isinstance(one.get(key), str) and one[key] for key in ("path", "url")):
                return True
            left += one.values()
        elif isinstance(one, list):
            left += one
    return False


async def _not_there(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)


async def _body(receive: Receive) -> bytes:
    """The body of a request; nothing if it is too large, or its sender has gone."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if message["type"] != "http.request" or size > _LARGEST:
            return b""
        if not message.get("more_body"):
            return b"".join(pieces)


def _again(body: bytes, receive: Receive) -> Receive:
    """Receives a body that was read already, then whatever comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return left.pop() if left else await receive()

    return received
