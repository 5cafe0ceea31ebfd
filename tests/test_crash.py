"""kill -9 at any moment of indexing: what was acknowledged is there, whole, and only once."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from askdocs.errors import IndexNotFound
from askdocs.index import Index
from askdocs.store import Store
from askdocs.store_rows import pack_vector, reuse_key
from fakes import FakeEmbedder
from postgres_server import PostgresServer
from stores import Place

KILLS = int(os.environ.get("ASKDOCS_TEST_KILLS", "50"))
DOCUMENTS = 40
WORKER = Path(__file__).parent / "crash_worker.py"
WORDS = "rain bridge river minister police protest figure number city winter".split()


@dataclass
class Folder:
    """A documents folder that changes between kills, and remembers every version it ever had."""

    path: Path
    chance: random.Random
    versions: dict[str, dict[str, str]] = field(default_factory=dict)

    def change(self) -> None:
        """Rewrite, remove, rename and add documents."""
        self.path.mkdir(exist_ok=True)
        for number in range(DOCUMENTS):
            file = self.path / f"d{number:02}.txt"
            fate = self.chance.random()
            if fate < 0.1 and file.exists():
                file.unlink()
            elif fate < 0.15 and file.exists():
                self._keep(file.rename(self.path / f"d{self.chance.randrange(DOCUMENTS):02}.txt"))
            elif fate < 0.75 or not any(self.path.iterdir()):
                lines = self.chance.randrange(1, 16)
                file.write_text("".join(self._line() for _ in range(lines)))
                self._keep(file)

    def _line(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=8)) + f" {self.chance.random()}.\n"

    def _keep(self, file: Path) -> None:
        data = file.read_bytes()
        kept = self.versions.setdefault(file.name, {})
        kept[hashlib.sha256(data).hexdigest()] = data.decode()


def start(folder: Folder, place: Place, *options: str, **more: Any) -> subprocess.Popen[str]:
    here = str(WORKER.parent)
    environment = {**os.environ, "PYTHONPATH": f"{here}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, str(WORKER), str(folder.path), str(place.folder), place.address]
    command += options
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, **more)


def index_and_kill(
    folder: Folder, place: Place, seconds: float, *options: str, after: int = 0
) -> list[str]:
    """Start the indexer, kill it, and return what it acknowledged.

    It is killed so long after it began, or after it acknowledged so many documents.
    """
    process = start(folder, place, *options)
    assert process.stdout is not None
    assert process.stdout.readline() == "start\n"
    first = "".join(process.stdout.readline() for _ in range(after))
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    said = first + process.communicate()[0]
    place.wait_until_gone(process.pid)
    # A line cut off by the kill was not acknowledged.
    return [line.rstrip("\n") for line in said.splitlines(keepends=True) if line.endswith("\n")]


def expected_after(before: dict[str, str], said: list[str]) -> dict[str, str]:
    """The version of each document once all that was acknowledged is done."""
    expected = dict(before)
    for line in said:
        if line == "end":
            continue
        what, sha256, identifier = line.split(" ", 2)
        if what == "in":
            expected[identifier] = sha256
        else:
            expected.pop(identifier, None)
    return expected


def check(place: Place, folder: Folder, expected: dict[str, str]) -> dict[str, str]:
    """Open the index and compare all of it; returns the versions in it.

    One change more than was acknowledged may be there: it was done, and not told any more.
    """
    with place.open(exact=True) as opened:
        assert opened.check() == []
        found = {info.id: info.sha256 for info in opened.documents()}
        changed = {
            identifier
            for identifier in found.keys() | expected.keys()
            if found.get(identifier) != expected.get(identifier)
        }
        assert len(changed) <= 1, f"lost or phantom: {changed}"
        for identifier, sha256 in found.items():
            assert opened.document(identifier).text == folder.versions[identifier][sha256]
        assert_vectors_fit(opened.store)
    return found


def assert_vectors_fit(store: Store) -> None:
    """Every passage has the vector of its own words."""
    embedder = FakeEmbedder()
    for info in store.documents():
        passages = store.passages(store.numbers_of(info.id))
        keys = [reuse_key(passage) for passage in passages]
        stored = store.vectors_by_text(keys, store.generation, embedder.dimension)
        for key, embedded in zip(keys, embedder.encode_passages(passages), strict=True):
            assert (abs(stored[key].vector - embedded.vector) < 2e-3).all()
            assert len(pack_vector(stored[key].vector)) == 2 * embedder.dimension


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path / "documents", random.Random(1))
    made.change()
    yield made
    shutil.rmtree(tmp_path)


def test_fifty_kills(folder: Folder, place: Place) -> None:
    """It opens every time; nothing acknowledged is lost, nothing is there twice or by half."""
    held = dict[str, str]()
    acknowledged = whole_runs = 0
    kills = kills_of(place)
    for kill in range(kills):
        if kill % 10 == 0:  # the making of an index is interrupted, too
            place.forget()
            held = {}
        if kill % 2:
            after, seconds = folder.chance.randrange(1, 9), folder.chance.uniform(0, 0.03)
        else:  # at any moment, also before the first document
            after, seconds = 0, folder.chance.uniform(0, 0.9)
        said = index_and_kill(folder, place, seconds, after=after)
        acknowledged += len(said)
        whole_runs += said[-1:] == ["end"]
        expected = expected_after(held, said)
        try:
            held = check(place, folder, expected)
        except IndexNotFound:
            assert not said, "documents were acknowledged before there was an index"
            held = {}
        assert apparent_size(place.folder) < 20_000_000
        folder.change()
    print(f"{kills} kills, {acknowledged} acknowledged changes, {whole_runs} runs were through")
    assert acknowledged > kills, "the kills came too early to prove anything"
    finish(folder, place)


@pytest.mark.parametrize("victim", ["server", "one of its processes"])
def test_kills_of_the_server(
    victim: str, folder: Folder, private_postgres: PostgresServer, tmp_path: Path
) -> None:
    """What a PostgreSQL server has acknowledged is there after kill -9 of it, whole and once."""
    place = Place(tmp_path / "index", private_postgres.address("crash"))
    finish(folder, place)
    held, acknowledged = check_finished(place), 0
    for _ in range(max(3, kills_of(place) // 4)):
        folder.change()
        process = start(folder, place, stderr=subprocess.PIPE)
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(folder.chance.randrange(2, 9))]
        if victim == "server":
            private_postgres.kill()
        else:
            for one in serving(private_postgres, process.pid)[-1:]:
                os.kill(one, signal.SIGKILL)
        rest, complaint = process.communicate(timeout=60)
        lines = "".join([*said, rest]).splitlines()[1:]
        if lines[-1:] != ["end"]:
            assert "PostgreSQL at" in complaint and "does not answer" in complaint
            assert len(complaint.splitlines()) == 1
        if victim == "server":
            private_postgres.start()
        else:
            wait_for(private_postgres)
        acknowledged += len(lines)
        held = check(place, folder, expected_after(held, lines))
    assert acknowledged > 6
    finish(folder, place)


def serving(server: PostgresServer, process: int) -> list[int]:
    """The processes of the server that do what a process of ours asks."""
    query = f"SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'askdocs {process}@%'"
    return [int(found) for (found,) in server.run(query)]


def wait_for(server: PostgresServer) -> None:
    """Wait until the server, which has ended all its processes, is in order again."""
    import psycopg

    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        with suppress(psycopg.Error):
            server.run("SELECT 1")
            return
        time.sleep(0.05)


def kills_of(place: Place) -> int:
    """How many kills; on a server fewer in a short run, as the indexer is the same."""
    return KILLS // 5 if place.address and KILLS <= 50 else KILLS


def test_kills_while_chroma_is_written(folder: Folder, tmp_path: Path) -> None:
    """Whatever Chroma's files are after a kill, the next owner searches with all the vectors."""
    place = Place(index := tmp_path / "index")
    held = dict[str, str]()
    for _ in range(3):
        process = start(folder, place, "chroma")
        deadline = time.monotonic() + 60
        while not list(index.glob("chroma-*/*")) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(folder.chance.uniform(0, 0.3))
        process.kill()
        said, _ = process.communicate()
        held = check(place, folder, expected_after(held, said.split("\n")[1:-1]))
        with Index.open(index, embedder=FakeEmbedder()) as owner:
            assert owner.check() == []
            with Index.open(index, embedder=FakeEmbedder(), exact=True) as reader:
                for word in WORDS:
                    query = FakeEmbedder().encode_query(word)
                    found, exact = (o._vectors.search(query, 10) for o in (owner, reader))
                    assert [c for _, c in found] == pytest.approx([c for _, c in exact], abs=1e-4)
        folder.change()


