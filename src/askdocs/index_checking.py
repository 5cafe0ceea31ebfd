"""Say what an index holds, and find what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from askdocs.errors import AskdocsError, IndexDamaged
from askdocs.store import Skipped, Store
from askdocs.types import Document, Passage
from askdocs.vectors import EXACT, KIND, VectorIndex
from askdocs.vectors_chroma import ChromaVectors
from askdocs.vectors_place import NOTES
from askdocs.vectors_shared import SharedVectors

_REPAIR = "restore a backup, or delete the index folder and run: askdocs index DOCUMENTS"


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds. Times are ISO 8601, UTC; `in_use` names the process that owns it.

    `read_at` is when the folder was last read through. `vectors` says whether the vector index
    has what the store has; `remarks` are documents of which something is missing, and what.
    `left_out` are files that a person removed in the page, which are not read. `store` is the file
    or the server that keeps it all.
    """

    path: str
    folder: str
    documents: int
    passages: int
    skipped: int
    skipped_files: tuple[Skipped, ...]
    remarks: tuple[tuple[str, str], ...]
    vectors: str
    model: str
    dimension: int
    generation: int
    revision: int
    created_at: str
    updated_at: str
    read_at: str
    bytes: int
    in_use: str
    left_out: tuple[str, ...] = ()
    store: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The status as JSON shows it."""
        return asdict(self)


def status_of(path: Path, store: Store, in_use: str) -> Status:
    """What the index in `path` holds."""
    with store.snapshot():
        meta, documents, skipped = store.meta, store.documents(), store.skipped()
        return Status(
            path=str(path),
            folder=meta.folder,
            documents=len(documents),
            passages=store.passage_count(),
            skipped=len(skipped),
            skipped_files=tuple(skipped),
            remarks=tuple((d.id, "; ".join(d.remarks)) for d in documents if d.remarks),
            vectors=_state_of_vectors(store, meta.revision),
            model=meta.model,
            dimension=meta.dimension,
            generation=meta.generation,
            revision=meta.revision,
            created_at=meta.created_at,
            updated_at=max((d.indexed_at for d in documents), default=meta.created_at),
            read_at=store.note("read_at"),
            bytes=store.size() + sum(p.stat().st_size for p in path.rglob("*") if p.is_file()),
            in_use=in_use,
            left_out=tuple(store.removed()),
            store=store.name,
        )


def _state_of_vectors(store: Store, revision: int) -> str:
    kind = store.note(KIND)
    if kind == EXACT:
        return f"in step ({EXACT})"
    notes = [NOTES[kind]] if kind in NOTES else ["seal", *NOTES.values()]
    behind = revision - max(_revision_of(store, note) for note in notes)
    searched = f" ({kind})" if kind else ""
    if behind > revision:
        return f"to be made again when the index is next opened{searched}"
    if behind == 0:
        return f"in step{searched}"
    return f"{behind:,} changes behind{searched}; searched all the same, caught up when next opened"


def _revision_of(store: Store, note: str) -> int:
    """The revision that a vector index holds by its own note; -1 without one."""
    try:
        return int(json.loads(store.note(note))["revision"])
    except (ValueError, KeyError, TypeError):
        return -1


def problems(store: Store, vectors: VectorIndex) -> list[str]:
    """What is wrong with an index, a line each with what to do; empty if all is well."""
    try:
        store.verify()
        with store.snapshot():
            return [*_of_documents(store), *_of_words(store), *_of_vectors(store, vectors)]
    except IndexDamaged as error:
        return [str(error)]


def _of_documents(store: Store) -> Iterator[str]:
    for info in store.documents():
        try:
            document = store.document(info.id)
            numbers = store.numbers_of(info.id)
            yield from _of_passages(document, store.passages(numbers))
            store.sentence_vectors(numbers)
        except AskdocsError as error:
            yield str(error)


def _of_passages(document: Document, passages: list[Passage]) -> Iterator[str]:
    covered = 0
    for passage in passages:
        name = f"{document.id} {passage.start}-{passage.end}"
        if document.text[passage.start : passage.end] != passage.text:
            yield f"passage {name} is not what stands there; {_REPAIR}"
        if passage.start < covered or document.text[covered : passage.start].strip():
            yield f"passage {name} leaves words out or repeats them; {_REPAIR}"
        covered = passage.end
    if document.text[covered:].strip():
        yield f"the end of {document.id} is in no passage; {_REPAIR}"


def _of_words(store: Store) -> Iterator[str]:
    entered, passages = store.word_count(), store.passage_count()
    if entered != passages:
        yield f"the word index has {entered} of {passages} passages; run: askdocs rebuild"
    if not store.words_are_sound(thorough=True):
        yield "the word index is damaged; run: askdocs rebuild"


def _of_vectors(store: Store, vectors: VectorIndex) -> Iterator[str]:
    found, count = sum(len(numbers) for numbers, _ in store.vector_blocks()), store.passage_count()
    if found != count:
        yield f"{found} of {count} passages have vectors; run: askdocs rebuild --model MODEL"
    if not isinstance(vectors, ChromaVectors | SharedVectors):
        return
    if vectors.trouble:
        yield f"the vector index cannot be used ({vectors.trouble}); run: askdocs rebuild"
    if isinstance(vectors, SharedVectors) and _revision_of(store, vectors.note) != store.revision:
        return  # what has changed since is compared exactly
    held = vectors.numbers()
    if held is not None and held != set(store.numbers().tolist()):
        yield "the vector index does not hold what the store holds; run: askdocs rebuild"
