"""Read the passages of the current generation: by number, by word, by vector."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from askdocs.errors import QuestionError
from askdocs.store_connection import Database, damaged
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

_CURRENT = "(SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'generation')"


class Passages(Database):
    """The passages of a store. Their numbers hold within a `snapshot`; rewritten ones are new."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self.described("dimension"))

    def passage_count(self) -> int:
        """How many passages there are to search."""
        return self._count(f"SELECT count(*) FROM passages WHERE generation = {_CURRENT}")

    def described(self, key: str) -> str:
        """One entry of the store's description. Raises `IndexDamaged` if it is missing."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise damaged(self.path, f"its {key} is missing")
        return str(row[0])

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """The passages with these numbers, in the order asked. Raises `IndexDamaged`."""
        found: dict[int, Passage] = {}
        with self._reading() as connection, self._verified():
            for batch in batches(map(int, numbers)):
                rows = connection.execute(
                    "SELECT p.number, d.id, p.start, p.end, p.checksum, p.heading, p.sentences,"
                    " p.text FROM passages p JOIN documents d ON d.number = p.document"
                    f" WHERE p.number IN ({_marks(batch)})",
                    batch,
                )
                found.update((number, passage_from(row)) for number, *row in rows)
        missing = [number for number in numbers if number not in found]
        if missing:
            raise damaged(self.path, f"passage {missing[0]} is missing")
        return [found[number] for number in numbers]

    def search_words(self, query: str, limit: int) -> list[tuple[int, float]]:
        """The numbers of the best passages for a full-text expression, with their BM25 scores.

        Best first; larger is better. Raises `QuestionError` if the expression is not one.
        """
        query = query.encode("utf-8", "replace").decode()  # a lone surrogate matches nothing
        if not query.strip():
            return []
        with self._reading() as connection:
            try:
                rows = connection.execute(
                    "SELECT w.number, w.score FROM (SELECT rowid AS number,"
                    " -bm25(words, 1.0, 0.5, 0.5) AS score FROM words WHERE words MATCH ?"
                    " ORDER BY score DESC, rowid LIMIT ?) w JOIN passages p"
                    f" ON p.number = w.number WHERE p.generation = {_CURRENT}"
                    " ORDER BY w.score DESC, w.number",
                    (query, limit),
                ).fetchall()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
                    raise QuestionError(f"{query!r} is not a search expression") from error
                raise
        return [(int(number), float(score)) for number, score in rows]

    def document_frequency(self, word: str) -> int:
        """In how many passages a word stands, in any of its forms."""
        quoted = '"{}"'.format(word.encode("utf-8", "replace").decode().replace('"', '""'))
        return self._count("SELECT count(*) FROM words WHERE words MATCH ?", quoted)

    def vectors(self) -> tuple[NDArray[np.int64], FloatArray]:
        """The numbers of all passages and their vectors of unit length, one a row."""
        numbers: list[int] = []
        blobs: list[bytes] = []
        with self._reading() as connection, self._verified():
            rows = connection.execute(
                "SELECT v.number, v.checksum, v.vector FROM passage_vectors v"
                f" JOIN passages p ON p.number = v.number WHERE p.generation = {_CURRENT}"
                " ORDER BY v.number"
            )
            for number, expected, blob in rows:
                require(expected, f"vector {number}", blob)
                numbers.append(number)
                blobs.append(blob)
            dimension = self.dimension if numbers else 0
            return np.array(numbers, dtype=np.int64), unpack_vectors(blobs, dimension)

    def sentence_vectors(self, numbers: Sequence[int]) -> dict[int, FloatArray]:
        """For each passage number the vectors of its sentences, one a row."""
        found: dict[int, bytes] = {}
        with self._reading() as connection, self._verified():
            dimension = self.dimension
            for batch in batches(map(int, numbers)):
                rows = connection.execute(
                    "SELECT number, checksum, vectors FROM sentence_vectors"
                    f" WHERE number IN ({_marks(batch)})",
                    batch,
                )
                for number, expected, blob in rows:
                    require(expected, f"sentence vectors {number}", blob)
                    found[number] = blob
        # All at once: numpy's calls take longer than its work on so few numbers.
        rows_of = unpack_sentences(b"".join(found.values()), dimension)
        ends = np.cumsum([len(blob) // dimension for blob in found.values()], dtype=np.int64)
        return dict(zip(found, np.split(rows_of, ends[:-1]), strict=True)) if found else {}

    def vectors_by_text(
        self, keys: Sequence[str], generation: int, dimension: int
    ) -> dict[str, Embedded]:
        """The vectors that `store_rows.reuse_key`s have in a generation, where they have any."""
        found: dict[str, Embedded] = {}
        with self._reading() as connection, self._verified():
            for batch in batches(dict.fromkeys(keys)):
                rows = connection.execute(
                    "SELECT p.reuse, v.checksum, v.vector, s.checksum, s.vectors FROM passages p"
                    " JOIN passage_vectors v ON v.number = p.number"
                    " JOIN sentence_vectors s ON s.number = p.number"
                    f" WHERE p.generation = ? AND p.reuse IN ({_marks(batch)})",
                    (generation, *batch),
                )
                for key, v_expected, vector, s_expected, sentences in rows:
                    require(v_expected, "a vector", vector)
                    require(s_expected, "a sentence vector", sentences)
                    found[key] = embedded_from(vector, sentences, dimension)
        return found

    def vector_keys(self) -> dict[str, int]:
        """For each passage the name of its vector, which changes with the vector."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT key, number FROM passages WHERE generation = {_CURRENT}"
            )
            return dict(rows.fetchall())

    def numbers_of(self, document: str) -> list[int]:
        """The numbers of a document's passages, in the order of the text."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT p.number FROM passages p JOIN documents d ON d.number = p.document"
                f" WHERE d.id = ? AND p.generation = {_CURRENT} ORDER BY p.start",
                (document,),
            )
            return [number for (number,) in rows]

    def word_count(self) -> int:
        """How many passages stand in the word index."""
        return self._count("SELECT count(*) FROM words_docsize")

    def _count(self, query: str, *values: object) -> int:
        with self._reading() as connection:
            return int(connection.execute(query, values).fetchone()[0])

    @contextmanager
    def _verified(self) -> Iterator[None]:
        try:
            yield
        except RowError as error:
            raise damaged(self.path, str(error)) from error


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
