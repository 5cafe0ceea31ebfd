"""Who may use the server of an index: users, tokens, sessions and collections, in one file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from askdocs.access.database import NAME, Database
from askdocs.access.grants import Collections
from askdocs.access.sessions import Sessions
from askdocs.access.tokens import Tokens
from askdocs.access.users import Users


class Accounts:
    """The accounts of an index folder; the command line may change them while a server runs.

    They are no part of the index: neither a backup nor a rebuild touches them.
    """

    def __init__(self, folder: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        self._database = Database(Path(folder) / NAME)
        self.users = Users(self._database, clock)
        self.tokens = Tokens(self._database, clock)
        self.sessions = Sessions(self._database, clock)
        self.collections = Collections(self._database)
        self._guarded = False

    @property
    def guarded(self) -> bool:
        """Whether there is, or was since this was made, any user or token.

        A server that has been guarded stays so: when the file is deleted, it lets nobody in.
        """
        if not self._guarded:
            with self._database.reading() as connection:
                query = "SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM tokens)"
                self._guarded = bool(connection.execute(query).fetchone()[0])
        return self._guarded

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
