"""How a server ends: at once by Ctrl-C; by SIGTERM without a loss, and bounded."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api_server import QUESTION, make
from askdocs.assistant import Assistant
from askdocs.config_server import ServerSettings
from askdocs.errors import DeadlinePassed
from askdocs.index import Index
from askdocs.stopping import Stop
from askdocs.web.app import create_app
from askdocs.web.leaving import TOLD, Leaving, refuse_new
from askdocs.web.limits import uvicorn_options
from askdocs.web.listening import Server, listen
from fake_llm_server import FakeLanguageModelServer
from fakes import FakeEmbedder
from serving_worker import WORDS

WORKER = Path(__file__).with_name("serving_worker.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("leaving")
    make(made)
    return made


class Running:
    """A server in a thread, with its `address`; `signal` is what the process would get."""

    def __init__(self, app: FastAPI) -> None:
        listener = listen("127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        service = app.state.service
        listening = uvicorn.Config(
            app, log_level="error", timeout_graceful_shutdown=2, **uvicorn_options()
        )
        self.server = Server(listening, self.address, service.leaving, service.settings)
        self._thread = threading.Thread(target=self.server.run, args=([listener],))
        self._thread.start()
        limit = time.monotonic() + 20
        while not self.server.started:
            assert time.monotonic() < limit
            time.sleep(0.01)

    def signal(self, number: signal.Signals) -> None:
        self.server.handle_exit(number, None)

    @property
    def runs(self) -> bool:
        return self._thread.is_alive()

    def ended(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()


@contextmanager
def served(folder: Path, *, pause: float = 0.1, **settings: float) -> Iterator[Running]:
    """A server whose answers are written by a slow language model."""
    with ExitStack() as opened:
        model = opened.enter_context(FakeLanguageModelServer(WORDS, "slow"))
        model.pause = pause
        index = opened.enter_context(Index.open(folder / "index", embedder=FakeEmbedder()))
        assistant = Assistant(index, model=model.name)
        app = create_app(index, assistant, ServerSettings(**settings))  # type: ignore[arg-type]
        running = Running(app)
        try:
            yield running
        finally:
            running.signal(signal.SIGINT)
            assert running.ended(10)


class Asking(threading.Thread):
    """A question whose answer is a stream; `began` is set when its first event is there."""

    def __init__(self, address: str, *, stream: bool = True) -> None:
        super().__init__()
        self.address, self.stream = address, stream
        self.began = threading.Event()
        self.status, self.events, self.body = 0, [], ""  # type: ignore[var-annotated]
        self.start()

    def run(self) -> None:
        body = {"question": f"{QUESTION} {time.time()}", "stream": self.stream}
        asked = httpx.stream("POST", f"{self.address}/v1/ask", json=body, timeout=30)
        if not self.stream:
            self.began.set()
        with suppress(httpx.RemoteProtocolError), asked as reply:  # one that breaks off has no end
            self.status = reply.status_code
            for line in reply.iter_lines():
                self.body += line
                if line.startswith("event: "):
                    self.events.append(line.removeprefix("event: "))
                    self.began.set()

    def ended(self) -> list[str]:
        self.join(30)
        assert not self.is_alive()
        return self.events


def test_a_server_that_is_told_to_end_finishes_what_it_answers(folder: Path) -> None:
    """It is not ready at once, answers what still comes for a while, then nobody; loses nothing."""
    with served(folder, leaving_seconds=1.0) as server, httpx.Client() as client:
        asking = Asking(server.address)
        assert asking.began.wait(20)
        assert client.get(f"{server.address}/health/ready").status_code == 200
        server.signal(signal.SIGTERM)
        told = time.monotonic()
        ready = client.get(f"{server.address}/health/ready")
        while ready.status_code == 200 and time.monotonic() - told < 0.5:
            ready = client.get(f"{server.address}/health/ready")
        assert (ready.status_code, ready.json()["detail"]) == (503, TOLD)
        assert client.get(f"{server.address}/health/live").status_code == 200
        time.sleep(0.2)
        quick = client.post(f"{server.address}/v1/ask", json={"question": QUESTION, "quoted": True})
        assert (quick.status_code, quick.headers["connection"]) == (200, "close")
        late = Asking(server.address)
        assert late.began.wait(5)
        time.sleep(max(0, told + 1.7 - time.monotonic()))
        with pytest.raises(httpx.ConnectError):
            client.get(f"{server.address}/health/live")
        assert asking.ended()[-1] == late.ended()[-1] == "done"
        assert server.ended(10)


def test_an_answer_by_mcp_is_finished_too(folder: Path) -> None:
    """One that was begun before the server is told to end, and one that comes after that."""
    question = {"name": "ask", "arguments": {"question": QUESTION}}
    called = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": question}
    headers = {"accept": "application/json, text/event-stream"}
    replies: list[httpx.Response] = []

    def ask() -> None:
        replies.append(
            httpx.post(f"{server.address}/mcp", json=called, headers=headers, timeout=30)
        )

    with served(folder, leaving_seconds=2.0) as server:
        ask()  # which loads what is needed
        began = threading.Thread(target=ask)
        began.start()
        time.sleep(0.5)
        server.signal(signal.SIGTERM)
        time.sleep(1)
        ask()
        began.join(30)
        assert server.ended(20)
    assert len(replies) == 3
    for reply in replies:
        assert reply.status_code == 200
        assert '"structuredContent"' in reply.text


def test_ctrl_c_waits_for_no_answer(folder: Path) -> None:
    """Also not when the server was told to end before, and waits for one."""
    with served(folder, pause=5) as server:
        asking = Asking(server.address)
        assert asking.began.wait(20)
        server.signal(signal.SIGTERM)
        time.sleep(1)
        assert server.runs
        server.signal(signal.SIGINT)
        assert server.ended(5)
        asking.ended()


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_takes_too_long_is_told_so(folder: Path, stream: bool) -> None:
    """After `finishing_seconds` whoever waits reads a reason, and the server ends."""
    with served(folder, pause=2, finishing_seconds=1) as server:
        asking = Asking(server.address, stream=stream)
        assert asking.began.wait(20)
        time.sleep(0.5)
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        asking.ended()
        assert "the server was ended before the answer was complete; ask again" in asking.body
        assert asking.events[-1:] == (["error"] if stream else [])
        assert asking.status == (200 if stream else 504)
        assert server.ended(10)
        assert time.monotonic() - began < 6


def test_a_connection_that_was_made_is_not_lost(folder: Path) -> None:
    """Who has connected, and has not asked yet when the listener closes, is answered; but once."""
    with served(folder) as server:
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as silent:
            time.sleep(0.2)
            server.signal(signal.SIGTERM)
            time.sleep(0.6)
            with pytest.raises(OSError):
                socket.create_connection((host, int(port))).close()
            head = f"GET /health/live HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
            silent.sendall(head + head)
            said = b"".join(iter(lambda: silent.recv(10_000), b""))
            assert said.count(b"HTTP/1.1 200") == 1
            assert b"connection: close" in said
        assert server.ended(10)


@pytest.mark.slow
def test_a_process_that_is_told_to_end_ends_well(folder: Path) -> None:
    """`serve`, ended in the middle of an answer, gives it whole, and returns 0 without a word."""
    command = [sys.executable, str(WORKER), "--pause", "0.2", "serve", "--port", "0", "--index"]
    process = subprocess.Popen(
        [*command, str(folder / "index")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OPENAI_API_KEY": "none"},
    )
    try:
        assert process.stdout is not None
        said = next(line for line in process.stdout if line.startswith("askdocs is at "))
        asking = Asking(said.split()[-1])
        assert asking.began.wait(20)
        process.terminate()
        assert asking.ended()[-1] == "done"
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is one of Linux")
def test_a_listener_can_refuse_who_knocks_and_keep_who_is_in() -> None:
    """Made connections live on and can be accepted; new ones are not made, nor reset."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = listener.getsockname()
        with socket.create_connection(place) as before:
            refuse_new(listener)
            with pytest.raises(TimeoutError):
                socket.create_connection(place, timeout=0.3).close()
            accepted, _ = listener.accept()
            with accepted:
                before.sendall(b"x")
                assert accepted.recv(1) == b"x"
                accepted.sendall(b"y")
                assert before.recv(1) == b"y"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place, timeout=5).close()


def test_work_is_shortened_never_lengthened() -> None:
    """What began before is to end in time, and says why; what had less time keeps its own."""
    leaving, long, short = Leaving(), Stop(100), Stop(0)
    leaving.watch(long)
    leaving.watch(short)
    leaving.shorten(50)
    assert 40 < long.remaining <= 50
    leaving.shorten(0)
    with pytest.raises(DeadlinePassed, match="the server was ended before"):
        long.require()
    with pytest.raises(DeadlinePassed, match="took longer than 0 seconds"):
        short.require()
    late = Stop(100)
    leaving.watch(late)
    assert late.remaining == 0


def test_work_that_is_done_is_forgotten() -> None:
    """The server keeps no list that grows."""
    leaving = Leaving()
    for _ in range(10):
        leaving.watch(Stop())
    assert len(leaving._running) == 0
