"""Count the pages, slides and sheets of documents, without a look at their texts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress

from askdocs.store_database import Database
from askdocs.store_rows import batches

COUNTED = frozenset({"page", "slide", "sheet"})
"""The kinds of places that say how long a document is."""


class Places(Database):
    """The named places of a store's documents."""

    def places(self, documents: Iterable[str]) -> dict[str, Mapping[str, int]]:
        """How many pages, slides and sheets each of these documents has."""
        found: dict[str, Mapping[str, int]] = {}
        with self._reading() as connection:
            for batch in batches(documents, self.BATCH):
                chosen, values = self._among("id", batch)
                query = f"SELECT id, anchors FROM documents WHERE {chosen}"
                for identifier, anchors in connection.execute(query, values):
                    found[identifier] = _counted(anchors)
        return found


def _counted(anchors: str) -> Mapping[str, int]:
    """The counts of a column of anchors; nothing of one that is damaged, as a check will say.

    >>> dict(_counted('[[0, 5, "page", "1"], [0, 2, "heading", "A"], [5, 9, "page", "2"]]'))
    {'page': 2}
    """
    with suppress(ValueError, TypeError):
        return Counter(kind for _, _, kind, _ in json.loads(anchors) if kind in COUNTED)
    return {}
