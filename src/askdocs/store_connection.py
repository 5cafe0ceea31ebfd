"""Open a store that is a SQLite file: pooled readers, one writer, typed errors."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from askdocs.errors import IndexDamaged, IndexProblem
from askdocs.store_database import Connection, Database

_READER = ("PRAGMA busy_timeout = 10000", "PRAGMA query_only = ON")
_WRITER = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # a commit is on the disk before it is acknowledged
    "PRAGMA journal_size_limit = 67108864",
)
_REPAIR = "restore a backup, or delete the index folder and run: askdocs index DOCUMENTS"


def damaged(path: Path, reason: str) -> IndexDamaged:
    """The error for a store that cannot be trusted, with what to do."""
    return IndexDamaged(f"{path} is damaged ({reason}); {_REPAIR}")


def translate(path: Path, error: sqlite3.Error) -> IndexProblem:
    """The askdocs error that says in one line what SQLite's `error` means for the user."""
    # Extended codes keep the primary one in their low byte.
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT):
        return damaged(path, str(error))
    if primary == sqlite3.SQLITE_FULL:
        return IndexProblem(f"{path}: the disk is full; free some space and run the command again")
    if primary == sqlite3.SQLITE_READONLY:
        return IndexProblem(f"{path} cannot be written; make its folder writable")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexProblem(f"{path} is being written by another process; try again")
    return IndexProblem(f"{path}: {error}; run: askdocs check")


def is_read_only(path: Path) -> bool:
    """Whether a store, or the folder that it needs for its journal, cannot be written."""
    return not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def address(path: Path) -> str:
    """The URI that opens an existing store: to write where that is possible, else to read."""
    # mode=rw: a missing file is an error, never a new and empty store.
    mode = "rw"
    if is_read_only(path):
        journal = path.with_name(f"{path.name}-wal")
        # Without a journal nothing needs to be made beside the file, and nobody can change it.
        mode = "ro" if journal.exists() and journal.stat().st_size else "ro&immutable=1"
    return f"{path.absolute().as_uri()}?mode={mode}"


class SqliteDatabase(Database):
    """A SQLite file in WAL mode: any number of readers beside one writer, from any thread."""

    FIXED_JOIN: ClassVar[str] = "CROSS JOIN"
    BATCH: ClassVar[int] = 500
    here = ""  # one process owns the file, and the folder with it

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.home = str(path.resolve())
        self.folder = path.parent
        self._idle: list[sqlite3.Connection] = []
        self._pool = threading.Lock()
        self._write = threading.RLock()
        self._pinned = threading.local()
        self._closed = False
        with self._errors():
            self._writer = self._connect(_READER if is_read_only(path) else _WRITER)

    def close(self) -> None:
        """Close every connection; the last one of all processes folds the WAL into the file."""
        with self._write, self._pool:
            self._closed = True
            for connection in [*self._idle, self._writer]:
                connection.close()
            self._idle.clear()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let every read of this thread see one and the same state of the store."""
        if getattr(self._pinned, "connection", None) is not None:
            yield
            return
        with self._borrowed() as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM meta").fetchone()  # the first read pins the state
            self._pinned.connection = connection
            try:
                yield
            finally:
                self._pinned.connection = self._pinned.description = None
                connection.execute("ROLLBACK")

    @contextmanager
    def alone(self, purpose: str) -> Iterator[str]:
        """Do something as the one: who owns the index folder is that already."""
        yield ""

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        pinned = getattr(self._pinned, "connection", None)
        if pinned is not None:
            with self._errors():
                yield pinned
        else:
            with self._borrowed() as connection:
                yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed and on the disk when the block ends, or not at all."""
        with self._write, self._errors():
            self._require_open()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def _changing(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._writing()  # of which there is one at a time

    def damaged(self, reason: str) -> IndexDamaged:
        """The error for a store that cannot be trusted, with what to do."""
        return damaged(self.path, reason)

    def _among(self, column: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        return f"{column} IN ({', '.join('?' * len(values))})", values

    def _column(
        self, connection: Connection, query: str, values: Sequence[Any]
    ) -> NDArray[np.int64]:
        # As one text: SQLite hands over thousands of rows far more slowly.
        joined = connection.execute(f"SELECT group_concat(number) FROM ({query})", values)
        return np.fromstring(joined.fetchone()[0] or "", dtype=np.int64, sep=",")

    def _of_json(self, column: str, *path: str) -> str:
        return f"json_extract({column}, '$.{'.'.join(path)}')"

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        with self._errors():
            with self._pool:
                self._require_open()
                connection = self._idle.pop() if self._idle else None
            connection = connection or self._connect(_READER)
            try:
                yield connection
            except sqlite3.Error:
                connection.close()
                raise
            except BaseException:
                self._give_back(connection)
                raise
            self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._pool:
            if self._closed:
                connection.close()
            else:
                self._idle.append(connection)

    def _connect(self, pragmas: tuple[str, ...]) -> sqlite3.Connection:
        connection = sqlite3.connect(
            address(self.path), uri=True, isolation_level=None, check_same_thread=False
        )
        for pragma in pragmas:
            connection.execute(pragma)
        return connection

    def _require_open(self) -> None:
        if self._closed:
            raise IndexProblem(f"{self.path} is closed; open the index again")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise translate(self.path, error) from error
