"""The places in which tests keep a store: a file of an index folder, or a schema of a server."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askdocs.config import Config
from askdocs.config_store import parsed
from askdocs.store import Meta, Store
from askdocs.types import Document, Embedder, Passage
from fakes import FakeEmbedder

if TYPE_CHECKING:  # tests of a store need no more than the store
    from askdocs.index import Index

KINDS = ("sqlite", "postgres")
"""The databases that a store can be in."""

EMBEDDER = FakeEmbedder()
META = Meta("fake", EMBEDDER.fingerprint, EMBEDDER.dimension)


@dataclass(frozen=True)
class Place:
    """Where a store is, or is to be: in the file of an index folder, or at a server's address."""

    folder: Path
    address: str = ""

    @property
    def file(self) -> Path:
        """The file of a store that is in one."""
        return self.folder / "store.sqlite3"

    @property
    def where(self) -> Path | str:
        """What `Store.open` is told."""
        return self.address or self.file

    @property
    def config(self) -> Config:
        """The settings that name the place."""
        return Config(store=self.address)

    def elsewhere(self, folder: Path) -> Place:
        """The same store as another machine sees it: with an index folder of its own."""
        return replace(self, folder=folder)

    def store(self, made: Meta | None = None) -> Store:
        """Open the store; with `made`, make it if it is not there."""
        if made is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        return Store.open(self.where, folder=self.folder, create_with=made)

    def build(self, documents: Path, embedder: Embedder | None = None, **more: Any) -> Index:
        """Make the index of a folder here, or bring it up to date."""
        from askdocs.index import Index

        return Index.build(documents, self.folder, **self._settings(embedder, **more))

    def open(self, embedder: Embedder | None = None, **more: Any) -> Index:
        """Open the index that is here."""
        from askdocs.index import Index

        return Index.open(self.folder, **self._settings(embedder, **more))

    def _settings(self, embedder: Embedder | None, **more: Any) -> dict[str, Any]:
        config = replace(more.pop("config", Config()), store=self.address)
        return {"embedder": embedder or FakeEmbedder(), "config": config, **more}

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement behind the store's back, and give what it finds."""
        if not self.address:
            with closing(sqlite3.connect(self.file)) as connection, connection:
                return connection.execute(statement).fetchall()
        import psycopg

        at = parsed(self.address)
        path = f"-c search_path={at.schema}"
        with psycopg.connect(at.connect, autocommit=True, options=path) as server:
            cursor = server.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def forget(self) -> None:
        """Remove all that is here."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.address:
            self.run(f"DROP SCHEMA IF EXISTS {parsed(self.address).schema} CASCADE")

    def wait_until_gone(self, process: int) -> None:
        """Wait until the server has noticed that a process has died."""
        query = f"SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'askdocs {process}@%'"
        limit = time.monotonic() + 30
        while self.address and self.run(query):
            assert time.monotonic() < limit, "a connection outlives its process"
            time.sleep(0.01)

    def tables(self) -> list[str]:
        """The names of the store's tables."""
        schema = f"'{parsed(self.address).schema}'" if self.address else ""
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        if schema:
            query = f"SELECT tablename::text FROM pg_tables WHERE schemaname = {schema} ORDER BY 1"
        return [name for (name,) in self.run(query)]

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        return {name: self.run(f"SELECT * FROM {name}") for name in self.tables()}


def sentences_of(document: Document) -> list[Passage]:
    """A passage for each sentence of a document."""
    found, start = [], 0
    for sentence in document.text.split(". "):
        end = min(start + len(sentence) + 1, len(document.text))
        text = document.text[start:end]
        found.append(Passage(document.id, start, end, text, "H", ((start, end),)))
        start = end + 1
    return found


def put(store: Store, document: Document) -> list[Passage]:
    """Put a document into a store, a passage for each of its sentences."""
    passages = sentences_of(document)
    embedded = EMBEDDER.encode_passages(passages)
    store.replace_document(document, passages, embedded, signature="1-1-200")
    return passages


def texts_in(value: object) -> Iterator[str]:
    """The texts in a row of any table, also those that stand in bytes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | memoryview):
        yield bytes(value).decode("latin-1")
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts_in(part)
