"""The steps of the store's transactions; each runs inside one that `Store` opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from askdocs.language import search_copy
from askdocs.store_rows import (
    DOCUMENT_COLUMNS,
    checksum,
    document_values,
    pack_sentences,
    pack_vector,
    passage_values,
    reuse_key,
    vector_key,
)
from askdocs.types import Document, Embedded, Passage

_WORDS = (
    "SELECT p.number, p.text, p.heading, d.title FROM passages p"
    " JOIN documents d ON d.number = p.document WHERE p.generation = ?"
)


def current_generation(connection: sqlite3.Connection) -> int:
    """The generation that is searched."""
    (value,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    return int(value)


def describe(connection: sqlite3.Connection, **values: str | int) -> None:
    """Set entries of the store's description; empty ones are removed."""
    for key, value in values.items():
        if value == "":
            connection.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))


def changed(connection: sqlite3.Connection) -> None:
    """Count a change to the passages."""
    connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")


def add_document(
    connection: sqlite3.Connection, document: Document, signature: str, at: str
) -> int:
    """Write a document's row and return its number."""
    cursor = connection.execute(
        f"INSERT INTO documents ({DOCUMENT_COLUMNS}, signature, indexed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*document_values(document), signature, at),
    )
    return int(cursor.lastrowid or 0)


def add_passages(
    connection: sqlite3.Connection,
    document: int,
    passages: Sequence[Passage],
    embedded: Sequence[Embedded],
    generation: int,
) -> None:
    """Write a document's passages and their vectors."""
    for passage, vectors in zip(passages, embedded, strict=True):
        vector, sentences = pack_vector(vectors.vector), pack_sentences(vectors.sentences)
        number = connection.execute(
            "INSERT INTO passages (id, start, end, checksum, heading, sentences, text,"
            " generation, document, key, reuse) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *passage_values(passage),
                generation,
                document,
                vector_key(passage, vector),
                reuse_key(passage),
            ),
        ).lastrowid
        rows = (("passage_vectors", vector), ("sentence_vectors", sentences))
        for table, blob in rows:
            row = (number, checksum(blob), blob)
            connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", row)


def add_words(connection: sqlite3.Connection, generation: int, document: int) -> None:
    """Enter a document's passages into the word index."""
    rows = connection.execute(f"{_WORDS} AND p.document = ?", (generation, document)).fetchall()
    _enter(connection, rows)


def fill_words(connection: sqlite3.Connection) -> None:
    """Make the word index again, from the passages that are searched."""
    connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
    # Read while they are entered: the texts of a large store do not fit into memory.
    _enter(connection, connection.execute(_WORDS, (current_generation(connection),)))


def _enter(connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str, str]]) -> None:
    connection.executemany(
        "INSERT INTO words (rowid, text, heading, title) VALUES (?, ?, ?, ?)",
        ((number, *map(search_copy, texts)) for number, *texts in rows),
    )


def remove_document(connection: sqlite3.Connection, identifier: str) -> bool:
    """Delete a document with everything made of it; says whether there was one."""
    found = connection.execute("SELECT number FROM documents WHERE id = ?", (identifier,))
    row = found.fetchone()
    if row is None:
        return False
    words = f"{_WORDS} AND p.document = ?"
    entered = connection.execute(words, (current_generation(connection), row[0])).fetchall()
    # A word index without content has to be told what it must forget.
    connection.executemany(
        "INSERT INTO words (words, rowid, text, heading, title) VALUES ('delete', ?, ?, ?, ?)",
        [(number, *map(search_copy, texts)) for number, *texts in entered],
    )
    connection.execute("DELETE FROM documents WHERE number = ?", (row[0],))
    return True
