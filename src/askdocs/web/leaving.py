"""What a server that is told to end still does: it says so, and loses no answer that was begun."""

from __future__ import annotations

import ctypes
import math
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from weakref import WeakSet

from askdocs.stopping import Stop

TOLD = "this server is being ended and takes no more questions; ask again, and another one answers"
"""What it says of itself meanwhile."""

_LATE = "the server was ended before the answer was complete; ask again"
_SO_ATTACH_FILTER = 26
# The instructions of a packet filter: code, where to go if true and if false, operand. They look
# at the flags of a TCP packet: one that opens a connection (SYN) is dropped, all others come in.
_NO_NEW_CONNECTIONS = ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFF))


class Leaving:
    """Whether the server is being ended, and the work that it has begun. From any thread."""

    def __init__(self) -> None:
        self.begun = False
        self._lock = threading.Lock()
        self._running: WeakSet[Stop] = WeakSet()
        self._end = math.inf

    def begin(self) -> None:
        """From now on the server is being ended."""
        self.begun = True  # and no more: a signal's handler may call this at any moment

    def watch(self, stop: Stop) -> None:
        """Know of work for as long as it has its `stop`."""
        with self._lock:
            self._running.add(stop)
            self._shorten(stop)

    def shorten(self, seconds: float) -> None:
        """Let no work take longer than `seconds` from now on, nor any that begins later."""
        with self._lock:
            self._end = time.monotonic() + seconds
            for stop in self._running:
                self._shorten(stop)

    def _shorten(self, stop: Stop) -> None:
        if self._end < math.inf:
            stop.shorten(self._end - time.monotonic(), _LATE)


def refuse_new(listener: socket.socket) -> None:
    """Have the system accept no further connection, while those that are being made are finished.

    A listener that is just closed resets connections that the other side thinks it has, with the
    request that it may have sent. After this none is half made for longer than a packet travels,
    and whoever knocks meanwhile is refused as soon as the listener is closed. Does nothing where
    the system has no such filter.
    """
    if not sys.platform.startswith("linux"):
        return
    rules = b"".join(struct.pack("HBBI", *rule) for rule in _NO_NEW_CONNECTIONS)
    kept = ctypes.create_string_buffer(rules, len(rules))
    program = struct.pack("HP", len(_NO_NEW_CONNECTIONS), ctypes.addressof(kept))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
