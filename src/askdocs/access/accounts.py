"""Who may use the server of an index: users, tokens, sessions and collections."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from askdocs.access.database import Database, opened
from askdocs.access.grants import Collections
from askdocs.access.sessions import Sessions
from askdocs.access.tokens import Tokens
from askdocs.access.users import Users
from askdocs.errors import IndexProblem

_ANY = "SELECT EXISTS (SELECT 1 FROM access_users) OR EXISTS (SELECT 1 FROM access_tokens)"


class Accounts:
    """The accounts of an index; the command line may change them while servers run.

    They are in a file of the index folder, or in the `store` on a PostgreSQL server, which all
    servers over that store share. They are no part of the index: no rebuild touches them.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        store: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = opened(Path(folder), store)
        self._left = opened(Path(folder)) if store else None
        self.users = Users(self._database, clock)
        self.tokens = Tokens(self._database, clock)
        self.sessions = Sessions(self._database, clock)
        self.collections = Collections(self._database)
        self.tries = self._database.throttle()
        self.was_guarded = False

    @property
    def name(self) -> str:
        """What messages call the place where they are kept."""
        return self._database.name

    @property
    def remote(self) -> bool:
        """Whether a look at them goes over a network, where it may be waited for."""
        return self._database.REMOTE

    @property
    def guarded(self) -> bool:
        """Whether there is, or was since this was made, any user or token.

        A server that has been guarded stays so: when the accounts are deleted, it lets nobody in.
        Nor does one that was given a store in which there are none, and has some in its folder.
        """
        if not self.was_guarded:
            self.was_guarded = _has_any(self._database)
            if not self.was_guarded and self._left and _has_any(self._left):
                raise IndexProblem(
                    f"{self._left.name} says who may use this server, and {self.name} does not;"
                    " add them there with: askdocs access users add NAME, or delete the file"
                )
        return self.was_guarded

    def require_server(self) -> None:
        """Raise `StoreUnreachable` if the server that keeps them does not answer."""
        with self._database.reading() as connection:
            connection.execute("SELECT 1").fetchone()

    def close(self) -> None:
        """Let go of them."""
        self._database.close()
        if self._left:
            self._left.close()


def _has_any(database: Database) -> bool:
    with database.reading() as connection:
        return bool(connection.execute(_ANY).fetchone()[0])
