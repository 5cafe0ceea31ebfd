"""Find the passages nearest to a vector without Chroma: exactly, or nearly so among very many."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from askdocs.cosines import cosines
from askdocs.errors import IndexMismatch
from askdocs.store import Store
from askdocs.types import FloatArray
from askdocs.vectors_codes import Codes
from askdocs.vectors_file import read_codes, remove_codes, write_codes

WHOLE_LIMIT = 20_000
"""Up to so many passages every vector is compared; of more, those whose codes are the nearest."""

KIND = "vectors"
"""The note that says what searches, for those who only look at the index; Chroma without it."""

EXACT = "exact comparison"

_COMPARED = 200  # vectors at least that are read and compared, where codes are used
_FOR_EACH = 4  # such vectors for each passage that is wanted
_STALE = 50  # a file of codes is good until one passage in so many has come or gone


Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class VectorIndex(Protocol):
    """Finds passages by meaning."""

    def search(self, vector: FloatArray, limit: int, /) -> list[tuple[int, float]]:
        """The numbers of the nearest passages and their cosines, nearest first."""
        ...

    def close(self) -> None:
        """Let go of what is held."""
        ...


class DerivedVectors(VectorIndex, Protocol):
    """A vector index that is made from the store, and again at any doubt."""

    trouble: str

    def prepare(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """Make it hold what the store holds."""
        ...

    def prepare_soon(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """The same; in a large index, without making anybody wait."""
        ...

    def drop(self) -> None:
        """Remove it; `prepare` makes it again."""
        ...

    def numbers(self) -> set[int] | None:
        """The passages whose vectors it holds, or `None` while it is not in use."""
        ...


class _Loaded(NamedTuple):
    """What is held of a state of the store: all vectors, or codes if they are very many."""

    generation: int
    revision: int
    numbers: NDArray[np.int64]
    matrix: FloatArray
    codes: Codes | None
    written: int
    """The passages in the file of codes; 0 if there is none that could be used."""


class ExactVectors:
    """Compares a vector with those in the store. Needs no lock; follows the store's changes.

    The cosines are exact. So is the choice of passages, up to `WHOLE_LIMIT` of them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reading = threading.Lock()
        self._loaded: _Loaded | None = None

    def search(self, vector: FloatArray, limit: int, /) -> list[tuple[int, float]]:
        """The numbers of the nearest passages and their cosines, nearest first."""
        with self._store.snapshot():
            loaded = self._load()
            if loaded.codes is None:
                numbers, matrix = loaded.numbers, loaded.matrix
            else:
                self._require_dimension(len(vector), self._store.dimension)
                numbers, matrix = self._likely(loaded.codes, vector, limit)
        if not len(numbers):
            return []
        self._require_dimension(len(vector), matrix.shape[1])
        near = cosines(matrix, vector)
        best = np.lexsort((numbers, -near))[:limit]
        return [(int(numbers[i]), float(near[i])) for i in best]

    def save(self) -> None:
        """Write the codes of a large store beside it, so that they need not be made again.

        For the process that owns the index. A file that is nearly up to date stays.
        """
        with self._store.snapshot():
            loaded = self._load()
        if loaded.codes is None:
            remove_codes(self._store)
        elif abs(len(loaded.codes.numbers) - loaded.written) * _STALE >= loaded.written:
            write_codes(self._store, loaded.generation, loaded.codes)
            with self._reading:
                self._loaded = loaded._replace(written=len(loaded.codes.numbers))

    def close(self) -> None:
        """Forget the vectors."""
        self._loaded = None

    def _likely(
        self, codes: Codes, vector: FloatArray, limit: int
    ) -> tuple[NDArray[np.int64], FloatArray]:
        """The numbers and vectors of the passages whose codes are the nearest."""
        count = max(_COMPARED, _FOR_EACH * limit)
        while True:
            likely = codes.nearest(vector, count)
            numbers, matrix = self._store.vectors_of(np.sort(likely).tolist())
            # Passages that are gone still have codes; here they must not push out the others.
            if 2 * len(numbers) >= len(likely) or len(likely) == len(codes.numbers):
                return numbers, matrix
            count *= 4

    def _load(self) -> _Loaded:
        """What is held, brought to the state of the store that this thread sees."""
        with self._reading:
            generation, revision = self._store.generation, self._store.revision
            loaded = self._loaded
            if loaded is None or (loaded.generation, loaded.revision) != (generation, revision):
                if self._store.passage_count() <= WHOLE_LIMIT:
                    numbers, matrix = self._store.vectors()
                    loaded = _Loaded(generation, revision, numbers, matrix, None, 0)
                else:
                    loaded = self._with_codes(generation, revision)
                self._loaded = loaded
            return loaded

    def _with_codes(self, generation: int, revision: int) -> _Loaded:
        held = self._loaded
        if held is not None and held.codes is not None and held.generation == generation:
            codes, written = held.codes, held.written
        else:
            codes = read_codes(self._store, generation)
            written = len(codes.numbers)
        codes = codes.joined(self._store.vector_blocks(codes.through))
        gone = len(codes.numbers) - self._store.passage_count()
        if gone * _STALE > len(codes.numbers):
            codes = codes.only(self._store.numbers())
        nothing = np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
        return _Loaded(generation, revision, *nothing, codes, written)

    def _require_dimension(self, asked: int, held: int) -> None:
        if asked != held:
            raise IndexMismatch(
                f"{self._store.folder} holds vectors of {held} places, the question has"
                f" {asked}: it was rebuilt with another model; open it again"
            )


class OwnedExact(ExactVectors):
    """The exact search of the process that owns the folder in which the codes are kept."""

    trouble = ""

    def prepare(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """Bring the codes to the state of the store, and write them if they are worth it."""
        tell_kind(self._store, EXACT)
        self.save()

    def prepare_soon(self, progress: Progress | None = None, *, open_now: bool = True) -> None:
        """Do as `prepare`, which makes nobody wait for long."""
        self.prepare(progress)

    def drop(self) -> None:
        """Remove the codes; `prepare` makes them again."""
        self.close()
        remove_codes(self._store)

    def numbers(self) -> None:
        """Nothing is held but the codes, which the store's own vectors stand behind."""


def tell_kind(store: Store, kind: str) -> None:
    """Note in a store what searches it, as a user knows it; Chroma's folder if empty."""
    if store.note(KIND) != kind:
        store.describe(**{KIND: kind})


def silent(what: str, done: int, total: int) -> None:
    """Report to nobody."""
