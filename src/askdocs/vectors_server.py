"""Find the passages nearest to a vector on a server of Chroma that several processes share.

The process that owns the index brings the server to the state of the store; the others search what
it left there. What has come since is compared exactly, and the cosines are always those of the
store's own vectors: a server that lags or is not ours may find less, but it cannot make an answer
wrong. Without it `ExactVectors` searches.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from askdocs.cosines import cosines
from askdocs.store import Store
from askdocs.types import FloatArray
from askdocs.vectors import ExactVectors, Progress, silent
from askdocs.vectors_chroma import BACKGROUND_LIMIT
from askdocs.vectors_http import ChromaServer, Refused, numbers_in
from askdocs.vectors_kept import NOTE, Keeping, Served

_RETRY = 5.0  # seconds
_BEHIND = 2_000
"""With more passages come or gone than so many, those on the server are not used."""


class _Fresh(NamedTuple):
    """The passages of a state of the store that have come since, with their vectors."""

    state: tuple[str, int]
    numbers: NDArray[np.int64]
    matrix: FloatArray


class ServerVectors:
    """The vector index of a store on a server of Chroma; only its owner changes it there."""

    def __init__(self, store: Store, address: str, token: str = "", *, owner: bool) -> None:
        self._store = store
        self._server = ChromaServer(address, token)
        self._closing = threading.Event()
        self._keeping = Keeping(store, self._server, self._closing)
        self._owner = owner
        self._exact = ExactVectors(store)
        self._changing = threading.RLock()
        self._current: Served | None = None
        self._fresh: _Fresh | None = None
        self._starting = threading.Lock()
        self._worker: threading.Thread | None = None
        self._tried = float("-inf")
        self.trouble = ""
        """Why the search is exact for now, if it is because of the server."""

    @property
    def in_use(self) -> bool:
        """Whether the server searches, and not `ExactVectors` in its place."""
        current = self._current
        return current is not None and current.generation == self._store.generation

    def search(self, vector: FloatArray, limit: int, /) -> list[tuple[int, float]]:
        """The numbers of the nearest passages and their cosines, nearest first."""
        with self._store.snapshot():
            current = self._current
            if current is None or current.note != self._store.note(NOTE):
                self._look_again()
            if current is None or current.generation != self._store.generation:
                return self._exact.search(vector, limit)
            fresh = self._come_since(current)
            kept = self._store.passage_count() - len(fresh.numbers)
            gone = current.size - kept
            if max(len(fresh.numbers), gone) > _BEHIND:
                return self._exact.search(vector, limit)
            try:
                found = self._nearest(current, vector, limit + gone, kept)
            except Exception as error:  # whatever the server sent, an answer must come
                self._give_up(error)
                return self._exact.search(vector, limit)
            numbers, matrix = self._store.vectors_of(found.tolist())
        numbers = np.concatenate([numbers, fresh.numbers])
        matrix = np.concatenate([m for m in (matrix, fresh.matrix) if len(m)] or [matrix])
        if not len(numbers):
            return []
        near = cosines(matrix, vector)
        best = np.lexsort((numbers, -near))[:limit]
        return [(int(numbers[i]), float(near[i])) for i in best]

    def prepare(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """Make sure of what the server holds; as the owner, make it hold what the store holds."""
        with self._changing:
            self._tried = time.monotonic()
            try:
                self._server.require()
                current = self._keeping.noted()
                if self._owner:
                    current = self._keeping.synchronize(current, progress or silent)
                self._current, self.trouble = current, ""
            except Exception as error:  # it is derived: there is another search without it
                if not self._closing.is_set():
                    self._give_up(error)
            if self._owner:
                self._exact.save()

    def prepare_soon(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """Do as `prepare`; in a large index, without making anybody wait."""
        if self._store.passage_count() <= BACKGROUND_LIMIT:
            self.prepare(progress)
        else:
            self._tried = float("-inf")
            self._look_again()

    def drop(self) -> None:
        """Remove the collection; `prepare` makes it again."""
        with self._changing:
            self._current = None
            try:
                self._keeping.discard()
            except Exception as error:  # what is left on the server is not used any more
                self._give_up(error)
                self._store.describe(**{NOTE: ""})

    def close(self) -> None:
        """Let go of the server."""
        self._closing.set()
        if self._worker is not None:
            self._worker.join()
        with self._changing:
            self._closing.clear()
            self._current = self._fresh = None
            self._tried = float("-inf")
            self._server.close()
            self._exact.close()

    def numbers(self) -> set[int] | None:
        """The passages whose vectors the server holds, or `None` while it is not in use."""
        current = self._current
        if current is None:
            return None
        return set(numbers_in(list(self._server.names(current.collection))).tolist())

    def _nearest(
        self, current: Served, vector: FloatArray, limit: int, kept: int
    ) -> NDArray[np.int64]:
        if limit < 1 or kept < 1:
            return np.zeros(0, np.int64)
        found = self._server.nearest(current.collection, vector, min(limit, current.size))
        if len(found) < min(limit, kept):
            raise Refused("it does not find all that it was given")
        return np.unique(found[(found > 0) & (found <= current.through)])

    def _come_since(self, current: Served) -> _Fresh:
        """The passages that the server does not hold yet, or more than `_BEHIND` of them."""
        state, fresh = (current.note, self._store.revision), self._fresh
        if fresh is None or fresh.state != state:
            block = next(self._store.vector_blocks(current.through, _BEHIND + 1), None)
            numbers, matrix = block or (np.zeros(0, np.int64), np.zeros((0, 0), np.float32))
            self._fresh = fresh = _Fresh(state, numbers, matrix)
        return fresh

    def _look_again(self) -> None:
        """Prepare in the background, unless that was tried a moment ago."""
        with self._starting:
            is_busy = self._worker is not None and self._worker.is_alive()
            if is_busy or time.monotonic() - self._tried < _RETRY or self._closing.is_set():
                return
            self._tried = time.monotonic()
            self._worker = threading.Thread(target=self.prepare, name="askdocs-chroma", daemon=True)
            self._worker.start()

    def _give_up(self, error: Exception) -> None:
        reason = " ".join(str(error).split()) or type(error).__name__
        trouble = (
            f"Chroma at {self._server.address} is not used: {reason}; the search is exact for now;"
            " start it with: chroma run --path FOLDER, or take index.chroma out of the settings"
        )
        if trouble != self.trouble:
            logging.getLogger(__name__).warning("askdocs: %s", trouble)
        self._current, self.trouble = None, trouble
