"""Choose what finds the nearest vectors: Chroma in a folder or on a server, pgvector, or none."""

from __future__ import annotations

from pathlib import Path

from askdocs.config import Config
from askdocs.errors import SettingsError
from askdocs.store import Store
from askdocs.store_sqlite import SqliteStore
from askdocs.vectors import DerivedVectors, ExactVectors, OwnedExact, VectorIndex
from askdocs.vectors_chroma import ChromaVectors
from askdocs.vectors_http import ChromaServer
from askdocs.vectors_place import Place
from askdocs.vectors_shared import SharedVectors


def owned_vectors(store: Store, root: Path, config: Config) -> DerivedVectors:
    """The vector index of a process that owns the index in the folder `root`.

    With a store on PostgreSQL the exact search is the default: among 100,000 passages it finds as
    many of the nearest as pgvector (993 against 992 of 1,000) in the same time (31 against 32 ms),
    is ready in a second instead of two minutes, and takes 6 MB instead of 207.
    """
    if place := _place(store, config):
        return SharedVectors(store, place, owner=True)
    if isinstance(store, SqliteStore) and config.vectors != "exact":
        return ChromaVectors(store, root)
    return OwnedExact(store)


def read_vectors(store: Store, config: Config) -> VectorIndex:
    """The vector index of a process that only reads."""
    if place := _place(store, config):
        return SharedVectors(store, place, owner=False)
    return ExactVectors(store)


def _place(store: Store, config: Config) -> Place | None:
    """Where processes share vectors by the settings, if anywhere. Raises `SettingsError`."""
    if config.chroma:
        if config.vectors in ("exact", "pgvector"):
            raise SettingsError(
                f"index.vectors is {config.vectors}, but index.chroma names a server of Chroma;"
                " take one of them out of the settings"
            )
        return ChromaServer(config.chroma, config.chroma_token)
    if config.vectors != "pgvector":
        return None
    if isinstance(store, SqliteStore):
        raise SettingsError(
            "index.vectors is pgvector, but the index is kept in a file; name a PostgreSQL server"
            " with index.store, or take index.vectors out of the settings"
        )
    # Imported here, as they need psycopg, which such a store has loaded.
    from askdocs.store_postgres import PostgresStore
    from askdocs.vectors_pgvector import PgvectorTables

    assert isinstance(store, PostgresStore)
    return PgvectorTables(store)
