"""The addresses of the documents: parts of the page, sent files, and who is refused."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from askdocs.index import Index
from askdocs.web import receiving
from askdocs.web.app import _bare_app
from askdocs.web.security import Guard
from askdocs.web.shelf import Shelf
from askdocs.web.shelving import add_shelving
from fakes import FakeEmbedder

OURS = {"x-askdocs": "1"}
HERE = "/page/documents"
HOSTILE = "<img src=x onerror=alert(1)>.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten plain documents and one with a hostile name, and their index; not to be changed."""
    made = tmp_path_factory.mktemp("made")
    folder = made / "documents"
    (folder / "reports").mkdir(parents=True)
    for number in range(10):
        (folder / f"reports/note {number}.txt").write_text(f"Note {number} is about bridges.")
    (folder / HOSTILE).write_text("# <script>alert(1)</script>\n\nWords.")
    Index.build(folder, made / "index", embedder=FakeEmbedder()).close()
    return made


@pytest.fixture
def index(made: Path, tmp_path: Path) -> Iterator[Index]:
    """An index of the test's own."""
    for name in ("documents", "index"):
        shutil.copytree(made / name, tmp_path / name)
    with Index.open(tmp_path / "index", embedder=FakeEmbedder()) as index:
        index.store.describe(folder=str(tmp_path / "documents"))
        yield index


def client_of(shelf: Shelf) -> TestClient:
    app = _bare_app()
    add_shelving(app, shelf, lambda: "welcome")
    app.add_middleware(Guard, hosts=("testserver",))
    return TestClient(app)


@pytest.fixture
def shelf(index: Index) -> Iterator[Shelf]:
    shelf = Shelf(index)
    yield shelf
    shelf.stop()


@pytest.fixture
def client(shelf: Shelf) -> TestClient:
    return client_of(shelf)


def settle(client: TestClient) -> Any:
    """The progress once nothing is under way."""
    end = time.monotonic() + 20
    while True:
        reply = client.get(f"{HERE}/progress")
        if reply.headers["x-running"] == "0":
            return reply
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_parts_are_html_in_which_names_are_words(client: TestClient) -> None:
    """The lists, the choice and the chips show a hostile name as text."""
    for path in ("", "/table", "/tools", "/names?search=img", f"/chosen?place={HOSTILE}"):
        reply = client.get(f"{HERE}{path}")
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/html")
        assert "<img" not in reply.text
        assert "<script" not in reply.text
    assert "&#60;img" in client.get(f"{HERE}/table").text
    assert client.get(f"{HERE}/welcome").text == "welcome"


def test_the_side_has_a_search_when_there_is_much_to_find(client: TestClient) -> None:
    """With more than eight documents there is a field; what is found is shown."""
    field = client.get(HERE).text.partition('data-find="side"')[2].partition(">")[0]
    assert "hidden" not in field
    found = client.get(HERE, params={"search": "note 7"}).text
    assert found.count("<li>") == 1
    assert "note 7.txt" in found


def test_a_file_is_sent_read_and_removed(client: TestClient, index: Index) -> None:
    """The whole life of a file: sent, listed, indexed, deleted; the state of the list changes."""
    before = client.get(f"{HERE}/progress").headers["x-state"]
    address = f"{HERE}/upload?name=..%2Flight.md"
    reply = client.post(address, content=iter([b"A light", b"house."]), headers=OURS)
    assert (reply.status_code, reply.json()) == (201, {"id": "uploads/light.md"})
    done = settle(client)
    assert "1 added" in done.text
    assert done.headers["x-state"] != before
    assert index.document("uploads/light.md").text == "A lighthouse."
    assert "Delete the file for good?" in client.get(f"{HERE}/table?search=light").text
    removed = client.post(f"{HERE}/remove?document=uploads/light.md", headers=OURS)
    assert removed.status_code == 200
    settle(client)
    assert not (Path(index.store.meta.folder) / "uploads/light.md").exists()


def test_a_file_is_left_out_and_put_back(client: TestClient, index: Index) -> None:
    """A file of the folder is listed as left out, with the button that puts it back."""
    name = "reports/note 1.txt"
    client.post(f"{HERE}/remove", params={"document": name}, headers=OURS)
    settle(client)
    row = client.get(f"{HERE}/table?search=note 1").text
    assert "Left out" in row
    assert "data-restore" in row
    assert client.post(f"{HERE}/restore", params={"document": name}, headers=OURS).is_success
    settle(client)
    assert index.document(name).text == "Note 1 is about bridges."


CHANGES = ("/upload?name=a.txt", "/remove?document=a", "/restore?document=a", "/refresh")


@pytest.mark.parametrize("change", CHANGES)
def test_changes_need_the_header_of_the_page(client: TestClient, change: str) -> None:
    """A form of another page cannot set it."""
    reply = client.post(f"{HERE}{change}", content=b"x")
    assert reply.status_code == 403
    assert "from the page only" in reply.json()["error"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_reading_server_refuses_and_hides_every_change(index: Index, change: str) -> None:
    """No button is offered, and no request gets through."""
    client = client_of(Shelf(index, read_only=True))
    assert client.post(f"{HERE}{change}", content=b"x", headers=OURS).status_code == 403
    for path in ("", "/table", "/tools"):
        shown = client.get(f"{HERE}{path}").text
        assert "data-changeable" not in shown
        assert "data-remove" not in shown
        assert 'data-shelf="add"' not in shown
    assert "only reads" in client.get(f"{HERE}/tools").text


@pytest.mark.parametrize("declared", [True, False], ids=["with its length", "in pieces"])
def test_a_file_that_is_too_large_is_refused(
    client: TestClient, index: Index, monkeypatch: pytest.MonkeyPatch, declared: bool
) -> None:
    """By its length where it is told, else as soon as too much has come; nothing stays."""
    monkeypatch.setattr(receiving.Incoming.__init__, "__defaults__", (1000,))
    monkeypatch.setattr(receiving.require_size, "__defaults__", (1000,))
    content: Any = b"x" * 2000 if declared else iter([b"x" * 600, b"x" * 600])
    reply = client.post(f"{HERE}/upload?name=a.txt", content=content, headers=OURS)
    assert reply.status_code == 413
    assert "split it" in reply.json()["error"]
    uploads = Path(index.store.meta.folder) / "uploads"
    assert [path for path in uploads.glob("*") if path.name != ".made-by-askdocs"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("/remove?document=../outside.txt", 404),
        ("/remove?document=", 404),
        ("/restore?document=missing.txt", 404),
        ("/upload?name=a.exe", 415),
        ("/upload?name=a.txt&folder=../..", 409),
        ("/upload?name=a.txt&folder=nowhere", 409),
        ("/upload?name=a.txt&folder=%00", 409),
        (f"/upload?name={'a' * 600}.txt", 422),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    client: TestClient, change: str, status: int
) -> None:
    """Nothing of it is an error of the server."""
    reply = client.post(f"{HERE}{change}", content=b"x", headers=OURS)
    assert reply.status_code in (status, 422)
    assert reply.json().get("error") or reply.json().get("detail")
