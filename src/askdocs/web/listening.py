"""Take an address to serve on, and say where the server is once it listens."""

from __future__ import annotations

import errno
import socket

import uvicorn

from askdocs.errors import ServerError


class Server(uvicorn.Server):
    """Says where it is once it listens."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self.address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        print(f"askdocs is at {self.address}\nPress Ctrl-C to stop", flush=True)


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
