"""Questions over the REST API: as JSON or as events, with whoever goes away before the end."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from api_server import HOME, QUESTION, make, served
from askdocs import stopping
from askdocs.client_events import Event, Events
from askdocs.errors import Busy, IndexDamaged, Stopped
from askdocs.types import EVERYTHING, Answer, Filter, History
from askdocs.web.api import asking
from live_server import running

MOST = 8_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents and their index; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def client(made: Path) -> Iterator[TestClient]:
    with served(made) as app, TestClient(app, base_url=HOME) as client:
        yield client


class Patient:
    """An assistant that works until it is stopped, and notes when that was."""

    generates = True
    model_name = "patient"

    def __init__(self, *, shows: bool) -> None:
        self.shows = shows
        self.began = threading.Event()
        self.stopped_at = 0.0

    def stream(
        self, question: str, *, history: History = (), within: Filter = EVERYTHING
    ) -> Iterator[Answer]:
        self.began.set()
        if self.shows:
            yield Answer(question, "So far")
        try:
            while True:
                time.sleep(0.02)
                stopping.present().require()
        except Stopped:
            self.stopped_at = time.monotonic()
            raise


def events(text: str) -> list[Event]:
    return [*Events().feed(text.encode())]


@pytest.mark.parametrize("headers", [{}, {"accept": "text/event-stream"}], ids=["field", "header"])
def test_an_answer_comes_as_events(client: TestClient, headers: dict[str, str]) -> None:
    """The last event is the complete answer, the same as without a stream."""
    asked: dict[str, Any] = {"question": QUESTION, "k": 4}
    whole = client.post("/v1/ask", json=asked).json()
    reply = client.post("/v1/ask", json=asked | {"stream": not headers}, headers=headers)
    assert reply.headers["content-type"].startswith("text/event-stream")
    *partial, done = events(reply.text)
    assert {one.kind for one in partial} <= {"answer", "waiting"}
    assert done.kind == "done"
    assert done.data | {"timings": 0} == whole | {"timings": 0}


def test_options_change_the_answer(client: TestClient) -> None:
    """A threshold that nothing reaches refuses, and `k` says how many passages are looked at."""
    asked = {"question": QUESTION, "threshold": 1.0, "k": 1, "quoted": True}
    given = client.post("/v1/ask", json=asked).json()
    assert given["refused"]
    assert len(given["hits"]) == 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("question", "status"),
    [("x" * MOST, 200), ("x" * (MOST + 1), 422), ("", 422), (" \n", 422), ("\0", 200)],
    ids=["longest", "too long", "empty", "blank", "NUL"],
)
def test_the_length_of_a_question_is_bounded(
    client: TestClient, question: str, status: int, stream: bool
) -> None:
    """8,000 characters are answered and 8,001 refused, before any event is sent."""
    asked = {"question": question, "stream": stream}
    assert client.post("/v1/ask", json=asked).status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"question": "\\ud800"}', 422),
        (b'{"question": "a\\udc00b"}', 422),
        (b'{"question": "what", "within": {"folder": "\\ud800"}}', 422),
        (b'{"question": "\xff"}', 400),
        (b'{"question": "\\u0000 detained"}', 200),
        (b'{"question": "what", "threshold": NaN}', 422),
        (b'{"question": "what", "threshold": 1e999}', 422),
        (b'{"question": "what", "k": 1e400}', 422),
        (b"[" * 100_000, 400),
        (b'{"question": "what", "\\ud800": 1}', 422),
        (b"9" * 10_000, 400),
        (b"null", 422),
        (b"", 422),
    ],
    ids=lambda value: str(value)[:30],
)
def test_no_json_is_too_strange(client: TestClient, body: bytes, status: int) -> None:
    """Half characters, NUL, numbers without end and nesting get a problem that is JSON itself."""
    reply = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == status, reply.text
    assert json.loads(reply.content)


def test_a_request_of_another_type_is_refused(client: TestClient) -> None:
    """A form, which a page of somebody else could send, is no question."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        reply = client.post("/v1/ask", content=b"{}", headers={"content-type": kind})
        assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media_type")


