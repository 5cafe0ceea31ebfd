"""The tables of a store as rows of plain values, which are the same in every database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from askdocs.store_database import Database
from askdocs.store_passages import CURRENT

KEPT = (
    *("model", "fingerprint", "dimension", "generation", "revision", "folder", "mounts"),
    *("exported", "created_at", "read_at", "rate", "wanted"),
)
"""The entries of the description that are of the store, wherever it is."""

LOCAL = (
    *("codes", "migrated", "migrating", "nearest", "pending", "seal", "served", "tables"),
    "vectors",
)
"""Those that are of one place, or of what is derived there; some with the name of a machine."""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a store; the first of its columns are its key.

    `within` says which rows count, if not all do: `t` is the table, `p` its passage.
    """

    name: str
    columns: tuple[str, ...]
    keys: int = 1
    within: str = ""
    of_passage: bool = False
    """Whether its rows belong to passages, with which they share the number."""
    page: int = 500
    """So many rows are read at once."""

    @property
    def is_large(self) -> bool:
        """Whether it grows with the documents."""
        return self.of_passage or self.name in ("documents", "passages")

    def pages(
        self, store: Database, among: tuple[str, Sequence[Any]] = ("", ())
    ) -> Iterator[list[Row]]:
        """The rows in the order of their keys, so many at a time; `among` is what `_among` gives.

        To be read in a snapshot, if it may change meanwhile.
        """
        condition, values = among
        # A passage's number is looked up in an index of passages, from where a page is to begin.
        table = "p" if self.of_passage else "t"
        key = ", ".join(f"{table}.{column}" for column in self.columns[: self.keys])
        beyond = f"({key}) > ({', '.join('?' * self.keys)})"
        after: Row = ()
        while True:
            wanted = [self.within, condition, beyond if after else ""]
            where = " AND ".join(filter(None, wanted)) or "1 = 1"
            query = (
                f"SELECT {', '.join(f't.{column}' for column in self.columns)}"
                f" FROM {self._source(store)} WHERE {where} ORDER BY {key} LIMIT ?"
            )
            with store._reading() as connection:
                rows = connection.execute(query, (*values, *after, self.page)).fetchall()
            if rows:
                yield rows
            if len(rows) < self.page:
                return
            after = rows[-1][: self.keys]

    def rows(self, store: Database, among: tuple[str, Sequence[Any]] = ("", ())) -> Iterator[Row]:
        """The same one by one."""
        for page in self.pages(store, among):
            yield from page

    def _source(self, store: Database) -> str:
        if not self.of_passage:
            return f"{self.name} t"
        return f"passages p {store.FIXED_JOIN} {self.name} t ON t.number = p.number"


DOCUMENTS = Table(
    "documents",
    (
        *("number", "id", "title", "date", "sha256", "signature", "indexed_at"),
        *("anchors", "characters", "checksum", "text", "author", "remarks"),
    ),
    page=50,
)
PASSAGES = Table(
    "passages",
    (
        *("number", "generation", "id", "document", "start", '"end"', "key"),
        *("reuse", "checksum", "heading", "sentences", "text"),
    ),
    within=f"t.generation = {CURRENT}",
)
PASSAGE_VECTORS = Table(
    "passage_vectors",
    ("number", "checksum", "vector"),
    within=f"p.generation = {CURRENT}",
    of_passage=True,
)
SENTENCE_VECTORS = Table(
    "sentence_vectors",
    ("number", "checksum", "vectors"),
    within=f"p.generation = {CURRENT}",
    of_passage=True,
)
SKIPPED = Table("skipped", ("path", "reason", "at"))
REMOVED = Table("removed", ("path", "at"))
CONVERSATIONS = Table("conversations", ("id", "title", "created_at", "updated_at", "owner"))
TURNS = Table("turns", ("conversation", "position", "answer"), keys=2, page=200)
FEEDBACK = Table("feedback", ("conversation", "position", "verdict", "note", "at"), keys=2)
EVALUATIONS = Table("evaluations", ("number", "gold", "at", "result"), page=50)
META = Table("meta", ("key", "value"), within=f"t.key IN ({str(KEPT)[1:-1]})")

TABLES = (
    *(DOCUMENTS, PASSAGES, PASSAGE_VECTORS, SENTENCE_VECTORS, SKIPPED, REMOVED),
    *(CONVERSATIONS, TURNS, FEEDBACK, EVALUATIONS, META),
)
"""The truth of a store: all tables whose rows are not made of others'."""
