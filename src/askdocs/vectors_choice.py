"""Choose the vector index: Chroma in a folder, on a server, or none."""

from __future__ import annotations

from pathlib import Path

from askdocs.config import Config
from askdocs.store import Store
from askdocs.vectors import DerivedVectors, ExactVectors, VectorIndex
from askdocs.vectors_chroma import ChromaVectors
from askdocs.vectors_server import ServerVectors


def owned_vectors(store: Store, root: Path, config: Config) -> DerivedVectors:
    """The vector index of the process that owns the index in the folder `root`."""
    if config.chroma:
        return ServerVectors(store, config.chroma, config.chroma_token, owner=True)
    return ChromaVectors(store, root)


def read_vectors(store: Store, config: Config) -> VectorIndex:
    """The vector index of a process that only reads."""
    if config.chroma:
        return ServerVectors(store, config.chroma, config.chroma_token, owner=False)
    return ExactVectors(store)
