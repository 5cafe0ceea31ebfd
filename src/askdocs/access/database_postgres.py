"""The accounts in a schema of a PostgreSQL server, which all processes with its address share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from askdocs.access.database import PREFIX, VERSION, Database
from askdocs.access.database_sqlite import empty
from askdocs.access.tries import Throttle
from askdocs.config_store import parsed
from askdocs.database import Connection
from askdocs.database_postgres import Pool, PostgresConnection, lock_number
from askdocs.errors import Busy, IndexDamaged, IndexProblem, StoreUnreachable

# Names sort by their bytes, as in SQLite. What the server deletes it overwrites in its own time: of
# a session only a hash is kept, from which nobody can tell what to bring. What was tried is gone
# after a crash of the server, and nothing else: so it costs no disk.
_TABLES = """
CREATE TABLE access_users (
    name TEXT COLLATE "C" PRIMARY KEY,
    password TEXT NOT NULL,
    may INTEGER NOT NULL,
    everything BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    added TEXT NOT NULL
);
CREATE TABLE access_tokens (
    name TEXT COLLATE "C" PRIMARY KEY,
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    may INTEGER NOT NULL,
    everything BOOLEAN NOT NULL,
    added TEXT NOT NULL,
    used TEXT NOT NULL DEFAULT '',
    expires DOUBLE PRECISION,
    revoked BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE TABLE access_sessions (
    hash TEXT COLLATE "C" PRIMARY KEY,
    "user" TEXT COLLATE "C" NOT NULL,
    expires DOUBLE PRECISION NOT NULL
);
CREATE INDEX access_sessions_user ON access_sessions ("user");
CREATE TABLE access_collections (
    name TEXT COLLATE "C" NOT NULL,
    folder TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (name, folder)
);
CREATE TABLE access_grants (
    holder TEXT COLLATE "C" NOT NULL,
    collection TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (holder, collection)
);
CREATE UNLOGGED TABLE access_tries (
    key TEXT COLLATE "C" PRIMARY KEY,
    moments DOUBLE PRECISION[] NOT NULL
);
CREATE TABLE access_version (version INTEGER NOT NULL);
"""
_NAMES = [
    f"{PREFIX}{name}"
    for name in ("users", "tokens", "sessions", "collections", "grants", "tries", "version")
]
_SLOW, _PAUSE = 0.5, 1.0

CONNECTIONS = 8
"""What a process has to a server for its accounts; whoever needs one more waits for it."""
_WAIT = 2.5


class PostgresDatabase(Database):
    """The tables in a schema, made when they are first written.

    A server that lets wait for an error is not asked again for a second: whoever comes meanwhile
    is told the same at once.
    """

    REMOTE: ClassVar[bool] = True

    def __init__(self, store: str) -> None:
        self.address = parsed(store)
        self.name = self.address.name
        self._pool = Pool(self.address)
        self._nothing, self._lock = empty(), threading.Lock()
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        self._is_made = False
        self._refused_until, self._refusal = 0.0, ""

    def close(self) -> None:
        """Hang up."""
        self._pool.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from. Raises `IndexProblem`."""
        if self._is_there():
            with self.borrowed() as connection:
                yield connection
        else:
            with self._lock:
                yield self._nothing

    @contextmanager
    def writing(self) -> Iterator[PostgresConnection]:
        """One transaction; the first makes the tables. Raises `IndexProblem`."""
        with self.borrowed() as connection, connection.raw.transaction():
            # One after another: else a grant could outlive the collection that it names.
            _lock(connection, lock_number(self.address, "access"))
            if not self._is_made and not _has_tables(connection, self.address.schema, self.name):
                _create(connection, self.address.schema, lock_number(self.address, "passages"))
            yield connection
        self._is_made = True

    @contextmanager
    def borrowed(self) -> Iterator[PostgresConnection]:
        """A connection for single statements. Raises `IndexProblem` or `Busy`."""
        if not self._free.acquire(timeout=_WAIT):
            raise Busy("too many are let in at once; try again")
        try:
            with self._watched(), self._pool.borrowed() as connection:
                yield connection
        finally:
            self._free.release()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        begun = time.monotonic()
        if begun < self._refused_until:
            raise StoreUnreachable(self._refusal)
        try:
            yield
        except StoreUnreachable as error:
            now = time.monotonic()
            if now - begun > _SLOW:
                self._refused_until, self._refusal = now + _PAUSE, str(error)
            raise

    def throttle(self) -> Throttle:
        """Count in the database, so that trying at several servers is no way round."""
        from askdocs.access.tries_shared import SharedTries

        return SharedTries(self)

    def require_tables(self) -> None:
        """Make the tables if there are none."""
        if not self._is_there():
            with self.writing():
                pass

    def _is_there(self) -> bool:
        """Whether the tables are there; once they are, nobody asks again."""
        if not self._is_made:
            with self.borrowed() as connection:
                self._is_made = _has_tables(connection, self.address.schema, self.name)
        return self._is_made


def _has_tables(connection: Connection, schema: str, name: str) -> bool:
    """Whether there are accounts of a version that is understood. Raises `IndexProblem`."""
    (found,) = connection.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(?)"
        " AND relname = ANY(?::text[]) AND relkind = 'r'",
        (schema, _NAMES),
    ).fetchone()
    if not found:
        return False
    if found < len(_NAMES):
        raise IndexDamaged(
            f"{name} has lost a table of its accounts, so nobody is let in; bring a backup of the"
            " database back"
        )
    row = connection.execute("SELECT max(version) FROM access_version").fetchone()
    if row[0] != VERSION:
        raise IndexProblem(f"the accounts in {name} were made by a newer askdocs; use that")
    return True


def _create(connection: PostgresConnection, schema: str, lock: int) -> None:
    """Make the tables; the schema is made by whoever comes first, this or the store."""
    _lock(connection, lock)
    query = "SELECT to_regnamespace(?) IS NULL"
    if connection.execute(query, (schema,)).fetchone()[0]:
        connection.raw.execute(f"CREATE SCHEMA {schema}")
    connection.raw.execute(_TABLES)
    connection.execute("INSERT INTO access_version VALUES (?)", (VERSION,))


def _lock(connection: Connection, number: int) -> None:
    """Be the one of all processes that writes; one that hangs is not waited for without end."""
    wait = f"set_config('lock_timeout', '{_WAIT}s', true)"
    connection.execute(f"SELECT {wait}, pg_advisory_xact_lock(?::bigint)", (number,))
