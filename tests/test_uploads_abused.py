"""Who sends files to do harm: many, oddly named, lying about their length, or meant as pages."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api_server import HOME, UNREST, make, served
from askdocs import Index
from askdocs.web.limits import uvicorn_options
from fakes import FakeEmbedder
from test_crawl import traversals

FILES = int(os.environ.get("ASKDOCS_TEST_UPLOADS", "100"))
HERE = "/v1/documents"


@contextmanager
def running(app: FastAPI) -> Iterator[int]:
    """The port of a server with the limits that it has when it is served."""
    listener = socket.create_server(("127.0.0.1", 0))
    options = uvicorn.Config(app, log_level="critical", lifespan="off", **uvicorn_options())
    server = uvicorn.Server(options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[TestClient]:
    make(tmp_path)
    with served(tmp_path) as app, TestClient(app, base_url=HOME) as client:
        # What is sent is not read: this is about where it lies.
        app.state.shelf._refresher.request = lambda: None
        yield client


def root_of(client: TestClient) -> Path:
    return Path(client.app.state.shelf.root)  # type: ignore[attr-defined]


def outside(root: Path) -> list[Path]:
    """What lies beside the documents, but the index and the gold file."""
    known = {"documents", "index", "my.jsonl"}
    return [one for one in root.parent.iterdir() if one.name not in known]


def test_many_files_of_one_name(changed: TestClient) -> None:
    """Each is kept under a name of its own, none over another, and no part of any is left."""
    for number in range(FILES):
        reply = changed.post(HERE, params={"name": "a.txt"}, content=b"%d" % number)
        assert reply.status_code == 202, reply.text
    kept = [one for one in (root_of(changed) / "uploads").iterdir() if one.suffix == ".txt"]
    assert sorted(int(one.read_text()) for one in kept) == list(range(FILES))
    assert not list(root_of(changed).rglob(".part-*"))


def test_no_name_leads_out_of_the_folder(changed: TestClient) -> None:
    """140 ways to write a path elsewhere, as the name of a file: it lies in the folder of uploads,
    or is refused; and as a folder, it is refused.
    """
    root = root_of(changed)
    target = root.parent / f"{secrets.token_hex(4)}.txt"
    before = {one for one in root.rglob("*") if "uploads" not in one.parts}
    lines = traversals(target)
    assert len(lines) >= 140
    for line in lines:
        name = line if line.endswith(".txt") else f"{line}.txt"
        reply = changed.post(HERE, params={"name": name}, content=b"x")
        assert reply.status_code in (202, 415, 422), (line, reply.text)
        form = {"file": (name.encode("utf-8", "replace").decode(), b"x")}
        assert changed.post(HERE, files=form).status_code in (202, 415, 422), line
        for folder in (line, str(PurePosixPath(line).parent)):
            asked = {"name": "b.txt", "folder": folder}
            if folder.strip("/"):
                reply = changed.post(HERE, params=asked, content=b"x")
                assert reply.status_code in (409, 422), (folder, reply.text)
    assert not target.exists()
    assert {one for one in root.rglob("*") if "uploads" not in one.parts} == before
    assert outside(root) == []
    for one in (root / "uploads").rglob("*"):
        assert one.resolve().parent == (root / "uploads").resolve()


def test_no_file_elsewhere_is_read_by_a_name(changed: TestClient) -> None:
    """140 ways to write the path of a secret, wherever a name is taken in a request: not a byte."""
    word = f"secret-{secrets.token_hex(8)}"
    secret = root_of(changed).parent / "index" / "key.txt"
    secret.write_text(word)
    headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    for number, line in enumerate(traversals(secret)):
        called = {"name": "read_document", "arguments": {"id": line}}
        message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": called}
        replies = [
            changed.post("/mcp", json=message, headers=headers),
            changed.post("/v1/ask", json={"question": "Who?", "within": {"documents": [line]}}),
            changed.post("/v1/retrieve", json={"question": "Who?", "within": {"folder": line}}),
            changed.post("/v1/evaluations", json={"gold": line}),
            changed.get(HERE, params={"folder": line, "search": line}),
            changed.get("/view", params={"document": line, "part": "1"}),
            changed.get("/view/file", params={"document": line}),
            changed.get("/view/page", params={"document": line}),
            changed.delete(f"{HERE}/{quote(line, safe='')}"),
        ]
        for reply in replies:
            assert word not in reply.text, (line, str(reply.request.url))
            assert reply.status_code != 500, (line, str(reply.request.url), reply.text)
    assert secret.read_text() == word
    called = {"name": "read_document", "arguments": {"id": UNREST}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called}
    assert "7,939" in changed.post("/mcp", json=message, headers=headers).text


@pytest.mark.parametrize("name", ["page.html", "page.htm", "page.xhtml", "drawing.svg", "a.md"])
def test_a_file_that_is_a_page_is_saved_not_opened(tmp_path: Path, name: str) -> None:
    """A file that a browser would run is given as bytes to save, of no type that it opens."""
    make(tmp_path)
    hostile = "<html><body><p>Hostile words.</p><script>alert(1)</script></body></html>"
    (tmp_path / "documents" / name).write_text(hostile)
    Index.build(tmp_path / "documents", tmp_path / "index", embedder=FakeEmbedder()).close()
    with served(tmp_path) as app, TestClient(app, base_url=HOME) as client:
        reply = client.get("/view/file", params={"document": name})
        if name.endswith(("svg", "xhtml")) and reply.status_code == 404:
            return  # no document at all
        assert reply.status_code == 200
        assert reply.headers["content-disposition"].startswith("attachment")
        assert reply.headers["content-type"] == "application/octet-stream"
        assert reply.headers["x-content-type-options"] == "nosniff"
        shown = client.get("/view", params={"document": name}).text
        assert "<script>alert(1)" not in shown


@pytest.mark.parametrize(
    "length", ["-1", "-5", "+5", "5, 6", "0x5", "5.0", "99999999999999999999", "1e3", ""]
)
@pytest.mark.parametrize("path", [f"{HERE}?name=a.txt", "/page/documents/upload?name=a.txt"])
def test_a_length_that_is_none_is_refused(tmp_path: Path, path: str, length: str) -> None:
    """Over a real socket: the request is refused, nothing is kept, and the server serves on."""
    make(tmp_path)
    with served(tmp_path) as app:
        with running(app) as port:
            head = (
                f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-askdocs: 1\r\n"
                f"connection: close\r\ncontent-length: {length}\r\n\r\nhello"
            )
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(head.encode())
                connection.shutdown(socket.SHUT_WR)
                reply = b"".join(iter(lambda: connection.recv(65_536), b""))
            assert not reply or reply.split()[1] in (b"400", b"411", b"413", b"422"), reply[:300]
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
                assert connection.recv(100).split()[1] == b"200"
        kept = list((tmp_path / "documents").glob("uploads/*a*.txt"))
        assert kept == []


def test_gradios_own_upload_is_closed(changed: TestClient) -> None:
    """The page's library would take files for anybody, and keep them: nobody can send it any."""
    for path in ("/gradio_api/upload", "/upload", "/gradio_api/upload?upload_id=x"):
        for files in ({"files": ("a.html", b"<script>")}, {f"f{n}": b"x" for n in range(1000)}):
            assert changed.post(path, files=files).status_code in (404, 405)