def test_kills_while_rebuilding(folder: Folder, place: Place) -> None:
    """There is never a moment without a whole index: all of the old model, or all of the new."""
    finish(folder, place)
    documents = check_finished(place)
    models = ["fake"]
    for _ in range(6):
        index_and_kill(folder, place, folder.chance.uniform(0, 0.5), "rebuild", models[-1])
        assert check_finished(place) == documents
        store = place.store()
        models.append(store.meta.model)
        assert len(store.lacking(store.generation)) == 0
        assert store.meta.dimension == store.vectors()[1].shape[1]
        store.close()
    process = start(folder, place, "rebuild", models[-1])
    process.communicate(timeout=60)
    assert check_finished(place) == documents


def finish(folder: Folder, place: Place) -> None:
    """A run that is left alone brings the index to what is in the folder."""
    process = start(folder, place)
    said, _ = process.communicate(timeout=60)
    assert said.endswith("end\n")
    found = check_finished(place)
    assert found == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.path.iterdir()
    }


def check_finished(place: Place) -> dict[str, str]:
    with Index.open(place.folder, config=place.config, exact=True) as opened:
        assert opened.check() == []
        return {info.id: info.sha256 for info in opened.documents()}


def apparent_size(index: Path) -> int:
    return sum(file.stat().st_size for file in index.rglob("*") if file.is_file())
