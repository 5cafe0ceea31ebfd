"""The sessions of users who have signed in; only the hash of a session's id is kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from askdocs.access.database import Database
from askdocs.access.grants import principal
from askdocs.access.principal import Principal
from askdocs.access.tokens import digest

OF_ONE_USER = 50
"""Sessions that a user may have; another one ends the one that ends first."""


class Sessions:
    """Who is signed in."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, user: str, seconds: float) -> str:
        """Begin a session of a user, and return its id, which cannot be read again."""
        identifier, now = secrets.token_urlsafe(32), self._clock()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE expires <= ?", (now,))
            connection.execute(
                "DELETE FROM sessions WHERE user = ? AND hash NOT IN"
                " (SELECT hash FROM sessions WHERE user = ? ORDER BY expires DESC LIMIT ?)",
                (user, user, OF_ONE_USER - 1),
            )
            row = (digest(identifier), user, now + seconds)
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?)", row)
        return identifier

    def user(self, identifier: str) -> Principal | None:
        """Whose session this is, if it has not ended and they are not shut out."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT name, may, everything FROM sessions JOIN users ON name = user"
                " WHERE hash = ? AND expires > ? AND NOT disabled",
                (digest(identifier), self._clock()),
            ).fetchone()
            if row is None:
                return None
            return principal(connection, row[0], row[1], everything=row[2])

    def end(self, identifier: str) -> None:
        """End a session; one that has ended is no harm."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (digest(identifier),))
