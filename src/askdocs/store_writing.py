"""The steps of the store's transactions; each runs inside one that `Store` opened."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from askdocs.store_database import Connection
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
from askdocs.store_words import Words
from askdocs.types import Document, Embedded, Passage

WORDS = (
    "SELECT p.number, p.text, p.heading, d.title FROM passages p"
    " JOIN documents d ON d.number = p.document"
)
"""What the word index is made of: a passage's number, text and heading, its document's title."""

PASSAGE_COLUMNS = (
    'id, start, "end", checksum, heading, sentences, text, generation, document, key, reuse'
)


class NewPassage(NamedTuple):
    """A passage on its way into the store: `PASSAGE_COLUMNS` and its vectors with checksums."""

    columns: tuple[Any, ...]
    vector: tuple[int, bytes]
    sentences: tuple[int, bytes]


class Writing(Words):
    """Puts documents into a store and takes them out."""

    def _add_document(
        self, connection: Connection, document: Document, signature: str, at: str
    ) -> int:
        """Write a document's row and return its number."""
        row = connection.execute(
            f"INSERT INTO documents ({DOCUMENT_COLUMNS}, signature, indexed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
            (*document_values(document), signature, at),
        ).fetchone()
        return int(row[0])

    @abstractmethod
    def _add_passages(self, connection: Connection, passages: Iterator[NewPassage]) -> list[int]:
        """Write passages and their vectors, and return their numbers, which are in sequence."""

    def _remove_document(self, connection: Connection, identifier: str) -> bool:
        """Delete a document with everything made of it; says whether there was one."""
        found = connection.execute("SELECT number FROM documents WHERE id = ?", (identifier,))
        row = found.fetchone()
        if row is None:
            return False
        self._leave_words(connection, row[0])
        connection.execute("DELETE FROM documents WHERE number = ?", (row[0],))
        return True


def new_passages(
    document: int, passages: Sequence[Passage], embedded: Sequence[Embedded], generation: int
) -> Iterator[NewPassage]:
    """The rows of a document's passages, the document being known by its number."""
    for passage, vectors in zip(passages, embedded, strict=True):
        vector, sentences = pack_vector(vectors.vector), pack_sentences(vectors.sentences)
        yield NewPassage(
            (
                *passage_values(passage),
                generation,
                document,
                vector_key(passage, vector),
                reuse_key(passage),
            ),
            (checksum(vector), vector),
            (checksum(sentences), sentences),
        )


def current_generation(connection: Connection) -> int:
    """The generation that is searched."""
    (value,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    return int(value)


def describe(connection: Connection, **values: str | int) -> None:
    """Set entries of the store's description; empty ones are removed."""
    for key, value in values.items():
        if value == "":
            connection.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            connection.execute(
                "INSERT INTO meta VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, str(value)),
            )


def changed(connection: Connection) -> None:
    """Count a change to the passages."""
    connection.execute(
        "UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'revision'"
    )
