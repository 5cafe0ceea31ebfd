"""Keep which files a person took out of the index, and take documents out for good."""

from __future__ import annotations

from datetime import UTC, datetime

from askdocs.store_database import Connection
from askdocs.store_writing import Writing, changed


class Removed(Writing):
    """The files that are left out by choice: by their ids, whatever stands in the folder."""

    def remove(self, path: str) -> None:
        """Leave a file out from now on, and take its document out, in one transaction."""
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        with self._changing() as connection:
            self._forget(connection, path)
            connection.execute(
                "INSERT INTO removed VALUES (?, ?) ON CONFLICT DO NOTHING", (path, at)
            )

    def restore(self, path: str) -> bool:
        """Let a file be read again; says whether it was left out."""
        with self._writing() as connection:
            gone = connection.execute("DELETE FROM removed WHERE path = ?", (path,))
            return gone.rowcount > 0

    def forget(self, path: str) -> None:
        """Take out what is known of a file that is no longer there, in one transaction."""
        with self._changing() as connection:
            self._forget(connection, path)

    def removed(self) -> dict[str, str]:
        """The files that are left out by choice, and since when, in the order of their ids."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT path, at FROM removed ORDER BY path").fetchall())

    def _forget(self, connection: Connection, path: str) -> None:
        if self._remove_document(connection, path):
            changed(connection)
        connection.execute("DELETE FROM skipped WHERE path = ?", (path,))
