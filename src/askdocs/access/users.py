"""The users of a server, and whether a password is that of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from askdocs.access.database import Database
from askdocs.access.grants import FOLDERS, grant, granted, principal
from askdocs.access.naming import EVERYBODY, canonical, checked_name, checked_password
from askdocs.access.passwords import fits, hashed
from askdocs.access.principal import Principal, Right
from askdocs.database import Connection
from askdocs.errors import AskdocsError

_SEEN = f"c.folder FROM access_users AS u{FOLDERS.format(holder='u.name')}"
_NAMED = f"SELECT u.name, u.disabled, u.may, u.everything, {_SEEN} WHERE u.name IN (?, ?)"
_PASSWORD = (
    f"SELECT u.may, u.everything, {_SEEN} WHERE u.name = ? AND u.password = ? AND NOT u.disabled"
)


@dataclass(frozen=True, slots=True)
class User:
    """A user as the list shows them; `collections` is `None` for everything.

    Who has no password is let in only when a reverse proxy names them.
    """

    name: str
    right: Right
    collections: tuple[str, ...] | None
    disabled: bool
    has_password: bool
    added: str


class Users:
    """Who may sign in."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        name: str,
        password: str | None,
        right: Right = Right.ASK,
        collections: Sequence[str] | None = None,
    ) -> None:
        """Add a user; without a password, only a reverse proxy lets them in.

        Raises `AskdocsError` for a name that is taken or cannot be one, for a password that is
        none, and for a collection that is not there.
        """
        name = name if name == EVERYBODY else checked_name(name)
        if name == EVERYBODY and password is not None:
            raise AskdocsError("everybody whom the proxy names has no password: --no-password")
        secret = "" if password is None else hashed(checked_password(password, name))
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        with self._database.writing() as connection:
            row = (name, secret, int(right), collections is None, day)
            added = connection.execute(
                "INSERT INTO access_users (name, password, may, everything, added)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
            if not added.rowcount:
                raise AskdocsError(
                    f"there is a user {name} already; see: askdocs access users change --help"
                )
            grant(connection, name, collections)

    def all(self) -> list[User]:
        """The users, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT name, may, everything, disabled, password != '', added FROM access_users"
                " ORDER BY name"
            ).fetchall()
            return [
                User(
                    name,
                    Right(may),
                    granted(connection, name, everything=everything),
                    bool(disabled),
                    bool(has_password),
                    added,
                )
                for name, may, everything, disabled, has_password, added in rows
            ]

    def change(
        self,
        name: str,
        *,
        right: Right | None = None,
        disabled: bool | None = None,
    ) -> None:
        """Give a user another right, or shut them out, or let them in again."""
        with self._changing(name) as (connection, name):
            if right is not None:
                connection.execute(
                    "UPDATE access_users SET may = ? WHERE name = ?", (int(right), name)
                )
            if disabled is not None:
                connection.execute(
                    "UPDATE access_users SET disabled = ? WHERE name = ?", (disabled, name)
                )
            if disabled:
                connection.execute('DELETE FROM access_sessions WHERE "user" = ?', (name,))

    def grant(self, name: str, collections: Sequence[str] | None) -> None:
        """Let a user see these collections and no others; `None` stands for everything."""
        with self._changing(name) as (connection, name):
            connection.execute(
                "UPDATE access_users SET everything = ? WHERE name = ?", (collections is None, name)
            )
            grant(connection, name, collections)

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password, and end all their sessions."""
        if name == EVERYBODY:
            raise AskdocsError("everybody whom the proxy names has no password")
        secret = hashed(checked_password(password, canonical(name)))
        with self._changing(name) as (connection, name):
            connection.execute(
                "UPDATE access_users SET password = ? WHERE name = ?", (secret, name)
            )
            connection.execute('DELETE FROM access_sessions WHERE "user" = ?', (name,))

    def remove(self, name: str) -> None:
        """Forget a user, and end all their sessions."""
        with self._changing(name) as (connection, name):
            connection.execute("DELETE FROM access_users WHERE name = ?", (name,))
            connection.execute('DELETE FROM access_sessions WHERE "user" = ?', (name,))
            connection.execute("DELETE FROM access_grants WHERE holder = ?", (name,))

    def with_password(self, name: str, password: str) -> Principal | None:
        """The user of that name if that is their password; takes as long for one who is not there.

        Nobody comes in with a password as the one who stands for everybody.
        """
        name = canonical(name)
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT password FROM access_users WHERE name = ?", (name,)
            ).fetchone()
        known = row[0] if row else ""
        return self._let_in(name, known) if fits(known, password) else None

    def named(self, name: str) -> Principal | None:
        """The user whom a reverse proxy names; who is no user here may be let in as everybody."""
        try:
            name = checked_name(name)
        except AskdocsError:  # such as two names in one header
            return None
        with self._database.reading() as connection:
            rows = connection.execute(_NAMED, (name, EVERYBODY)).fetchall()
        # A user who is shut out is not let in as one of everybody.
        holder = name if any(row[0] == name for row in rows) else EVERYBODY
        return principal(name, (row[2:] for row in rows if row[0] == holder and not row[1]))

    def _let_in(self, name: str, password: str) -> Principal | None:
        """The user unless they are shut out, or their password has changed meanwhile."""
        with self._database.reading() as connection:
            rows = connection.execute(_PASSWORD, (name, password)).fetchall()
        return principal(name, rows)

    @contextmanager
    def _changing(self, name: str) -> Iterator[tuple[Connection, str]]:
        """A transaction that changes a user, by the name as it is kept."""
        name = canonical(name)
        with self._database.writing() as connection:
            if not connection.execute(
                "SELECT 1 FROM access_users WHERE name = ?", (name,)
            ).fetchone():
                raise AskdocsError(f"there is no user {name!r}; see: askdocs access users list")
            yield connection, name
