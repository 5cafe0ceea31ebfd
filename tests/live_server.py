"""A web app behind a real server on the loopback, in a thread; and people who ask it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from askdocs.access.principal import OWNER, Principal, Right, acting_as
from askdocs.index import Index
from askdocs.web.security import PRINCIPAL
from fakes import FakeEmbedder

TEXTS = {
    "farm/cats.txt": "Two cats slept in the barn. A third cat hunted mice.",
    "farm/dogs.md": "# Dogs\n\nNine dogs barked at night.\n\n## Day\n\nBy day the dogs were quiet.",
    "town/trams.txt": "The tram was built in 1902. It carries 300 people an hour.",
}
READER = Principal("rita", Right.READ)
FARMER = Principal("fred", Right.ASK, ("farm",))
TOKENS = {"rita-token": READER, "fred-token": FARMER}
NO_USERS = {"": OWNER, "none": OWNER}
"""Everybody is the owner, as on a server without users."""


def build_index(folder: Path) -> Index:
    """The index of a small folder, to be closed by whoever asks for it."""
    for name, text in TEXTS.items():
        file = folder / "documents" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Index.build(folder / "documents", folder / "index", embedder=FakeEmbedder())


class Tokens:
    """ASGI middleware: acts for the principal whose token a request brings, for nobody else."""

    def __init__(self, app: ASGIApp, known: Mapping[str, Principal]) -> None:
        self.app = app
        self.known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = ""
        if scope["type"] == "http":
            token = Headers(scope=scope).get("authorization", "").removeprefix("Bearer ")
        principal = self.known.get(token)
        if principal is None:
            await self.app(scope, receive, send)
            return
        with acting_as(principal):
            await self.app({**scope, PRINCIPAL: principal}, receive, send)


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The address of a server with this app; it ends with the `with` statement."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server takes too long to start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
