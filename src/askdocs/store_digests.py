"""Find out whether two stores hold the same: by the rows of each table, read back from both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from askdocs.store import Store
from askdocs.store_tables import PASSAGES, TABLES, Row, Table

_BITS = 128
_SHOWN = 3
_KINDS = {bool: b"b", bytes: b"d", float: b"f", int: b"i", str: b"s", type(None): b"n"}


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a table has, and what is in them."""

    rows: int
    value: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A table in two stores; `differing` names some of the rows that are not the same in both."""

    table: str
    source: Digest
    target: Digest
    differing: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both hold the same rows."""
        return self.source == self.target

    def __str__(self) -> str:
        """What differs."""
        rows = f"{self.source.rows:,} and {self.target.rows:,} rows"
        if self.source.rows == self.target.rows:
            rows = f"{self.source.rows:,} rows"
        named = f", such as {', '.join(self.differing)}" if self.differing else ""
        return f"{self.table} ({rows}{named})"


def row_digest(row: Row) -> int:
    """A number for the values of a row, which no other row has, in whichever database it is.

    >>> row_digest(("ab", 1)) == row_digest(("ab", 1)) != row_digest(("a", "b1"))
    True
    >>> row_digest((b"1",)) == row_digest(("1",))
    False
    """
    parts: list[bytes] = []
    for value in row:
        data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        # Before each value its kind and length: so no two rows read the same.
        parts += (b"%s %d:" % (_KINDS[type(value)], len(data)), data)
    return int.from_bytes(hashlib.blake2b(b"".join(parts), digest_size=_BITS // 8).digest())


def digest_of_rows(rows: Iterable[Row]) -> Digest:
    """How many rows there are, and the sum of their digests: the same in whatever order."""
    count = total = 0
    for row in rows:
        count += 1
        total += row_digest(row)
    return Digest(count, f"{total % 2**_BITS:032x}")


def digest_of(store: Store, table: Table) -> Digest:
    """The digest of a table's rows."""
    return digest_of_rows(table.rows(store))


def compare(
    source: Store, target: Store, step: Callable[[str], None] = lambda table: None
) -> list[Compared]:
    """Each table in both stores, and whether each passage is in the word index of the target."""
    found = []
    with source.snapshot(), target.snapshot():
        for table in TABLES:
            step(table.name)
            pair = digest_of(source, table), digest_of(target, table)
            names = () if pair[0] == pair[1] else _differing(source, target, table)
            found.append(Compared(table.name, *pair, names))
        step("words")
        # It is made of the passages, and anew: that of the source may be damaged.
        passages = next(one.source.rows for one in found if one.table == PASSAGES.name)
        counts = Digest(passages, ""), Digest(target.word_count(), "")
        found.append(Compared("words", *counts))
    return found


def _differing(source: Store, target: Store, table: Table) -> tuple[str, ...]:
    """Some of the rows that only one of the stores has, by their keys."""
    there, here = (
        {tuple(row[: table.keys]): row_digest(row) for row in table.rows(store)}
        for store in (source, target)
    )
    keys = [key for key in {**there, **here} if there.get(key) != here.get(key)]
    return tuple(" ".join(map(str, key)) for key in keys[:_SHOWN])
