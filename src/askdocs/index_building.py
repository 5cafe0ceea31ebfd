"""Bring an index up to date with its folder: read, split, embed, store; only what changed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from askdocs.config import Config
from askdocs.errors import ReadError
from askdocs.index_embedding import Split, embed, grouped
from askdocs.index_listing import list_documents as list_documents
from askdocs.index_listing import nothing_to_read
from askdocs.index_reading import Doing, FileRead, Reading, known_mounts, read_ahead
from askdocs.index_telling import Notice, made_otherwise
from askdocs.readers.folder import Listing
from askdocs.splitting import SPLITTER, split
from askdocs.store import DocumentInfo, Store
from askdocs.store_conversations import now
from askdocs.types import Document, Embedder, Passage

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

PASSAGE_LIMIT = 20_000
"""The most passages of one document."""

_SPECIAL_TOKENS = 2
_ENOUGH = 50
"""Passages embedded in a run that tell how long others will take."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an indexing run did, in documents; `passages` are those in the index afterwards.

    `read_again` were in the index, and are made otherwise now: by new rules or other settings.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: int = 0
    passages: int = 0
    seconds: float = 0.0
    read_again: int = 0

    def __str__(self) -> str:
        """The run in one line."""
        counts = ("added", "changed", "removed", "unchanged", "skipped")
        told = ", ".join(f"{getattr(self, name)} {name}" for name in counts)
        return f"{told}; {self.passages} passages in {self.seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be read of a folder, and how: all that whoever does it must know.

    `known` are the documents in the index by their ids, `kept` gives the `reuse_key`s of the
    passages whose vectors the index has.
    """

    listing: Listing
    reading: Reading
    known: Mapping[str, DocumentInfo]
    kept: Callable[[], Iterator[str]]
    embedder: Embedder
    limit: int


Through: TypeAlias = Callable[[Work], Generator[Split | FileRead]]
"""Does the work: gives each file of the listing once, in any order, as a document that is split or
as what else came of it."""


@dataclass(slots=True)
class _Run:
    """One indexing run: what it works with and what it has done."""

    store: Store
    embedder: Embedder
    known: dict[str, DocumentInfo]
    progress: Progress
    total: int
    limit: int
    done: int = 0
    passages: int = 0
    summary: Summary = field(default_factory=Summary)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    file: str = ""
    telling: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, files: int = 0) -> None:
        self.summary = replace(self.summary, **{what: getattr(self.summary, what) + 1})
        self.advance(files)

    def advance(self, files: int = 1, passages: int = 0) -> None:
        self.done += files
        self.passages += passages
        self.tell(self.file)

    def tell(self, file: str) -> None:
        told = f"files, {self.passages:,} passages embedded" if self.passages else "files"
        with self.telling:  # the threads that read tell which file they begin
            self.file = file
            self.progress(Doing(told, file), self.done, self.total)

    def is_known(self, identifier: str, sha256: str, read_as: Collection[str]) -> bool:
        """Whether the index holds a file with these bytes, made as it would be made now."""
        earlier = self.known.get(identifier)
        return (
            earlier is not None
            and earlier.sha256 == sha256
            and earlier.signature in signatures(read_as, self.limit)
        )


def passage_limit(config: Config, embedder: Embedder) -> int:
    """The longest passage, in the model's tokens."""
    return min(config.passage_tokens, embedder.max_tokens - _SPECIAL_TOKENS)


def splitter_signature(limit: int) -> str:
    """What of the splitter decides how a text becomes passages."""
    return f"{SPLITTER}-{limit}"


def signatures(readers: Collection[str], limit: int) -> set[str]:
    """How documents that are read so are made now."""
    return {f"{one}-{splitter_signature(limit)}" for one in readers}


def refresh(
    store: Store,
    folder: Path,
    embedder: Embedder,
    *,
    config: Config,
    leave_out: Path,
    progress: Progress,
    through: Through | None = None,
) -> Summary:
    """Make the store hold what is in the folder; each document is one transaction.

    The files are read and split here, or, and embedded too, `through` what does that for us.
    Raises `FolderError`, and then removes nothing, if the folder is gone or has become empty.
    """
    started = time.monotonic()
    wish = store.wanted
    known = {document.id: document for document in store.documents()}
    listing = list_documents(folder, leave_out=leave_out, known=len(known))
    removed = store.removed()
    listing = listing.without_lost(known_mounts(store)).without(removed)
    store.describe(mounts=json.dumps(listing.mounts))
    limit = passage_limit(config, embedder)
    total = len(listing.files)
    run = _Run(store, embedder, known, progress, total, limit)
    run.skipped.extend(listing.skipped)
    reading = Reading(run.is_known, config.ocr_languages, begins=run.tell)
    _tell_what_is_read_again(run, listing, reading)
    kept = partial(store.reuse_keys, store.generation)
    work = Work(listing, reading, known, kept, embedder, limit)
    with closing((through or made_here)(work)) as made:
        changed = _changed(run, made)
        for group in grouped(changed) if through is None else ([one] for one in changed):
            _commit(run, group)
    if known.keys() - removed and not any(file in known for file, _ in listing.files):
        done = run.summary
        if not (done.added or done.changed or done.unchanged):  # as if there were no files
            raise nothing_to_read(folder, listing, len(known))
    _remove_vanished(run, listing)
    store.replace_skipped(run.skipped)
    store.describe(read_at=now(), folder=str(folder.resolve()))
    if wish:
        store.fulfil(wish)
    if run.passages >= _ENOUGH and through is None:
        store.describe(rate=f"{run.passages / (time.monotonic() - started):.1f}")
    store.checkpoint()
    return replace(run.summary, skipped=len(run.skipped), passages=store.passage_count())


