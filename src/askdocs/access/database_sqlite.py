"""The file that says who may use a server: one SQLite file, of this person only."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from askdocs.access.database import PREFIX, VERSION, Database
from askdocs.access.tries import Throttle, Tries
from askdocs.errors import AskdocsError, IndexDamaged, IndexProblem

NAME = "access.sqlite3"
APPLICATION = 0x61736B75
"""SQLite's `application_id` of such a file: "asku"."""
_MODE = 0o600
_TABLES = f"""
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    may INTEGER NOT NULL,
    everything INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    added TEXT NOT NULL
);
CREATE TABLE tokens (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    may INTEGER NOT NULL,
    everything INTEGER NOT NULL,
    added TEXT NOT NULL,
    used TEXT NOT NULL DEFAULT '',
    expires REAL,
    revoked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    expires REAL NOT NULL
);
CREATE TABLE collections (
    name TEXT NOT NULL,
    folder TEXT NOT NULL,
    PRIMARY KEY (name, folder)
);
CREATE TABLE grants (
    holder TEXT NOT NULL,
    collection TEXT NOT NULL,
    PRIMARY KEY (holder, collection)
);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


class _Connection(sqlite3.Connection):
    """A connection whose tables have no prefix: nothing else is in the file."""

    def execute(self, statement: str, values: Any = (), /) -> sqlite3.Cursor:
        return super().execute(statement.replace(PREFIX, ""), values)

    def executemany(self, statement: str, rows: Any, /) -> sqlite3.Cursor:
        return super().executemany(statement.replace(PREFIX, ""), rows)


class SqliteDatabase(Database):
    """The file, made when it is first written."""

    REMOTE: ClassVar[bool] = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self._lock = threading.Lock()
        self._reader: _Connection | None = None
        self._file: tuple[int, int] | None = None

    def close(self) -> None:
        """Let go of the file; it opens again when it is wanted."""
        with self._lock:
            self._forget()

    @contextmanager
    def reading(self) -> Iterator[_Connection]:
        """A connection to read from. Raises `IndexProblem`."""
        with self._lock, self._errors():
            yield self._opened()

    @contextmanager
    def writing(self) -> Iterator[_Connection]:
        """One transaction: on the disk when the block ends, or not at all. Raises `IndexProblem`.

        What the block raises undoes it.
        """
        with self._errors():
            if not self.path.exists():
                self._create()
            connection = _connect(self.path)
            try:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
            finally:
                connection.close()

    def throttle(self) -> Throttle:
        """Each process counts for itself: a folder is served by one."""
        return Tries()

    def _opened(self) -> _Connection:
        """The connection of all reads, to the file that is there now."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            file = None
        else:
            file = (found.st_dev, found.st_ino)
            if self._file != file and stat.S_IMODE(found.st_mode) & ~_MODE:
                with suppress(OSError):  # another's file, which we only read
                    self.path.chmod(_MODE)
        if self._reader is None or self._file != file:
            self._forget()
            self._reader = _connect(self.path) if file else empty()
            self._file = file
        return self._reader

    def _forget(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader, self._file = None, None

    def _create(self) -> None:
        """Make the file whole and private before it gets its name."""
        if not self.path.parent.is_dir():
            raise AskdocsError(f"there is no index at {self.path.parent}; run: askdocs index")
        made = self.path.with_name(f".{NAME}-{os.getpid()}-{threading.get_ident()}")
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE))
        try:
            connection = sqlite3.connect(made, isolation_level=None)
            try:
                connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
            finally:
                connection.close()
            with suppress(FileExistsError):  # another process was quicker: theirs counts
                os.link(made, self.path)
        except PermissionError:  # a file system without links
            made.replace(self.path)
        finally:
            made.unlink(missing_ok=True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
                raise _damaged(self.path, str(error)) from error
            if code == sqlite3.SQLITE_READONLY or not os.access(self.path.parent, os.W_OK):
                raise IndexProblem(f"{self.path} cannot be written; make it writable") from error
            raise IndexProblem(f"{self.path}: {error}; try again") from error
        except OSError as error:
            raise IndexProblem(f"{self.path}: {error.strerror}") from error


def empty() -> _Connection:
    """A connection to accounts of which there are none, in memory."""
    connection = sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=False, factory=_Connection
    )
    connection.executescript(_TABLES)
    return connection


def _connect(path: Path) -> _Connection:
    # A folder that cannot be written has no place for the journal: then nobody writes the file.
    mode = "rw" if os.access(path.parent, os.W_OK) else "ro&immutable=1"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        factory=_Connection,
    )
    try:
        connection.execute("PRAGMA busy_timeout = 10000")
        _require_ours(path, connection)
        if mode == "rw":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # A session that has ended shall not be found in the file.
            connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _require_ours(path: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if application != APPLICATION or sound != "ok":
        raise _damaged(path, "it is not what askdocs writes" if sound == "ok" else sound)
    if version != VERSION:
        raise IndexProblem(f"{path} was made by a newer askdocs; use that, or delete the file")


def _damaged(path: Path, reason: str) -> IndexDamaged:
    told = " ".join(reason.split())
    return IndexDamaged(
        f"{path} is damaged ({told}), so nobody is let in; put a copy of it back, or delete it"
        " and add the users anew with: askdocs access users add NAME"
    )
