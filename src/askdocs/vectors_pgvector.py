"""Keep a store's vectors for nearness search in the same database, with the extension pgvector.

Each collection is a table beside those of the store. It is derived, and stands by itself: no key
and no trigger ties it to the passages, so nothing that is wrong with it, or with the extension, can
stop a document from being indexed. What it lags behind is compared exactly.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import errors as refusals

from askdocs.database_postgres import PostgresConnection
from askdocs.errors import IndexProblem
from askdocs.store_postgres import PostgresStore
from askdocs.types import FloatArray
from askdocs.vectors_place import PGVECTOR, Collection, Unreachable

NEIGHBOURS, BUILT_AMONG, SEARCHED_AMONG = 24, 200, 800
"""Of the graph: the edges of a vector, and how many of the nearest are kept in mind while it is
entered and while others are looked for. Of 100,000 passages this finds 99 of the 100 nearest; with
16, 64 and 200, which are common, 94 (see eval/bench/vectors.py)."""

GRAPH_FROM = 2_000
"""Fewer vectors than so many are compared one by one."""

MOST_PLACES = 4_000
"""Longer vectors of half precision cannot have a graph."""

_LEAST_VERSION = (0, 8)  # from which on a search goes on until it has found enough
_NAME = re.compile(r"askdocs_[0-9a-f]{16}_\d{1,9}")
_NUMBER, _SIZES = struct.Struct(">hiq"), struct.Struct(">ihH")
_HEAD, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_MEMORY = 1 << 30  # bytes, at most, to build a graph in
_SLACK = 1_500  # bytes of a vector's edges and more
_PATIENCE = "1s"
_SPARE = 10  # vectors that are asked for in vain, as half precision swaps the last ones
_REMEDY = (
    "let the administrator of the server install pgvector 0.8 or later, then run there: CREATE"
    " EXTENSION vector"
)


class PgvectorTables:
    """Tables of vectors in the schema of a store."""

    kind: ClassVar[str] = PGVECTOR
    is_near: ClassVar[bool] = True

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._schema = ""  # of the extension, once it was found
        self._building: PostgresConnection | None = None

    def told(self, reason: str) -> str:
        """What is said where it cannot be used: why, and what to do."""
        return (
            f"pgvector at {self._store.address.server} is not used: {reason}; the search is exact"
            " for now, and stays so with index.vectors set to exact"
        )

    def require(self, *, writing: bool) -> None:
        """Raise `Unreachable` unless the extension is there; to write, it is made if possible."""
        if self._store.dimension > MOST_PLACES:
            raise Unreachable(f"its vectors can have {MOST_PLACES:,} places at most")
        if not self._find_extension() and writing:
            try:
                with self._store._writing() as connection:
                    connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
            except Exception as error:
                reason = " ".join(str(error.__cause__ or error).split())
                raise Unreachable(f"it cannot be made there ({reason}); {_REMEDY}") from error
            self._find_extension()
        if not self._schema:
            raise Unreachable(f"the database does not have it; {_REMEDY}")

    def _find_extension(self) -> bool:
        query = (
            "SELECT quote_ident(nspname), extversion FROM pg_extension"
            " JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'vector'"
        )
        with self._store._reading() as connection:
            row = connection.execute(query).fetchone()
        if row is None:
            return False
        if tuple(map(int, re.findall(r"\d+", row[1])[:2])) < _LEAST_VERSION:
            raise Unreachable(f"its version is {row[1]}; {_REMEDY}")
        self._schema = row[0]
        return True

    def find(self, name: str) -> Collection | None:
        """The table of that name, if it holds such vectors."""
        if not _NAME.fullmatch(name):
            return None
        query = (
            "SELECT c.oid::bigint, obj_description(c.oid, 'pg_class'),"
            " format_type(a.atttypid, a.atttypmod)"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'vector'"
            " WHERE c.oid = to_regclass(?) AND c.relkind = 'r'"
        )
        with self._store._reading() as connection:
            row = connection.execute(query, (f"{self._store.address.schema}.{name}",)).fetchone()
        if row is None or row[2].rpartition(".")[2] != f"halfvec({self._store.dimension})":
            return None
        return Collection(str(row[0]), name, _metadata(row[1]))

    def make(self, name: str, metadata: Mapping[str, Any]) -> Collection:
        """A new table, in place of those that were left behind."""
        for left in self._tables():
            self._drop(left)
        with self._store._writing() as connection:
            connection.execute(
                f"CREATE TABLE {name} (number BIGINT PRIMARY KEY,"
                f" vector {self._schema}.halfvec({self._store.dimension}) NOT NULL)"
            )
            identifier = connection.execute("SELECT to_regclass(?)::oid::bigint", (name,))
            made = Collection(str(identifier.fetchone()[0]), name, metadata)
        self.describe(made, metadata)
        return made

    def describe(self, collection: Collection, metadata: Mapping[str, Any]) -> None:
        """Give a table other metadata."""
        text = json.dumps(dict(metadata)).replace("'", "''")
        with self._store._writing() as connection:
            connection.execute(f"COMMENT ON TABLE {collection.name} IS '{text}'")

    def delete(self, collection: Collection) -> None:
        """Remove a table."""
        self._drop(collection.name)

    def count(self, collection: Collection) -> int:
        """How many vectors a table holds."""
        with self._store._reading() as connection:
            query = f"SELECT count(*) FROM {collection.name}"
            return int(connection.execute(query).fetchone()[0])

    def numbers(self, collection: Collection) -> NDArray[np.int64]:
        """The numbers of the passages that a table holds, in rising order."""
        query = f"SELECT number FROM {collection.name} ORDER BY number"
        with self._store._reading() as connection:
            return self._store._column(connection, query, ())

    def clean(self, collection: Collection) -> NDArray[np.int64]:
        """The same: there is nothing else in it."""
        return self.numbers(collection)

    def put(self, collection: Collection, numbers: Sequence[int], matrix: FloatArray) -> None:
        """Put vectors in, one a row."""
        count, dimension = matrix.shape
        row = np.dtype([("number", f"V{_NUMBER.size}"), ("sizes", f"V{_SIZES.size}")])
        rows = np.zeros(count, [*row.descr, ("vector", ">f2", dimension)])
        rows["number"] = [_NUMBER.pack(2, 8, number) for number in numbers]
        rows["sizes"] = _SIZES.pack(2 * dimension + 4, dimension, 0)
        rows["vector"] = matrix
        into = f"COPY {collection.name} (number, vector) FROM STDIN (FORMAT BINARY)"
        with self._store._writing() as connection, connection.raw.cursor().copy(into) as copy:
            copy.write(_HEAD + rows.tobytes() + _END)

    def finish(self, collection: Collection) -> None:
        """Make the graph of a table: of all its vectors at once that takes far less time."""
        query = (
            "SELECT 1 FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
            " JOIN pg_am m ON m.oid = x.relam"
            " WHERE i.indrelid = ?::oid AND i.indisvalid AND m.amname = 'hnsw'"
        )
        with self._store._reading() as connection:
            has_graph = connection.execute(query, (collection.id,)).fetchone() is not None
        if has_graph or self.count(collection) < GRAPH_FROM:
            return
        try:
            self._build(collection)
        except IndexProblem as problem:  # several processes of a server share memory for it
            if not isinstance(problem.__cause__, refusals.DiskFull | refusals.OutOfMemory):
                raise
            self._build(collection, "SET LOCAL max_parallel_maintenance_workers = 0;")

    def _build(self, collection: Collection, first: str = "") -> None:
        size = self.count(collection) * (2 * self._store.dimension + _SLACK)
        with self._store._writing() as connection:
            # A server that does not look would go on with it when this process is gone.
            connection.raw.execute(
                f"{first} SET LOCAL statement_timeout = 0;"
                " SELECT set_config(name, '2s', true) FROM pg_settings"
                " WHERE name = 'client_connection_check_interval'; SELECT"
                " set_config('maintenance_work_mem', greatest(pg_size_bytes(current_setting("
                f"'maintenance_work_mem')), {min(size, _MEMORY)}) / 1024 || 'kB', true)"
            )
            self._building = connection
            try:
                connection.raw.execute(
                    f"CREATE INDEX ON {collection.name} USING hnsw"
                    f" (vector {self._schema}.halfvec_ip_ops)"
                    f" WITH (m = {NEIGHBOURS}, ef_construction = {BUILT_AMONG})"
                )
            finally:
                self._building = None

    def remove(self, collection: Collection, numbers: Sequence[int]) -> None:
        """Take vectors out."""
        if len(numbers):
            query = f"DELETE FROM {collection.name} WHERE number = ANY(?::bigint[])"
            with self._store._writing() as connection:
                connection.execute(query, (list(numbers),))

    def nearest(self, collection: Collection, vector: FloatArray, limit: int) -> NDArray[np.int64]:
        """The numbers of the vectors nearest to one, as far as they are found."""
        values = ",".join(map(repr, np.asarray(vector, np.float32).tolist()))
        statement = (
            f"SET LOCAL hnsw.ef_search = {SEARCHED_AMONG};"
            " SET LOCAL hnsw.iterative_scan = relaxed_order;"
            f" SELECT number FROM {collection.name} ORDER BY vector OPERATOR({self._schema}.<#>)"
            f" '[{values}]'::{self._schema}.halfvec LIMIT {limit + _SPARE}"
        )
        # Within a snapshot this is a part of its transaction, which alone fails if it does.
        with self._store._reading() as connection, connection.raw.transaction():
            cursor = connection.raw.execute(statement)  # in one message
            while cursor.nextset():
                pass
            return np.array([number for (number,) in cursor.fetchall()], dtype=np.int64)

    def vectors(self, collection: Collection, numbers: Sequence[int]) -> dict[int, FloatArray]:
        """The vectors that a table has by these numbers."""
        query = (
            f"SELECT number, vector::real[] FROM {collection.name} WHERE number = ANY(?::bigint[])"
        )
        with self._store._reading() as connection:
            rows = connection.execute(query, (list(numbers),)).fetchall()
        return {number: np.array(vector, np.float32) for number, vector in rows}

    def interrupt(self) -> None:
        """End the making of a graph."""
        if (building := self._building) is not None:
            building.raw.cancel_safe(timeout=2)

    def close(self) -> None:
        """Nothing is held: the connections are the store's."""

    def _tables(self) -> list[str]:
        query = (
            "SELECT relname::text FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = ?::regnamespace"
        )
        with self._store._reading() as connection:
            rows = connection.execute(query, (self._store.address.schema,)).fetchall()
        return sorted(name for (name,) in rows if _NAME.fullmatch(name))

    def _drop(self, name: str) -> None:
        """Remove a table; not if somebody reads it for long, as others would wait behind this."""
        with self._store._writing() as connection:
            try:
                connection.raw.execute(
                    f"SET LOCAL lock_timeout = '{_PATIENCE}'; DROP TABLE IF EXISTS {name}"
                )
            except refusals.LockNotAvailable:
                raise psycopg.Rollback from None


def _metadata(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
