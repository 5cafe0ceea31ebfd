"""The server fetches nothing that a document or a request names: a trap on the loopback waits."""

from __future__ import annotations

import json
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from askdocs import Assistant, Index
from askdocs.web.app import create_app
from fakes import FakeEmbedder
from happening import happenings

HOME = "http://127.0.0.1:7860"
HOSTS = ("127.0.0.1", "localhost", "[::1]", "0x7f.1", "0x7f000001", "2130706433", "127.1")
HOSTS += ("0177.0.0.1", "[::ffff:127.0.0.1]", "evil@127.0.0.1")
WORDS = "Nine dogs barked at night."


class Trap:
    """Listens on the loopback, by both families where there are two, and counts who comes."""

    def __init__(self) -> None:
        self.hits = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._all = [self._listening]
        with suppress(OSError):
            self._all.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for one in self._all:
            threading.Thread(target=self._accept, args=(one,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = listening.accept()
                self.hits += 1
                visitor.close()

    def close(self) -> None:
        for one in self._all:
            one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    made = Trap()
    yield made
    made.close()


def html(url: str) -> bytes:
    return (
        f'<!DOCTYPE html SYSTEM "{url}/a.dtd"><html><head><base href="{url}/">'
        f'<link rel="stylesheet" href="{url}/b.css"><meta http-equiv="refresh" content="0;{url}/c">'
        f'<script src="{url}/d.js"></script></head><body><p>{WORDS}</p><img src="{url}/e.png">'
        f'<iframe src="{url}/f"></iframe><object data="{url}/g"></object></body></html>'
    ).encode()


def markdown(url: str) -> bytes:
    return f"# Night\n\n{WORDS}\n\n![x]({url}/a.png) <{url}/b> [c]({url}/c)\n".encode()


def mail(url: str) -> bytes:
    head = "From: a@example.org\nSubject: Night\nMIME-Version: 1.0\n"
    external = f'Content-Type: message/external-body; access-type=URL; URL="{url}/m"'
    return (
        f"{head}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n"
        f"<p>{WORDS}</p><img src='{url}/p.png'>\n--b\n{external}\n\nx\n--b--\n"
    ).encode()


def word(url: str) -> bytes:
    """A Word file whose parts name entities, pictures, a template and a frame elsewhere."""
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = (
        f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Default Extension='
        '"rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
    )
    first = f'<Relationship Id="r1" Type="{kinds}/officeDocument" Target="word/document.xml"/>'
    outside = "".join(
        f'<Relationship Id="x{name}" Type="{kinds}/{name}" Target="{url}/{name}"'
        ' TargetMode="External"/>'
        for name in ("image", "attachedTemplate", "frame", "oleObject", "subDocument")
    )
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">{first}</Relationships>',
        "word/_rels/document.xml.rels": (
            f'<Relationships xmlns="{package}/relationships">{outside}</Relationships>'
        ),
        "word/document.xml": (
            f'<w:document xmlns:w="{main}"><w:body><w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>'
            "</w:body></w:document>"
        ),
        "word/footnotes.xml": (
            f'<!DOCTYPE w [<!ENTITY % p SYSTEM "{url}/p.dtd"> %p; <!ENTITY e SYSTEM "{url}/e">]>'
            f'<w:footnotes xmlns:w="{main}">&e;</w:footnotes>'
        ),
    }
    return packed(parts)


def entities(url: str) -> bytes:
    """A Word file whose text itself is behind entities of elsewhere: it need not be readable."""
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    text = (
        f'<!DOCTYPE w PUBLIC "x" "{url}/x.dtd" [<!ENTITY % p SYSTEM "{url}/p"> %p;'
        f'<!ENTITY e SYSTEM "{url}/e">]><w:document xmlns:w="{main}"'
        f' xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{url}/i"/><w:body>&e;'
        "</w:body></w:document>"
    )
    return packed({"word/document.xml": text})


def rich(url: str) -> bytes:
    field = f'{{\\field{{\\*\\fldinst INCLUDEPICTURE "{url}/a.png"}}{{\\fldrslt x}}}}'
    return f"{{\\rtf1 {WORDS} {field}{{\\*\\template {url}/t.dot}}}}".encode()


def packed(parts: dict[str, str]) -> bytes:
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


KINDS: dict[str, Callable[[str], bytes]] = {
    "html": html,
    "md": markdown,
    "eml": mail,
    "docx": word,
    "entities.docx": entities,
    "rtf": rich,
}


def test_nothing_that_a_document_names_is_fetched(tmp_path: Path, trap: Trap) -> None:
    """Ten ways to write this machine's address in six kinds of files: 60 tries, no visit, while
    they are read, asked, and shown.
    """
    documents = tmp_path / "documents"
    documents.mkdir()
    for number, host in enumerate(HOSTS):
        for suffix, make in KINDS.items():
            (documents / f"{number}.{suffix}").write_bytes(make(f"http://{host}:{trap.port}"))
    with Index.build(documents, tmp_path / "index", embedder=FakeEmbedder()) as index:
        kinds = {one.id.partition(".")[2] for one in index.documents()}
        assert {"html", "md", "eml", "docx", "rtf"} <= kinds
        app = create_app(index, Assistant(index))
        with happenings() as told, TestClient(app, base_url=HOME) as client:
            assert client.post("/v1/ask", json={"question": "How many dogs barked?"}).is_success
            for one in index.documents():
                for place in ("/view", "/view/file", "/view/sheet"):
                    client.get(place, params={"document": one.id})
        app.state.shelf.stop()
    assert trap.hits == 0
    assert [one for one in told if one[0].startswith("socket.")] == []


def test_nothing_that_a_request_names_is_fetched(tmp_path: Path, trap: Trap) -> None:
    """Nor is an address in any place of a request that takes a name, a file or an address."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text(WORDS)
    with Index.build(documents, tmp_path / "index", embedder=FakeEmbedder()) as index:
        app = create_app(index, Assistant(index))
        tries = 0
        with happenings() as told, TestClient(app, base_url=HOME) as client:
            for host in HOSTS:
                url = f"http://{host}:{trap.port}/x"
                for place in ("file=", "file/", "proxy=", "stream/", "component_server/"):
                    client.get(f"/gradio_api/{place}{url}")
                    tries += 1
                client.get("/", headers={"x-forwarded-host": host, "referer": url})
                client.get("/view", params={"document": url})
                client.get("/view/file", params={"document": url})
                client.get(f"/v1/documents/{url}")
                sent = {"path": url, "url": url, "meta": {"_type": "gradio.FileData"}}
                message = {"role": "user", "content": [{"type": "file", "file": sent}]}
                for number in range(12):
                    data = [sent, [sent], url, [message], url]
                    body = {"data": data, "fn_index": number, "session_hash": "s"}
                    refused = client.post("/gradio_api/queue/join", json=body)
                    assert refused.status_code == 422
                    client.post("/gradio_api/run/predict", json=body)
                client.post("/gradio_api/component_server", json={**sent, "data": sent})
                client.post("/v1/documents", params={"name": url}, content=b"x")
                client.post("/v1/evaluations", json={"gold": url})
                client.post("/v1/ask", json={"question": f"What does {url} say?"})
                called = {"name": "read_document", "arguments": {"id": url}}
                message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called}
                headers = {"accept": "application/json, text/event-stream"}
                client.post("/mcp", content=json.dumps(message), headers=headers)
                tries += 33
        app.state.quality.close()
        app.state.shelf.stop()
    assert tries > 60
    assert trap.hits == 0
    assert [one for one in told if one[0].startswith("socket.")] == []


def test_the_trap_catches(trap: Trap) -> None:
    """A visit is counted, and seen as what the process does."""
    with happenings() as told, socket.create_connection(("127.0.0.1", trap.port)) as connection:
        connection.recv(1)
    assert trap.hits == 1
    assert "socket.connect" in [event for event, _ in told]
