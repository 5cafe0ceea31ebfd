"""What a user or a token may see: everything, or named collections of folders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from askdocs.access.database import Database
from askdocs.access.naming import canonical, checked_folder, checked_name
from askdocs.access.principal import Principal, Right
from askdocs.database import Connection
from askdocs.errors import AskdocsError


@dataclass(frozen=True, slots=True)
class Collection:
    """Some folders of the documents folder, under one name."""

    name: str
    folders: tuple[str, ...]


class Collections:
    """The collections that users and tokens are granted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, folders: Sequence[str]) -> Collection:
        """Make a collection of folders, or add them to the one of that name."""
        name, folders = checked_name(name, "collection"), [checked_folder(one) for one in folders]
        if not folders:
            raise AskdocsError(f"the collection {name} needs a folder")
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO access_collections VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(name, one) for one in folders],
            )
        return next(one for one in self.all() if one.name == name)

    def all(self) -> list[Collection]:
        """The collections, by name."""
        found: dict[str, list[str]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT name, folder FROM access_collections ORDER BY name, folder"
            )
            for name, folder in rows:
                found.setdefault(name, []).append(folder)
        return [Collection(name, tuple(folders)) for name, folders in found.items()]

    def remove(self, name: str, folders: Sequence[str] = ()) -> None:
        """Remove a collection, or folders of it; whoever was granted it sees them no more."""
        name = canonical(name)
        with self._database.writing() as connection:
            _require_collections(connection, [name])
            for folder in map(checked_folder, folders):
                gone = connection.execute(
                    "DELETE FROM access_collections WHERE name = ? AND folder = ?", (name, folder)
                )
                if not gone.rowcount:
                    raise AskdocsError(f"{folder!r} is not in the collection {name}")
            if not folders:
                connection.execute("DELETE FROM access_collections WHERE name = ?", (name,))
                # Else a new collection of that name would be granted to those of the old one.
                connection.execute("DELETE FROM access_grants WHERE collection = ?", (name,))


def grant(connection: Connection, holder: str, collections: Sequence[str] | None) -> None:
    """Let a holder see these collections and no others; `None` stands for everything."""
    connection.execute("DELETE FROM access_grants WHERE holder = ?", (holder,))
    names = sorted({canonical(one) for one in collections or ()})
    _require_collections(connection, names)
    connection.executemany(
        "INSERT INTO access_grants VALUES (?, ?)", [(holder, one) for one in names]
    )


def granted(connection: Connection, holder: str, *, everything: bool) -> tuple[str, ...] | None:
    """The collections of a holder; `None` for everything."""
    if everything:
        return None
    rows = connection.execute(
        "SELECT collection FROM access_grants WHERE holder = ? ORDER BY collection", (holder,)
    )
    return tuple(name for (name,) in rows)


FOLDERS = (
    " LEFT JOIN access_grants AS g ON g.holder = {holder}"
    " LEFT JOIN access_collections AS c ON c.name = g.collection"
)
"""What is joined to a holder, so that one statement tells all: a row for each folder they see."""


def principal(holder: str, rows: Iterable[tuple[int, bool, str | None]]) -> Principal | None:
    """The holder as they are served, with the folders that they see right now.

    The rows, of which there is none for nobody, say what they may, whether that is everything, and
    a folder.
    """
    found = list(rows)
    if not found:
        return None
    may, everything, _ = found[0]
    seen = sorted({folder for _, _, folder in found if folder is not None})
    return Principal(holder, Right(may), None if everything else tuple(seen))


def _require_collections(connection: Connection, names: Sequence[str]) -> None:
    known = {name for (name,) in connection.execute("SELECT name FROM access_collections")}
    for name in names:
        if name not in known:
            raise AskdocsError(
                f"there is no collection {name!r}; make it with:"
                f" askdocs access collections add {name} FOLDER"
            )
