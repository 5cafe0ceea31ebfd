"""Tell a store that is being copied into from one that is complete."""

from __future__ import annotations

import json
from typing import NamedTuple

from askdocs.errors import IndexProblem
from askdocs.store_description import Described

MIGRATING = "migrating"
"""The entry of the description of a store that is being copied into: the source, as `Mark`."""

MIGRATED = "migrated"
"""The entry of one that was, and is complete: the source."""


class Mark(NamedTuple):
    """Where the rows of a store come from, and the command that goes on with it."""

    home: str
    again: str

    def written(self) -> str:
        """The mark as an entry of the description."""
        return json.dumps(self._asdict())


def mark_of(store: Described, entry: str) -> Mark | None:
    """The mark that a store bears, if it does."""
    written = store.note(entry)
    if not written:
        return None
    try:
        said = json.loads(written)
        return Mark(str(said["home"]), str(said["again"]))
    except (ValueError, KeyError, TypeError) as error:
        raise store.damaged(f"its entry {entry!r} cannot be read") from error


def require_complete(store: Described) -> None:
    """Raise `IndexProblem` if a store has not all of its rows yet."""
    mark = mark_of(store, MIGRATING)
    if mark is not None:
        raise IndexProblem(f"{store.name} is being migrated; to go on, run again: {mark.again}")
