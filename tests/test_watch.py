"""Following a folder: what changes in it is answered from soon after, and nothing is dropped."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from askdocs.cli_watch import watch
from askdocs.index import Index
from fakes import FakeEmbedder

WAIT = 30.0


class Watching:
    """A watch in a thread of its own, with what it told."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.told: list[str] = []
        self.runs = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for _ in watch(self.index, self.told.append, stop=self._stop):
            self.runs += 1

    def until(self, holds: Callable[[], bool]) -> None:
        limit = time.monotonic() + WAIT
        while not holds():
            assert time.monotonic() < limit, f"it did not come about; told: {self.told}"
            time.sleep(0.05)

    def names(self) -> set[str]:
        return {document.id for document in self.index.documents()}

    def end(self) -> None:
        self._stop.set()
        self._thread.join(WAIT)
        assert not self._thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("Forty-four people died.")
    return folder


@pytest.fixture
def watching(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    monkeypatch.setattr("askdocs.cli_watch._AWAY_SECONDS", 0.3)
    with Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()) as index:
        made = Watching(index)
        time.sleep(0.5)  # until it looks
        yield made
        made.end()


def test_changes_are_followed(watching: Watching, folder: Path) -> None:
    """A new, a changed and a removed file are taken up, each burst in one run."""
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"Report number {number}.")
    watching.until(lambda: len(watching.names()) == 21)
    assert watching.runs <= 3
    (folder / "a.txt").write_text("Forty-five people died.")
    watching.until(lambda: "five" in watching.index.document("a.txt").text)
    (folder / "a.txt").unlink()
    watching.until(lambda: "a.txt" not in watching.names())


def test_a_moved_file_is_not_embedded_again(watching: Watching, folder: Path) -> None:
    """A renamed file keeps its vectors, since they belong to its words."""
    embedder = watching.index.embedder
    assert isinstance(embedder, FakeEmbedder)
    (folder / "later").mkdir()
    before = embedder.embedded
    (folder / "a.txt").rename(folder / "later" / "b.txt")
    watching.until(lambda: watching.names() == {"later/b.txt"})
    assert embedder.embedded == before


def test_a_folder_that_goes_away_drops_nothing(watching: Watching, folder: Path) -> None:
    """While the folder is gone the index keeps all; when it is back, the watch goes on."""
    away = folder.with_name("away")
    folder.rename(away)
    watching.until(lambda: any("has gone" in line for line in watching.told))
    assert watching.names() == {"a.txt"}
    shutil.copytree(away, folder)
    (folder / "b.txt").write_text("More.")
    watching.until(lambda: watching.names() == {"a.txt", "b.txt"})


def test_an_emptied_folder_drops_nothing(watching: Watching, folder: Path) -> None:
    """An empty folder may be a disk that is not mounted: it is told, and nothing is removed."""
    (folder / "a.txt").unlink()
    watching.until(lambda: any("nothing was removed" in line for line in watching.told))
    assert watching.names() == {"a.txt"}
