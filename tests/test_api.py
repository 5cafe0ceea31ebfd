"""The web app without a browser: the REST API, the view of a document, and the server's start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from askdocs.errors import ServerError
from askdocs.types import Answer
from askdocs.web import app, serving
from askdocs.web.render.escaping import seal, view_address
from fakes_web import HOSTILE_NAME, UNREST, scene

HOME = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of the app over the scene of the fakes."""
    index, assistant = scene()
    with TestClient(app.create_app(index, assistant), base_url=HOME) as client:
        yield client


def test_health_says_how_many_documents_there_are(client: TestClient) -> None:
    """GET /health answers when the index can be asked."""
    assert client.get("/health").json() == {"status": "ok", "documents": 2}


def test_documents_are_listed_with_what_was_skipped(client: TestClient) -> None:
    """GET /v1/documents names every document and every skipped file with its reason."""
    listed = client.get("/v1/documents").json()
    assert [one["id"] for one in listed["documents"]] == ["reports/unrest.txt", HOSTILE_NAME]
    assert listed["documents"][0]["date"] == "2022-01-10"
    assert listed["skipped"][0]["reason"] == "no reader for <i>.pdf</i>"


def test_a_document_comes_with_its_text_and_anchors(client: TestClient) -> None:
    """GET /v1/documents/{id} gives the text that the offsets of citations count."""
    found = client.get("/v1/documents/reports/unrest.txt").json()
    assert found["text"] == UNREST
    assert found["anchors"] == []


def test_an_answer_is_the_same_as_in_python(client: TestClient) -> None:
    """POST /v1/ask gives the public JSON, and its citations are slices of the documents."""
    asked = {"question": "How many people were detained?", "history": ["What happened?"]}
    given = client.post("/v1/ask", json=asked).json()
    answer = Answer.from_dict(given)
    assert answer.text.startswith("7,939 [1]")
    citation = answer.citations[0]
    text = client.get(f"/v1/documents/{citation.document}").json()["text"]
    assert text[citation.start : citation.end] == citation.quote


def test_passages_come_with_their_words(client: TestClient) -> None:
    """POST /v1/retrieve gives the hits, best first, as many as asked for."""
    hits = client.post("/v1/retrieve", json={"question": "internet restored", "k": 1}).json()[
        "hits"
    ]
    assert len(hits) == 1
    assert hits[0]["document"] == "reports/unrest.txt"
    assert hits[0]["text"] == UNREST


