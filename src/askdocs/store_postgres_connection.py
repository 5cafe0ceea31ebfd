"""Open a store on a PostgreSQL server."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from askdocs.config_store import Address
from askdocs.database import Connection
from askdocs.database_postgres import REPAIR, Failure, Pool, PostgresConnection, lock_number
from askdocs.errors import IndexDamaged
from askdocs.store_database import Database


class PostgresDatabase(Database):
    """A schema of a server, which any number of processes and machines read and write at once."""

    FIXED_JOIN: ClassVar[str] = "JOIN"
    BATCH: ClassVar[int] = 100_000

    def __init__(self, address: Address, folder: Path) -> None:
        self.address = address
        self.folder = folder
        self.name = address.name
        self.home = f"{address.server} {address.schema}"
        machine = f"{socket.gethostname()} {folder.resolve()}"
        self.here = f"@{hashlib.blake2b(machine.encode(), digest_size=6).hexdigest()}"
        self._pool = Pool(address)
        self._pinned = threading.local()

    def close(self) -> None:
        """Close every connection; those in use close when they come back."""
        self._pool.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let every read of this thread see one and the same state of the store."""
        if getattr(self._pinned, "connection", None) is not None:
            yield
            return
        with self._pool.borrowed() as connection:
            # The first query, in the same message as the beginning, pins the state.
            began = connection.raw.execute(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT key, value FROM meta"
            )
            began.nextset()
            self._pinned.description = dict(began.fetchall())
            self._pinned.connection = connection
            try:
                yield
            finally:
                self._pinned.connection = self._pinned.description = None
                if not connection.raw.closed:
                    connection.raw.execute("ROLLBACK")

    @contextmanager
    def alone(self, purpose: str) -> Iterator[str]:
        """Let one process of all that use the schema do something.

        Gives an empty text if this is the one, else who is.
        """
        key = lock_number(self.address, purpose)
        with self._pool.borrowed() as connection:
            taken = connection.execute("SELECT pg_try_advisory_lock(?::bigint)", (key,)).fetchone()
            if not taken[0]:
                yield self._holder(connection, key)
                return
            try:
                yield ""
            finally:
                # If the connection is lost, the lock is, too.
                with suppress(Failure):
                    connection.execute("SELECT pg_advisory_unlock(?::bigint)", (key,))

    @contextmanager
    def _reading(self) -> Iterator[PostgresConnection]:
        pinned = getattr(self._pinned, "connection", None)
        if pinned is not None:
            with self._pool.errors():
                yield pinned
        else:
            with self._pool.borrowed() as connection:
                yield connection

    @contextmanager
    def _writing(self) -> Iterator[PostgresConnection]:
        with self._pool.borrowed() as connection, connection.raw.transaction():
            yield connection

    @contextmanager
    def _changing(self) -> Iterator[PostgresConnection]:
        with self._writing() as connection:
            lock = "SELECT pg_advisory_xact_lock(?::bigint)"
            connection.execute(lock, (lock_number(self.address, "passages"),))
            yield connection

    def damaged(self, reason: str) -> IndexDamaged:
        """The error for a store that cannot be trusted, with what to do."""
        return IndexDamaged(f"{self.name} is damaged ({reason}); {REPAIR}")

    def _among(self, column: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        if not len(values):
            return "FALSE", ()
        if not isinstance(values[0], str):
            written = "{" + ",".join(map(str, values)) + "}"  # as a text: psycopg takes far longer
            return f"{column} = ANY(?::bigint[])", (written,)
        return f"{column} = ANY(?::text[])", (list(values),)

    def _column(
        self, connection: Connection, query: str, values: Sequence[Any]
    ) -> NDArray[np.int64]:
        joined = connection.execute(
            f"SELECT string_agg(number::text, ',') FROM ({query}) AS found", values
        )
        return np.fromstring(joined.fetchone()[0] or "", dtype=np.int64, sep=",")

    def _of_json(self, column: str, *path: str) -> str:
        # Half a character, or the character 0, is no JSON to PostgreSQL, wherever it stands.
        sound = f"regexp_replace({column}, '\\\\u(0000|d[89a-f]..)', '\\\\ufffd', 'gi')"
        return f"{sound}::json #> '{{{','.join(path)}}}'"

    def _holder(self, connection: PostgresConnection, key: int) -> str:
        """Who has a lock, such as "askdocs 123@host since 12:03"."""
        row = connection.execute(
            # It has been idle since it took the lock; other users' times are not shown to all.
            "SELECT application_name, to_char(state_change, 'YYYY-MM-DD HH24:MI')"
            " FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'"
            " AND granted AND datname = current_database() AND objsubid = 1"
            " AND (classid::bigint << 32) | objid::bigint = ?::bigint LIMIT 1",
            (key,),
        ).fetchone()
        if not row:
            return "another process"
        return f"{row[0]} since {row[1]}" if row[1] else str(row[0])