def test_a_request_may_have_a_million_bytes_and_no_more(client: TestClient) -> None:
    """One byte over the limit is 413, whether its length is told or not."""
    for size, status in ((1_000_000, 200), (1_000_001, 413)):
        body = b'{"question": "%s"}' % QUESTION.encode()
        body += b" " * (size - len(body))
        for content in (body, iter([body[:10], body[10:]])):
            reply = client.post(
                "/v1/ask", content=content, headers={"content-type": "application/json"}
            )
            assert reply.status_code == status, reply.text


def test_what_fails_at_once_has_its_status_and_later_is_an_event(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused stream is a reply with Retry-After; one that has begun ends with a problem."""
    service = client.app.state.service  # type: ignore[attr-defined]

    async def refused(*_: object, **__: object) -> Any:
        raise Busy("the server is busy; ask again in 3 seconds", 2.5)
        yield

    async def broken(*_: object, **__: object) -> Any:
        yield Answer(QUESTION, "So far")
        raise RuntimeError("secret")

    monkeypatch.setattr(service, "answers", refused)
    reply = client.post("/v1/ask", json={"question": QUESTION, "stream": True})
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "3")
    assert reply.json()["code"] == "busy"
    monkeypatch.setattr(service, "answers", broken)
    reply = client.post("/v1/ask", json={"question": QUESTION, "stream": True})
    first, last = events(reply.text)
    assert (first.kind, last.kind, last.data["code"]) == ("answer", "error", "internal_error")
    assert "secret" not in reply.text


@pytest.mark.parametrize("shows", [False, True], ids=["silent", "growing"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "events"])
def test_the_work_ends_when_nobody_waits_for_it(made: Path, stream: bool, shows: bool) -> None:
    """Half a second after the connection is closed nothing works on it any more."""
    with served(made) as app, running(app) as url:
        patient = Patient(shows=shows)
        app.state.service.assistant = patient
        body = json.dumps({"question": "Why?", "stream": stream}).encode()
        head = (
            "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        port = urlsplit(url).port
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head.encode() + body)
            assert patient.began.wait(10)
            time.sleep(1.2)  # so that a stream has begun
        left = time.monotonic()
        while not patient.stopped_at:
            assert time.monotonic() - left < 5
            time.sleep(0.01)
        assert patient.stopped_at - left < 0.5
        end = time.monotonic() + 5
        while app.state.service.line.counts().stopped == 0:
            assert time.monotonic() < end
            time.sleep(0.01)


def test_a_silent_stream_says_that_it_is_still_there(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comments come between events, so that no proxy takes the connection for dead."""
    monkeypatch.setattr(asking, "SILENCE", 0.1)
    with served(made) as app, running(app) as url:
        app.state.service.assistant = Patient(shows=True)
        asked = {"question": "Why?", "stream": True}
        with httpx.stream("POST", f"{url}/v1/ask", json=asked, timeout=10) as reply:
            lines = reply.iter_lines()
            assert next(lines) == "event: answer"
            comments = [line for line, _ in zip(lines, range(8), strict=False) if line[:1] == ":"]
    assert len(comments) >= 2


def test_what_is_wrong_with_the_server_is_told_to_who_manages_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner reads why the index cannot be used."""

    def damaged(*_: object, **__: object) -> None:
        raise IndexDamaged("/srv/index/store.sqlite is damaged; run: askdocs check")

    monkeypatch.setattr(client.app.state.service.index, "retrieve", damaged)  # type: ignore[attr-defined]
    reply = client.post("/v1/retrieve", json={"question": "x"})
    assert (reply.status_code, reply.json()["code"]) == (503, "index_damaged")
    assert "store.sqlite" in reply.json()["detail"]
