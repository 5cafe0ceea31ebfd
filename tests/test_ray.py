"""Indexing on Ray: the same index, whatever is killed meanwhile."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest

from askdocs.config import Config
from askdocs.errors import AskdocsError
from askdocs.index import Index
from askdocs.index_building import Through
from askdocs.index_cluster import working
from askdocs.store_rows import pack_vector
from fakes import FakeEmbedder

HERE = Path(__file__).parent
CORPUS = HERE.parent / "eval" / "corpus"
KILLS = int(os.environ.get("ASKDOCS_TEST_KILLS_RAY", "1"))
"""How often a worker is killed, and the process that writes the index: each takes 15 seconds."""

PYTHONPATH = os.pathsep.join([str(HERE), str(HERE.parent / "src")])
"""Where workers find the embedder of the tests."""

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="ray is not installed"
)


@pytest.fixture(scope="module")
def through() -> Iterator[Through]:
    """Ray on this machine, for all tests here that kill nothing; in use by the program already."""
    importlib.import_module("ray")
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("PYTHONPATH", PYTHONPATH)
        with working("local") as made:
            assert made is not None
            yield made


@pytest.fixture
def shared(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    """`Index.build` finds that Ray in place of starting its own."""
    monkeypatch.setattr("askdocs.index.working", lambda ray: nullcontext(ray and through))


Row = tuple[str, int, int, str, str, tuple[tuple[int, int], ...]]


def content(index: Index) -> tuple[dict[Row, np.ndarray], set[tuple[str, str, str]]]:
    """All that an index says of its folder: passages with their vectors, documents."""
    numbers, matrix = index.store.vectors()
    rows = index.store.passages(numbers.tolist())
    passages = {
        (p.document, p.start, p.end, p.text, p.heading, p.sentences): vector
        for p, vector in zip(rows, matrix, strict=True)
    }
    assert len(passages) == len(numbers)
    return passages, {(one.id, one.sha256, one.signature) for one in index.documents()}


def assert_same(one: Index, other: Index) -> None:
    """Two indexes hold the same; vectors but for the rounding of the last digit kept."""
    (passages, documents), (others, other_documents) = content(one), content(other)
    assert documents == other_documents
    assert passages.keys() == others.keys()
    for row, vector in passages.items():
        assert np.abs(vector - others[row]).max() < 2e-3
    assert [(s.path, s.reason) for s in one.skipped()] == [
        (s.path, s.reason) for s in other.skipped()
    ]
    assert one.check() == other.check() == []


def documents_in(folder: Path) -> Path:
    """A folder of sound files, and of some that cannot be read or embedded as they are."""
    folder.mkdir()
    for number in range(12):
        text = f"# Report {number}\n\nRain fell {number} times on Monday. The river rose.\n"
        (folder / f"d{number:02}.md").write_text(text)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (folder / "empty.txt").touch()
    (folder / "picture.xyz").touch()
    return folder


def change_a_few(folder: Path) -> None:
    (folder / "d00.md").unlink()
    (folder / "d01.md").rename(folder / "moved.md")
    (folder / "d02.md").write_text("# Report 2\n\nIt was all different in the end.\n")


@needs_ray
def test_the_index_is_the_same(through: Through, shared: None, tmp_path: Path) -> None:
    """Passages, vectors, left out files with their reasons: as without Ray; later runs, too."""
    folder = documents_in(tmp_path / "documents")
    summaries = []
    for change in (lambda _: None, change_a_few):
        change(folder)
        with (
            Index.build(folder, tmp_path / "here", embedder=FakeEmbedder()) as here,
            Index.build(folder, tmp_path / "ray", embedder=FakeEmbedder(), ray="local") as there,
        ):
            assert_same(here, there)
            assert {one.path for one in there.skipped()} >= {"broken.pdf", "empty.txt"}
            summaries += [here.summary, there.summary]
    counts = [(s.added, s.changed, s.removed, s.unchanged, s.skipped) for s in summaries]
    assert counts[0] == counts[1] == (12, 0, 0, 0, 3)
    assert counts[2] == counts[3] == (1, 1, 2, 9, 3)


@needs_ray
def test_the_real_model(through: Through, shared: None, sample_index: Path, tmp_path: Path) -> None:
    """Workers load the exported model, on one core each, and give what it gives without Ray."""
    shutil.copytree(sample_index / "model", tmp_path / "index" / "model")
    with (
        Index.open(sample_index, exact=True) as here,
        Index.build(CORPUS, tmp_path / "index", ray="local") as there,
    ):
        assert_same(here, there)


@needs_ray
def test_postgresql(through: Through, shared: None, postgres_address: str, tmp_path: Path) -> None:
    """With the store in PostgreSQL it is the same, since this process alone writes."""
    folder = documents_in(tmp_path / "documents")
    config = Config(store=postgres_address)
    with (
        Index.build(folder, tmp_path / "here", embedder=FakeEmbedder()) as here,
        Index.build(
            folder, tmp_path / "ray", config=config, embedder=FakeEmbedder(), ray="local"
        ) as there,
    ):
        assert_same(here, there)


class Driver:
    """The process that writes an index, with its workers on Ray."""

    def __init__(self, folder: Path, index: Path, address: str, *, seconds: float = 0.2) -> None:
        self.notes = index.with_name("notes")
        self.notes.mkdir(exist_ok=True)
        self.said: list[str] = []
        command = [sys.executable, str(HERE / "ray_driver.py"), str(folder), str(index)]
        self.process = subprocess.Popen(
            [*command, address, str(self.notes), str(seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):  # what is cut off was not acknowledged
                self.said.append(line.rstrip("\n"))

    def wait_for(self, documents: int) -> None:
        """Until so many documents are in the index, and acknowledged."""
        deadline = time.monotonic() + 120
        while len(self.said) <= documents:
            assert time.monotonic() < deadline and self.process.poll() is None, self.errors()
            time.sleep(0.02)

    def workers(self) -> set[int]:
        """The processes that have embedded anything, if they still run."""
        noted = {int(note.name) for note in self.notes.iterdir()}
        return {number for number in noted if Path("/proc", str(number)).exists()}

    def end(self) -> list[str]:
        """What it said until it ended."""
        self.process.wait(180)
        self._listening.join()
        return self.said

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read() if self.process.poll() is not None else ""


def many_documents(folder: Path, number: int = 60) -> Path:
    folder.mkdir()
    for one in range(number):
        (folder / f"d{one:02}.txt").write_text(f"Rain fell {one} times. Nobody knew why.\n")
    return folder


def assert_whole(folder: Path, index: Path) -> None:
    """Each file of the folder is in the index, as it is, with the vectors of its words."""
    embedder = FakeEmbedder()
    with Index.open(index, embedder=embedder, exact=True) as opened:
        assert opened.check() == []
        assert {one.id: one.sha256 for one in opened.documents()} == {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()
        }
        numbers, matrix = opened.store.vectors()
        passages = opened.store.passages(numbers.tolist())
        assert len(passages) == len(list(folder.iterdir()))
        for made, vector in zip(embedder.encode_passages(passages), matrix, strict=True):
            assert len(pack_vector(made.vector)) == 2 * embedder.dimension
            assert np.abs(made.vector - vector).max() < 2e-3


def assert_once(said: list[str], documents: int) -> None:
    """Each document was put into the index once, and the run came to its end."""
    assert said[0] == "start" and said[-1] == "end"
    assert Counter(said).most_common(1)[0][1] == 1
    assert len(said) == documents + 2


@contextmanager
def cluster() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "ray_cluster.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.communicate(timeout=60)


@needs_ray
def test_a_worker_and_then_its_machine_are_killed(tmp_path: Path) -> None:
    """What they had in hand is done by others; nothing is lost, and nothing is written twice."""
    folder = many_documents(tmp_path / "documents", 60 * KILLS)
    with cluster() as (address, machines):
        driver = Driver(folder, tmp_path / "index", address)
        for kill in range(KILLS):
            driver.wait_for(4 + 50 * kill)
            os.kill(driver.workers().pop(), signal.SIGKILL)
        driver.wait_for(12 + 50 * (KILLS - 1))
        assert machines.stdin is not None and machines.stdout is not None
        machines.stdin.write("kill\n")
        machines.stdin.flush()
        assert machines.stdout.readline() == "killed\n"
        said = driver.end()
    assert driver.process.returncode == 0, driver.errors()
    assert driver.errors() == ""
    assert_once(said, 60 * KILLS)
    assert_whole(folder, tmp_path / "index")


@needs_ray
def test_the_driver_is_killed(tmp_path: Path) -> None:
    """What was acknowledged is in the index, and the next run does the rest, and only the rest."""
    folder, index = many_documents(tmp_path / "documents", 20 * KILLS + 20), tmp_path / "index"
    held = set[str]()
    for _ in range(KILLS):
        driver = Driver(folder, index, "local", seconds=0.05)
        driver.wait_for(random.Random(len(held)).randrange(1, 9))
        driver.process.kill()
        said = [line.split()[-1] for line in driver.end() if line.startswith("in ")]
        assert not held & set(said), "what is there is not made again"
        with Index.open(index, embedder=FakeEmbedder(), exact=True) as opened:
            assert opened.check() == []
            found = {one.id for one in opened.documents()}
        assert held | set(said) <= found
        assert len(found - held - set(said)) <= 1, "at most one was done and not told"
        held = found
    with Index.build(folder, index, embedder=FakeEmbedder()) as whole:
        assert whole.summary.unchanged == len(held)
    assert_whole(folder, index)


@needs_ray
def test_ctrl_c(tmp_path: Path) -> None:
    """A run is ended in order: Ray ends with it, and its folder is removed."""
    driver = Driver(many_documents(tmp_path / "documents"), tmp_path / "index", "local")
    driver.wait_for(1)
    places = list(Path("/tmp").glob(f"askdocs-ray-{driver.process.pid}-*"))
    workers = driver.workers()
    assert workers
    driver.process.send_signal(signal.SIGINT)
    driver.end()
    assert "KeyboardInterrupt" in driver.errors()
    assert not any(place.exists() for place in places)
    deadline = time.monotonic() + 10
    while driver.workers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not driver.workers()


def refused(address: str) -> tuple[str, float]:
    began = time.monotonic()
    with pytest.raises(AskdocsError) as caught, working(address):
        pass
    return str(caught.value), time.monotonic() - began


@contextmanager
def listening(*, answer: bytes = b"") -> Iterator[int]:
    """A port that takes connections, and says `answer` or nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            if answer:
                connection.sendall(answer)
            kept.append(connection)

        kept: list[socket.socket] = []
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        for connection in kept:
            connection.close()


@needs_ray
def test_an_address_without_a_cluster(tmp_path: Path) -> None:
    """One line within 3 s says where, why and what to do, before anything is made."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with listening() as silent, listening(answer=b"HTTP/1.1 400 Bad Request\r\n\r\n") as web:
        for address, reason in {
            f"127.0.0.1:{closed}": "Connection refused",
            f"127.0.0.1:{silent}": "no answer within 2 s",
            f"127.0.0.1:{web}": "what answers there is not Ray",
        }.items():
            said, seconds = refused(address)
            assert address in said and reason in said and "ray status" in said
            assert seconds < 3
    command = ["index", str(CORPUS), "--index", str(tmp_path / "index")]
    done = subprocess.run(
        [sys.executable, "-m", "askdocs", *command, "--ray", f"127.0.0.1:{closed}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert not (tmp_path / "index").exists()


@needs_ray
def test_no_cluster_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` is the cluster that Ray knows of here; without one, it says how to start one."""
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert "ray start --head" in refused("auto")[0]
    assert "is no address" in refused("my-documents")[0]


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Ray is not installed, one line says how to install it."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ray" else find(name)
    )
    assert "pip install 'askdocs[ray]'" in refused("local")[0]
