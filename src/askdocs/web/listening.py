"""Take an address to serve on, say where the server is once it listens, and leave it in order."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from types import FrameType

import uvicorn

from askdocs.config_server import ServerSettings
from askdocs.errors import ServerError
from askdocs.web.leaving import Leaving, refuse_new

_LOOK = 0.05
_ON_THE_WAY = 0.25
"""Seconds in which a connection that was begun is made: longer than a packet travels."""
_TO_ASK = 1.0
"""Seconds that a connection on which nothing was asked yet is given to do so."""
_TO_TELL = 1.0
"""Seconds in which whoever waits for an answer that takes too long can still be told so."""


class Server(uvicorn.Server):
    """Says where it is once it listens; ends at once by Ctrl-C, and by SIGTERM without a loss.

    Told so by SIGTERM it is not ready from that moment on. It still answers what arrives for a
    while, if the settings say so, then listens no more, and finishes what it has begun to answer.
    """

    def __init__(
        self, config: uvicorn.Config, address: str, leaving: Leaving, settings: ServerSettings
    ) -> None:
        super().__init__(config)
        self.address = address
        self._leaving = leaving
        self._settings = settings
        self._hurried = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        print(f"askdocs is at {self.address}\nPress Ctrl-C to stop", flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take in a signal: SIGTERM begins to leave, Ctrl-C ends that, too."""
        if sig == signal.SIGTERM:
            self._leaving.begin()
        else:
            self._hurried = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; what SIGTERM has ended finishes its answers before."""
        if self._leaving.begun:
            await self._leave(sockets or [])
        await super().shutdown(sockets)

    async def _leave(self, sockets: list[socket.socket]) -> None:
        # Whoever would ask more by the same connection makes another one, maybe to another server.
        self.server_state.default_headers = [
            *self.server_state.default_headers,
            (b"connection", b"close"),
        ]
        await self._pause(self._settings.leaving_seconds)
        for listener in sockets:
            refuse_new(listener)
        await self._pause(_ON_THE_WAY)
        for server in self.servers:
            server.close()
        self._leaving.shorten(self._settings.finishing_seconds)
        await self._finish(self._settings.finishing_seconds + _TO_TELL)

    async def _finish(self, seconds: float) -> None:
        """Return when nobody waits for a reply, or after so long."""
        began = self._now()
        while self.server_state.connections or self.server_state.tasks:
            waited = self._now() - began
            if self._hurried or waited > seconds:
                return
            for connection in list(self.server_state.connections):
                # It is closed if nothing is being replied to by it, and else after the reply.
                was_asked = getattr(connection, "cycle", None) is not None
                if (was_asked or waited > _TO_ASK) and not connection.transport.is_closing():
                    connection.shutdown()
            await asyncio.sleep(_LOOK)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not for whoever is in a hurry."""
        end = self._now() + seconds
        while not self._hurried and (left := end - self._now()) > 0:
            await asyncio.sleep(min(_LOOK, left))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address, so that no other program can take it while we start.

    Raises `ServerError`.
    """
    if not 0 <= port <= 65535:  # the system would silently take the port modulo 65536
        raise ServerError(f"port {port} is none; choose one with: askdocs serve --port 7860")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise ServerError(f"{host} is no address to serve on; try 127.0.0.1") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(place)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServerError(
                f"port {port} is in use; choose another with: askdocs serve --port {port + 1}"
            ) from error
        raise ServerError(f"cannot serve on {host} port {port}: {error.strerror}") from error
    return listener
