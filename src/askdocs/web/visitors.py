"""Tells visitors apart where nobody signs in, so that each has their turn: by browser, or address.

A browser that opens the page is given a name of no meaning in a cookie. A program without that
cookie is known by its address, which all programs behind it share. This divides the server's time
between those who mean well; against others, and for anything else, there are accounts.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.config_server import ServerSettings
from askdocs.web.peers import Peers

COOKIE = "askdocs-visitor"
VISITOR = "askdocs.visitor"
"""Where the scope of a request says whose it is."""

_NAME = re.compile(r"[0-9a-f]{32}")
_YEAR = 365 * 24 * 3600

_PRESENT: ContextVar[str] = ContextVar("visitor", default="")


def visitor() -> str:
    """Whose question is asked at present; empty if that is not known."""
    return _PRESENT.get()


@contextmanager
def visited_by(name: str) -> Iterator[None]:
    """What is asked meanwhile is asked by `name`."""
    token = _PRESENT.set(name)
    try:
        yield
    finally:
        _PRESENT.reset(token)


class Visitors:
    """ASGI middleware: notes whose request it is, and gives a new browser its name."""

    def __init__(self, app: ASGIApp, *, settings: ServerSettings | None = None) -> None:
        self.app = app
        self.peers = Peers(settings or ServerSettings())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its visitor."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = _name_in(Headers(scope=scope).get("cookie", ""))
        if not name and scope["path"] == "/" and scope["method"] == "GET":
            name = secrets.token_hex(16)
            send = _naming(send, name, secure=self.peers.is_secure(scope))
        whose = f"browser {name}" if name else f"address {self.peers.credentials(scope).address}"
        with visited_by(whose):
            await self.app({**scope, VISITOR: whose}, receive, send)


def _name_in(cookies: str) -> str:
    """The name that the cookie of a browser says.

    >>> _name_in("a=b; askdocs-visitor=" + 32 * "0") == 32 * "0", _name_in("askdocs-visitor=ann")
    (True, '')
    """
    name = cookie_parser(cookies).get(COOKIE, "")
    return name if _NAME.fullmatch(name) else ""


def _naming(send: Send, name: str, *, secure: bool) -> Send:
    cookie = f"{COOKIE}={name}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"

    async def named(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append(
                "set-cookie", cookie + ("; Secure" if secure else "")
            )
        await send(message)

    return named
