"""Make the passages of an index again for another model, while the old ones still answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from askdocs.config import Config
from askdocs.embedding import open_embedder
from askdocs.errors import ModelError
from askdocs.exporting import load_embedder
from askdocs.index_building import Progress, passage_limit, splitter_signature
from askdocs.index_embedding import Split, embed, grouped
from askdocs.splitting import split
from askdocs.store import Meta, Store
from askdocs.types import Embedder


def next_embedder(path: Path, store: Store, model: str | None) -> Embedder:
    """The embedder for a model (the index's own if `None`), exported for the next generation."""
    return load_embedder(model or store.meta.model, exported=path / _exported(store.generation + 1))


def restore_export(path: Path, meta: Meta) -> None:
    """Export the model of an index again if its export is damaged. Raises `ModelError`."""
    exported = path / meta.exported
    try:
        open_embedder(exported)
    except ModelError:
        shutil.rmtree(exported, ignore_errors=True)
        load_embedder(meta.model, exported=exported)


def rebuild_generation(
    store: Store, embedder: Embedder, *, config: Config, progress: Progress
) -> None:
    """Split and embed all documents with another model, then switch to it in one transaction.

    Goes on where an earlier run for the same model was ended. Raises `ReadError` if the model
    fails, and then nothing has changed.
    """
    generation = store.generation + 1
    limit = passage_limit(config, embedder)
    pending = f"{generation} {embedder.fingerprint} {splitter_signature(limit)}"
    if store.note("pending") != pending:
        store.drop_generation(generation)
        store.describe(pending=pending)
    while lacking := store.lacking(generation):  # again, if documents came in meanwhile
        _fill(store, embedder, lacking, generation, limit, progress)
    store.switch_generation(
        generation,
        splitter_signature(limit),
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        exported=_exported(generation),
        pending="",
        seal="",
    )


def tidy(path: Path, store: Store) -> None:
    """Remove what was left behind, and make the word index again if it is damaged."""
    remove_leftovers(path, store)
    if not store.words_are_sound():
        store.refill_words()


def remove_leftovers(path: Path, store: Store) -> None:
    """Remove the folders of earlier generations, and of one that was never finished."""
    meta = store.meta
    keep = {meta.exported, f"chroma-{meta.generation}"}
    if store.note("pending"):
        keep.add(_exported(meta.generation + 1))
    for folder in [*path.glob("chroma-*"), *path.glob("model*")]:
        if folder.name not in keep and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


def _fill(
    store: Store,
    embedder: Embedder,
    lacking: list[str],
    generation: int,
    limit: int,
    progress: Progress,
) -> None:
    done = 0
    for group in grouped(_split(store, embedder, lacking, limit)):
        passages = [passage for item in group for passage in item.passages]
        embedded = embed(store, embedder, passages, generation)
        for item in group:
            own, embedded = embedded[: len(item.passages)], embedded[len(item.passages) :]
            store.add_passages(item.document, item.passages, own, generation)
            done += 1
            progress("embedding", done, len(lacking))


def _split(store: Store, embedder: Embedder, lacking: list[str], limit: int) -> Iterator[Split]:
    for identifier in lacking:
        document = store.document(identifier)
        yield Split(document, split(document, embedder.count_tokens, max_tokens=limit))


def _exported(generation: int) -> str:
    return f"model-{generation}"
