"""Tokens by which programs are let in. A token is shown once; only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from askdocs.access.database import Database
from askdocs.access.grants import FOLDERS, grant, granted, principal
from askdocs.access.naming import canonical, checked_name
from askdocs.access.principal import Principal, Right
from askdocs.errors import AskdocsError

PREFIX = "askdocs_"
"""How a token begins, so that one that lies about is recognised."""
HOLDER = "token:"
"""How the name of whoever comes with a token begins; no user's name has a colon."""
DAY = 24 * 60 * 60.0
_HOLDER = (
    "SELECT t.name, t.may, t.everything, c.folder FROM access_tokens AS t"
    + FOLDERS.format(holder=f"'{HOLDER}' || t.name")
    + " WHERE t.hash = ? AND NOT t.revoked AND (t.expires IS NULL OR t.expires > ?)"
)


def digest(secret: str) -> str:
    """What is kept of a random secret of 256 bits, which no guessing finds: no slow hash needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the list shows it; `used` is the last day on which it was, `expires` the last.

    `collections` is `None` for everything.
    """

    name: str
    right: Right
    collections: tuple[str, ...] | None
    added: str
    used: str
    expires: str
    revoked: bool


class Tokens:
    """The tokens of a server."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def new(
        self,
        name: str,
        right: Right = Right.ASK,
        collections: Sequence[str] | None = None,
        *,
        days: float | None = None,
    ) -> str:
        """Make a token and return it: it cannot be read again. It may end after some days.

        Raises `AskdocsError` for a name that a token in force has.
        """
        name = checked_name(name, "token")
        token = PREFIX + secrets.token_urlsafe(32)
        expires = None if days is None else self._clock() + days * DAY
        row = (name, digest(token), int(right), collections is None, self._today(), expires)
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM access_tokens WHERE name = ? AND (revoked OR expires <= ?)",
                (name, self._clock()),
            )
            added = connection.execute(
                "INSERT INTO access_tokens (name, hash, may, everything, added, expires)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
            if not added.rowcount:
                raise AskdocsError(
                    f"there is a token {name} already; choose another name, or run:"
                    f" askdocs access tokens revoke {name}"
                )
            grant(connection, HOLDER + name, collections)
        return token

    def all(self) -> list[Token]:
        """The tokens, by name, with those that are revoked."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT name, may, everything, added, used, expires, revoked FROM access_tokens"
                " ORDER BY name"
            ).fetchall()
            return [
                Token(
                    name,
                    Right(may),
                    granted(connection, HOLDER + name, everything=everything),
                    added,
                    used,
                    "" if expires is None else _day(expires),
                    bool(revoked),
                )
                for name, may, everything, added, used, expires, revoked in rows
            ]

    def revoke(self, name: str) -> None:
        """End a token; its name stays in the list."""
        name = canonical(name)
        with self._database.writing() as connection:
            done = connection.execute(
                "UPDATE access_tokens SET revoked = TRUE WHERE name = ?", (name,)
            )
            if not done.rowcount:
                raise AskdocsError(f"there is no token {name!r}; see: askdocs access tokens list")

    def holder(self, token: str) -> Principal | None:
        """Whoever comes with this token, if it is in force."""
        with self._database.reading() as connection:
            rows = connection.execute(_HOLDER, (digest(token), self._clock())).fetchall()
        return principal(HOLDER + rows[0][0], (row[1:] for row in rows)) if rows else None

    def note_use(self, token: str) -> None:
        """Note that the token was used today, unless that is noted already."""
        today, kept = self._today(), digest(token)
        with self._database.reading() as connection:
            used = connection.execute(
                "SELECT used FROM access_tokens WHERE hash = ?", (kept,)
            ).fetchone()
        if used and used[0] != today:
            with self._database.writing() as connection:
                connection.execute(
                    "UPDATE access_tokens SET used = ? WHERE hash = ?", (today, kept)
                )

    def _today(self) -> str:
        return _day(self._clock())


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
