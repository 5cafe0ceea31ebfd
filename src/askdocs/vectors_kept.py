"""What a place holds of a store: found out by all processes, written by one at a time.

That one writes a seal into the collection and into the store. Where they differ, the collection is
of another time or of another index, and is not used; the next to write makes a new one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from askdocs.store import Store
from askdocs.store_rows import batches
from askdocs.vectors import Progress
from askdocs.vectors_place import NOTES, Collection, Place, Refused, Unreachable

_BATCH = 1_000
_SAMPLE = 100
_SAME = 0.9999


class Served(NamedTuple):
    """A collection in a place, and what it held when it was last written."""

    collection: Collection
    note: str
    generation: int
    revision: int
    through: int
    """The highest number of a passage in it."""
    size: int


class Keeping:
    """Keeps a store's vectors in a place. `closing` ends what takes long."""

    def __init__(self, store: Store, place: Place, closing: threading.Event) -> None:
        self._store = store
        self._place = place
        self._note = NOTES[place.kind]
        self._closing = closing
        self._known: Collection | None = None  # whose vectors this process has looked at

    def noted(self, *, counted: bool = True) -> Served | None:
        """What the place holds by the store's note, if the place agrees; if `counted`, in number.

        That takes long in a large index.
        """
        with self._store.snapshot():
            note, generation = self._store.note(self._note), self._store.generation
            try:
                said = json.loads(note)
                name, seal = str(said["collection"]), said["seal"]
                revision, through, count = (
                    int(said[key]) for key in ("revision", "through", "count")
                )
            except (ValueError, KeyError, TypeError):
                return None
            if said.get("generation") != generation:
                return None
            kept = int(np.sum(self._store.numbers() <= through)) if counted else 0
        collection = self._place.find(name)
        if collection is None or collection.metadata.get("seal") != seal:
            return None
        if counted and self._place.count(collection) < kept:
            return None
        return Served(collection, note, generation, revision, through, count)

    def synchronize(self, served: Served | None, progress: Progress) -> Served | None:
        """Make the place hold what the store holds; say so in both."""
        if served is not None and not self._is_right(served):
            served = None
        held: NDArray[np.int64] | None = None
        if served is not None and self._is_in_step(served):
            self._place.finish(served.collection)
            return served
        if served is not None:
            collection = served.collection
        elif not self._store.passage_count():
            return None
        else:
            self.discard()
            held = np.zeros(0, np.int64)
            name = f"askdocs_{secrets.token_hex(8)}_{self._store.generation}"
            self._known = collection = self._place.make(name, {"index": self._home()})
        revision = -1
        while revision != self._store.revision:  # again, if the store has changed meanwhile
            with self._store.snapshot():
                generation, revision = self._store.generation, self._store.revision
                wanted = self._store.numbers()
            if held is None:
                held = self._place.clean(collection)
            self._put(collection, np.setdiff1d(wanted, held, assume_unique=True), progress)
            gone = np.setdiff1d(held, wanted, assume_unique=True)
            self._place.remove(collection, gone.tolist())
            held = wanted
        self._go_on()
        self._place.finish(collection)
        if self._place.count(collection) != len(wanted):
            raise Refused("it does not hold what it was given")
        return self._seal(collection, generation, revision, wanted)

    def _is_in_step(self, served: Served) -> bool:
        """Whether nothing has changed since the collection was written."""
        is_whole = self._place.count(served.collection) == served.size
        return is_whole and served.revision == self._store.revision

    def _is_right(self, served: Served) -> bool:
        """Whether a sample of the vectors there is that of the store."""
        if self._known is not None and self._known.id == served.collection.id:
            return True
        numbers = self._store.numbers()
        numbers = numbers[numbers <= served.through]
        sample = np.random.default_rng().permutation(numbers)[:_SAMPLE]
        chosen, matrix = self._store.vectors_of(np.sort(sample).tolist())
        try:
            found = self._place.vectors(served.collection, chosen.tolist())
        except Refused:
            return False
        for number, right in zip(chosen.tolist(), matrix, strict=True):
            vector = found.get(number)
            if vector is None or vector.shape != right.shape:
                return False
            if float(vector @ right) < _SAME * float(np.linalg.norm(vector)):
                return False
        self._known = served.collection
        return True

    def _put(self, collection: Collection, missing: NDArray[np.int64], progress: Progress) -> None:
        done = 0
        for batch in batches(missing.tolist(), _BATCH):
            self._go_on()
            numbers, matrix = self._store.vectors_of(batch)
            if len(numbers):  # fewer than asked for, if some have been removed meanwhile
                self._place.put(collection, numbers.tolist(), matrix)
            done += len(batch)
            progress("vectors", done, len(missing))

    def _go_on(self) -> None:
        if self._closing.is_set():
            raise Unreachable("it is being left")

    def _seal(
        self,
        collection: Collection,
        generation: int,
        revision: int,
        wanted: NDArray[np.int64],
    ) -> Served:
        """Write the state into the place, then into the store, which the others read."""
        seal, through = secrets.token_hex(8), int(wanted[-1]) if len(wanted) else 0
        metadata = {"index": self._home(), "seal": seal}
        self._place.describe(collection, metadata)
        note = json.dumps(
            {
                "collection": collection.name,
                "seal": seal,
                "generation": generation,
                "revision": revision,
                "through": through,
                "count": len(wanted),
            }
        )
        self._store.describe(**{self._note: note})
        sealed = collection._replace(metadata=metadata)
        return Served(sealed, note, generation, revision, through, len(wanted))

    def discard(self) -> None:
        """Remove the collection that the store names, unless it is that of a copy of the index."""
        try:
            collection = self._place.find(
                str(json.loads(self._store.note(self._note))["collection"])
            )
        except (ValueError, KeyError, TypeError):
            return
        if collection is not None and collection.metadata.get("index") == self._home():
            self._place.delete(collection)
        self._store.describe(**{self._note: ""})

    def _home(self) -> str:
        """A name of the place of the index, which a copy of it does not share."""
        return hashlib.sha256(self._store.home.encode()).hexdigest()[:16]
