"""Ports for servers of tests that are not told 0, because they start again at the same one."""

from __future__ import annotations

import contextlib
import random
import socket

_PORTS = range(20_000, 32_768)
"""Below those that systems give to whoever asks for any: nobody gets one by chance meanwhile."""


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    for port in random.SystemRandom().sample(_PORTS, 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free between 20,000 and 32,767")
