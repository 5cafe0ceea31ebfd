"""The word index of a store on a PostgreSQL server: vectors of words, under inverted indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from askdocs.store_database import Connection
from askdocs.store_passages import CURRENT, Passages
from askdocs.store_postgres_connection import PostgresDatabase
from askdocs.store_postgres_copying import copy
from askdocs.store_rows import batches
from askdocs.store_scores import Numbers
from askdocs.store_tokens import Tokens
from askdocs.store_words import Words
from askdocs.store_writing import WORDS

_BATCH = 2_000
_PACKED = "string_agg(int8send(number), '')"  # one value, which is read faster than rows
_FOUND = (
    "SELECT q.place, f.numbers, CASE WHEN f.are_all THEN"
    f" (SELECT {_PACKED} FROM words WHERE titles @@ q.phrase::tsquery) END"
    " FROM unnest(?::bigint[], ?::text[]) AS q (place, phrase), LATERAL"
    f" (SELECT {_PACKED} AS numbers, count(*) < ? AS are_all FROM"
    " (SELECT number FROM words WHERE words @@ q.phrase::tsquery LIMIT ?) AS w) AS f"
)


class PostgresWords(Passages, Words, PostgresDatabase):
    """The word index of a schema."""

    def word_count(self) -> int:
        """How many passages stand in the word index."""
        with self._reading() as connection:
            return _number(connection, "SELECT count(*) FROM words")

    def words_are_sound(self, *, thorough: bool = False) -> bool:
        """Whether every passage stands in the word index; the server keeps it whole in itself."""
        with self.snapshot():
            return self.word_count() == self.passage_count()

    def _phrase(self, term: str) -> str:
        return _written(self._tokens.phrase(term))

    def _one_of_each(self, groups: Sequence[Sequence[str]]) -> str:
        return " & ".join(f"({' | '.join(group)})" for group in groups)

    def _places(
        self, phrases: Sequence[str], limit: int, *, among: Numbers | None = None
    ) -> Iterator[tuple[Numbers, Numbers]]:
        query, values = (_FOUND, (limit, limit)) if among is None else self._found_among(among)
        # All phrases in one query: to ask takes longer than to find.
        asked = list(range(len(phrases))), list(phrases)
        with self._reading() as connection:
            rows = connection.execute(query, (*asked, *values)).fetchall()
        found = {place: (numbers, titled) for place, numbers, titled in rows}
        for place in asked[0]:
            numbers, titled = found.get(place, (None, None))
            yield _unpacked(numbers), _unpacked(titled)

    def _found_among(self, among: Numbers) -> tuple[str, Sequence[object]]:
        """The query for phrases in so few passages that each is looked at, and its last values.

        Their words lie elsewhere: `setweight`, which changes nothing here, fetches them once for
        all phrases, and each OFFSET keeps a part of the query from being drawn into another.
        """
        chosen, numbers = self._among("number", among.tolist())
        query = (
            f"SELECT q.place, {_PACKED}, NULL::bytea FROM"
            " (SELECT place, phrase::tsquery AS phrase FROM"
            " unnest(?::bigint[], ?::text[]) AS q (place, phrase) OFFSET 0) AS q"
            " JOIN (SELECT number, setweight(words, 'D') AS words FROM words"
            f" WHERE {chosen} OFFSET 0) AS w ON w.words @@ q.phrase GROUP BY q.place"
        )
        return query, numbers

    def _numbers(self, expression: str, limit: int) -> Numbers:
        query = "SELECT number FROM words WHERE words @@ ?::tsquery ORDER BY number LIMIT ?"
        with self._reading() as connection:
            return self._column(connection, query, (expression, limit))

    def _count_matches(self, expression: str, limit: int) -> int:
        query = (
            "SELECT count(*) FROM (SELECT 1 FROM words WHERE words @@ ?::tsquery LIMIT ?) AS found"
        )
        with self._reading() as connection:
            return _number(connection, query, expression, limit)

    def _count_between(
        self, connection: Connection, first: int, last: int, expression: str = ""
    ) -> int:
        query = "SELECT count(*) FROM words WHERE number BETWEEN ? AND ?"
        if expression:
            return _number(connection, f"{query} AND words @@ ?::tsquery", first, last, expression)
        return _number(connection, query, first, last)

    def _highest(self, connection: Connection) -> int:
        return _number(connection, "SELECT coalesce(max(number), 0) FROM words")

    def _enter_words(
        self, connection: Connection, rows: Iterable[tuple[int, str, str, str]]
    ) -> None:
        for batch in batches(rows):
            copy(connection, "words (number, words, titles)", self._tokens.vectors(batch))

    def _leave_words(self, connection: Connection, document: int) -> None:
        """Leave it to the server, which deletes what belongs to a passage with it."""

    def _fill_words(self, connection: Connection) -> None:
        connection.execute("DELETE FROM words")
        after, query = 0, f"{WORDS} WHERE p.generation = {CURRENT} AND p.number > ?"
        while rows := connection.execute(
            f"{query} ORDER BY p.number LIMIT ?", (after, _BATCH)
        ).fetchall():
            self._enter_words(connection, rows)
            after = rows[-1][0]

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens()


def _written(words: tuple[str, ...]) -> str:
    """Words in a row, as an expression; without words it matches nothing.

    >>> _written(("cash", "flow"))
    "('cash' <-> 'flow')"
    """
    return "({})".format(" <-> ".join(f"'{word}'" for word in words)) if words else ""


def _unpacked(numbers: bytes | None) -> Numbers:
    return np.frombuffer(numbers or b"", ">i8").astype(np.int64)


def _number(connection: Connection, query: str, *values: object) -> int:
    return int(connection.execute(query, values).fetchone()[0])
