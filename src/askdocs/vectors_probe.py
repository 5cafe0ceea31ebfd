"""Try a vector index in a process of its own: exit code 0 if it holds the store's vectors.

Run by `vectors_chroma.probe`: damaged files of Chroma end the process that opens them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from askdocs.store import Store
from askdocs.store_rows import batches
from askdocs.types import FloatArray
from askdocs.vectors_chroma import COLLECTION, open_client

_QUERIES = 100
_SAME = 0.9999


def main(folder: str, store: str) -> int:
    """Compare Chroma's folder with the store; 0 if every vector in it is right and is found."""
    opened = Store.open(Path(store))
    with opened.snapshot():
        keys = opened.vector_keys()
        numbers, matrix = opened.vectors()
    opened.close()
    rows = {int(number): row for row, number in enumerate(numbers)}
    vectors = {key: matrix[rows[number]] for key, number in keys.items()}
    collection = open_client(Path(folder)).get_collection(COLLECTION, embedding_function=None)
    present = set(collection.get(include=[])["ids"])
    if collection.count() != len(present):
        return 1
    return 0 if _agrees(collection, {k: v for k, v in vectors.items() if k in present}) else 1


def _agrees(collection: Any, vectors: dict[str, FloatArray]) -> bool:
    for batch in batches(vectors, 1000):
        got = collection.get(ids=batch, include=["embeddings"])
        for key, vector in zip(got["ids"], got["embeddings"], strict=True):
            if float(np.dot(vector, vectors[key])) < _SAME * float(np.linalg.norm(vector)):
                return False
    step = max(1, len(vectors) // _QUERIES)
    sample = [vectors[key] for key in sorted(vectors)[::step]]
    for vector in sample:
        found = collection.query(query_embeddings=[vector], n_results=1, include=["distances"])
        if not found["ids"][0] or 1.0 - found["distances"][0][0] < _SAME:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
