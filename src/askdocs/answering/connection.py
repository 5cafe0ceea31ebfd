"""The HTTP side of a language model: limits, and a connection that can be cut from outside.

Closing a socket does not wake a thread that reads from it; shutting it down does. So the socket of
every call is caught when it connects, and `Connection.cut` ends the call at once, here and there.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import httpx

REPLY_BYTES = 4_000_000
"""Longest reply accepted; a thousand tokens with their frames take about a tenth of it."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

current: ContextVar[Connection | None] = ContextVar("current", default=None)
"""The connection that the requests of this thread belong to."""


class ReplyTooLong(Exception):
    """The server sends more than any answer needs."""


class Connection:
    """The socket of one call."""

    def __init__(self) -> None:
        self.asked_at: float | None = None
        self.opened = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False

    def trace(self, event: str, information: dict[str, Any]) -> None:
        """Note the socket; httpcore calls this at every step of a request."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            with self._lock:
                self._socket = information["return_value"].get_extra_info("socket")
                is_cut = self._is_cut
            self.opened.set()
            if is_cut:
                self.cut()

    def waits(self) -> float:
        """For how many seconds the request has been waiting for a connection."""
        if self.asked_at is None or self.opened.is_set():
            return 0.0
        return time.monotonic() - self.asked_at

    def cut(self) -> None:
        """End the call, whatever it is waiting for."""
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                # Not the socket's own method: a TLS socket would forget its state, which the
                # reading thread is using.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back; for the thread that reads from it, when it has done with it."""
        # The clients leave it open when they cannot make sense of a reply.
        with self._lock:
            if self._socket is not None:
                self._socket.close()


def client_options(url: str, *, connect: float, read: float) -> dict[str, Any]:
    """The arguments for an `httpx.Client` that talks to a language model at `url`."""
    return {
        "timeout": httpx.Timeout(read, connect=connect),
        # A connection for each call, so that a call can be cut without harm to another.
        "limits": httpx.Limits(max_keepalive_connections=0),
        # A redirected prompt would carry the documents to where nobody sent them.
        "follow_redirects": False,
        # A model on this machine is not asked through a proxy.
        "trust_env": urlsplit(url).hostname not in LOOPBACK,
        "event_hooks": {"request": [_watch], "response": [_limit]},
    }


def _watch(request: httpx.Request) -> None:
    connection = current.get()
    if connection is not None:
        connection.asked_at = time.monotonic()
        request.extensions = {**request.extensions, "trace": connection.trace}


def _limit(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = _Limited(response.stream)


class _Limited(httpx.SyncByteStream):
    """A stream that ends in `ReplyTooLong` instead of filling the memory."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        left = REPLY_BYTES
        for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise ReplyTooLong
            yield chunk

    def close(self) -> None:
        self._stream.close()
