"""Make a store hold what another one holds, row by row, whichever databases they are in.

Rows keep their numbers, so that the copy answers as its source does. A document with all that is
made of it is one unit, a conversation with its turns another: a transaction copies some units, and
those that are the same already stay. So the work can be ended at any moment and taken up again,
also if the source has changed meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from askdocs.errors import IndexProblem
from askdocs.store import Store
from askdocs.store_digests import compare, row_digest
from askdocs.store_rows import batches, document_from, passage_from, require
from askdocs.store_schema import appearing
from askdocs.store_tables import (
    CONVERSATIONS,
    DOCUMENTS,
    EVALUATIONS,
    FEEDBACK,
    KEPT,
    META,
    PASSAGE_VECTORS,
    PASSAGES,
    REMOVED,
    SENTENCE_VECTORS,
    SKIPPED,
    TURNS,
    Row,
    Table,
)

Progress: TypeAlias = Callable[[str, int, int], None]

_PASSAGES, _CHARACTERS, _DOCUMENTS = 1_000, 4_000_000, 500
"""So much goes into one transaction, unless a single document has more."""

_UNITS = 100


@dataclass(frozen=True, slots=True)
class _Units:
    """A table with those whose rows belong to its rows; the first column of each is the key."""

    table: Table
    parts: tuple[Table, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.table, *self.parts)


_OTHERS = (
    _Units(CONVERSATIONS, (TURNS, FEEDBACK)),
    _Units(EVALUATIONS),
    _Units(SKIPPED),
    _Units(REMOVED),
    _Units(META),  # the last, as it says what the passages are
)


class _Wanted(NamedTuple):
    """A document that is to be copied, and how large it is."""

    first: int
    number: int
    passages: int
    characters: int


def copy_store(source: Store, target: Store, progress: Progress = lambda *_: None) -> int:
    """Make `target` hold what `source` does; return how many documents were copied.

    To be called in a snapshot of the source, which is not changed. Raises `IndexDamaged` for a row
    of the source that is not what was written.
    """
    if target.generation != source.generation:
        # Its passages are of another model: none of them can stay.
        _take_out(target, _documents(target))
        target.describe(generation=source.generation)
    copied = _copy_documents(source, target, progress)
    for units in _OTHERS:
        _copy_units(source, target, units, progress)
    with target._changing() as connection:
        target._continue_numbers(connection)
    return copied


def _copy_documents(source: Store, target: Store, progress: Progress) -> int:
    there, here = _documents(source), _documents(target)
    _take_out(target, [number for number in here if there.get(number) != here[number]])
    missing = [number for number in there if there[number] != here.get(number)]
    wanted = sorted(_sizes(source, set(missing)))
    done, total = len(there) - len(wanted), len(there)
    progress("documents", done, total)
    for group in _grouped(wanted):
        _copy_group(source, target, [document.number for document in group])
        done += len(group)
        progress("documents", done, total)
    return len(wanted)


def _documents(store: Store) -> dict[int, int]:
    """By its number, what tells a document from another and from another version of it."""
    query = "SELECT number, id, checksum, signature, indexed_at FROM documents"
    with store._reading() as connection:
        return {row[0]: row_digest(row) for row in connection.execute(query)}


def _take_out(store: Store, documents: Iterable[int]) -> None:
    for batch in batches(documents, _UNITS):
        chosen, values = store._among("number", batch)
        with store._changing() as connection:
            query = f"SELECT id FROM documents WHERE {chosen}"
            for (identifier,) in connection.execute(query, values).fetchall():
                store._remove_document(connection, identifier)


def _sizes(store: Store, numbers: set[int]) -> Iterator[_Wanted]:
    """The documents with these numbers, each with its first passage, whose order is kept."""
    query = (
        "SELECT document, min(number), count(*) FROM passages WHERE generation = ?"
        " GROUP BY document"
    )
    with store._reading() as connection:
        rows = connection.execute(query, (store.generation,))
        passages = {number: (first, count) for number, first, count in rows if number in numbers}
        for number, characters in connection.execute("SELECT number, characters FROM documents"):
            if number in numbers:
                first, count = passages.get(number, (0, 0))
                yield _Wanted(first, number, count, characters)


def _grouped(documents: Iterable[_Wanted]) -> Iterator[list[_Wanted]]:
    group: list[_Wanted] = []
    size: Counter[str] = Counter()
    for document in documents:
        size.update(passages=document.passages, characters=document.characters)
        full = size["passages"] > _PASSAGES or size["characters"] > _CHARACTERS
        if group and (full or len(group) == _DOCUMENTS):
            yield group
            group = []
            size = Counter(passages=document.passages, characters=document.characters)
        group.append(document)
    if group:
        yield group


def _copy_group(source: Store, target: Store, documents: list[int]) -> None:
    """Copy documents with all that is made of them, in one transaction."""
    kept = {
        table: list(table.rows(source, source._among(column, documents)))
        for table, column in (
            (DOCUMENTS, "t.number"),
            (PASSAGES, "t.document"),
            (PASSAGE_VECTORS, "p.document"),
            (SENTENCE_VECTORS, "p.document"),
        )
    }
    _require_sound(source, kept)
    titles = {row[0]: row[2] for row in kept[DOCUMENTS]}
    words = [(row[0], row[11], row[9], titles[row[3]]) for row in kept[PASSAGES]]
    with target._changing() as connection:
        for table, rows in kept.items():
            target._put_rows(connection, table.name, table.columns, rows)
        target._enter_words(connection, words)


def _require_sound(source: Store, kept: dict[Table, list[Row]]) -> None:
    """Raise `IndexDamaged` unless every row is there, and what was written."""
    ids = {}
    with source._verified():
        for row in kept[DOCUMENTS]:
            number, identifier, title, date, sha256, _, _, *rest = row
            document_from((identifier, title, date, sha256, *rest))
            ids[number] = identifier
        for row in kept[PASSAGES]:
            _, _, _, document, start, end, _, _, expected, *rest = row
            passage_from((ids[document], start, end, expected, *rest))
        for table in (PASSAGE_VECTORS, SENTENCE_VECTORS):
            for number, expected, data in kept[table]:
                require(expected, f"{table.name} {number}", data)
            if len(kept[table]) != len(kept[PASSAGES]):
                raise source.damaged(f"rows of {table.name} are missing")


def _copy_units(source: Store, target: Store, units: _Units, progress: Progress) -> None:
    there, here = _digests(source, units), _digests(target, units)
    different = [key for key in {**there, **here} if there.get(key) != here.get(key)]
    name, done = units.table.name, 0
    for batch in batches(different, _UNITS):
        kept = [
            (table, list(table.rows(source, source._among(f"t.{table.columns[0]}", batch))))
            for table in units.tables
        ]
        chosen, values = target._among(units.table.columns[0], batch)
        with target._writing() as connection:
            # What belongs to the rows goes with them.
            connection.execute(f"DELETE FROM {name} WHERE {chosen}", values)
            for table, rows in kept:
                target._put_rows(connection, table.name, table.columns, rows)
        done += len(batch)
        progress(name, done, len(different))


def _digests(store: Store, units: _Units) -> Counter[Any]:
    """By its key, a number for each unit with all that belongs to it."""
    found: Counter[Any] = Counter()
    for table in units.tables:
        for row in table.rows(store):
            found[row[0]] += row_digest((table.name, *row))
    return found


def back_up(source: Store, target: Path) -> None:
    """Write a store, as it is at this moment, to a new SQLite file, and compare them."""
    # Imported here, as that module imports what a store is made of.
    from askdocs.store_sqlite import SqliteStore

    with appearing(target) as new, source.snapshot():
        made = {entry: source.note(entry) for entry in KEPT}
        with closing(SqliteStore.opened(new, made)) as copy:
            copy_store(source, copy)
            if different := [str(one) for one in compare(source, copy) if not one.same]:
                raise IndexProblem(f"the copy differs in {'; '.join(different)}; try again")
