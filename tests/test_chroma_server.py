"""A server of Chroma that several processes share: real ones, killed, replaced and lied to."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askdocs import vectors_http, vectors_shared
from askdocs.config import Config
from askdocs.index import Index
from askdocs.store import Store
from askdocs.vectors import ExactVectors
from askdocs.vectors_http import ChromaServer
from askdocs.vectors_kept import Keeping
from askdocs.vectors_place import CHROMA, NOTES, Refused, Unreachable
from askdocs.vectors_shared import SharedVectors
from fakes import FakeEmbedder
from owning_worker import own_in_two
from ports import free_port
from test_vectors import META, put, random_units

PROGRAM = Path(sys.executable).parent / "chroma"
PASSAGES = 1_200
SPAWN = multiprocessing.get_context("spawn")


class Chroma:
    """`chroma run` on a port of its own; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        place = ["--path", str(self.folder), "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [PROGRAM, "run", *place],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        server = ChromaServer(self.address)
        wait_until(lambda: answers(server))
        server.close()

    def kill(self) -> None:
        os.killpg(self.process.pid, 9)
        self.process.wait()

    def collections(self, store: Store) -> list[str]:
        """The names of the collections of this index."""
        server = ChromaServer(self.address)
        found = server._call("GET", vectors_http._COLLECTIONS)
        server.close()
        home = Keeping(store, server, threading.Event())._home()
        return [one["name"] for one in found if one["metadata"].get("index") == home]


def answers(server: ChromaServer) -> bool:
    try:
        server.require()
    except Unreachable:
        return False
    return True


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    """A server for many indexes; not to be killed."""
    running = Chroma(tmp_path_factory.mktemp("shared"))
    yield running
    running.kill()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Chroma]:
    """A server for one test, which may kill it and change its folder."""
    running = Chroma(tmp_path / "chroma")
    yield running
    running.kill()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    folder = tmp_path / "index"
    folder.mkdir()
    opened = Store.open(folder / "store.sqlite3", create_with=META)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process looks again at once whether the server can be used."""
    monkeypatch.setattr(vectors_shared, "_RETRY", 0.05)


def owner_of(store: Store, chroma: Chroma) -> SharedVectors:
    vectors = SharedVectors(store, ChromaServer(chroma.address), owner=True)
    vectors.prepare()
    assert vectors.trouble == ""
    return vectors


def reader_of(store: Store, chroma: Chroma) -> SharedVectors:
    vectors = SharedVectors(store, ChromaServer(chroma.address), owner=False)
    vectors.prepare()
    assert vectors.trouble == ""
    return vectors


def recall(store: Store, vectors: SharedVectors, seed: int = 99, queries: int = 50) -> float:
    """How many of the ten nearest passages are found, over some queries; scores are checked."""
    exact, right = ExactVectors(store), 0
    for query in random_units(queries, seed=seed):
        expected, found = exact.search(query, 10), vectors.search(query, 10)
        assert [cosine for _, cosine in found] == sorted((c for _, c in found), reverse=True)
        cosines = dict(expected)
        assert all(abs(c - cosines[n]) < 1e-6 for n, c in found if n in cosines)
        right += len(cosines.keys() & dict(found).keys())
    return right / (10 * queries)


def read_along(path: str, address: str, stop: Any, told: Any) -> None:
    """A process that reads: it asks until it is told to stop, then tells what it saw."""
    vectors_shared._RETRY = 0.05
    store = Store.open(Path(path))
    vectors = SharedVectors(store, ChromaServer(address), owner=False)
    asked = served = 0
    worst = 1.0
    exact = ExactVectors(store)
    while not stop.is_set():
        for query in random_units(5, seed=asked):
            with store.snapshot():
                expected = {number for number, _ in exact.search(query, 10)}
                before = vectors.in_use
                found = {number for number, _ in vectors.search(query, 10)}
            served += before and vectors.in_use
            worst = min(worst, len(found & expected) / max(1, len(expected)))
            asked += 1
        time.sleep(0.01)
    told.put((asked, served, worst, vectors.trouble))
    vectors.close()
    store.close()


def write_along(path: str, address: str, told: Any) -> None:
    """A process that owns the index: documents come and go while others read."""
    store = Store.open(Path(path))
    vectors = SharedVectors(store, ChromaServer(address), owner=True)
    for number in range(12):
        put(store, f"more{number}", 40, seed=1000 + number)
        if number >= 4:
            store.remove_document(f"more{number - 4}")
        vectors.prepare()
    told.put((vectors.trouble, sorted(vectors.numbers() or ())))
    vectors.close()
    store.close()


def test_two_readers_and_a_writer(store: Store, chroma: Chroma) -> None:
    """Three processes share the server: what one writes, the others find, and nothing else."""
    put(store, "a", PASSAGES)
    owner_of(store, chroma).close()
    stop, told, written = SPAWN.Event(), SPAWN.Queue(), SPAWN.Queue()
    arguments = (str(store.path), chroma.address)
    readers = [SPAWN.Process(target=read_along, args=(*arguments, stop, told)) for _ in range(2)]
    for reader in readers:
        reader.start()
    writer = SPAWN.Process(target=write_along, args=(*arguments, written))
    writer.start()
    trouble, numbers = written.get(timeout=120)
    time.sleep(0.5)
    stop.set()
    for asked, served, worst, reader_trouble in (told.get(timeout=60) for _ in readers):
        assert asked >= 20
        assert served / asked > 0.5, "the server was hardly used"
        assert worst >= 0.9
        assert reader_trouble == ""
    for process in (*readers, writer):
        process.join(30)
    assert trouble == ""
    assert numbers == store.numbers().tolist()
    assert len(chroma.collections(store)) == 1


def test_two_owners(chroma: Chroma, postgres_address: str, tmp_path: Path) -> None:
    """Two machines share a store on PostgreSQL and the server: one of them writes at a time."""
    config = Config(store=postgres_address, chroma=chroma.address)
    for worst, in_use, trouble in own_in_two(config, tmp_path):
        assert worst >= 0.9
        assert in_use
        assert trouble == ""
    shared = Store.open(postgres_address, folder=tmp_path)
    reader = reader_of(shared, chroma)
    assert reader.numbers() == set(shared.numbers().tolist())
    assert len(chroma.collections(shared)) == 1
    reader.close()
    shared.close()


def test_what_is_found_is_what_exact_search_finds(store: Store, chroma: Chroma) -> None:
    """Of 1,200 passages nearly all of the ten nearest are found, with the store's own cosines."""
    put(store, "a", PASSAGES)
    owner = owner_of(store, chroma)
    reader = reader_of(store, chroma)
    assert owner.in_use and reader.in_use
    assert owner.numbers() == set(store.numbers().tolist())
    assert recall(store, owner) >= 0.99
    assert recall(store, reader) >= 0.99
    owner.close()
    reader.close()


