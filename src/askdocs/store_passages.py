"""Read the passages of the current generation: by number, by word, by vector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from askdocs.store_database import NO_LIMIT
from askdocs.store_description import Described
from askdocs.store_rows import (
    RowError,
    batches,
    embedded_from,
    passage_from,
    require,
    unpack_sentences,
    unpack_vectors,
)
from askdocs.types import Embedded, FloatArray, Passage

CURRENT = "(SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'generation')"
"""The generation that is searched, in SQL."""


class Passages(Described):
    """The passages of a store. Their numbers hold within a `snapshot`; rewritten ones are new."""

    _counted_at: tuple[tuple[str, str], int] = (("", ""), 0)

    def passage_count(self) -> int:
        """How many passages there are to search."""
        with self.snapshot(), self._reading() as connection:
            state = (self.described("generation"), self.described("revision"))
            if self._counted_at[0] != state:
                query = f"SELECT count(*) FROM passages WHERE generation = {CURRENT}"
                self._counted_at = (state, int(connection.execute(query).fetchone()[0]))
            return self._counted_at[1]

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """The passages with these numbers, in the order asked. Raises `IndexDamaged`."""
        found: dict[int, Passage] = {}
        with self._reading() as connection, self._verified():
            for batch in batches(map(int, numbers), self.BATCH):
                chosen, values = self._among("p.number", batch)
                rows = connection.execute(
                    'SELECT p.number, d.id, p.start, p."end", p.checksum, p.heading, p.sentences,'
                    " p.text FROM passages p JOIN documents d ON d.number = p.document"
                    f" WHERE {chosen}",
                    values,
                )
                found.update((number, passage_from(row)) for number, *row in rows)
        missing = [number for number in numbers if number not in found]
        if missing:
            raise self.damaged(f"passage {missing[0]} is missing")
        return [found[number] for number in numbers]

    def vectors(self) -> tuple[NDArray[np.int64], FloatArray]:
        """The numbers of all passages and their vectors of unit length, one a row."""
        blocks = list(self.vector_blocks(size=NO_LIMIT))
        if not blocks:
            return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
        return blocks[0]

    def vector_blocks(
        self, after: int = 0, size: int = 10_000
    ) -> Iterator[tuple[NDArray[np.int64], FloatArray]]:
        """The vectors of all passages with numbers above `after`, so many at a time."""
        while True:
            # The passages' numbers are read from an index: a look at the rows would read the texts.
            numbers, matrix = self._vectors(
                f"SELECT v.number, v.checksum, v.vector FROM passages p {self.FIXED_JOIN}"
                " passage_vectors v ON v.number = p.number"
                f" WHERE p.generation = {CURRENT} AND p.number > ? ORDER BY p.number LIMIT ?",
                (after, size),
            )
            if not len(numbers):
                return
            yield numbers, matrix
            if size == NO_LIMIT or len(numbers) < size:
                return
            after = int(numbers[-1])

    def vectors_of(self, numbers: Sequence[int]) -> tuple[NDArray[np.int64], FloatArray]:
        """The numbers and vectors of those of these passages that there are, one a row."""
        query = "SELECT number, checksum, vector FROM passage_vectors WHERE "
        chosen = (self._among("number", batch) for batch in batches(map(int, numbers), self.BATCH))
        found = [self._vectors(query + condition, values) for condition, values in chosen]
        found = [(some, matrix) for some, matrix in found if len(some)]
        if not found:
            return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
        return np.concatenate([n for n, _ in found]), np.concatenate([m for _, m in found])

    def numbers(self) -> NDArray[np.int64]:
        """The numbers of all passages, in rising order."""
        query = f"SELECT number FROM passages WHERE generation = {CURRENT} ORDER BY number"
        with self._reading() as connection:
            return self._column(connection, query, ())

    def document_dates(self) -> list[tuple[int, str, str | None]]:
        """The documents' numbers, ids and dates, in the order of the ids."""
        with self._reading() as connection:
            query = "SELECT number, id, date FROM documents ORDER BY id"
            return connection.execute(query).fetchall()

    def numbers_in(self, documents: Sequence[int]) -> NDArray[np.int64]:
        """The numbers of the passages of the documents with these numbers, in rising order."""
        found = [np.zeros(0, np.int64)]
        with self._reading() as connection:
            for batch in batches(documents, self.BATCH):
                chosen, values = self._among("document", batch)
                query = f"SELECT number FROM passages WHERE generation = {CURRENT} AND {chosen}"
                found.append(self._column(connection, query, values))
        return np.sort(np.concatenate(found))

    def _vectors(
        self, query: str, values: Sequence[object]
    ) -> tuple[NDArray[np.int64], FloatArray]:
        numbers: list[int] = []
        blobs: list[bytes] = []
        with self._reading() as connection, self._verified():
            for number, expected, blob in connection.execute(query, values).fetchall():
                require(expected, f"vector {number}", blob)
                numbers.append(number)
                blobs.append(blob)
        dimension = self.dimension if numbers else 0
        return np.array(numbers, dtype=np.int64), unpack_vectors(blobs, dimension)

    def document_numbers(self, numbers: Sequence[int]) -> dict[int, int]:
        """For each passage number the number of its document. Passages that stand side by side in
        a document have numbers in sequence.
        """
        found: dict[int, int] = {}
        with self._reading() as connection:
            for batch in batches(map(int, numbers), self.BATCH):
                chosen, values = self._among("number", batch)
                query = f"SELECT number, document FROM passages WHERE {chosen}"
                found.update(connection.execute(query, values).fetchall())
        return found

    def sentence_vectors(
        self, numbers: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
        """The vectors of the sentences of these passages, one a row.

        Before them the numbers of those passages that have sentences, and the first row of each.
        """
        found: dict[int, bytes] = {}
        with self._reading() as connection, self._verified():
            dimension = self.dimension
            for batch in batches(map(int, numbers), self.BATCH):
                chosen, values = self._among("number", batch)
                rows = connection.execute(
                    "SELECT number, checksum, vectors FROM sentence_vectors"
                    f" WHERE {chosen} AND length(vectors) > 0",
                    values,
                )
                for number, expected, blob in rows:
                    require(expected, f"sentence vectors {number}", blob)
                    found[number] = blob
        # All at once: numpy's calls take longer than its work on so few numbers.
        matrix = unpack_sentences(b"".join(found.values()), dimension)
        ends = np.cumsum([0, *(len(blob) // dimension for blob in found.values())], dtype=np.int64)
        return np.array(list(found), dtype=np.int64), ends[:-1], matrix

    def vectors_by_text(
        self, keys: Sequence[str], generation: int, dimension: int
    ) -> dict[str, Embedded]:
        """The vectors that `store_rows.reuse_key`s have in a generation, where they have any."""
        found: dict[str, Embedded] = {}
        with self._reading() as connection, self._verified():
            for batch in batches(dict.fromkeys(keys), self.BATCH):
                chosen, values = self._among("p.reuse", batch)
                rows = connection.execute(
                    "SELECT p.reuse, v.checksum, v.vector, s.checksum, s.vectors FROM passages p"
                    " JOIN passage_vectors v ON v.number = p.number"
                    " JOIN sentence_vectors s ON s.number = p.number"
                    f" WHERE p.generation = ? AND {chosen}",
                    (generation, *values),
                )
                for key, v_expected, vector, s_expected, sentences in rows:
                    require(v_expected, "a vector", vector)
                    require(s_expected, "a sentence vector", sentences)
                    found[key] = embedded_from(vector, sentences, dimension)
        return found

    def reuse_keys(self, generation: int) -> Iterator[str]:
        """The `store_rows.reuse_key`s of all passages of a generation."""
        with self._reading() as connection:
            query = "SELECT reuse FROM passages WHERE generation = ?"
            for (key,) in connection.execute(query, (generation,)):
                yield key

    def openings(self, documents: Iterable[str]) -> dict[str, str]:
        """The text of the first passage of each of these documents, by their ids."""
        firsts: list[int] = []
        with self.snapshot(), self._reading() as connection:
            for batch in batches(documents, self.BATCH):
                chosen, values = self._among("d.id", batch)
                rows = connection.execute(
                    # A document's passages are numbered in the order of the text.
                    "SELECT min(p.number) FROM passages p JOIN documents d ON d.number = p.document"
                    f" WHERE {chosen} AND p.generation = {CURRENT} GROUP BY d.number",
                    values,
                )
                firsts.extend(number for (number,) in rows)
            passages = self.passages(firsts)
        return {passage.document: passage.text for passage in passages}

    def numbers_of(self, document: str) -> list[int]:
        """The numbers of a document's passages, in the order of the text."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT p.number FROM passages p JOIN documents d ON d.number = p.document"
                f" WHERE d.id = ? AND p.generation = {CURRENT} ORDER BY p.start",
                (document,),
            )
            return [number for (number,) in rows]

    @contextmanager
    def _verified(self) -> Iterator[None]:
        try:
            yield
        except RowError as error:
            raise self.damaged(str(error)) from error
