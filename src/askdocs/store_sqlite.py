"""The store as one SQLite file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from askdocs.store import Store
from askdocs.store_database import Connection
from askdocs.store_schema import copy_whole, create, verify
from askdocs.store_sqlite_words import SqliteWords
from askdocs.store_writing import PASSAGE_COLUMNS, NewPassage


class SqliteStore(SqliteWords, Store):
    """A store in a file of this machine."""

    @classmethod
    def opened(
        cls, path: Path, made: Mapping[str, str] | None = None, *, thorough: bool = False
    ) -> SqliteStore:
        """The store at `path`, made with these entries of its description if there is none."""
        if made is not None and not path.exists():
            create(path, made)
        else:
            verify(path, thorough=thorough)
        return cls(path)

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, as far as readers let it."""
        with self._write, self._errors():
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def backup(self, target: Path) -> None:
        """Write a complete copy of the store to a new file, while it is in use."""
        with self._reading() as connection:
            copy_whole(connection, target)

    def verify(self) -> None:
        """Check the whole file, however large. Raises `IndexDamaged`."""
        verify(self.path, thorough=True)

    def size(self) -> int:
        """The bytes it takes outside the index folder: none."""
        return 0

    def _add_passages(self, connection: Connection, passages: Iterator[NewPassage]) -> list[int]:
        numbers = []
        for passage in passages:
            (number,) = connection.execute(
                f"INSERT INTO passages ({PASSAGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " RETURNING number",
                passage.columns,
            ).fetchone()
            connection.execute(
                "INSERT INTO passage_vectors VALUES (?, ?, ?)", (number, *passage.vector)
            )
            connection.execute(
                "INSERT INTO sentence_vectors VALUES (?, ?, ?)", (number, *passage.sentences)
            )
            numbers.append(int(number))
        return numbers

    def _put_rows(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
    ) -> None:
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    def _continue_numbers(self, connection: Connection) -> None:
        """Leave it to SQLite, which goes on after the highest number that was there."""