@pytest.mark.parametrize(
    ("within", "found"),
    [
        ({}, ["reports/unrest.txt", HOSTILE_NAME]),
        ({"folder": "reports"}, ["reports/unrest.txt"]),
        ({"documents": [HOSTILE_NAME], "types": ["md"]}, [HOSTILE_NAME]),
        ({"since": "2022-01-10", "until": "2022-01-10"}, ["reports/unrest.txt"]),
        ({"types": ["pdf"]}, []),
    ],
)
def test_only_some_documents_are_asked(
    client: TestClient, within: dict[str, object], found: list[str]
) -> None:
    """`within` leaves the other documents out, of passages and of what an answer looks at."""
    asked = {"question": "the", "within": within}
    for path, read in (("/v1/retrieve", "hits"), ("/v1/ask", "hits")):
        hits = client.post(path, json=asked).json()[read]
        assert [hit["document"] for hit in hits] == found


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/retrieve"])
@pytest.mark.parametrize(
    ("within", "reason"),
    [
        ({"folder": "letters"}, "letters"),
        ({"documents": ["no-such.txt"]}, "no-such.txt"),
        ({"since": "2022"}, "2022"),
        ({"type": ["md"]}, "type"),
        ({"types": "md"}, "types"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(
    client: TestClient, path: str, within: dict[str, object], reason: str
) -> None:
    """A wrong value and a misspelt field are said, and do not stand for all or for nothing."""
    reply = client.post(path, json={"question": "the", "within": within})
    assert reply.status_code == 422
    assert reason in reply.text


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/documents/no-such.txt", None, 404),
        ("GET", "/v1/documents/../../etc/passwd", None, 404),
        ("GET", "/v1/documents/%2e%2e/%2e%2e/etc/passwd", None, 404),
        ("POST", "/v1/ask", {"question": " "}, 422),
        ("POST", "/v1/ask", {}, 422),
        ("POST", "/v1/ask", {"question": "fail"}, 502),
        ("POST", "/v1/retrieve", {"question": "x", "k": 0}, 422),
        ("GET", "/docs", None, 404),
        ("GET", "/gradio_api/file=/etc/passwd", None, 404),
        ("GET", "/page/../api.py", None, 404),
        ("GET", "/page/%2e%2e/api.py", None, 404),
    ],
)
def test_what_cannot_be_given_is_refused_in_one_sentence(
    client: TestClient, method: str, path: str, body: dict[str, str] | None, status: int
) -> None:
    """A wrong request gets its status and a reason, never a traceback or a file."""
    reply = client.request(method, path, json=body)
    assert reply.status_code == status
    assert "Traceback" not in reply.text
    assert "root:" not in reply.text


def test_a_document_is_shown_with_the_quote_marked(client: TestClient) -> None:
    """GET /view marks the quoted words, as a part of the page and as a page of its own."""
    quote = "44 individuals died"
    start = UNREST.index(quote)
    address = view_address("reports/unrest.txt", start, start + len(quote), quote)
    mark = f'<mark class="quoted" id="quote">{quote}</mark>'
    assert mark in client.get(address).text
    assert client.get(address).text.startswith("<!doctype html>")
    assert mark in client.get(address + "&part=1").text


def test_a_document_that_changed_since_is_shown_without_a_mark(client: TestClient) -> None:
    """Words that are not the quoted ones are never highlighted in their place."""
    address = f"/view?document=reports/unrest.txt&start=0&end=6&seal={seal('Answer')}"
    shown = client.get(address).text
    assert "<mark" not in shown
    assert "has changed" in shown


def test_a_document_that_is_gone_is_said_to_be_gone(client: TestClient) -> None:
    """A link to a removed document explains itself."""
    reply = client.get("/view", params={"document": "<b>gone</b>"})
    assert reply.status_code == 404
    assert "Not in the index" in reply.text
    assert "<b>gone" not in reply.text


def test_the_page_and_its_files_come_from_this_server_only(client: TestClient) -> None:
    """The page names no other host to load from."""
    page = client.get("/")
    assert page.status_code == 200
    names = sorted(path.name for path in app.ASSETS.iterdir())
    assert {"base.css", "page.js", "icon.svg"} <= set(names)
    assert "/page/base.css" in page.text
    for name in names:
        reply = client.get(f"/page/{name}")
        assert reply.status_code == 200
        assert "http:" not in reply.text.replace("http://www.w3.org/2000/svg", "")
        assert "https:" not in reply.text


def test_events_of_the_page_are_not_offered_as_an_api(client: TestClient) -> None:
    """Gradio's own API is closed: programs use /v1."""
    assert client.get("/gradio_api/info").status_code == 404


def test_foreign_hosts_and_origins_get_nothing(client: TestClient) -> None:
    """The whole app stands behind the guard, Gradio's addresses too."""
    for path in ("/", "/health", "/v1/documents", "/view", "/config", "/page/page.js"):
        assert client.get(path, headers={"host": "evil.example"}).status_code == 403
        assert client.get(path, headers={"origin": "https://evil.example"}).status_code == 403
    for path in ("/v1/ask", "/gradio_api/queue/join"):
        reply = client.post(path, json={}, headers={"origin": "http://localhost:1234"})
        assert reply.status_code == 403


def test_a_port_in_use_is_said_with_the_next_step() -> None:
    """Serving on a taken port names another one to take."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"port {port} is in use.*--port {port + 1}"):
            serving.serve("nowhere/", port=port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_the_network_is_not_served_without_a_password(host: str) -> None:
    """Only the loopback may go without a password."""
    with pytest.raises(ServerError, match="password"):
        serving.serve("nowhere/", host=host)


def test_an_address_that_cannot_be_is_refused() -> None:
    """A port out of range is one sentence."""
    with pytest.raises(ServerError, match="99999"):
        serving.serve("nowhere/", port=99999)


def test_where_there_is_no_index_the_page_says_how_to_make_one() -> None:
    """Without an index every address explains what to run."""
    explaining = app.create_explanation("there is no index at nowhere/")
    with TestClient(explaining, base_url=HOME) as client:
        page = client.get("/")
        assert "askdocs index DOCUMENTS" in page.text
        assert client.post("/v1/ask", json={"question": "x"}).status_code == 503
        for path in ("/health", "/health/ready"):
            assert client.get(path).json()["error"] == "there is no index at nowhere/"
        assert client.get("/health/live").json() == {"status": "alive"}


def test_the_server_prints_where_it_is_and_stops_on_interrupt(tmp_path: Path) -> None:
    """`serve` prints its address and how to stop it, answers, and ends when interrupted."""
    command = [
        sys.executable,
        "-c",
        f"from askdocs.web.serving import serve; serve({str(tmp_path)!r}, port=0)",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        clock = threading.Timer(60, server.kill)
        clock.start()
        assert server.stdout
        first, second = server.stdout.readline(), server.stdout.readline()
        server.send_signal(2)
        _, errors = server.communicate()
        clock.cancel()
    assert first.startswith("askdocs is at http://127.0.0.1:")
    assert second == "Press Ctrl-C to stop\n"
    assert server.returncode == 0, errors
    assert "Traceback" not in errors


def test_the_web_modules_do_not_import_gradio_before_a_page_is_wanted() -> None:
    """Only `askdocs.web.ui` imports gradio, which takes seconds."""
    code = "import sys, askdocs.web.app, askdocs.web.desk; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
