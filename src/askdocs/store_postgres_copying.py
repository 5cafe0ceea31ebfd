"""Write many rows into a table of PostgreSQL at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from askdocs.database_postgres import PostgresConnection
from askdocs.store_database import Connection


def copy(
    connection: Connection, into: str, rows: Iterable[Sequence[Any]], kinds: Sequence[str] = ()
) -> None:
    """Add rows to a table, or to those of its columns that `into` names in parentheses.

    With the columns' `kinds` they go over as bytes, which is shorter for all but texts.
    """
    binary = " (FORMAT BINARY)" if kinds else ""
    assert isinstance(connection, PostgresConnection)  # such a store has no others
    with connection.raw.cursor().copy(f"COPY {into} FROM STDIN{binary}".encode()) as copying:
        if kinds:
            copying.set_types(kinds)
        for row in rows:
            copying.write_row(row)
