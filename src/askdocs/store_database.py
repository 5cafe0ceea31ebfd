"""What the store asks of a database, whichever it is; SQLite and PostgreSQL give it.

The verbs of the store are written once, in SQL that both understand. Where they differ, a verb asks
for a piece of SQL by one of the methods here.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from askdocs.database import Connection, Rows
from askdocs.errors import IndexDamaged

__all__ = ["NO_LIMIT", "Connection", "Database", "Rows"]

NO_LIMIT = 2**62
"""As many rows as there are."""


class Database(ABC):
    """A database with the tables of a store; safe to use from any thread."""

    name: str
    """What messages call it: a file, or a server with the names of database and schema."""
    home: str
    """What it is known by everywhere; a copy of it has another one."""
    folder: Path
    """Where this machine keeps what is derived from the store: the index folder."""
    here: str
    """What tells the notes about this machine's folder from those about others'."""
    _pinned: threading.local
    """For each thread the `connection` of its snapshot and the `description` read in it."""
    BATCH: ClassVar[int]
    """How many values a statement takes."""
    FIXED_JOIN: ClassVar[str]
    """A join whose tables are read in the order in which they stand, if that can be said."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """Let every read of this thread see one and the same state of the store."""

    @abstractmethod
    def alone(self, purpose: str) -> AbstractContextManager[str]:
        """Let one process of all that use the database do something; others go on meanwhile.

        Gives an empty text if this is the one, else who is: then nothing is held.
        """

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Connection]:
        """One transaction: committed and on the disk when the block ends, or not at all."""

    @abstractmethod
    def _changing(self) -> AbstractContextManager[Connection]:
        """A transaction that changes passages. One at a time: their numbers rise as they come."""

    @abstractmethod
    def damaged(self, reason: str) -> IndexDamaged:
        """The error for a store that cannot be trusted, with what to do."""

    @abstractmethod
    def _among(self, column: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """The condition that a column has one of these values, and the values for its marks."""

    @abstractmethod
    def _column(
        self, connection: Connection, query: str, values: Sequence[Any]
    ) -> NDArray[np.int64]:
        """The whole numbers in the one column, named `number`, of what a query finds."""

    @abstractmethod
    def _of_json(self, column: str, *path: str) -> str:
        """The value at a path of names in a column of JSON."""

    @abstractmethod
    def _put_rows(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
    ) -> None:
        """Write rows as they are, those with numbers with these numbers."""

    @abstractmethod
    def _continue_numbers(self, connection: Connection) -> None:
        """Let new rows have higher numbers than any that `_put_rows` has written."""
