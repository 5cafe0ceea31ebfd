"""What a worker of a cluster does with files: read, split and embed them, and pack what came of it.

It knows nothing of the cluster: files go in, parcels come out, and the same file gives the same
parcel, however often and wherever it is done.
"""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from askdocs import __version__, readers
from askdocs.embedding import Export, OnnxEmbedder, open_embedder, read_export
from askdocs.errors import ModelError, ReadError
from askdocs.index_building import Work, made_of, signatures, splitter_signature
from askdocs.index_embedding import Split, encode
from askdocs.index_reading import FileRead, Readers, Reading
from askdocs.store_rows import batches, embedded_from, pack_sentences, pack_vector, reuse_key
from askdocs.types import Embedder

_THREADS = 1
"""Cores that one worker uses; a cluster runs a worker on each of its cores."""
_BATCH = 64
_SECONDS = 1.0
"""Seconds after which a worker sends what it has."""
_PASSAGES = 64


class Keys:
    """Which `reuse_key`s the index has; half of each is enough, and is eight bytes.

    A key that is taken for another costs whoever stores the document an embedding, no more.

    >>> "0f" * 16 in Keys(["0f" * 16]), "1f" * 16 in Keys(["0f" * 16])
    (True, False)
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._halves = np.sort(np.fromiter(map(_half, keys), np.uint64))

    def __contains__(self, key: str) -> bool:
        place = int(np.searchsorted(self._halves, np.uint64(_half(key))))
        return place < len(self._halves) and int(self._halves[place]) == _half(key)


def _half(key: str) -> int:
    return int(key[:16], 16)


def version(limit: int) -> str:
    """What must be the same on all machines, for the same files to become the same passages."""
    return f"{__version__} ({readers.VERSION}-{splitter_signature(limit)})"


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read, and what the index has of it: how its bytes were, and how it was made."""

    identifier: str
    path: str
    sha256: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """An exported model on its way: where it lies, and its files for those who do not see it."""

    folder: Path
    export: Export
    files: Mapping[str, npt.NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Job:
    """What all workers of a run are told once."""

    root: Path
    languages: str
    limit: int
    kept: Keys
    model: Model | Embedder
    version: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What came of a file; the vectors as the store keeps them, a quarter of what they were.

    `fault` is why this worker can do nothing at all.
    """

    made: Split | FileRead
    vectors: Mapping[str, tuple[bytes, bytes]] = field(default_factory=dict)
    fault: str = ""

    @property
    def identifier(self) -> str:
        """The file's id."""
        return self.made.document.id if isinstance(self.made, Split) else self.made.identifier

    def unpack(self, dimension: int) -> Split | FileRead:
        """What came of the file, with its vectors."""
        if isinstance(self.made, FileRead):
            return self.made
        packed = self.vectors.items()
        return replace(
            self.made, vectors={key: embedded_from(*pair, dimension) for key, pair in packed}
        )


def job_of(work: Work, *, ship: bool) -> Job:
    """What workers must know; with `ship` the model goes along, for machines without it."""
    embedder, reading = work.embedder, work.reading
    model: Model | Embedder = embedder
    if isinstance(embedder, OnnxEmbedder):
        folder = embedder.folder.resolve()
        files = {
            file.name: np.fromfile(file, np.uint8) for file in folder.iterdir() if file.is_file()
        }
        model = Model(folder, read_export(folder), files if ship else {})
    languages = reading.languages if reading.recognises else ""
    kept = Keys(work.kept() if work.known else ())
    return Job(work.listing.root, languages, work.limit, kept, model, version(work.limit))


def tasks_of(work: Work, files: Iterable[tuple[str, Path]]) -> Iterator[Task]:
    """The tasks for files of the folder."""
    for identifier, path in files:
        earlier = work.known.get(identifier)
        made = (earlier.sha256, earlier.signature) if earlier else ()
        yield Task(identifier, str(path), *made)


class Worker:
    """Does tasks, one after another, with a model that is loaded once."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._tasks: dict[str, Task] = {}
        self._fault = _fault_of(job)
        if self._fault:
            return
        self._readers = Readers(job.root, Reading(self._is_known, job.languages))
        try:
            self._embedder = _open(job.model)
        except (ModelError, OSError) as error:
            self._fault = f"{socket.gethostname()}: {error}"

    def do(self, tasks: Sequence[Task]) -> Iterator[list[Parcel]]:
        """What comes of files, some at a time, so that nobody waits long for any."""
        self._tasks = {task.identifier: task for task in tasks}
        parcels: list[Parcel] = []
        passages, began = 0, time.monotonic()
        for task in tasks:
            parcels.append(parcel := self._parcel(task))
            passages += len(parcel.vectors)
            if passages >= _PASSAGES or time.monotonic() - began >= _SECONDS:
                yield parcels
                parcels, passages, began = [], 0, time.monotonic()
        if parcels:
            yield parcels

    def _parcel(self, task: Task) -> Parcel:
        if self._fault:
            return Parcel(FileRead(task.identifier), fault=self._fault)
        read = self._readers.recognise(task.identifier, Path(task.path))
        made = made_of(read, self._embedder, self._job.limit)
        if not isinstance(made, Split):
            return Parcel(made)
        keys = {reuse_key(passage): passage for passage in made.passages}
        new = ((key, passage) for key, passage in keys.items() if key not in self._job.kept)
        vectors: dict[str, tuple[bytes, bytes]] = {}
        try:
            for batch in batches(new, _BATCH):
                for key, one in encode(self._embedder, dict(batch)).items():
                    vectors[key] = (pack_vector(one.vector), pack_sentences(one.sentences))
        except ReadError:
            vectors = {}  # whoever stores the document tries it, too, and says what is wrong
        return Parcel(made, vectors)

    def _is_known(self, identifier: str, sha256: str, read_as: Collection[str]) -> bool:
        task = self._tasks[identifier]
        now = signatures(read_as, self._job.limit)
        return task.sha256 == sha256 and task.signature in now


def _fault_of(job: Job) -> str:
    """Why this machine cannot do the job, or nothing."""
    host = socket.gethostname()
    if job.version != version(job.limit):
        return (
            f"{host} has askdocs {version(job.limit)}, and not {job.version}; install the same on"
            " all machines"
        )
    if not job.root.is_dir():
        return (
            f"{host} has no folder {job.root}: workers read the documents themselves; give a folder"
            " that all machines of the cluster share"
        )
    return ""


def _open(model: Model | Embedder) -> Embedder:
    """The model: from the folder it was exported to, if this machine has that, else as it came."""
    if not isinstance(model, Model):
        return model
    if not model.files or _is_at(model.folder, model.export):
        return open_embedder(model.folder, threads=_THREADS)
    # Once it is loaded, nothing of it is read again, so that the folder need not stay.
    with tempfile.TemporaryDirectory(prefix="askdocs-model-") as place:
        for name, data in model.files.items():
            data.tofile(Path(place, name))
        return open_embedder(Path(place), threads=_THREADS)


def _is_at(folder: Path, export: Export) -> bool:
    try:
        return read_export(folder) == export
    except ModelError:
        return False
