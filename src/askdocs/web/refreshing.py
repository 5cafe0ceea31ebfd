"""Bring the index up to date in the background: one run at a time, and how far it is.

That it is wanted stands in the store until it is done: should the process that was asked end
before, the next one does it, or another server of the same store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from askdocs.errors import AskdocsError, IndexInUse, StoreUnreachable
from askdocs.index_reading import Doing
from askdocs.web.problems import note_unexpected

if TYPE_CHECKING:
    from askdocs.index import Index
    from askdocs.index_building import Summary

_SETTLE = 0.3
"""Seconds that a run waits for more files of the same armful."""

_TURN = 2.0
"""Seconds after which it is tried again, while another server of the store reads the folder."""

_LOOK = 10.0
"""Seconds after which a server looks again what others of the store have left undone."""

_PACE_AFTER = 2.0
_STOP_WITHIN = 5.0
_NEWS = 60.0
"""Seconds that the end of a run is told for, if it went well."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading of the folder is; `turn` counts the runs that have ended.

    `rate` is files a second and `left` the seconds to go, once they can be told. `error` and
    `summary` tell how the last run ended, `ended` when, by the clock that only goes forward.
    """

    running: bool = False
    what: str = ""
    file: str = ""
    done: int = 0
    total: int = 0
    rate: float = 0.0
    left: float = 0.0
    turn: int = 0
    error: str = ""
    ended: float = 0.0
    summary: Summary | None = None


class _NotNow(Exception):
    """The server ends, or another one does it."""


class Refresher:
    """Reads the folder again when asked to, in one thread; asked meanwhile, once more after it."""

    def __init__(self, index: Index, after: Callable[[], object] = lambda: None) -> None:
        """`after` is called at the end of each run, while it still counts as running."""
        self._index = index
        self._after = after
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._ours = False
        self._wish = ""
        self._watch: threading.Thread | None = None
        self._stopping = threading.Event()
        self._progress = Progress()
        self._phase = ""
        self._began = (0.0, 0)

    @property
    def progress(self) -> Progress:
        """How far it is."""
        with self._lock:
            now = replace(self._progress, running=self._thread is not None)
        is_old = time.monotonic() - now.ended > _NEWS
        return replace(now, summary=None) if is_old else now

    def request(self) -> None:
        """Have the folder read, after now."""
        with suppress(AskdocsError):  # a store that does not answer: then it is ours alone
            self._index.store.want()
        self._begin(ours=True)

    def watch(self) -> None:
        """Do what a server was asked for that has ended; where several can, from now on."""
        self._watch = threading.Thread(target=self._look, name="askdocs-watch", daemon=True)
        self._watch.start()

    def _look(self) -> None:
        pause = _SETTLE
        while not self._stopping.wait(pause):
            with suppress(AskdocsError):
                wish = self._index.store.wanted
                has_failed = wish == self._wish and self._progress.error
                if wish and not has_failed:
                    self._begin(ours=False)
            if not self._index.config.store:  # nobody else can be asked
                return
            pause = _LOOK

    def _begin(self, *, ours: bool) -> None:
        with self._lock:
            if self._stopping.is_set() or (self._thread is not None and not ours):
                return
            self._wanted, self._ours = True, ours
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="askdocs-refresh", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End what is being done; each document that was read is in the index already."""
        self._stopping.set()
        with self._lock:
            threads = self._thread, self._watch
        for thread in filter(None, threads):
            thread.join(_STOP_WITHIN)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._wanted or self._stopping.is_set():
                    self._thread = None
                    return
            self._stopping.wait(_SETTLE)
            with self._lock:
                self._wanted = False
            self._run()

    def _run(self) -> None:
        self._phase, error, summary = "", "", None
        try:
            summary = self._refreshed()
        except _NotNow:
            return
        except AskdocsError as failure:
            error = str(failure)
            if isinstance(failure, StoreUnreachable):
                self._wish = ""  # it may be tried again
        except Exception as failure:  # the boundary of the thread: the page says so, and goes on
            note_unexpected(failure)
            error = "the documents could not be read; the server's log has the details"
        with self._lock:
            turn = self._progress.turn + 1
            ended = time.monotonic()
            self._progress = Progress(turn=turn, error=error, ended=ended, summary=summary)
        with suppress(AskdocsError):
            self._after()

    def _refreshed(self) -> Summary:
        """Bring the index up to date: after another server that does, which may not see all."""
        while True:
            self._wish = self._index.store.wanted
            try:
                return self._index.refresh(self._told)
            except IndexInUse:
                if not self._index.config.store:
                    raise
            if not self._ours or self._stopping.wait(_TURN):
                raise _NotNow

    def _told(self, what: str, done: int, total: int) -> None:
        if self._stopping.is_set():
            raise _NotNow
        now, phase = time.monotonic(), what.partition(",")[0]
        with self._lock:
            if phase != self._phase:
                self._phase, self._began = phase, (now, done)
            seconds, steps = now - self._began[0], done - self._began[1]
            known = seconds >= _PACE_AFTER and steps > 0
            self._progress = replace(
                self._progress,
                what=phase,
                file=what.file if isinstance(what, Doing) else "",
                done=done,
                total=total,
                rate=steps / seconds if known else 0.0,
                left=(total - done) * seconds / steps if known else 0.0,
            )
