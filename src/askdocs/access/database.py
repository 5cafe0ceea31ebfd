"""What the accounts ask of a database: a file in the index folder, or a server that many share.

The verbs are written once, in SQL that both understand. They name the tables as the server does,
where each begins with `access_`: the documents are in the same schema.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

from askdocs.access.tries import Throttle
from askdocs.database import Connection

PREFIX = "access_"
VERSION = 1
"""The version of the tables, in both databases."""


class Database(ABC):
    """Keeps the accounts; what any process writes is seen by the next read. From any thread.

    Where nothing has been written yet it reads as if it were empty.
    """

    name: str
    """What messages call it."""
    REMOTE: ClassVar[bool]
    """Whether a look at it goes over a network, where it may be waited for."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it; a file opens again when it is wanted."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """A connection to read from. Raises `IndexProblem`."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: on the disk when the block ends, or not at all. Raises `IndexProblem`.

        What the block raises undoes it. There is one at a time, over all processes.
        """

    @abstractmethod
    def throttle(self) -> Throttle:
        """What counts how often passwords are tried, by all who share the accounts."""


def opened(folder: Path, store: str = "") -> Database:
    """The accounts of an index folder, or of a store at that address of a server."""
    # Imported here, as both are databases, and only one of them is wanted.
    if not store:
        from askdocs.access.database_sqlite import NAME, SqliteDatabase

        return SqliteDatabase(folder / NAME)
    from askdocs.access.database_postgres import PostgresDatabase

    return PostgresDatabase(store)
