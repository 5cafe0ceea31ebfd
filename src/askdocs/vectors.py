"""Find the passages nearest to a vector, exactly: a matrix read from the store."""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askdocs.errors import IndexMismatch
from askdocs.store import Store
from askdocs.types import FloatArray


class VectorIndex(Protocol):
    """Finds passages by meaning."""

    def search(self, vector: FloatArray, limit: int, /) -> list[tuple[int, float]]:
        """The numbers of the nearest passages and their cosines, nearest first."""
        ...

    def close(self) -> None:
        """Let go of what is held."""
        ...


class ExactVectors:
    """Compares a vector with every passage. Needs no lock; reads again when the store changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reading = threading.Lock()
        self._loaded: tuple[int, NDArray[np.int64], FloatArray] | None = None

    def search(self, vector: FloatArray, limit: int, /) -> list[tuple[int, float]]:
        """The numbers of the nearest passages and their cosines, nearest first."""
        numbers, matrix = self._vectors()
        if not len(numbers):
            return []
        if len(vector) != matrix.shape[1]:
            raise IndexMismatch(
                f"{self._store.path.parent} holds vectors of {matrix.shape[1]} places, the question"
                f" has {len(vector)}: it was rebuilt with another model; open it again"
            )
        cosines = matrix @ vector
        best = np.argsort(-cosines, kind="stable")[:limit]
        return [(int(numbers[i]), float(cosines[i])) for i in best]

    def close(self) -> None:
        """Forget the vectors."""
        self._loaded = None

    def _vectors(self) -> tuple[NDArray[np.int64], FloatArray]:
        with self._reading, self._store.snapshot():
            revision = self._store.revision
            if self._loaded is None or self._loaded[0] != revision:
                self._loaded = (revision, *self._store.vectors())
            return self._loaded[1:]
