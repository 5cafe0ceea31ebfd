"""The REST API of the documents: the list, their words, adding and removing them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api_server import HOME, TEXTS, UNREST, make, served
from askdocs.web import shelf
from askdocs.web.api import documents
from askdocs.web.api.once import A_DAY, Once
from askdocs.web.receiving import Incoming, Refused

HERE = "/v1/documents"
FORM = "multipart/form-data; boundary=frontier"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents and their index; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def client(made: Path) -> Iterator[TestClient]:
    """A server whose documents stay as they are."""
    with served(made) as app, TestClient(app, base_url=HOME) as client:
        yield client


@pytest.fixture
def changed(made: Path, tmp_path: Path) -> Iterator[TestClient]:
    """A server of the test's own."""
    for name in ("documents", "index"):
        shutil.copytree(made / name, tmp_path / name)
    shutil.copy(made / "my.jsonl", tmp_path)
    with served(tmp_path) as app, TestClient(app, base_url=HOME) as client:
        app.state.service.index.store.describe(folder=str(tmp_path / "documents"))
        yield client


def settle(client: TestClient) -> Any:
    """How the reading of the folder ended."""
    end = time.monotonic() + 30
    while (now := client.get("/v1/indexing").json())["running"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    return now


def listed(client: TestClient, **options: Any) -> list[str]:
    found = client.get(HERE, params=options).json()
    return [one["id"] for one in found["documents"]]


def test_the_list_can_be_searched_and_read_in_parts(client: TestClient) -> None:
    """Words find ids and titles, a folder what lies below it, and parts make up the whole."""
    everything = listed(client)
    assert sorted(TEXTS) == sorted(everything)
    assert listed(client, search="FLOOD reports") == ["reports/flood.md"]
    assert listed(client, folder="town") == [one for one in everything if one.startswith("town/")]
    assert listed(client, folder="tow") == []
    parts = [client.get(HERE, params={"offset": at, "limit": 3}).json() for at in (0, 3, 6)]
    assert [one["id"] for part in parts for one in part["documents"]] == everything
    assert {part["total"] for part in parts} == {len(everything)}
    assert parts[0]["skipped"][0]["path"] == "scan.pdf"


@pytest.mark.parametrize("identifier", sorted(TEXTS))
def test_the_passages_of_a_document_are_slices_of_it(client: TestClient, identifier: str) -> None:
    """Every span is `text[start:end]`, and together they hold all words of the document."""
    address = f"{HERE}/{quote(identifier)}"
    text = client.get(address).json()["text"]
    found = client.get(f"{address}/spans").json()
    assert found["document"] == identifier
    assert found["characters"] == len(text)
    assert all(text[one["start"] : one["end"]] == one["text"] for one in found["spans"])
    covered = {place for one in found["spans"] for place in range(one["start"], one["end"])}
    assert all(place in covered or sign.isspace() for place, sign in enumerate(text))


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (7, 12, "7,939"),
        (0, None, TEXTS[UNREST]),
        (None, 6, "Around"),
        (7, 5, ""),
        (10**9, 10**10, ""),
    ],
)
def test_a_slice_counts_as_in_python(
    client: TestClient, start: int | None, end: int | None, words: str
) -> None:
    """What lies behind the end is not there, and an end before the start gives nothing."""
    options = {name: at for name, at in (("start", start), ("end", end)) if at is not None}
    (span,) = client.get(f"{HERE}/{UNREST}/spans", params=options).json()["spans"]
    assert span["text"] == words
    assert len(TEXTS[UNREST]) >= span["end"] >= span["start"]


def test_a_file_becomes_a_document_and_goes_again(changed: TestClient) -> None:
    """What is sent as a form or as the body is read and can be asked; deleted it is gone."""
    form = changed.post(HERE, files={"file": ("bees.txt", b"Bees dance in 1955.")})
    body = changed.post(HERE, params={"name": "ants.txt"}, content=b"Ants walk in lines.")
    assert (form.status_code, body.status_code) == (202, 202)
    assert form.json()["id"] == "uploads/bees.txt"
    assert form.headers["location"] == form.json()["document"]
    now = settle(changed)
    assert now["can_change"]
    assert not now["error"]
    assert changed.get(form.json()["document"]).json()["text"] == "Bees dance in 1955."
    hits = changed.post("/v1/retrieve", json={"question": "ants lines", "k": 1}).json()["hits"]
    assert hits[0]["document"] == "uploads/ants.txt"
    for reply in (form, body):
        assert changed.delete(reply.json()["document"]).status_code == 204
        assert changed.get(reply.json()["document"]).status_code == 404
    assert changed.delete(form.json()["document"]).status_code == 404


def test_a_name_that_leads_elsewhere_stays_within_the_folder(changed: TestClient) -> None:
    """A name with a path becomes a plain name."""
    reply = changed.post(HERE, files={"file": ("../../etc/passwd.txt", b"x")})
    assert reply.json()["id"] == "uploads/passwd.txt"


