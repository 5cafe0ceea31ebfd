"""Find the passages nearest to a vector with Chroma: derived from the store, never trusted.

Chroma can lose its files when a process is killed, and damaged files make it crash. So what it
left is sealed by a digest; where the seal does not fit, the folder is tried in another process or
dropped, and made again from the vectors in the store. While it is behind the store, and when it
fails, `ExactVectors` searches. In a large index all of this is done in the background.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from askdocs.store_rows import batches
from askdocs.store_sqlite import SqliteStore
from askdocs.types import FloatArray
from askdocs.vectors import ExactVectors, Progress, silent, tell_kind
from askdocs.vectors_client import COLLECTION, SETTINGS, open_client, probe
from askdocs.vectors_seal import UnsealableError, digest

_BATCH = 1000
REBUILD_LIMIT = 2_000
"""Up to so many passages, making the folder again takes less time than trying it."""

BACKGROUND_LIMIT = 20_000
"""With more passages, opening an index does not wait for Chroma."""

_LAG = 50
"""So many changes behind the store, Chroma's files may stay until the index is next opened: loading
Chroma takes longer than indexing a few documents."""

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_SIZE_FACTOR = 8
_SIZE_FLOOR = 64_000_000


class _Current(NamedTuple):
    """A collection that holds the passages of a revision of the store, by their numbers."""

    collection: Any
    revision: int
    numbers: NDArray[np.int64]


class _StoppedError(RuntimeError):
    """The vector index is being closed."""


class ChromaVectors:
    """The vector index of a store in the folder `root`, for the process that owns the index."""

    def __init__(self, store: SqliteStore, root: Path) -> None:
        self._store = store
        self._root = root
        self._exact = ExactVectors(store)
        self._changing = threading.RLock()
        self._asking = threading.Lock()  # so that nothing is closed under a search
        self._client: Any = None
        self._current: _Current | None = None
        self._held: NDArray[np.int64] | None = None  # what the open collection is known to hold
        self._closing = threading.Event()
        self._workers: list[threading.Thread] = []
        self.trouble = ""
        """Why the search is exact for now, if it is because Chroma failed."""

    @property
    def folder(self) -> Path:
        """Where Chroma keeps its files: one folder for each generation of the store."""
        return self._root / f"chroma-{self._store.generation}"

    @property
    def in_use(self) -> bool:
        """Whether Chroma searches, and not `ExactVectors` in its place."""
        current = self._current
        return current is not None and current.revision == self._store.revision

    def search(self, vector: FloatArray, limit: int, /) -> list[tuple[int, float]]:
        """The numbers of the nearest passages and their cosines, nearest first."""
        current = self._current
        if current is None or current.revision != self._store.revision:
            return self._exact.search(vector, limit)
        try:
            with self._asking:
                return _query(current, vector, limit)
        except Exception as error:  # Chroma raises what it likes, and may not bring the answer down
            if self._current is current:
                self._give_up(error)
            return self._exact.search(vector, limit)

    def prepare(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """Make Chroma hold what the store holds, having made sure that its files can be opened.

        Without `open_now` files that are sound and only a few changes behind are left as they are.
        """
        with self._changing:
            try:
                self._go_on()
                tell_kind(self._store, "")
                self._exact.save()
                if self._current is not None and self._current.revision == self._store.revision:
                    return
                sealed = self._is_sealed() if self._client is None else None
                if sealed is not None and not open_now and self._store.revision - sealed <= _LAG:
                    return
                if self._client is None and sealed is None:
                    self._heal()
                self._synchronize(progress or silent, sealed)
            except _StoppedError:
                return
            except Exception as error:  # it is derived: there is another search without it
                self._give_up(error)

    def prepare_soon(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """Do as `prepare`; in a large index, without making anybody wait."""
        if self._store.passage_count() <= BACKGROUND_LIMIT:
            self.prepare(progress, open_now=open_now)
            return
        # One after the other: each waits for the lock that `prepare` takes.
        worker = threading.Thread(target=self.prepare, name="askdocs-vectors", daemon=True)
        self._workers = [*(w for w in self._workers if w.is_alive()), worker]
        worker.start()

    def drop(self) -> None:
        """Remove the folder; `prepare` makes it again."""
        self.close()
        with self._changing:
            self._remove()

    def close(self) -> None:
        """Close Chroma's files, having stopped what is done in the background."""
        self._closing.set()
        for worker in self._workers:
            worker.join()
        with self._changing:
            self._closing.clear()
            self._let_go()
            self._exact.close()

    def numbers(self) -> set[int] | None:
        """The passages whose vectors Chroma holds, or `None` while it is not in use."""
        current = self._current
        return None if current is None else set(map(int, _ids(current.collection)))

    def _go_on(self) -> None:
        if self._closing.is_set():
            raise _StoppedError

    def _let_go(self) -> None:
        client, self._client, self._current, self._held = self._client, None, None, None
        if client is not None:
            with self._asking:
                client.close()

    def _remove(self) -> None:
        self._let_go()
        self._store.describe(seal="")
        if self.folder.is_dir() and not self.folder.is_symlink():
            shutil.rmtree(self.folder)
        else:
            self.folder.unlink(missing_ok=True)

    def _give_up(self, error: Exception) -> None:
        self.trouble = " ".join(f"{type(error).__name__}: {error}".split())
        self._current = self._held = None

    def _is_sealed(self) -> int | None:
        """The revision that the untouched files are of, or `None` if they are not untouched."""
        try:
            seal = json.loads(self._store.note("seal"))
            if seal["digest"] == self._digest():
                return int(seal["revision"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return None

    def _seal(self, revision: int) -> None:
        self._store.describe(seal=json.dumps({"digest": self._digest(), "revision": revision}))

    def _digest(self) -> str:
        vectors = self._store.passage_count() * (self._store.dimension * 4 + 400)
        limit = _SIZE_FLOOR + _SIZE_FACTOR * vectors
        return digest(self.folder, size_limit=limit)

    def _heal(self) -> None:
        """Keep the folder only if it is worth it, and if another process finds it in order."""
        if not self.folder.exists() and not self.folder.is_symlink():
            return
        try:
            self._digest()
            count = self._store.passage_count()
            if count > REBUILD_LIMIT and probe(self.folder, self._store.path, count):
                return
        except (OSError, UnsealableError):
            pass
        self._remove()

    def _synchronize(self, progress: Progress, sealed: int | None) -> None:
        self._current = None  # until it is done the search is exact
        revision = -1
        while revision != self._store.revision:  # again, if the store has changed meanwhile
            with self._store.snapshot():
                revision, wanted = self._store.revision, self._store.numbers()
            if not len(wanted):
                return
            collection = self._open()
            if self._held is None:
                self._held = wanted if sealed == revision else _clean(collection)
            self._add(collection, np.setdiff1d(wanted, self._held, assume_unique=True), progress)
            for batch in batches(np.setdiff1d(self._held, wanted, assume_unique=True), _BATCH):
                collection.delete(ids=list(map(str, batch)))
            self._held = wanted
        if collection.count() != len(wanted):
            raise RuntimeError("Chroma does not hold what it was given")
        # The first query writes what is still to be written; later ones write nothing.
        collection.query(query_embeddings=[[1.0] * self._store.dimension], n_results=1, include=[])
        self._seal(revision)  # opening may have changed the files, too
        self._current, self.trouble = _Current(collection, revision, wanted), ""

    def _add(self, collection: Any, missing: NDArray[np.int64], progress: Progress) -> None:
        done = 0
        for batch in batches(missing.tolist(), _BATCH):
            self._go_on()
            numbers, matrix = self._store.vectors_of(batch)
            if len(numbers):  # fewer than asked for, if some have been removed meanwhile
                collection.upsert(ids=list(map(str, numbers)), embeddings=matrix)
            done += len(batch)
            progress("vectors", done, len(missing))

    def _open(self) -> Any:
        if self._client is None:
            self._client = open_client(self.folder)
        # No embedding function, ever: Chroma would load a model that a foreign folder names.
        return self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration=SETTINGS
        )


def _query(current: _Current, vector: FloatArray, limit: int) -> list[tuple[int, float]]:
    found = current.collection.query(
        query_embeddings=[vector],
        n_results=min(limit, len(current.numbers)),
        include=["distances"],
    )
    pairs = zip(found["ids"][0], found["distances"][0], strict=True)
    return [(int(key), 1.0 - float(distance)) for key, distance in pairs]


def _ids(collection: Any) -> list[str]:
    ids: list[str] = collection.get(include=[])["ids"]
    return ids


def _clean(collection: Any) -> NDArray[np.int64]:
    """The numbers that a collection holds, after what has another kind of name is taken out."""
    ids = _ids(collection)
    for batch in batches((name for name in ids if not _NUMBER.fullmatch(name)), _BATCH):
        collection.delete(ids=batch)
    return np.array([int(name) for name in ids if _NUMBER.fullmatch(name)], dtype=np.int64)
