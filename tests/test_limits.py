"""What one connection may take of the server, over real sockets; and how visitors are known."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from askdocs.config_server import ServerSettings
from askdocs.web import limits
from askdocs.web.limits import Limits, uvicorn_options
from askdocs.web.visitors import Visitors, visitor

SOON = 20.0
HEAD = "POST /{path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n"


def app() -> FastAPI:
    made = FastAPI()
    made.state.left = threading.Event()

    @made.post("/count")
    async def count(request: Request) -> int:
        return len(await request.body())

    @made.post("/json")
    async def json(given: dict[str, str]) -> int:
        return len(given)

    @made.post("/v1/documents")
    async def upload(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @made.get("/endless")
    async def endless() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    await asyncio.sleep(0.001)
                    yield bytes(100_000)
            finally:
                made.state.left.set()

        return StreamingResponse(pieces())

    @made.get("/")
    async def page() -> str:
        return visitor()

    @made.get("/who")
    async def who() -> str:
        return visitor()

    made.add_middleware(Limits)
    made.add_middleware(Visitors)
    return made


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, FastAPI]]:
    """The port of a server with short times."""
    monkeypatch.setattr(limits, "HEADER_SECONDS", 0.5)
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.5)
    monkeypatch.setattr(limits, "PAUSE_SECONDS", 0.5)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    served = app()
    server = uvicorn.Server(
        uvicorn.Config(served, log_level="critical", lifespan="off", **uvicorn_options())
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()[1], served
    server.should_exit = True
    thread.join()
    listener.close()


def connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port))
    made.settimeout(SOON)
    return made


def reply(connection: socket.socket) -> tuple[int, bytes]:
    """The status and all that comes until the server closes; 0 if nothing comes."""
    data = b""
    try:
        while piece := connection.recv(65_536):
            data += piece
    except ConnectionResetError:
        pass  # what was not read yet is thrown away when the server closes
    found = re.match(rb"HTTP/1.1 (\d+)", data)
    return int(found[1]) if found else 0, data


def send(port: int, data: bytes) -> tuple[int, bytes]:
    with connect(port) as connection:
        with suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(data)
        return reply(connection)


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "host: x", *headers, "", ""]).encode()


def test_a_long_head_is_refused(address: tuple[int, FastAPI]) -> None:
    """A header of 10 kB gets 431, a longer one that never ends 400, one of 4 kB is served."""
    port, _ = address
    assert send(port, get("/who", f"x-long: {'a' * 10_000}"))[0] == 431
    assert send(port, get("/who", f"x-long: {'a' * 70_000}")[:-4])[0] == 400
    assert send(port, get("/who", f"x-long: {'a' * 4_000}", "connection: close"))[0] == 200


@pytest.mark.parametrize("path", ["count", "json"])
def test_a_long_body_is_refused(address: tuple[int, FastAPI], path: str) -> None:
    """More than a megabyte gets 413: at once where the length is said, else when it is reached."""
    port, _ = address
    assert send(port, HEAD.format(path=path, length=1_000_001).encode())[0] == 413
    head = f"POST /{path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    chunk = b"186a0\r\n" + bytes(100_000) + b"\r\n"
    assert send(port, head + 11 * chunk)[0] == 413


def test_a_file_may_be_longer(address: tuple[int, FastAPI]) -> None:
    """Where files are sent the length is not bounded here."""
    port, _ = address
    head = HEAD.format(path="v1/documents", length=3_000_000).encode()
    status, data = send(
        port, head.replace(b"host", b"connection: close\r\nhost") + bytes(3_000_000)
    )
    assert status == 200
    assert data.endswith(b"3000000")


@pytest.mark.parametrize("sent", ["", "GET / HT", "GET / HTTP/1.1\r\nhost: x\r\nx-a: b\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(
    address: tuple[int, FastAPI], sent: str
) -> None:
    """Nothing, or a part of a request: closed after its time."""
    assert send(address[0], sent.encode()) == (0, b"")


def test_a_head_that_comes_byte_by_byte_ends_the_connection(
    address: tuple[int, FastAPI],
) -> None:
    """Bytes that keep coming do not make the time longer, on a connection used before, either."""
    port, _ = address
    with connect(port) as connection:
        connection.sendall(get("/who"))
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        end = time.monotonic() + SOON
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            for byte in get("/who", f"x-long: {'a' * 4_000}"):
                connection.sendall(bytes([byte]))
                time.sleep(0.02)
                assert time.monotonic() < end


@pytest.mark.parametrize("path", ["count", "json", "v1/documents"])
def test_a_body_that_does_not_come_is_refused(address: tuple[int, FastAPI], path: str) -> None:
    """The rest of a body that does not come gets 408."""
    assert send(address[0], HEAD.format(path=path, length=100).encode() + b"abc")[0] == 408


def test_a_reader_that_does_not_read_is_left(address: tuple[int, FastAPI]) -> None:
    """Nothing is made for a reader that reads nothing; others are served meanwhile."""
    port, served = address
    with connect(port) as connection:
        connection.sendall(get("/endless"))
        assert send(port, get("/who", "connection: close"))[0] == 200
        assert served.state.left.wait(SOON)


def test_a_good_request_is_served_as_before(address: tuple[int, FastAPI]) -> None:
    """Two requests on a connection, with a pause of the length of a head's time between them."""
    port, _ = address
    with connect(port) as connection:
        for _ in range(2):
            connection.sendall(HEAD.format(path="count", length=3).encode() + b"abc")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            time.sleep(0.6)


def test_browsers_are_told_apart_and_programs_by_their_address() -> None:
    """The page names each browser once; what has no name yet counts by its address."""
    client = TestClient(app())
    assert client.get("/who").json() == "address testclient"
    first = client.get("/").json()
    assert re.fullmatch("browser [0-9a-f]{32}", first)
    assert client.get("/who").json() == first
    assert client.get("/").headers.get("set-cookie") is None
    assert TestClient(app()).get("/").json() != first
    forged = {"cookie": "askdocs-visitor=somebody else"}
    assert TestClient(app()).get("/who", headers=forged).json() == "address testclient"


def test_behind_a_proxy_the_address_is_that_of_the_sender() -> None:
    """A trusted proxy is believed where a request comes from; anybody else is not."""

    async def who(peer: str) -> str:
        seen = []

        async def serve(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            seen.append(visitor())

        scope = {
            "type": "http",
            "path": "/who",
            "method": "GET",
            "client": (peer, 1),
            "headers": [(b"x-forwarded-for", b"10.1.1.1")],
        }
        await Visitors(serve, settings=ServerSettings())(scope, None, None)  # type: ignore[arg-type]
        return str(seen[0])

    assert asyncio.run(who("127.0.0.1")) == "address 10.1.1.1"
    assert asyncio.run(who("10.2.2.2")) == "address 10.2.2.2"
