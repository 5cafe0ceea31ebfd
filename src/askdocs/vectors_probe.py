"""Try a vector index in a process of its own: exit code 0 if it holds the store's vectors.

Run by `vectors_client.probe`: damaged files of Chroma end the process that opens them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from askdocs.store import Store
from askdocs.store_rows import batches
from askdocs.types import FloatArray
from askdocs.vectors_client import COLLECTION, open_client

_QUERIES = 100
_SAME = 0.9999
_BATCH = 1000


def main(folder: str, store: str) -> int:
    """Compare Chroma's folder with the store; 0 if every vector in it is right and is found."""
    opened = Store.open(Path(store))
    collection = open_client(Path(folder)).get_collection(COLLECTION, embedding_function=None)
    present = collection.get(include=[])["ids"]
    sound = collection.count() == len(set(present)) and _agrees(collection, opened, present)
    opened.close()
    return 0 if sound else 1


def _agrees(collection: Any, store: Store, present: list[str]) -> bool:
    """Whether the vectors in Chroma that the store has, too, are the same, and a sample is found.

    Others are no fault: they are of passages that have gone.
    """
    step = max(1, len(present) // _QUERIES)
    for batch in batches(present, _BATCH):
        numbers, matrix = store.vectors_of([int(name) for name in batch if name.isdecimal()])
        vectors = {str(number): row for number, row in zip(numbers, matrix, strict=True)}
        got = collection.get(ids=batch, include=["embeddings"])
        for place, (name, vector) in enumerate(zip(got["ids"], got["embeddings"], strict=True)):
            right = vectors.get(name)
            if right is None:
                continue
            if float(vector @ right) < _SAME * float(np.linalg.norm(vector)):
                return False
            if place % step == 0 and not _finds(collection, right):
                return False
    return True


def _finds(collection: Any, vector: FloatArray) -> bool:
    found = collection.query(query_embeddings=[vector], n_results=1, include=["distances"])
    return bool(found["ids"][0]) and 1.0 - found["distances"][0][0] >= _SAME


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
