"""Take the accounts of an index to another place, with the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from askdocs.access.database import PREFIX, Database

TABLES: Mapping[str, Sequence[str]] = {
    "users": ("name", "password", "may", "everything", "disabled", "added"),
    "tokens": ("name", "hash", "may", "everything", "added", "used", "expires", "revoked"),
    "sessions": ("hash", '"user"', "expires"),
    "collections": ("name", "folder"),
    "grants": ("holder", "collection"),
}
"""What is kept of accounts, by table; of what is tried at the door nothing goes along."""

_TRUTHS = frozenset({"everything", "disabled", "revoked"})

Rows: TypeAlias = Mapping[str, set[tuple[Any, ...]]]


def accounts_in(database: Database) -> Rows:
    """All rows, by table. Raises `IndexProblem`."""
    found = {}
    with database.reading() as connection:
        for table, columns in TABLES.items():
            rows = connection.execute(f"SELECT {', '.join(columns)} FROM {PREFIX}{table}")
            found[table] = {_plain(columns, row) for row in rows}
    return found


def replace_accounts(database: Database, accounts: Rows) -> None:
    """Let these accounts take the place of those that are there, in one transaction."""
    with database.writing() as connection:
        for table, columns in TABLES.items():
            marks = ", ".join("?" * len(columns))
            connection.execute(f"DELETE FROM {PREFIX}{table}")
            connection.executemany(
                f"INSERT INTO {PREFIX}{table} ({', '.join(columns)}) VALUES ({marks})",
                accounts[table],
            )


def _plain(columns: Sequence[str], row: Sequence[Any]) -> tuple[Any, ...]:
    """A row as every database gives it: SQLite has no true and false."""
    pairs = zip(columns, row, strict=True)
    return tuple(bool(value) if column in _TRUTHS else value for column, value in pairs)