def _tell_what_is_read_again(run: _Run, listing: Listing, reading: Reading) -> None:
    earlier = (run.known[name].signature for name, _ in listing.files if name in run.known)
    number, line = made_otherwise(earlier, signatures(reading.signatures, run.limit))
    if number:
        run.summary = replace(run.summary, read_again=number)
        run.progress(Notice(line), 0, run.total)


def made_here(work: Work) -> Generator[Split | FileRead]:
    """Read and split the files in this process; their vectors are made when they are stored."""
    for file in read_ahead(work.listing, work.reading):
        yield made_of(file, work.embedder, work.limit)


def made_of(file: FileRead, embedder: Embedder, limit: int) -> Split | FileRead:
    """A file that was read, split if a document came of it and it can be."""
    if file.document is None:
        return file
    try:
        passages = _split(file.document, embedder, limit)
    except ReadError as error:
        return replace(file, document=None, reason=str(error))
    return Split(file.document, passages, f"{file.signature}-{splitter_signature(limit)}")


def _changed(run: _Run, made: Iterable[Split | FileRead]) -> Iterator[Split]:
    """The new and changed documents, split; the others are counted on the way."""
    for one in made:
        if isinstance(one, Split):
            yield one
        elif one.reason:
            _leave_out(run, one)
        else:
            run.count("unchanged", files=1)


def _split(document: Document, embedder: Embedder, limit: int) -> list[Passage]:
    """The passages of a document. Raises `ReadError` if they are too many to be kept or made."""
    try:
        passages = split(document, embedder.count_tokens, max_tokens=limit)
    except MemoryError:
        raise ReadError("needs more memory than there is; split it") from None
    if len(passages) > PASSAGE_LIMIT:
        raise ReadError(f"makes more than {PASSAGE_LIMIT:,} passages; split it")
    return passages


def _leave_out(run: _Run, file: FileRead) -> None:
    """List a file with the reason why it is not in the index."""
    earlier = run.known.get(file.identifier)
    keeps = earlier is not None and file.sha256 in ("", earlier.sha256)
    if earlier and not keeps:
        # It was read, and what the index has of it stands in it no longer.
        run.store.remove_document(file.identifier)
        run.count("removed")
    _skip(run, file.identifier, file.reason, keeps=keeps)


def _commit(run: _Run, group: Sequence[Split]) -> None:
    """Embed a group together, then store each document in a transaction of its own."""
    generation = run.store.generation
    passages = [passage for item in group for passage in item.passages]
    vectors = {key: vector for item in group for key, vector in item.vectors.items()}
    run.advance(0, len(vectors))
    try:
        embedded = embed(
            run.store, run.embedder, passages, generation, lambda n: run.advance(0, n), vectors
        )
    except ReadError as error:
        for item in group if len(group) > 1 else ():  # one document alone may be the cause
            _commit(run, [item])
        if len(group) == 1:
            identifier = group[0].document.id
            _skip(run, identifier, str(error), keeps=identifier in run.known)
        return
    for item in group:
        own, embedded = embedded[: len(item.passages)], embedded[len(item.passages) :]
        run.store.replace_document(
            item.document, item.passages, own, generation, signature=item.signature
        )
        run.count("changed" if item.document.id in run.known else "added", files=1)


def _skip(run: _Run, identifier: str, reason: str, *, keeps: bool = False) -> None:
    kept = "; the index keeps its earlier version" if keeps else ""
    run.skipped.append((identifier, reason + kept))
    run.advance()


def _remove_vanished(run: _Run, listing: Listing) -> None:
    present = {identifier for identifier, _ in listing.files}
    for identifier in run.known:
        if identifier not in present and listing.knows(identifier):
            run.store.remove_document(identifier)
            run.count("removed")
