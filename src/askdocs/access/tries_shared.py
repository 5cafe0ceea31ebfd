"""How often a password may be tried, counted where all processes of a server see it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from askdocs.access.tries import MINUTE, PER_MINUTE, too_many
from askdocs.errors import IndexProblem, SignInNeeded

if TYPE_CHECKING:
    from askdocs.access.database_postgres import PostgresDatabase

# The clock is the server's: those of its clients may differ. Who comes while another's row is being
# written waits for that, so that of tries at the same moment no more than the limit are counted.
_NOW = "extract(epoch FROM statement_timestamp())::float8"
_RECENT = (
    f"ARRAY(SELECT one FROM unnest(kept.moments) AS one WHERE one > {_NOW} - {MINUTE} ORDER BY one)"
)
_ENTER = (
    f"INSERT INTO access_tries AS kept VALUES (?, ARRAY[{_NOW}]), (?, ARRAY[{_NOW}])"
    f" ON CONFLICT (key) DO UPDATE SET moments = {_RECENT} || CASE"
    f" WHEN cardinality({_RECENT}) < {PER_MINUTE} THEN ARRAY[{_NOW}] ELSE '{{}}' END"
    f" RETURNING key, {_NOW}, moments[1], moments[cardinality(moments)]"
)
# Rows are locked in the order of their keys everywhere: two that each wait for the other never end.
_TAKE_BACK = (
    "UPDATE access_tries SET moments = CASE WHEN key = ? THEN '{}' ELSE"
    " array_remove(moments, ?::float8) END WHERE key IN"
    " (SELECT key FROM access_tries WHERE key = ANY(?::text[]) ORDER BY key FOR UPDATE)"
)
_FORGET = (
    "DELETE FROM access_tries WHERE key IN (SELECT key FROM access_tries WHERE NOT EXISTS"
    f" (SELECT FROM unnest(moments) AS one WHERE one > {_NOW} - {MINUTE}) FOR UPDATE SKIP LOCKED)"
)


class SharedTries:
    """The tries at all processes: one statement before a try, and one after if it succeeds."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._forgotten = time.monotonic()

    @contextmanager
    def one(self, name: str, address: str, /) -> Iterator[None]:
        """A try, which has succeeded unless the block raises `SignInNeeded`."""
        names, addresses = _key(f"name {name}"), _key(f"address {address}")
        self._database.require_tables()
        moment = self._enter([names, addresses])
        try:
            yield
        except SignInNeeded:
            raise
        except BaseException:  # nothing was found out about the password
            with suppress(IndexProblem):
                self._take_back([names, addresses], moment)
            raise
        self._take_back([names, addresses], moment, cleared=names)

    def _enter(self, keys: list[str]) -> float:
        """Note a try, at the moment that is returned. Raises `TooManyTries`."""
        self._forget()
        with self._database.borrowed() as connection:
            rows = connection.execute(_ENTER, sorted(keys)).fetchall()
        moment = float(rows[0][1])
        waits = [first + MINUTE - moment for _, _, first, last in rows if last != moment]
        if waits:
            self._take_back([key for key, _, _, last in rows if last == moment], moment)
            raise too_many(max(waits))
        return moment

    def _take_back(self, keys: Sequence[str], moment: float, *, cleared: str = "") -> None:
        """Forget the try of that moment, and all of one key."""
        with self._database.borrowed() as connection:
            connection.execute(_TAKE_BACK, (cleared, moment, list(keys)))

    def _forget(self) -> None:
        """Now and then delete what is older than a minute."""
        if time.monotonic() - self._forgotten > MINUTE:
            self._forgotten = time.monotonic()
            with self._database.borrowed() as connection:
                connection.execute(_FORGET)


def _key(text: str) -> str:
    """What is kept in place of a name: somebody may have typed a password there."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
