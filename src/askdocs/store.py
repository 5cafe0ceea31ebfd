"""Keep the documents, their passages and vectors: one SQLite file, the truth of an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from askdocs.errors import DocumentNotFound, IndexDamaged
from askdocs.store_connection import damaged, is_read_only
from askdocs.store_conversations import ConversationInfo, now
from askdocs.store_evaluations import Evaluations
from askdocs.store_feedback import Feedback
from askdocs.store_finding import Finding
from askdocs.store_passages import Passages
from askdocs.store_places import Places
from askdocs.store_removed import Removed
from askdocs.store_rows import DOCUMENT_COLUMNS, document_from, remarks_from
from askdocs.store_schema import QUICK_CHECK_LIMIT, copy_whole, create, verify
from askdocs.store_words import Words
from askdocs.store_writing import (
    add_document,
    add_passages,
    add_words,
    changed,
    current_generation,
    describe,
    fill_words,
    remove_document,
)
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


class Store(Evaluations, Feedback, Finding, Passages, Places, Removed, Words):
    """The truth of an index. Safe to use from any thread; `close` it when done."""

    @classmethod
    def open(cls, path: Path, *, create_with: Meta | None = None, thorough: bool = False) -> Store:
        """Open the store at `path`, making a new one of `create_with` if there is none.

        Small stores are always checked whole, large ones if `thorough`. Raises `IndexNotFound`,
        `IndexDamaged` or `IndexMismatch`.
        """
        if create_with is not None and not path.exists():
            created_at = create_with.created_at or now()
            values = {name: str(getattr(create_with, name)) for name in Meta.__slots__}
            create(path, {**values, "created_at": created_at})
        else:
            verify(path, thorough=thorough)
        return cls(path)

    @property
    def meta(self) -> Meta:
        """The store's description of itself."""
        with self._reading() as connection:
            values = dict(connection.execute("SELECT key, value FROM meta").fetchall())
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
            raise damaged(self.path, f"its description lacks {error}") from error

    @property
    def generation(self) -> int:
        """The generation that is searched."""
        return int(self.described("generation"))

    @property
    def revision(self) -> int:
        """How often the passages have changed."""
        return int(self.described("revision"))

    def note(self, key: str) -> str:
        """A remark kept beside the description, or nothing."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

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
        with self._writing() as connection:
            remove_document(connection, document.id)
            number = add_document(connection, document, signature, now())
            current = current_generation(connection)
            generation = current if generation is None else generation
            add_passages(connection, number, passages, embedded, generation)
            if generation == current:
                add_words(connection, generation, number)
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
        with self._writing() as connection:
            row = connection.execute(
                "SELECT number FROM documents WHERE id = ? AND sha256 = ?",
                (document.id, document.sha256),
            ).fetchone()
            if row is not None:
                old = "DELETE FROM passages WHERE document = ? AND generation = ?"
                connection.execute(old, (row[0], generation))
                add_passages(connection, row[0], passages, embedded, generation)

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
        with self._writing() as connection:
            if generation != current_generation(connection):
                connection.execute("DELETE FROM passages WHERE generation = ?", (generation,))

    def switch_generation(self, generation: int, signature: str, **values: str | int) -> None:
        """Search another generation from now on and drop all others, in one transaction."""
        with self._writing() as connection:
            connection.execute(
                # The first part of a signature says how the file was read, which stays.
                "UPDATE documents SET signature = substr(signature, 1, instr(signature, '-')) || ?",
                (signature,),
            )
            connection.execute("DELETE FROM passages WHERE generation <> ?", (generation,))
            describe(connection, generation=generation, **values)
            fill_words(connection)
            changed(connection)

    def refill_words(self) -> None:
        """Build the word index again from the passages."""
        with self._writing() as connection:
            fill_words(connection)
            changed(connection)

    def words_are_sound(self, *, thorough: bool = False) -> bool:
        """Whether the word index is whole in itself.

        That of a large store is only counted unless `thorough`: reading it takes minutes. So is
        that of one that cannot be written.
        """
        is_large = self.path.stat().st_size > QUICK_CHECK_LIMIT
        if is_read_only(self.path) or (is_large and not thorough):
            return self.word_count() == self.passage_count()
        try:
            with self._writing() as connection:  # the check is written as an insertion
                connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        except IndexDamaged:
            return False
        return True

    def remove_document(self, identifier: str) -> None:
        """Take a document out, in one transaction. Raises `DocumentNotFound`."""
        with self._writing() as connection:
            if not remove_document(connection, identifier):
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
            connection.executemany("INSERT OR REPLACE INTO skipped VALUES (?, ?, ?)", rows)

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, as far as readers let it."""
        with self._write, self._errors():
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def backup(self, target: Path) -> None:
        """Write a complete copy of the store to a new file, while it is in use."""
        with self._reading() as connection:
            copy_whole(connection, target)
