"""The tables of a store on a PostgreSQL server, and how they come into being whole."""

from __future__ import annotations

import re
from collections.abc import Mapping

from askdocs.database_postgres import PostgresConnection
from askdocs.errors import IndexMismatch, IndexNotFound, IndexProblem
from askdocs.store_postgres_connection import PostgresDatabase
from askdocs.store_schema import VERSION

# Names sort by their bytes, as in SQLite. What is told from other tables' rows by number gets its
# number here and not from a default, while no other process changes passages: see `_changing`.
# For each word of a question the server visits the rows of the passages that have it. So the rows
# of the word index shall be short, and what is long in them lie elsewhere, where it is looked at
# for several words in a row only. PostgreSQL does that for rows of more than 2,000 bytes, which the
# blanks of `room` make of each; compressed, they take no room.
_TABLES = """
CREATE TABLE meta (key TEXT COLLATE "C" PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    title TEXT NOT NULL,
    date TEXT,
    sha256 TEXT NOT NULL,
    signature TEXT NOT NULL,
    indexed_at TEXT NOT NULL,
    anchors TEXT NOT NULL,
    characters BIGINT NOT NULL,
    checksum BIGINT NOT NULL,
    text TEXT NOT NULL,
    author TEXT NOT NULL DEFAULT '',
    remarks TEXT NOT NULL DEFAULT '[]'
);
CREATE SEQUENCE passages_number;
CREATE TABLE passages (
    number BIGINT PRIMARY KEY,
    generation INTEGER NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    document BIGINT NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    start BIGINT NOT NULL,
    "end" BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    reuse TEXT COLLATE "C" NOT NULL,
    checksum BIGINT NOT NULL,
    heading TEXT NOT NULL,
    sentences TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (generation, id)
);
CREATE INDEX passages_document ON passages (document, generation);
CREATE INDEX passages_generation ON passages (generation, number);
CREATE INDEX passages_reuse ON passages (generation, reuse);
CREATE TABLE passage_vectors (
    number BIGINT PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
    checksum BIGINT NOT NULL,
    vector BYTEA NOT NULL
);
CREATE TABLE sentence_vectors (
    number BIGINT PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
    checksum BIGINT NOT NULL,
    vectors BYTEA NOT NULL
);
ALTER TABLE passage_vectors ALTER vector SET STORAGE EXTERNAL;
ALTER TABLE sentence_vectors ALTER vectors SET STORAGE EXTERNAL;
CREATE TABLE words (
    number BIGINT PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
    words TSVECTOR NOT NULL,
    titles TSVECTOR NOT NULL,
    room TEXT NOT NULL DEFAULT repeat(' ', 2100)
) WITH (toast_tuple_target = 128);
ALTER TABLE words ALTER words SET STORAGE EXTERNAL;
CREATE INDEX words_words ON words USING gin (words);
CREATE INDEX words_titles ON words USING gin (titles);
CREATE TABLE skipped (
    path TEXT COLLATE "C" PRIMARY KEY, reason TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE conversations (
    id TEXT COLLATE "C" PRIMARY KEY,
    title TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX conversations_owner ON conversations (owner, updated_at);
CREATE TABLE turns (
    conversation TEXT COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (conversation, position)
);
CREATE TABLE feedback (
    conversation TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong')),
    note TEXT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (conversation, position),
    FOREIGN KEY (conversation, position) REFERENCES turns (conversation, position)
        ON DELETE CASCADE
);
CREATE TABLE evaluations (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gold TEXT NOT NULL,
    at TEXT NOT NULL,
    result TEXT NOT NULL
);
CREATE TABLE removed (path TEXT COLLATE "C" PRIMARY KEY, at TEXT NOT NULL);
"""

_VERSION_NOTE = "tables"
"""The entry of the description that holds the version of the tables."""


def create(database: PostgresDatabase, meta: Mapping[str, str]) -> None:
    """Make the tables of a store, whole or not at all; those that are there already stay."""
    schema = database.address.schema
    with database._changing() as connection:
        if _has_tables(connection, schema):
            return
        (encoding,) = connection.execute("SELECT current_setting('server_encoding')").fetchone()
        if encoding != "UTF8":
            raise IndexProblem(
                f"{database.name} keeps texts as {encoding}; make one with: createdb -E UTF8"
            )
        # Who may not make schemas can use one that somebody else has made for them.
        if not connection.execute("SELECT to_regnamespace(?) IS NOT NULL", (schema,)).fetchone()[0]:
            connection.raw.execute(f"CREATE SCHEMA {schema}")
        connection.raw.execute(_TABLES)
        rows = [*meta.items(), (_VERSION_NOTE, str(VERSION))]
        connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)


def verify(database: PostgresDatabase) -> None:
    """Check that there is a store of a version that is understood here.

    Raises `IndexNotFound`, `IndexDamaged`, `IndexMismatch` or `StoreUnreachable`.
    """
    with database._reading() as connection:
        if not _has_tables(connection, database.address.schema):
            raise IndexNotFound(
                f"there is no index in {database.name}; run: askdocs index DOCUMENTS, or bring one"
                " there with: askdocs migrate"
            )
        query = "SELECT value FROM meta WHERE key = ?"
        row = connection.execute(query, (_VERSION_NOTE,)).fetchone()
        missing = _missing_tables(connection, database.address.schema)
    if row is None or not row[0].isdecimal():
        raise database.damaged("its description is missing")
    if int(row[0]) != VERSION:
        raise IndexMismatch(
            f"{database.name} was made by another askdocs (store version {row[0]}, this one reads"
            f" {VERSION}); use that one, or index into another schema"
        )
    if missing:
        raise database.damaged(f"its table {missing[0]} is missing")


def _missing_tables(connection: PostgresConnection, schema: str) -> list[str]:
    """The tables of this version of a store that are not there."""
    query = "SELECT tablename::text FROM pg_tables WHERE schemaname = ?"
    there = {name for (name,) in connection.execute(query, (schema,))}
    return [name for name in re.findall(r"CREATE TABLE (\w+)", _TABLES) if name not in there]


def _has_tables(connection: PostgresConnection, schema: str) -> bool:
    query = "SELECT to_regclass(?) IS NOT NULL"
    return bool(connection.execute(query, (f"{schema}.meta",)).fetchone()[0])
