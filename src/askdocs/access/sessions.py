"""The sessions of users who have signed in; only the hash of a session's id is kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from askdocs.access.database import Database
from askdocs.access.grants import FOLDERS, principal
from askdocs.access.principal import Principal
from askdocs.access.tokens import digest

OF_ONE_USER = 50
"""Sessions that a user may have; another one ends the one that ends first."""

_USER = (
    "SELECT u.name, u.may, u.everything, c.folder FROM access_sessions AS s"
    f' JOIN access_users AS u ON u.name = s."user"{FOLDERS.format(holder="u.name")}'
    " WHERE s.hash = ? AND s.expires > ? AND NOT u.disabled"
)


class Sessions:
    """Who is signed in."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, user: str, seconds: float) -> str:
        """Begin a session of a user, and return its id, which cannot be read again."""
        identifier, now = secrets.token_urlsafe(32), self._clock()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM access_sessions WHERE expires <= ?", (now,))
            connection.execute(
                'DELETE FROM access_sessions WHERE "user" = ? AND hash NOT IN (SELECT hash FROM'
                ' access_sessions WHERE "user" = ? ORDER BY expires DESC LIMIT ?)',
                (user, user, OF_ONE_USER - 1),
            )
            row = (digest(identifier), user, now + seconds)
            connection.execute("INSERT INTO access_sessions VALUES (?, ?, ?)", row)
        return identifier

    def user(self, identifier: str) -> Principal | None:
        """Whose session this is, if it has not ended and they are not shut out."""
        with self._database.reading() as connection:
            rows = connection.execute(_USER, (digest(identifier), self._clock())).fetchall()
        return principal(rows[0][0], (row[1:] for row in rows)) if rows else None

    def end(self, identifier: str) -> None:
        """End a session; one that has ended is no harm."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM access_sessions WHERE hash = ?", (digest(identifier),))
