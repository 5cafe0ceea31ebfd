"""Keep the documents, their passages and vectors: the truth of an index.

It is one SQLite file, or a schema of a PostgreSQL server that several machines share.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from askdocs.errors import DocumentNotFound
from askdocs.store_conversations import ConversationInfo, now
from askdocs.store_evaluations import Evaluations
from askdocs.store_feedback import Feedback
from askdocs.store_finding import Finding
from askdocs.store_marks import require_complete
from askdocs.store_passages import Passages
from askdocs.store_places import Places
from askdocs.store_removed import Removed
from askdocs.store_rows import DOCUMENT_COLUMNS, document_from, remarks_from
from askdocs.store_wanted import Wanted
from askdocs.store_writing import changed, current_generation, describe, new_passages
from askdocs.types import Document, Embedded, Passage

__all__ = ["ConversationInfo", "DocumentInfo", "Meta", "Skipped", "Store"]


@dataclass(frozen=True, slots=True)
class Meta:
    """What a store says of itself.

    `generation` counts the models it was built with; `revision` counts the changes to its passages.
    `folder` is the documents folder, `exported` the name of the exported model's folder, and
    `mounts` are the folders within that lay on another file system, as JSON.
    """

    model: str
    fingerprint: str
    dimension: int
    generation: int = 1
    revision: int = 0
    folder: str = ""
    mounts: str = "[]"
    exported: str = "model"
    created_at: str = ""

    def values(self, at: str) -> dict[str, str]:
        """What is written of it into a store that is made at this time."""
        values = {name: str(getattr(self, name)) for name in Meta.__slots__}
        return {**values, "created_at": self.created_at or at}


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document as the list shows it. `signature` names how its text became passages."""

    id: str
    title: str
    date: str | None
    sha256: str
    characters: int
    passages: int
    indexed_at: str
    signature: str = ""
    author: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the index, or not in its present form, and why."""

    path: str
    reason: str
    at: str


class Store(Evaluations, Feedback, Finding, Passages, Places, Removed, Wanted):
    """The truth of an index. Safe to use from any thread; `close` it when done."""

    @classmethod
    def open(
        cls,
        where: Path | str,
        *,
        folder: Path | None = None,
        create_with: Meta | None = None,
        thorough: bool = False,
    ) -> Store:
        """Open a store, making a new one of `create_with` if there is none.

        It is in the file `where`, or at that address of a PostgreSQL server, for which `folder`
        keeps what this machine derives from it. Small files are always checked whole, large ones
        if `thorough`. Raises `IndexNotFound`, `IndexDamaged`, `IndexMismatch` or
        `StoreUnreachable`.
        """
        # Imported here, as both are stores, and only one of them is wanted.
        made = None if create_with is None else create_with.values(now())
        if isinstance(where, Path):
            from askdocs.store_sqlite import SqliteStore

            store: Store = SqliteStore.opened(where, made, thorough=thorough)
        else:
            from askdocs.store_postgres import PostgresStore

            store = PostgresStore.opened(where, made, folder or Path())
        try:
            require_complete(store)
        except BaseException:
            store.close()
            raise
        return store

    @property
    def meta(self) -> Meta:
        """The store's description of itself."""
        values = self._description()
        try:
            return Meta(
                model=values["model"],
                fingerprint=values["fingerprint"],
                dimension=int(values["dimension"]),
                generation=int(values["generation"]),
                revision=int(values["revision"]),
                folder=values.get("folder", ""),
                mounts=values.get("mounts", "[]"),
                exported=values["exported"],
                created_at=values["created_at"],
            )
        except (KeyError, ValueError) as error:
            raise self.damaged(f"its description lacks {error}") from error

    def describe(self, **values: str | int) -> None:
        """Set entries of the description; empty ones are removed."""
        with self._writing() as connection:
            describe(connection, **values)

    def documents(self) -> list[DocumentInfo]:
        """The documents in the order of their ids."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, title, date, sha256, characters, (SELECT count(*) FROM passages"
                " WHERE document = documents.number AND generation ="
                " (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'generation')),"
                " indexed_at, signature, author, remarks FROM documents ORDER BY id"
            )
            return [DocumentInfo(*(*row[:-1], remarks_from(row[-1]))) for row in rows]

    def document(self, identifier: str) -> Document:
        """The document with its text. Raises `DocumentNotFound` or `IndexDamaged`."""
        with self._reading() as connection, self._verified():
            query = f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE id = ?"
            row = connection.execute(query, (identifier,)).fetchone()
            if row is not None:
                return document_from(row)
        raise DocumentNotFound(f"the index holds no document {identifier!r}; run: askdocs status")

    def replace_document(
        self,
        document: Document,
        passages: Sequence[Passage],
        embedded: Sequence[Embedded],
        generation: int | None = None,
        *,
        signature: str = "",
    ) -> None:
        """Put a document in, and its earlier version out, in one transaction."""
        with self._changing() as connection:
            self._remove_document(connection, document.id)
            number = self._add_document(connection, document, signature, now())
            current = current_generation(connection)
            generation = current if generation is None else generation
            rows = new_passages(number, passages, embedded, generation)
            numbers = self._add_passages(connection, rows)
            if generation == current:
                named = zip(numbers, passages, strict=True)
                self._enter_words(
                    connection, [(n, p.text, p.heading, document.title) for n, p in named]
                )
            connection.execute("DELETE FROM skipped WHERE path = ?", (document.id,))
            changed(connection)

    def add_passages(
        self,
        document: Document,
        passages: Sequence[Passage],
        embedded: Sequence[Embedded],
        generation: int,
    ) -> None:
        """Give a document passages of a generation that is being prepared, in one transaction.

        A document that changed or went away meanwhile is left alone.
        """
        with self._changing() as connection:
            row = connection.execute(
                "SELECT number FROM documents WHERE id = ? AND sha256 = ?",
                (document.id, document.sha256),
            ).fetchone()
            if row is not None:
                old = "DELETE FROM passages WHERE document = ? AND generation = ?"
                connection.execute(old, (row[0], generation))
                rows = new_passages(row[0], passages, embedded, generation)
                self._add_passages(connection, rows)

    def lacking(self, generation: int) -> list[str]:
        """The ids of the documents that have no passages of a generation."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id FROM documents WHERE NOT EXISTS (SELECT 1 FROM passages"
                " WHERE document = documents.number AND generation = ?) ORDER BY id",
                (generation,),
            )
            return [identifier for (identifier,) in rows]

    def drop_generation(self, generation: int) -> None:
        """Remove the passages of a generation that is not searched."""
        with self._changing() as connection:
            if generation != current_generation(connection):
                connection.execute("DELETE FROM passages WHERE generation = ?", (generation,))

    def switch_generation(self, generation: int, signature: str, **values: str | int) -> None:
        """Search another generation from now on and drop all others, in one transaction."""
        with self._changing() as connection:
            kinds = connection.execute("SELECT DISTINCT signature FROM documents").fetchall()
            for (earlier,) in kinds:
                # The first part of a signature says how the file was read, which stays.
                reader, dash, _ = earlier.partition("-")
                connection.execute(
                    "UPDATE documents SET signature = ? WHERE signature = ?",
                    (f"{reader}{dash}{signature}" if dash else signature, earlier),
                )
            connection.execute("DELETE FROM passages WHERE generation <> ?", (generation,))
            describe(connection, generation=generation, **values)
            self._fill_words(connection)
            changed(connection)

    def refill_words(self) -> None:
        """Build the word index again from the passages."""
        with self._changing() as connection:
            self._fill_words(connection)
            changed(connection)

    def remove_document(self, identifier: str) -> None:
        """Take a document out, in one transaction. Raises `DocumentNotFound`."""
        with self._changing() as connection:
            if not self._remove_document(connection, identifier):
                raise DocumentNotFound(f"the index holds no document {identifier!r}")
            changed(connection)

    def skipped(self) -> list[Skipped]:
        """The files that were left out when the folder was last read."""
        with self._reading() as connection:
            rows = connection.execute("SELECT path, reason, at FROM skipped ORDER BY path")
            return [Skipped(*row) for row in rows]

    def replace_skipped(self, skipped: Iterable[tuple[str, str]]) -> None:
        """Keep this list of left out files, path and reason, in place of the earlier one."""
        at = now()
        with self._writing() as connection:
            connection.execute("DELETE FROM skipped")
            rows = [(path, reason, at) for path, reason in skipped]
            connection.executemany(
                "INSERT INTO skipped VALUES (?, ?, ?)"
                " ON CONFLICT (path) DO UPDATE SET reason = excluded.reason",
                rows,
            )

    @abstractmethod
    def checkpoint(self) -> None:
        """Put what was written into order, after much of it."""

    @abstractmethod
    def backup(self, target: Path) -> None:
        """Write a complete copy of the store to a new SQLite file, while it is in use."""

    @abstractmethod
    def verify(self) -> None:
        """Check the whole store, however large. Raises `IndexDamaged`."""

    @abstractmethod
    def size(self) -> int:
        """The bytes it takes outside the index folder."""
