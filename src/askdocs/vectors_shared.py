"""Find the passages nearest to a vector in a place that several processes share.

It is a server of Chroma, or tables of pgvector in the database of the store. One process at a time
brings it to the state of the store; all search what it left there. What has come since is compared
exactly, and the cosines are always those of the store's own vectors: a place that lags or is not
ours may find less, but it cannot make an answer wrong. Without it `ExactVectors` searches.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from askdocs.cosines import cosines
from askdocs.store import Store
from askdocs.types import FloatArray
from askdocs.vectors import ExactVectors, Progress, silent, tell_kind
from askdocs.vectors_chroma import BACKGROUND_LIMIT
from askdocs.vectors_kept import Keeping, Served
from askdocs.vectors_place import NOTES, Place, Refused

WRITING = "vectors"
"""What one process at a time does in a place, wherever the others are."""

_RETRY = 5.0  # seconds
_BEHIND = 2_000
"""With more passages come or gone than so many, those in the place are not used."""


class _Fresh(NamedTuple):
    """The passages of a state of the store that have come since, with their vectors."""

    state: tuple[str, int]
    numbers: NDArray[np.int64]
    matrix: FloatArray


class SharedVectors:
    """The vector index of a store in a place; only a process that owns an index changes it there.

    On several machines several processes are owners, each of an index folder; one of them writes.
    """

    def __init__(self, store: Store, place: Place, *, owner: bool) -> None:
        self._store = store
        self.place = place
        self.note = NOTES[place.kind]
        self._closing = threading.Event()
        self._keeping = Keeping(store, place, self._closing)
        self._owner = owner
        self._exact = ExactVectors(store)
        self._changing = threading.RLock()
        self._current: Served | None = None
        self._fresh: _Fresh | None = None
        self._starting = threading.Lock()
        self._worker: threading.Thread | None = None
        self._tried = self._failed = float("-inf")
        self.trouble = ""
        """Why the search is exact for now, if it is because of the place."""

    @property
    def in_use(self) -> bool:
        """Whether the place searches, and not `ExactVectors` instead."""
        current = self._current
        return current is not None and current.generation == self._store.generation

    def search(self, vector: FloatArray, limit: int, /) -> list[tuple[int, float]]:
        """The numbers of the nearest passages and their cosines, nearest first."""
        with self._store.snapshot():
            current = self._current
            if current is None or current.note != self._store.note(self.note):
                current = self._look_again(current)
            if current is None or current.generation != self._store.generation:
                return self._exact.search(vector, limit)
            fresh = self._come_since(current)
            kept = self._store.passage_count() - len(fresh.numbers)
            gone = current.size - kept
            if max(len(fresh.numbers), gone) > _BEHIND:
                if self._owner:
                    self._prepare_beside()
                return self._exact.search(vector, limit)
            try:
                found = self._nearest(current, vector, limit + gone, kept)
            except Exception as error:  # whatever came back, an answer must come
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
        """Make sure of what the place holds; as an owner, make it hold what the store holds."""
        with self._changing:
            self._tried = time.monotonic()
            try:
                if self._owner:
                    tell_kind(self._store, self.place.kind)
                    current = self._caught_up(progress or silent)
                else:
                    self.place.require(writing=False)
                    current = self._keeping.noted()
                self._current, self.trouble = current, ""
            except Exception as error:  # it is derived: there is another search without it
                if not self._closing.is_set():
                    self._give_up(error)
            if self._owner and not (self.place.is_near and self._current):
                self._exact.save()

    def prepare_soon(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """Do as `prepare`; in a large index, without making anybody wait."""
        if self._store.passage_count() <= BACKGROUND_LIMIT:
            self.prepare(progress)
        else:
            self._tried = float("-inf")
            self._prepare_beside()

    def drop(self) -> None:
        """Remove the collection, if no other process is making it now; `prepare` makes it again."""
        with self._changing, self._store.alone(WRITING) as other:
            self._current = None
            if other:
                return
            try:
                self._keeping.discard()
            except Exception as error:  # what is left in the place is not used any more
                self._give_up(error)
                self._store.describe(**{self.note: ""})

    def close(self) -> None:
        """Let go of the place."""
        self._closing.set()
        while self._worker is not None and self._worker.is_alive():
            with suppress(Exception):  # a server that has gone has nothing to be ended
                self.place.interrupt()
            self._worker.join(1)
        with self._changing:
            self._closing.clear()
            self._current = self._fresh = None
            self._tried = float("-inf")
            self.place.close()
            self._exact.close()

    def numbers(self) -> set[int] | None:
        """The passages whose vectors the place holds, or `None` while it is not in use."""
        current = self._current
        if current is None:
            return None
        return set(self.place.numbers(current.collection).tolist())

    def _caught_up(self, progress: Progress) -> Served | None:
        """What the place holds, brought to the state of the store by this process or another."""
        while True:
            with self._store.alone(WRITING) as other:
                self.place.require(writing=not other)
                current = self._keeping.noted()
                if other:
                    return current
                current = self._keeping.synchronize(current, progress)
            # Who changed the store meanwhile found that taken, and left it to this process.
            revision = current.revision if current else None
            if revision == self._store.revision or not self._store.passage_count():
                return current

    def _nearest(
        self, current: Served, vector: FloatArray, limit: int, kept: int
    ) -> NDArray[np.int64]:
        if limit < 1 or kept < 1:
            return np.zeros(0, np.int64)
        found = self.place.nearest(current.collection, vector, min(limit, current.size))
        if len(found) < min(limit, kept):
            raise Refused("it does not find all that it was given")
        return np.unique(found[(found > 0) & (found <= current.through)])

    def _come_since(self, current: Served) -> _Fresh:
        """The passages that the place does not hold yet, or more than `_BEHIND` of them."""
        state, fresh = (current.note, self._store.revision), self._fresh
        if fresh is None or fresh.state != state:
            block = next(self._store.vector_blocks(current.through, _BEHIND + 1), None)
            numbers, matrix = block or (np.zeros(0, np.int64), np.zeros((0, 0), np.float32))
            self._fresh = fresh = _Fresh(state, numbers, matrix)
        return fresh

    def _look_again(self, current: Served | None) -> Served | None:
        """What the place holds by the store's present note; what was held, until that is known."""
        if not self.place.is_near:
            self._prepare_beside()
            return current
        if self.trouble and time.monotonic() - self._failed < _RETRY:
            return None
        try:
            noted = self._keeping.noted(counted=False)
            if noted is None:
                self._prepare_beside()
            elif current is None:
                self.place.require(writing=False)
                self.trouble = ""
            self._current = noted
        except Exception as error:  # an answer must come
            self._give_up(error)
        return self._current

    def _prepare_beside(self) -> None:
        """Prepare in the background, unless that was tried a moment ago."""
        with self._starting:
            is_busy = self._worker is not None and self._worker.is_alive()
            if is_busy or time.monotonic() - self._tried < _RETRY or self._closing.is_set():
                return
            self._tried = time.monotonic()
            work = self._prepare_or_say
            self._worker = threading.Thread(target=work, name="askdocs-vectors", daemon=True)
            self._worker.start()

    def _prepare_or_say(self) -> None:
        try:
            self.prepare()
        except Exception as error:  # such as a store that cannot be reached any more
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        trouble = self.place.told(" ".join(str(error).split()) or type(error).__name__)
        if trouble != self.trouble:
            logging.getLogger(__name__).warning("askdocs: %s", trouble)
        self._current, self.trouble, self._failed = None, trouble, time.monotonic()