def test_the_same_key_adds_a_file_once(changed: TestClient) -> None:
    """The same key and file get the same reply; another file, name or folder is refused."""
    key = {"idempotency-key": "one"}
    first = changed.post(HERE, files={"file": ("a.txt", b"Once.")}, headers=key)
    again = changed.post(HERE, files={"file": ("a.txt", b"Once.")}, headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    for name, content in (("a.txt", b"Twice."), ("b.txt", b"Once.")):
        other = changed.post(HERE, files={"file": (name, content)}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "refused")
    without = changed.post(HERE, files={"file": ("a.txt", b"Once.")})
    assert without.json()["id"] == "uploads/a (2).txt"
    settle(changed)
    assert len(listed(changed, folder="uploads")) == 2


def test_a_key_is_forgotten_after_a_day_and_says_nothing_to_others() -> None:
    """Keys are each person's own, and hold for a day."""
    time, done = [0.0], []
    once = Once(clock=lambda: time[0])

    def do() -> str:
        done.append(1)
        return f"file {len(done)}"

    assert once.run("ann", "k", "x", do) == once.run("ann", "k", "x", do) == "file 1"
    assert once.run("bob", "k", "y", do) == "file 2"
    time[0] = A_DAY - 1
    with pytest.raises(Refused):
        once.run("ann", "k", "y", do)
    time[0] = A_DAY
    assert once.run("ann", "k", "y", do) == "file 3"


def test_the_oldest_keys_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many keys are sent, so many are kept."""
    monkeypatch.setattr("askdocs.web.api.once._KEPT", 10)
    once = Once()
    for number in range(50):
        once.run("ann", str(number), "x", lambda: "file")
    assert len(once._known) == 10


def part(name: str, filename: str | None, content: bytes) -> bytes:
    said = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    head = f"--frontier\r\nContent-Disposition: {said}\r\n\r\n".encode()
    return head + content + b"\r\n"


END = b"--frontier--\r\n"
FILE = part("file", "a.txt", b"Words.")


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        (FORM, b"", 422),
        (FORM, b"no form at all", 422),
        (FORM, FILE[:-5], 422),
        (FORM, END, 422),
        (FORM, part("other", "a.txt", b"x") + END, 422),
        (FORM, part("file", None, b"x") + END, 422),
        (FORM, FILE + FILE + END, 422),
        (FORM, b"".join(part(f"f{n}", None, b"x") for n in range(10_000)) + END, 422),
        (FORM, FILE + b"".join(part(f"f{n}", None, b"x") for n in range(10_000)) + END, 422),
        (FORM, b"--frontier\r\n" + b"X-Much: y\r\n" * 20_000 + b"\r\n", 422),
        ("multipart/form-data", FILE + END, 422),
        (FORM, part("file", "a.exe", b"x") + END, 415),
        ("application/octet-stream", b"x", 422),
    ],
    ids=[
        "empty",
        "no form",
        "cut off",
        "no part",
        "another part",
        "no file name",
        "two files",
        "10,000 fields",
        "10,000 fields after",
        "20,000 headers",
        "no boundary",
        "unknown type",
        "no name",
    ],
)
def test_what_is_no_file_is_refused_and_leaves_nothing(
    changed: TestClient, kind: str, content: bytes, status: int
) -> None:
    """A damaged or stuffed form gets a problem, and nothing of it stays on the disk."""
    reply = changed.post(HERE, content=content, headers={"content-type": kind})
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    root = Path(changed.app.state.shelf.root)  # type: ignore[attr-defined]
    assert [one.name for one in root.rglob("*") if one.name.startswith(".part")] == []
    assert not list(root.glob("uploads/a*"))


@pytest.mark.parametrize("as_form", [False, True])
def test_a_file_may_be_as_large_as_the_limit_and_not_a_byte_larger(
    changed: TestClient, monkeypatch: pytest.MonkeyPatch, as_form: bool
) -> None:
    """The limit is of the file, whether its length is told or not."""
    monkeypatch.setattr(documents, "LIMIT", 1000)
    monkeypatch.setattr(shelf, "Incoming", partial(Incoming, limit=1000))
    for size, status in ((1000, 202), (1001, 413)):
        content = b"x" * size
        if as_form:
            reply = changed.post(HERE, files={"file": ("a.txt", content)})
        else:
            sent = iter([content[:600], content[600:]])  # in pieces, so without a length
            reply = changed.post(HERE, params={"name": "a.txt"}, content=sent)
        assert reply.status_code == status, reply.text


def test_who_only_reads_changes_nothing(made: Path) -> None:
    """A server that only reads refuses each change and still answers."""
    with served(made, read_only=True) as app, TestClient(app, base_url=HOME) as client:
        refused = [
            client.post(HERE, files={"file": ("a.txt", b"x")}),
            client.delete(f"{HERE}/{UNREST}"),
            client.post("/v1/indexing"),
        ]
        assert [one.status_code for one in refused] == [403] * 3
        assert client.get("/v1/indexing").json()["can_change"] is False
        assert client.get(f"{HERE}/{UNREST}").status_code == 200


def test_a_document_is_never_served_as_a_page(changed: TestClient) -> None:
    """A hostile HTML file comes as JSON, which no browser runs; an SVG file is not even taken."""
    page = b"<html><body><p onclick='alert(1)'>Hostile words.</p></body></html>"
    address = changed.post(HERE, files={"file": ("page.html", page)}).json()["document"]
    settle(changed)
    for shown in (changed.get(address), changed.get(f"{address}/spans")):
        assert "Hostile words." in shown.text
        assert shown.headers["content-type"] == "application/json"
        assert shown.headers["x-content-type-options"] == "nosniff"
    picture = changed.post(HERE, files={"file": ("picture.svg", b"<svg onload='alert(1)'/>")})
    assert picture.status_code == 415
