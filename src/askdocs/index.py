"""The index of a documents folder: build it, open it, search it."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from askdocs.config import Config
from askdocs.errors import FolderError
from askdocs.index_building import Progress, Summary, Through, list_documents, refresh
from askdocs.index_checking import Status, problems, status_of
from askdocs.index_cluster import working
from askdocs.index_embedders import Embedders
from askdocs.index_opening import (
    is_there,
    lock_if_free,
    make_folder,
    not_owned,
    open_known,
    open_store,
    refreshing,
    require_model,
    require_question,
)
from askdocs.index_rebuilding import (
    next_embedder,
    rebuild_generation,
    remove_leftovers,
    restore_export,
    tidy,
)
from askdocs.locking import Lock, holder
from askdocs.reranking import CANDIDATES, Reranker, load_reranker, rerank
from askdocs.retrieval import retrieve as search
from askdocs.retrieval_query import resolve_follow_up
from askdocs.store import DocumentInfo, Skipped, Store
from askdocs.types import EVERYTHING, Document, Embedder, Filter, History, Hit
from askdocs.vectors import DerivedVectors, VectorIndex, silent
from askdocs.vectors_choice import owned_vectors, read_vectors

__all__ = ["Index", "Status", "Summary"]


class Index:
    """An index on disk. `build` or `open` one; close it, or use it in a `with` statement.

    One process at a time owns an index and can change it; any number can read it beside.
    """

    def __init__(
        self,
        path: Path,
        store: Store,
        *,
        config: Config,
        lock: Lock | None,
        embedder: Embedder | None = None,
    ) -> None:
        """Not for use: call `Index.build` or `Index.open`."""
        self.path = path
        self.store = store
        self.config = config
        self.summary = Summary()
        self._lock = lock
        self._embedders = Embedders(path, store, config, embedder)
        self._reranker: Reranker | None = None
        self._opening = threading.Lock()
        self._changing = threading.Lock()  # one refresh or rebuild at a time
        self._derived = owned_vectors(store, path, config) if lock is not None else None
        self._vectors: VectorIndex = self._derived or read_vectors(store, config)

    @classmethod
    def build(
        cls,
        documents: str | Path,
        path: str | Path = "index/",
        *,
        config: Config | None = None,
        embedder: Embedder | None = None,
        progress: Progress | None = None,
        ray: str | None = None,
    ) -> Index:
        """Make the index of a folder, or bring it up to date: only what changed is read.

        `ray` is where Ray does the reading and embedding: at an address, or "local". `summary` of
        the index says what was done. Raises `FolderError`, `IndexInUse`,
        `IndexMismatch`, `IndexDamaged` or `ModelError`.
        """
        started = time.monotonic()
        folder, path, config = Path(documents), Path(path), config or Config()
        if not is_there(path, config):
            list_documents(folder, leave_out=path)  # raises before anything is made
        with working(ray) as through, ExitStack() as undo:
            make_folder(path)
            lock = undo.enter_context(Lock(path))
            store, embedder = open_store(path, config, embedder)
            undo.callback(store.close)
            index = cls(path, store, config=config, lock=lock, embedder=embedder)
            undo.callback(index._vectors.close)
            index._refresh(folder, progress or silent, started, through=through)
            undo.pop_all()
        return index

    @classmethod
    def open(
        cls,
        path: str | Path = "index/",
        *,
        config: Config | None = None,
        embedder: Embedder | None = None,
        exact: bool = False,
    ) -> Index:
        """Open an index: as its owner if no other process is, else to read.

        With `exact` it is only read, and searched without the vector index, which takes long to
        load. Raises `IndexNotFound`, `IndexMismatch` or `IndexDamaged`.
        """
        path, config = Path(path), config or Config()
        config = replace(config, chroma="") if exact else config
        with ExitStack() as undo:
            lock = None
            if config.store:
                make_folder(path)
            if not exact and is_there(path, config) and (lock := lock_if_free(path)):
                undo.callback(lock.release)
            store = open_known(path, config)
            undo.callback(store.close)
            require_model(path, store.meta, config, embedder)
            index = cls(path, store, config=config, lock=lock, embedder=embedder)
            if index._derived is not None:  # what has suffered of what is derived is made good
                tidy(path, store)
                index._derived.prepare_soon()
            undo.pop_all()
        return index

    def close(self) -> None:
        """Close the files and let go of the lock."""
        self._vectors.close()
        self.store.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def embedder(self) -> Embedder:
        """The embedder of the model that the index was made with. Raises `ModelError`."""
        return self._embedders.current()

    @property
    def reranker(self) -> Reranker | None:
        """The reranker that the settings name, if they do. Raises `ModelError`."""
        with self._opening:
            if self._reranker is None and self.config.reranker:
                self._reranker = load_reranker(self.config.reranker)
            return self._reranker

    @property
    def owned(self) -> bool:
        """Whether this process owns the index, so that it can change it."""
        return self._lock is not None

    def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        history: History = (),
        within: Filter = EVERYTHING,
    ) -> list[Hit]:
        """The `k` best passages that `within` admits, best first. Raises `QuestionError`."""
        k = self.config.k if k is None else k
        require_question(question, k, self.config.question_limit)
        reranker = self.reranker
        wanted = max(k, CANDIDATES) if reranker else k
        with self.store.snapshot():
            hits = search(
                question,
                history,
                store=self.store,
                vectors=self._vectors,
                embedder=self.embedder,
                k=wanted,
                pool=max(self.config.pool, wanted),
                signals=self.config.signals,
                within=within,
            )
        if reranker is None:
            return hits
        return rerank(resolve_follow_up(question, history), hits, reranker, k)

    def document(self, identifier: str) -> Document:
        """The document with its text. Raises `DocumentNotFound`."""
        return self.store.document(identifier)

    def documents(self) -> list[DocumentInfo]:
        """The documents, in the order of their ids."""
        return self.store.documents()

    def skipped(self) -> list[Skipped]:
        """The files that were left out when the folder was last read, with the reasons."""
        return self.store.skipped()

    def status(self) -> Status:
        """What the index holds, and who owns it."""
        return status_of(self.path, self.store, holder(self.path))

    def check(self) -> list[str]:
        """What is wrong with the index, one line each; nothing if all is well."""
        return problems(self.store, self._vectors)

    def refresh(self, progress: Progress | None = None) -> Summary:
        """Read the documents folder again: only what changed. Raises as `build` does."""
        self._owner()
        folder = self.store.meta.folder
        if not folder:
            raise FolderError("the index does not know its folder; run: askdocs index DOCUMENTS")
        with self._changing:
            self._refresh(Path(folder), progress or silent, time.monotonic(), wait=False)
            return self.summary

    def rebuild(
        self,
        model: str | None = None,
        *,
        embedder: Embedder | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Make what is derived again: the vector index, the word index, the exported model.

        With another `model` (or `embedder`) the passages are made and embedded again, too; the
        index answers with the old ones until the new ones are complete. The documents folder is
        not needed.
        """
        derived, progress = self._owner(), progress or silent
        with self._changing, refreshing(self.store):
            if model is None and embedder is None:
                derived.drop()
                self.store.refill_words()
                if self.store.meta.fingerprint not in self._embedders:
                    restore_export(self.path, self.store.meta)
            else:
                made = embedder or next_embedder(self.path, self.store, model)
                self._embedders.add(made)  # asked for right after the switch
                rebuild_generation(self.store, made, config=self.config, progress=progress)
                derived.close()
                remove_leftovers(self.path, self.store)
            derived.prepare(progress)

    def backup(self, file: str | Path) -> None:
        """Write a complete copy of the store, which is the whole truth, to a new file."""
        self.store.backup(Path(file))

    def _owner(self) -> DerivedVectors:
        """The vector index, which only the owner of an index can change."""
        if self._derived is None:
            raise not_owned(self.path, holder(self.path))
        return self._derived

    def _refresh(
        self,
        folder: Path,
        progress: Progress,
        started: float,
        *,
        wait: bool = True,
        through: Through | None = None,
    ) -> None:
        with refreshing(self.store):
            tidy(self.path, self.store)
            summary = refresh(
                self.store,
                folder,
                self.embedder,
                config=self.config,
                leave_out=self.path,
                progress=progress,
                through=through,
            )
        derived = self._owner()
        prepare = derived.prepare if wait else derived.prepare_soon
        prepare(progress, open_now=False)
        self.summary = replace(summary, seconds=round(time.monotonic() - started, 3))
