"""Read what a store says of itself."""

from __future__ import annotations

from collections.abc import Mapping

from askdocs.store_database import Database


class Described(Database):
    """The description of a store: entries by their names."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self.described("dimension"))

    @property
    def generation(self) -> int:
        """The generation that is searched."""
        return int(self.described("generation"))

    @property
    def revision(self) -> int:
        """How often the passages have changed."""
        return int(self.described("revision"))

    def described(self, key: str) -> str:
        """One entry of the description. Raises `IndexDamaged` if it is missing."""
        try:
            return self._description()[key]
        except KeyError:
            raise self.damaged(f"its {key} is missing") from None

    def note(self, key: str) -> str:
        """A remark kept beside the description, or nothing."""
        return self._description().get(key, "")

    def _description(self) -> Mapping[str, str]:
        """All entries; within a snapshot, where they cannot change, they are read once."""
        kept: Mapping[str, str] | None = getattr(self._pinned, "description", None)
        if kept is None:
            with self._reading() as connection:
                kept = dict(connection.execute("SELECT key, value FROM meta").fetchall())
            if getattr(self._pinned, "connection", None) is not None:
                self._pinned.description = kept
        return kept
