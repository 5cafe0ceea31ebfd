"""Cut texts into the words of the word index as SQLite does, for a database that is not SQLite.

So a question finds the same passages, wherever the store is: the same words, the same stems.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable

from askdocs.language import search_copy
from askdocs.store_schema import TOKENIZER

_LONGEST = 500
"""Characters of a word that are kept; PostgreSQL takes 2,046 bytes."""
_DIGEST = 16
_APART = 4_000
"""So many places lie between text, heading and title, lest words in a row reach across."""
_MOST = 16_383
"""The last place that PostgreSQL counts."""
_REMEMBERED = 20_000

_KEPT = f"CASE WHEN length(term) > {_LONGEST} THEN shortened(term) ELSE term END"

# Words of a text with their places, as PostgreSQL writes them; those after the text, too.
_VECTORS = f"""
SELECT doc,
    group_concat(placed, ' '),
    coalesce(group_concat(placed, ' ') FILTER (WHERE col <> 'text'), '')
FROM (
    SELECT doc, col, '''' || {_KEPT} || '''' || ':' || min({_MOST}, offset + 1
        + CASE col WHEN 'text' THEN 0 WHEN 'heading' THEN {_APART} ELSE {2 * _APART} END)
        AS placed
    FROM cut
) GROUP BY doc
"""


class Tokens:
    """Cuts texts into words; from any thread."""

    def __init__(self) -> None:
        self._cutting = threading.Lock()
        self._phrases: dict[str, tuple[str, ...]] = {}
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.create_function("shortened", 1, _shortened, deterministic=True)
        self._connection.execute(
            "CREATE VIRTUAL TABLE texts USING fts5"
            f" (text, heading, title, content = '', tokenize = '{TOKENIZER}')"
        )
        self._connection.execute("CREATE VIRTUAL TABLE cut USING fts5vocab (texts, 'instance')")

    def vectors(self, rows: Iterable[tuple[int, str, str, str]]) -> list[tuple[int, str, str]]:
        """For each number, text, heading and title two vectors of words: of all, of the last two.

        >>> Tokens().vectors([(7, "Ran and ran", "Runs", "")])
        [(7, "'and':2 'ran':1 'ran':3 'run':4001", "'run':4001")]
        """
        copies = [
            (number, search_copy(text), search_copy(heading), search_copy(title))
            for number, text, heading, title in rows
        ]
        found = {copy[0]: ("", "") for copy in copies}
        with self._cutting:
            self._fill(copies)
            for number, words, titles in self._connection.execute(_VECTORS):
                found[number] = (words, titles)
        return [(copy[0], *found[copy[0]]) for copy in copies]

    def phrase(self, term: str) -> tuple[str, ...]:
        """The words of a term, in order.

        >>> Tokens().phrase("Running shoes")
        ('run', 'shoe')
        """
        if term not in self._phrases:
            if len(self._phrases) > _REMEMBERED:
                self._phrases = {}
            self._phrases[term] = self._cut(term)
        return self._phrases[term]

    def _cut(self, term: str) -> tuple[str, ...]:
        with self._cutting:
            self._fill([(1, storable(term), "", "")])
            query = f"SELECT {_KEPT} FROM cut ORDER BY offset"
            return tuple(word for (word,) in self._connection.execute(query))

    def _fill(self, rows: list[tuple[int, str, str, str]]) -> None:
        with self._connection:  # which undoes what it cannot end
            self._connection.execute("BEGIN")
            self._connection.execute("INSERT INTO texts (texts) VALUES ('delete-all')")
            self._connection.executemany(
                "INSERT INTO texts (rowid, text, heading, title) VALUES (?, ?, ?, ?)", rows
            )


def _shortened(word: str) -> str:
    """The beginning of a word that is too long, and what tells it from others that begin so."""
    digest = hashlib.blake2b(word.encode(), digest_size=_DIGEST // 2).hexdigest()
    return word[: _LONGEST - _DIGEST] + digest


def storable(term: str) -> str:
    """A term in characters that SQLite takes."""
    return term.encode("utf-8", "replace").decode().replace("\0", " ")
