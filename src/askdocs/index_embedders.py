"""The embedder of an index, which may become another while the index is open."""

from __future__ import annotations

import threading
from pathlib import Path

from askdocs.config import Config
from askdocs.embedding import open_embedder
from askdocs.index_opening import require_model
from askdocs.index_rebuilding import restore_export
from askdocs.store import Store
from askdocs.types import Embedder


class Embedders:
    """Opens the model that the store names, which another process may change with a rebuild."""

    def __init__(
        self, path: Path, store: Store, config: Config, given: Embedder | None = None
    ) -> None:
        self._path = path
        self._store = store
        self._config = config
        self._opening = threading.Lock()
        self._known = {given.fingerprint: given} if given else {}

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self._known

    def add(self, embedder: Embedder) -> None:
        """Use this one for its model from now on."""
        self._known[embedder.fingerprint] = embedder

    def current(self) -> Embedder:
        """The embedder of the store's model. Raises `ModelError` or `IndexMismatch`."""
        meta = self._store.meta
        with self._opening:
            if meta.fingerprint not in self._known:
                exported = self._path / meta.exported
                if not exported.exists():  # the store was filled elsewhere: see `askdocs migrate`
                    restore_export(self._path, meta)
                opened = open_embedder(exported)
                require_model(self._path, meta, self._config, opened)
                self._known[meta.fingerprint] = opened
            return self._known[meta.fingerprint]
