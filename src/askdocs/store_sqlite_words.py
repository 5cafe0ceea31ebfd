"""The word index of a store that is a SQLite file: a table of FTS5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from askdocs.errors import IndexDamaged
from askdocs.language import search_copy
from askdocs.store_connection import SqliteDatabase, is_read_only
from askdocs.store_database import Connection
from askdocs.store_passages import CURRENT, Passages
from askdocs.store_schema import QUICK_CHECK_LIMIT
from askdocs.store_scores import Numbers
from askdocs.store_tokens import storable
from askdocs.store_words import Words
from askdocs.store_writing import WORDS


class SqliteWords(Passages, Words, SqliteDatabase):
    """The word index of a SQLite file."""

    def word_count(self) -> int:
        """How many passages stand in the word index."""
        with self._reading() as connection:
            return _number(connection, "SELECT count(*) FROM words_docsize")

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

    def _phrase(self, term: str) -> str:
        return phrase(term)

    def _one_of_each(self, groups: Sequence[Sequence[str]]) -> str:
        return " AND ".join(f"({' OR '.join(group)})" for group in groups)

    def _places(
        self, phrases: Sequence[str], limit: int, *, among: Numbers | None = None
    ) -> Iterator[tuple[Numbers, Numbers]]:
        chosen = "" if among is None else f"AND +rowid IN ({','.join(map(str, among.tolist()))})"
        for one in phrases:
            numbers = titled = self._numbers(one, limit, chosen)
            if among is None and 0 < len(numbers) < limit:
                titled = self._numbers(f"{{heading title}} : {one}", limit)
            yield numbers, titled

    def _numbers(self, expression: str, limit: int, chosen: str = "") -> Numbers:
        query = f"SELECT rowid AS number FROM words WHERE words MATCH ? {chosen} LIMIT ?"
        with self._reading() as connection:
            return self._column(connection, query, (expression, limit))

    def _count_matches(self, expression: str, limit: int) -> int:
        query = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
        with self._reading() as connection:
            return _number(connection, query, expression, limit)

    def _count_between(
        self, connection: Connection, first: int, last: int, expression: str = ""
    ) -> int:
        if expression:
            query = "SELECT count(*) FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?"
            return _number(connection, query, expression, first, last)
        query = "SELECT count(*) FROM words_docsize WHERE id BETWEEN ? AND ?"
        return _number(connection, query, first, last)

    def _highest(self, connection: Connection) -> int:
        return _number(connection, "SELECT ifnull(max(id), 0) FROM words_docsize")

    def _enter_words(
        self, connection: Connection, rows: Iterable[tuple[int, str, str, str]]
    ) -> None:
        connection.executemany(
            "INSERT INTO words (rowid, text, heading, title) VALUES (?, ?, ?, ?)",
            ((number, *map(search_copy, texts)) for number, *texts in rows),
        )

    def _leave_words(self, connection: Connection, document: int) -> None:
        query = f"{WORDS} WHERE p.generation = {CURRENT} AND p.document = ?"
        entered = connection.execute(query, (document,)).fetchall()
        # A word index without content has to be told what it must forget.
        connection.executemany(
            "INSERT INTO words (words, rowid, text, heading, title) VALUES ('delete', ?, ?, ?, ?)",
            [(number, *map(search_copy, texts)) for number, *texts in entered],
        )

    def _fill_words(self, connection: Connection) -> None:
        connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
        # Read while they are entered: the texts of a large store do not fit into memory.
        rows = connection.execute(f"{WORDS} WHERE p.generation = {CURRENT}")
        self._enter_words(connection, rows)


def phrase(term: str) -> str:
    """A term as a full-text expression: quoted, and of characters that SQLite takes.

    >>> phrase('5" pipe')
    '"5"" pipe"'
    """
    return '"{}"'.format(storable(term).replace('"', '""'))


def _number(connection: Connection, query: str, *values: object) -> int:
    return int(connection.execute(query, values).fetchone()[0])
