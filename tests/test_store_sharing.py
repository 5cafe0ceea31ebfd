"""Several processes with one store: nothing is lost, nothing doubled, and each sees the others."""

from __future__ import annotations

import multiprocessing
import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import sharing_worker
from askdocs.errors import IndexInUse
from askdocs.index_checking import problems
from askdocs.index_opening import refreshing
from askdocs.store import Store
from askdocs.types import Answer
from askdocs.vectors import ExactVectors
from sharing_worker import OTHER, App, Change, Written
from stores import META, Place

WRITERS = 8
STEPS = int(os.environ.get("ASKDOCS_TEST_STEPS", "40"))


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Processes of their own, not forks of this one."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WRITERS, mp_context=context) as pool:
        yield pool


class Watching:
    """Reads a store again and again while others write, and remembers what was out of order."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.wrong: list[str] = []
        self.states = 0
        self._highest = 0
        self._seen: set[int] = set()
        self._revision = -1

    def look(self) -> None:
        """Read one state of the store whole."""
        store = self.store
        with store.snapshot():
            revision, numbers = store.revision, store.numbers().tolist()
            if revision == self._revision and set(numbers) != self._seen:
                self.wrong.append(f"another state of revision {revision}")
            if revision < self._revision:
                self.wrong.append(f"revision {revision} after {self._revision}")
            late = [one for one in numbers if one <= self._highest and one not in self._seen]
            if late:
                self.wrong.append(f"{late} came after {self._highest} was seen")
            if not (len(numbers) == store.word_count() == store.passage_count()):
                self.wrong.append("the words are those of other passages")
            self._whole()
            self.states += revision != self._revision
            self._revision, self._seen = revision, set(numbers)
            self._highest = max([self._highest, *numbers])

    def _whole(self) -> None:
        for info in self.store.documents():
            text = self.store.document(info.id).text
            passages = self.store.passages(self.store.numbers_of(info.id))
            if len(passages) != info.passages or " ".join(p.text for p in passages) != text:
                self.wrong.append(f"{info.id} is not one version")


def at_the_end(written: list[Written]) -> dict[str, set[str]]:
    """By its name, the versions that a document can have now: the last of one of the writers."""
    last: dict[str, set[str]] = {}
    for writer in written:
        for change in dict.fromkeys(Change(c.document, "") for c in writer.changes):
            name = change.document
            versions = [c.version for c in writer.changes if c.document == name]
            last.setdefault(name, set()).add(versions[-1])
    return last


def test_several_writers(place: Place, processes: ProcessPoolExecutor, tmp_path: Path) -> None:
    """What each was told is done is done, in an order that every reader sees to the end.

    A file is written by two, of whom one may wait for the other; more would wait for too long.
    """
    signal, stop, writers = tmp_path / "go", threading.Event(), WRITERS if place.address else 2
    with closing(place.store(META)) as store, closing(place.store()) as read:
        talk = store.create_conversation("all of us")
        futures: list[Future[Written]] = [
            processes.submit(sharing_worker.write, place, writer, STEPS, talk, signal)
            for writer in range(writers)
        ]
        watching = Watching(read)

        def watch() -> None:
            try:
                while not stop.is_set():
                    watching.look()
            except Exception as error:
                watching.wrong.append(repr(error))

        reader = threading.Thread(target=watch)
        reader.start()
        signal.touch()
        try:
            written = [future.result(timeout=120) for future in futures]
        finally:
            stop.set()
            reader.join()
        assert watching.wrong == []
        assert watching.states > 3, "nobody looked while they wrote"
        assert store.revision == sum(len(writer.changes) for writer in written)
        found = {info.id: info.sha256 for info in store.documents()}
        for name, versions in at_the_end(written).items():
            assert found.get(name, "") in versions, name
        assert set(found) <= set(at_the_end(written))
        assert problems(store, ExactVectors(store)) == []
        asked = [turn.question for turn in store.turns(talk)]
        assert sorted(asked) == sorted(turn for writer in written for turn in writer.turns)
        for writer in written:  # each in its own order
            assert [turn for turn in asked if turn in writer.turns] == writer.turns
    rows = place.rows()
    assert len(rows["passage_vectors"]) == len(rows["sentence_vectors"]) == len(rows["passages"])
    changes = sum(len(writer.changes) for writer in written)
    print(f"{changes} changes, {len(asked)} turns by {writers}; {watching.states} states were seen")


def test_eight_indexers(place: Place, processes: ProcessPoolExecutor, tmp_path: Path) -> None:
    """Of eight that make the same index at once one does; each other waits its turn or is told."""
    folder, signal = tmp_path / "documents", tmp_path / "go"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(f"Report {number} on the bridge. It fell.")
    # Machines have an index folder each; of a store in a file there is the one that it is in.
    seats = [
        place.elsewhere(tmp_path / f"machine {n}") if place.address else place
        for n in range(WRITERS)
    ]
    futures = [processes.submit(sharing_worker.build, one, folder, signal) for one in seats]
    signal.touch()
    told = [future.result(timeout=120) for future in futures]
    refused = [line for line in told if line.startswith("in use")]
    assert any(line.startswith("30 added") for line in told)
    name = r"askdocs \d+@\S+ since" if place.address else r"process \d+ since|another process"
    assert all(re.search(name, line) for line in refused)
    made = [line for line in told if line not in refused]
    assert all("30 added" in line or "30 unchanged" in line for line in made)
    with place.open() as index:
        assert [info.id for info in index.documents()] == [f"{n:02}.txt" for n in range(30)]
        assert index.store.revision == 30  # each was put in once
        assert index.check() == []


@pytest.fixture
def app() -> Iterator[ProcessPoolExecutor]:
    """One more process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_two_apps(place: Place, app: ProcessPoolExecutor, tmp_path: Path) -> None:
    """What one changes the other answers from at once: documents, talks, and the model, too."""
    folder, question = tmp_path / "documents", "Who crossed the bridge?"
    folder.mkdir()
    (folder / "a.txt").write_text("Ann crossed the bridge in winter.")
    (folder / "b.txt").write_text("Nobody was hurt. It rained.")
    far = place.elsewhere(tmp_path / "another machine") if place.address else place

    def there() -> tuple[int, str, list[str], list[str]]:
        return app.submit(App.state, question).result(timeout=60)

    with place.build(folder) as index:
        app.submit(App.open, far).result(timeout=60)
        assert there() == (2, "fake", ["a.txt", "b.txt"], ["a.txt", "b.txt"])
        (folder / "b.txt").write_text("Who crossed the bridge? Bob crossed the bridge.")
        (folder / "c.txt").write_text("Nothing else.")
        index.refresh()
        assert there()[:3] == (4, "fake", ["a.txt", "b.txt", "c.txt"])
        assert there()[3][0] == "b.txt"
        index.store.remove("b.txt")
        assert there()[::2] == (5, ["a.txt", "c.txt"])
        assert there()[3][0] == "a.txt"
        talk = index.store.create_conversation("bridges")
        index.store.add_turn(talk, Answer("here", "said"))
        assert app.submit(App.say, talk, "there").result(timeout=60) == ["here", "there"]
        assert [turn.question for turn in index.store.turns(talk)] == ["here", "there"]
        index.rebuild(embedder=OTHER)
        assert there() == (6, "other", ["a.txt", "c.txt"], ["a.txt", "c.txt"])
        assert [hit.passage.document for hit in index.retrieve(question, k=2)] == ["a.txt", "c.txt"]
        app.submit(App.close).result(timeout=60)
        assert index.check() == []


def test_only_one_refreshes_at_a_time(postgres_address: str, tmp_path: Path) -> None:
    """Each machine has an owner of its folder; while one refreshes the other is told who does."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("Ann crossed the bridge.")
    here, far = (Place(tmp_path / name, postgres_address) for name in ("here", "far"))
    with here.build(folder) as index, far.open() as other:
        assert index.owned and other.owned
        with refreshing(index.store), pytest.raises(IndexInUse, match=rf"askdocs {os.getpid()}@"):
            other.refresh()
        (folder / "b.txt").write_text("Bob did not.")
        assert other.refresh().added == 1
        assert index.refresh().unchanged == 2
        assert len(index.documents()) == 2