def test_a_reader_sees_what_the_server_does_not_hold_yet(store: Store, chroma: Chroma) -> None:
    """Until the owner has brought it over, a new passage is found, and a removed one is not."""
    put(store, "a", 200)
    put(store, "b", 50, seed=1)
    owner = owner_of(store, chroma)
    reader = reader_of(store, chroma)
    put(store, "c", 30, seed=2)
    store.remove_document("b")
    (new, gone) = (random_units(30, seed=2)[3], random_units(50, seed=1)[3])
    for vectors in (owner, reader):
        assert vectors.in_use
        assert vectors.search(new, 1)[0][0] == store.numbers_of("c")[3]
        assert vectors.search(gone, 1)[0][1] < 0.99
        assert recall(store, vectors) >= 0.99
    owner.prepare()
    assert owner.numbers() == set(store.numbers().tolist())
    assert recall(store, reader) >= 0.99
    owner.close()
    reader.close()


def test_far_behind_the_search_is_exact(
    store: Store, chroma: Chroma, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With very much come or gone, the server would be asked for too much: it is left out."""
    put(store, "a", 100)
    reader_store = Store.open(store.path)
    owner_of(store, chroma).close()
    reader = reader_of(reader_store, chroma)
    monkeypatch.setattr(vectors_shared, "_BEHIND", 10)
    put(store, "b", 50, seed=1)
    query = random_units(1, seed=5)[0]
    assert reader.search(query, 10) == ExactVectors(store).search(query, 10)
    reader.close()
    reader_store.close()


def test_a_server_that_is_killed(store: Store, mortal: Chroma) -> None:
    """Answers go on without it, exact ones; started again, it is used again with all it held."""
    put(store, "a", PASSAGES)
    owner, reader = owner_of(store, mortal), reader_of(store, mortal)
    mortal.kill()
    query = random_units(PASSAGES)[17]
    for vectors in (owner, reader):
        assert vectors.search(query, 10) == ExactVectors(store).search(query, 10)
        assert not vectors.in_use
        assert vectors.trouble.startswith(f"Chroma at {mortal.address} is not used: ")
        assert "chroma run" in vectors.trouble
        assert "\n" not in vectors.trouble
    put(store, "b", 40, seed=1)  # what is stored meanwhile is not lost
    mortal.start()

    def is_used(vectors: SharedVectors) -> bool:
        vectors.search(query, 1)
        return vectors.in_use and vectors.trouble == ""

    for vectors in (owner, reader):
        wait_until(lambda vectors=vectors: is_used(vectors))
    owner.prepare()
    assert owner.numbers() == set(store.numbers().tolist())
    assert min(recall(store, owner), recall(store, reader)) >= 0.99
    owner.close()
    reader.close()


@pytest.mark.parametrize("kills", [2])
def test_a_server_that_is_killed_while_it_is_written(
    store: Store, mortal: Chroma, kills: int
) -> None:
    """Whatever moment it is killed at, its next start ends in what the store holds."""
    put(store, "a", 300)
    owner = owner_of(store, mortal)
    for number in range(kills):
        put(store, f"b{number}", 900, seed=number + 1)
        working = threading.Thread(target=owner.prepare)
        working.start()
        time.sleep(0.1 + 0.15 * number)
        mortal.kill()
        working.join(60)
        assert not working.is_alive()
        mortal.start()
        owner.prepare()
        assert owner.trouble == ""
        assert owner.numbers() == set(store.numbers().tolist())
        assert recall(store, owner, queries=20) >= 0.95
    owner.close()


def test_an_empty_server_in_its_place(store: Store, mortal: Chroma) -> None:
    """A server that has lost everything is filled again by the owner, and by nobody else."""
    put(store, "a", 300)
    owner, reader = owner_of(store, mortal), reader_of(store, mortal)
    mortal.kill()
    shutil.rmtree(mortal.folder)
    mortal.start()
    query = random_units(300)[3]
    assert reader.search(query, 10) == ExactVectors(store).search(query, 10)
    reader.prepare()
    assert not reader.in_use
    assert mortal.collections(store) == []
    owner.prepare()
    reader.prepare()
    assert owner.in_use and reader.in_use
    assert recall(store, reader) >= 0.99
    owner.close()
    reader.close()


def test_a_server_restored_from_a_backup(store: Store, mortal: Chroma, tmp_path: Path) -> None:
    """An earlier state of the server has another seal: it is not searched but made anew."""
    put(store, "a", 100)
    owner_of(store, mortal).close()
    mortal.kill()
    shutil.copytree(mortal.folder, tmp_path / "backup")
    mortal.start()
    store.remove_document("a")
    put(store, "b", 100, seed=1)
    owner_of(store, mortal).close()
    mortal.kill()
    shutil.rmtree(mortal.folder)
    shutil.copytree(tmp_path / "backup", mortal.folder)
    mortal.start()
    reader = reader_of(store, mortal)
    assert not reader.in_use
    owner = owner_of(store, mortal)
    assert owner.numbers() == set(store.numbers().tolist())
    assert len(mortal.collections(store)) == 1
    owner.close()
    reader.close()


def test_vectors_that_are_not_the_stores(store: Store, chroma: Chroma) -> None:
    """Vectors that somebody changed on the server are noticed by the owner, who makes them anew."""
    put(store, "a", 80)
    owner = owner_of(store, chroma)
    server, collection = ChromaServer(chroma.address), owner._current.collection  # type: ignore[union-attr]
    server.put(collection, store.numbers().tolist(), random_units(80, seed=7))
    query = random_units(80)[5]
    found = dict(owner.search(query, 80))
    assert found == pytest.approx(dict(ExactVectors(store).search(query, 80)))  # own cosines
    owner.close()
    again = owner_of(store, chroma)
    assert recall(store, again) >= 0.99
    assert chroma.collections(store) != [collection.name]
    again.close()
    server.close()


def test_foreign_names_are_taken_out(store: Store, chroma: Chroma) -> None:
    """What another program put into the collection is no passage, and goes at the next change."""
    put(store, "a", 60)
    owner = owner_of(store, chroma)
    server, collection = ChromaServer(chroma.address), owner._current.collection  # type: ignore[union-attr]
    body = {"ids": ["x", "-1", "9" * 30], "embeddings": random_units(3).tolist()}
    server._of(collection, "upsert", body)
    server.put(collection, [10_000], random_units(1))
    assert {n for n, _ in owner.search(random_units(1)[0], 70)} <= set(store.numbers().tolist())
    put(store, "b", 1, seed=1)
    owner.prepare()
    assert owner.trouble == ""
    assert server.count(collection) == 61
    assert owner.numbers() == set(store.numbers().tolist())
    owner.close()
    server.close()


def test_a_copy_of_an_index_has_a_collection_of_its_own(
    store: Store, chroma: Chroma, tmp_path: Path
) -> None:
    """Neither an index nor a copy of it spoils the other's vectors."""
    put(store, "a", 60)
    owner_of(store, chroma).close()
    store.backup(tmp_path / "copy.sqlite3")
    copy = Store.open(tmp_path / "copy.sqlite3")
    put(copy, "b", 30, seed=1)
    of_copy = owner_of(copy, chroma)
    owner = owner_of(store, chroma)
    assert len(chroma.collections(store)) == len(chroma.collections(copy)) == 1
    assert of_copy.numbers() == set(copy.numbers().tolist())
    assert owner.numbers() == set(store.numbers().tolist())
    for vectors in (owner, of_copy):
        vectors.close()
    copy.close()


def test_an_index_with_another_model(tmp_path: Path, chroma: Chroma) -> None:
    """A rebuild with another model has a collection of its own, and removes the earlier one."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("The ferry sank in May. The harbour was closed.")
    (documents / "b.txt").write_text("A lighthouse was built on the cape.")
    config = Config(chroma=chroma.address)
    with Index.build(documents, tmp_path / "i", config=config, embedder=FakeEmbedder()) as index:
        (first,) = chroma.collections(index.store)
        assert index.check() == []
        assert index.status().vectors == "in step (a Chroma server)"
        with Index.open(tmp_path / "i", config=config, embedder=FakeEmbedder()) as reader:
            assert not reader.owned
            assert reader.retrieve("When did the ferry sink?")[0].passage.document == "a.txt"
        index.rebuild(embedder=FakeEmbedder("other", 32))
        (second,) = chroma.collections(index.store)
        assert second != first
        assert index.retrieve("Where is the lighthouse?")[0].passage.document == "b.txt"
        assert index._vectors.in_use  # type: ignore[attr-defined]
        index.rebuild()
        assert len(chroma.collections(index.store)) == 1
        assert index.check() == []


class Liar(BaseHTTPRequestHandler):
    """Answers every request with the server's `reply`: status, headers and content."""

    def do_GET(self) -> None:
        status, headers, content = self.server.reply  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.seen.append(dict(self.headers))  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


REPLIES = {
    "a-web-page": (200, {}, b"<html>hello</html>"),
    "nothing": (200, {}, b""),
    "a-number": (200, {}, b"7"),
    "a-list": (200, {}, b"[]"),
    "an-old-chroma": (200, {}, b'{"max_batch_size": 10}'),
    "an-error": (500, {}, b'{"error": "InternalError", "message": "boom"}'),
    "not-found": (404, {}, b"nothing here"),
    "elsewhere": (307, {"location": "http://192.0.2.1/"}, b""),
    "signed-in-only": (401, {}, b"token, please"),
    "half-of-chroma": (200, {}, b'{"supports_base64_encoding": true}'),
    "no-text": (200, {"content-type": "application/json"}, b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
@pytest.mark.parametrize("owner", [True, False], ids=["owner", "reader"])
def test_something_else_at_the_address(store: Store, reply: Any, owner: bool) -> None:
    """Whatever answers there, the search is exact and the trouble is told in one line."""
    put(store, "a", 20)
    store.describe(
        **{
            NOTES[CHROMA]: json.dumps(
                {
                    "collection": "c",
                    "seal": "s",
                    "generation": 1,
                    "revision": 1,
                    "through": 20,
                    "count": 20,
                }
            )
        }
    )
    with HTTPServer(("127.0.0.1", 0), Liar) as server:
        server.reply, server.seen = reply, []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        vectors = SharedVectors(store, ChromaServer(address, "a-token"), owner=owner)
        vectors.prepare()
        query = random_units(20)[3]
        assert vectors.search(query, 4) == ExactVectors(store).search(query, 4)
        assert not vectors.in_use
        assert address in vectors.trouble
        assert "\n" not in vectors.trouble
        assert "a-token" not in vectors.trouble
        headers = {name.lower(): value for name, value in server.seen[0].items()}  # type: ignore[attr-defined]
        assert headers["authorization"] == "Bearer a-token"
        vectors.close()
        server.shutdown()


def test_a_server_that_never_answers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that accepts and stays silent is given up after a while, not waited for."""
    monkeypatch.setattr(vectors_http, "_SECONDS", 0.3)
    put(store, "a", 20)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        vectors = SharedVectors(
            store, ChromaServer(f"http://127.0.0.1:{silent.getsockname()[1]}"), owner=True
        )
        started = time.monotonic()
        vectors.prepare()
        assert time.monotonic() - started < 5
        assert vectors.trouble
        vectors.close()


def test_a_proxy_is_not_asked_for_this_machine(
    store: Store, chroma: Chroma, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy of the environment is for the network, not for a server on loopback."""
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://192.0.2.1:1")
    put(store, "a", 20)
    vectors = owner_of(store, chroma)
    assert vectors.in_use
    vectors.close()


def test_vectors_come_back_as_they_went(chroma: Chroma) -> None:
    """Vectors are sent in full precision and in as many requests as they need."""
    server = ChromaServer(chroma.address)
    matrix = random_units(2_100, seed=3)
    collection = server.make("askdocs-test", {"index": "a test"})
    server.put(collection, list(range(1, 2_101)), matrix)
    assert server.count(collection) == 2_100
    found = server.vectors(collection, [1, 2_100])
    assert np.allclose(found[1], matrix[0], atol=1e-7)
    assert np.allclose(found[2_100], matrix[-1], atol=1e-7)
    assert server.numbers(collection).tolist() == list(range(1, 2_101))
    server.delete(collection)
    with pytest.raises(Refused):
        server.count(collection)
    server.close()
