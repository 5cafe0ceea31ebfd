"""Documents that are split into passages, and the vectors of these: old ones, and new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from askdocs.errors import ReadError
from askdocs.store import Store
from askdocs.store_rows import batches, reuse_key
from askdocs.types import Document, Embedded, Embedder, Passage

_BATCH = 64
"""Passages embedded together; documents are put together until they have as many."""


@dataclass(frozen=True, slots=True)
class Split:
    """A document and its passages, on their way into the store.

    `vectors` are those that were made where it was split, by their `reuse_key`.
    """

    document: Document
    passages: list[Passage]
    signature: str = ""
    vectors: Mapping[str, Embedded] = field(default_factory=dict)


def grouped(items: Iterable[Split]) -> Iterator[list[Split]]:
    """The documents in groups that are worth embedding together."""
    group: list[Split] = []
    for item in items:
        group.append(item)
        if sum(len(one.passages) for one in group) >= _BATCH:
            yield group
            group = []
    if group:
        yield group


def embed(
    store: Store,
    embedder: Embedder,
    passages: Sequence[Passage],
    generation: int,
    done: Callable[[int], None] = lambda _: None,
    made: Mapping[str, Embedded] | None = None,
) -> list[Embedded]:
    """The passages' vectors: those `made` already, what the store has for the same words, new ones.

    `done` is told how many were embedded, every now and then. Raises `ReadError` if the model
    fails.
    """
    keys = [reuse_key(passage) for passage in passages]
    vectors = dict(made or {})
    wanted = [key for key in keys if key not in vectors]
    vectors.update(store.vectors_by_text(wanted, generation, embedder.dimension))
    missing = {key: p for key, p in zip(keys, passages, strict=True) if key not in vectors}
    for batch in batches(missing.items(), _BATCH):
        vectors.update(encode(embedder, dict(batch)))
        done(len(batch))
    return [vectors[key] for key in keys]


def encode(embedder: Embedder, passages: Mapping[str, Passage]) -> dict[str, Embedded]:
    """The vectors of passages, by the same keys. Raises `ReadError` if the model fails."""
    try:
        embedded = embedder.encode_passages(list(passages.values()))
    except Exception as error:  # a model's runtime raises what it likes
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ReadError(f"cannot be embedded: {reason}") from error
    return dict(zip(passages, embedded, strict=True))
