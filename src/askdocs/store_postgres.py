"""The store as a schema of a PostgreSQL server, which several machines share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from askdocs.config_store import parsed
from askdocs.store import Store
from askdocs.store_copying import back_up
from askdocs.store_database import Connection
from askdocs.store_postgres_copying import copy
from askdocs.store_postgres_schema import create, verify
from askdocs.store_postgres_words import PostgresWords
from askdocs.store_writing import PASSAGE_COLUMNS, NewPassage


class PostgresStore(PostgresWords, Store):
    """A store on a server."""

    @classmethod
    def opened(cls, address: str, made: Mapping[str, str] | None, folder: Path) -> PostgresStore:
        """The store at an address, made with these entries of its description if there is none."""
        store = cls(parsed(address), folder)
        try:
            if made is not None:
                create(store, made)
            verify(store)
        except BaseException:
            store.close()
            raise
        return store

    def checkpoint(self) -> None:
        """Let the server count anew, and merge what was entered into the inverted indexes."""
        with self._reading() as connection:
            connection.execute("SELECT gin_clean_pending_list('words_words')")
            connection.execute("SELECT gin_clean_pending_list('words_titles')")
            connection.execute("ANALYZE passages, words, passage_vectors, sentence_vectors")

    def backup(self, target: Path) -> None:
        """Write a complete copy of the store to a new SQLite file, while it is in use."""
        back_up(self, target)

    def verify(self) -> None:
        """Check that the tables are there; the server looks after what is in them."""
        verify(self)

    def size(self) -> int:
        """The bytes that the server keeps for it."""
        query = (
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
        )
        with self._reading() as connection:
            return int(connection.execute(query).fetchone()[0])

    def _add_passages(self, connection: Connection, passages: Iterator[NewPassage]) -> list[int]:
        rows = list(passages)
        query = "SELECT nextval('passages_number') FROM generate_series(1, ?)"
        numbers = [int(number) for (number,) in connection.execute(query, (len(rows),))]
        numbered = list(zip(numbers, rows, strict=True))
        columns = f"passages (number, {PASSAGE_COLUMNS})"
        copy(connection, columns, ((number, *row.columns) for number, row in numbered))
        vectors = ((number, *row.vector) for number, row in numbered)
        copy(connection, "passage_vectors", vectors, ("int8", "int8", "bytea"))
        sentences = ((number, *row.sentences) for number, row in numbered)
        copy(connection, "sentence_vectors", sentences, ("int8", "int8", "bytea"))
        return numbers

    def _put_rows(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
    ) -> None:
        kinds = ("int8", "int8", "bytea") if table.endswith("_vectors") else ()
        copy(connection, f"{table} ({', '.join(columns)})", rows, kinds)

    def _continue_numbers(self, connection: Connection) -> None:
        for table in ("documents", "passages", "evaluations"):
            counter = f"pg_get_serial_sequence('{table}', 'number')"
            if table == "passages":
                counter = "'passages_number'"
            connection.execute(
                f"SELECT setval({counter}, greatest(max(number), 1), max(number) IS NOT NULL)"
                f" FROM {table}"
            )
