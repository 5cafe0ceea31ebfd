"""What is asked of a place that keeps vectors for several processes: Chroma's server, pgvector.

Nothing that it says is more than numbers; whether they are right is found out elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from askdocs.types import FloatArray

CHROMA = "a Chroma server"
PGVECTOR = "pgvector"

NOTES = {CHROMA: "served", PGVECTOR: "nearest"}
"""The notes in which the store says what each kind of place keeps: a collection, its seal, and
which passages are in it."""


class Unreachable(RuntimeError):
    """Nobody answers there, or nobody who keeps vectors."""


class Refused(RuntimeError):
    """The place answers, and cannot do what it is asked for."""


class Collection(NamedTuple):
    """A collection of vectors in a place."""

    id: str
    name: str
    metadata: Mapping[str, Any]


class Place(Protocol):
    """Keeps collections of vectors. Safe to use from any thread."""

    kind: ClassVar[str]
    """What a user knows such places by; one of `NOTES`."""
    is_near: ClassVar[bool]
    """Whether it is asked as fast as the store, so that a question need not wait for a look."""

    def told(self, reason: str) -> str:
        """What is said where it cannot be used: why, and what to do."""
        ...

    def require(self, *, writing: bool) -> None:
        """Raise `Unreachable` unless it can be used."""
        ...

    def find(self, name: str) -> Collection | None:
        """The collection of that name, if there is one that can be searched."""
        ...

    def make(self, name: str, metadata: Mapping[str, Any]) -> Collection:
        """A new collection."""
        ...

    def describe(self, collection: Collection, metadata: Mapping[str, Any]) -> None:
        """Give a collection other metadata."""
        ...

    def delete(self, collection: Collection) -> None:
        """Remove a collection."""
        ...

    def count(self, collection: Collection) -> int:
        """How many vectors a collection holds."""
        ...

    def numbers(self, collection: Collection) -> NDArray[np.int64]:
        """The numbers of the passages that a collection holds, in rising order."""
        ...

    def clean(self, collection: Collection) -> NDArray[np.int64]:
        """The same, after what is no passage's vector is taken out."""
        ...

    def put(self, collection: Collection, numbers: Sequence[int], matrix: FloatArray) -> None:
        """Put vectors in, one a row."""
        ...

    def finish(self, collection: Collection) -> None:
        """Make a collection that was filled ready to be searched."""
        ...

    def remove(self, collection: Collection, numbers: Sequence[int]) -> None:
        """Take vectors out."""
        ...

    def nearest(self, collection: Collection, vector: FloatArray, limit: int) -> NDArray[np.int64]:
        """The numbers of the vectors nearest to one, as far as they are found."""
        ...

    def vectors(self, collection: Collection, numbers: Sequence[int]) -> dict[int, FloatArray]:
        """The vectors that a collection has by these numbers."""
        ...

    def interrupt(self) -> None:
        """End what takes long there and is under way."""
        ...

    def close(self) -> None:
        """Let go of connections; a later call makes new ones."""
        ...
