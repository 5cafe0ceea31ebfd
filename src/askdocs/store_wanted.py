"""Keep that the documents folder is to be read: the wish outlives the process that was told."""

from __future__ import annotations

import secrets

from askdocs.store_description import Described
from askdocs.store_writing import describe


class Wanted(Described):
    """What whoever owns the index is still to do."""

    @property
    def wanted(self) -> str:
        """The mark of the last wish that the folder be read, or nothing if it was read since."""
        return self.note("wanted")

    def want(self) -> None:
        """Have the folder read, from now on, by whoever owns the index then."""
        with self._writing() as connection:
            describe(connection, wanted=secrets.token_hex(8))

    def fulfil(self, wish: str) -> None:
        """Forget a wish; not one that has come since."""
        with self._writing() as connection:
            connection.execute("DELETE FROM meta WHERE key = 'wanted' AND value = ?", (wish,))
