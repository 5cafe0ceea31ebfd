"""The folder is read in the background: in turn with other servers, and for those that ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from askdocs.errors import FolderError, IndexInUse, StoreUnreachable
from askdocs.web import refreshing
from askdocs.web.refreshing import Refresher
from stores import Place

WORKER = Path(__file__).with_name("serving_worker.py")


class Shared:
    """An index whose store another process brings up to date, for so many tries."""

    def __init__(self, store: str, busy: int, failure: Exception | None = None) -> None:
        self.config = SimpleNamespace(store=store)
        self.store = self
        self.busy = busy
        self.failure = failure
        self.tries = 0
        self.wanted = ""

    def want(self) -> None:
        self.wanted += "+"

    def refresh(self, _: Any) -> str:
        self.tries += 1
        if self.tries <= self.busy:
            raise IndexInUse("it is being written by askdocs 12@a; wait for it or stop it")
        if self.failure is not None:
            raise self.failure
        self.wanted = ""
        return "done"


def wait_until(is_so: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < limit
        time.sleep(0.01)


def ended(refresher: Refresher) -> refreshing.Progress:
    wait_until(lambda: not refresher.progress.running)
    return refresher.progress


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "_TURN", 0.05)
    monkeypatch.setattr(refreshing, "_SETTLE", 0.01)
    monkeypatch.setattr(refreshing, "_LOOK", 0.05)


def test_what_another_server_reads_is_read_again_after_it() -> None:
    """It may have begun before our file was there: the wish is kept until it is our turn."""
    index: Any = Shared("postgresql://db/docs", busy=3)
    refresher = Refresher(index)
    refresher.request()
    now = ended(refresher)
    assert (now.turn, now.error, now.summary, index.tries) == (1, "", "done", 4)


def test_an_index_of_one_machine_that_is_in_use_is_an_error() -> None:
    """There is no turn to wait for: the other process holds it for as long as it runs."""
    index: Any = Shared("", busy=3)
    refresher = Refresher(index)
    refresher.request()
    assert (ended(refresher).error.startswith("it is being written"), index.tries) == (True, 1)


def test_a_server_that_ends_does_not_wait_for_its_turn() -> None:
    """However long the other one takes."""
    index: Any = Shared("postgresql://db/docs", busy=10**9)
    refresher = Refresher(index)
    refresher.request()
    time.sleep(0.2)
    began = time.monotonic()
    refresher.stop()
    assert time.monotonic() - began < 2
    assert index.tries > 1


def test_what_another_server_was_asked_for_is_left_to_it_while_it_lives() -> None:
    """Who looks on does not stand in line; when the other has ended, and left it, it is done."""
    index: Any = Shared("postgresql://db/docs", busy=3)
    refresher = Refresher(index)
    refresher.watch()
    time.sleep(0.2)
    assert index.tries == 0
    index.want()
    wait_until(lambda: index.wanted == "")
    assert (ended(refresher).turn, index.tries) == (1, 4)
    refresher.stop()


@pytest.mark.parametrize(
    ("failure", "again"), [(FolderError("it is gone"), False), (StoreUnreachable("away"), True)]
)
def test_what_has_failed_is_tried_again_only_if_that_may_help(
    failure: Exception, again: bool
) -> None:
    """A folder that is gone is not looked for all the time, unless somebody asks again."""
    index: Any = Shared("postgresql://db/docs", busy=0, failure=failure)
    refresher = Refresher(index)
    index.want()
    refresher.watch()
    wait_until(lambda: index.tries > 2 * again)
    time.sleep(0.2)
    if not again:
        assert (ended(refresher).error, index.tries) == ("it is gone", 1)
    index.failure = None
    refresher.request()
    wait_until(lambda: index.wanted == "")
    refresher.stop()


def test_a_wish_stays_until_the_folder_was_read(place: Place, tmp_path: Path) -> None:
    """It is in the store; what is wished while the folder is read is not forgotten with it."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("One tunnel.")
    with place.build(documents) as index:
        index.store.want()
        first = index.store.wanted
        assert first
        index.store.fulfil("another")
        assert index.store.wanted == first
        wished: list[str] = []

        def wish(*_: Any) -> None:
            if not wished:
                index.store.want()
                wished.append(index.store.wanted)

        (documents / "b.txt").write_text("Two tunnels.")
        index.refresh(wish)
        assert [index.store.wanted] == wished
        index.refresh()
        assert index.store.wanted == ""
    place.build(documents).close()  # as the command does


@contextmanager
def serving(place: Place) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A server without a page, and who asks it; it is killed at the end."""
    command = [sys.executable, WORKER, "--pageless", "serve", "--port", "0", "--index"]
    process = subprocess.Popen(
        [*map(str, command), str(place.folder)],
        env=os.environ | {"ASKDOCS_STORE": place.address},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = next(line for line in process.stdout if line.startswith("askdocs is at "))
        with httpx.Client(base_url=said.split()[-1], timeout=60) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def test_a_file_that_a_killed_server_took_in_is_read_by_the_next(
    place: Place, tmp_path: Path
) -> None:
    """Who was told that it is taken in need not know that the server has died since."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("One tunnel.")
    place.build(documents).close()
    with serving(place) as (process, client):
        client.post("/v1/documents", params={"name": "b.txt"}, content=b"Two tunnels.")
        process.kill()
    with place.open() as index:
        assert [one.id for one in index.documents()] == ["a.txt"]
    place.wait_until_gone(process.pid)
    with serving(place) as (_, client):
        wait_until(lambda: "uploads/b.txt" in client.get("/v1/documents").text)
