"""The folder is read in the background: in turn with the other servers of a store."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from askdocs.errors import IndexInUse
from askdocs.web import refreshing
from askdocs.web.refreshing import Refresher


class Shared:
    """An index whose store another process brings up to date, for so many tries."""

    def __init__(self, store: str, busy: int) -> None:
        self.config = SimpleNamespace(store=store)
        self.busy = busy
        self.tries = 0

    def refresh(self, _: Any) -> str:
        self.tries += 1
        if self.tries <= self.busy:
            raise IndexInUse("it is being written by askdocs 12@a; wait for it or stop it")
        return "done"


def ended(refresher: Refresher) -> refreshing.Progress:
    limit = time.monotonic() + 20
    while refresher.progress.running:
        assert time.monotonic() < limit
        time.sleep(0.01)
    return refresher.progress


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "_TURN", 0.05)
    monkeypatch.setattr(refreshing, "_SETTLE", 0.01)


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
