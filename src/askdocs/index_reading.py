"""Read the files of a folder ahead of what is made of them, several at a time."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from askdocs import readers
from askdocs.errors import ReadError
from askdocs.readers import ocr
from askdocs.readers.folder import Listing
from askdocs.readers.sandbox import Sandbox
from askdocs.store import Store
from askdocs.types import Document, Extracted

_MOST_PROCESSES = 4
_AHEAD = 4
"""Files that may wait, read, until those before them are done."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """What came of reading a file: a document, or nothing if it is unchanged, or a reason.

    `sha256` is empty if the file's bytes could not be had. `signature` names how it was read.
    """

    identifier: str
    sha256: str = ""
    document: Document | None = None
    reason: str = ""
    signature: str = ""
    waits: bool = False


class Doing(str):
    """What is being done, and the `file` that was last begun to be read."""

    file: str

    def __new__(cls, what: str, file: str = "") -> Self:
        """What is being done, with the file."""
        made = super().__new__(cls, what)
        made.file = file
        return made


def _unheard(identifier: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: which are `known(identifier, sha256, signatures)` and need not be.

    `languages` are those of the pictures, as Tesseract calls them; without any, and without
    Tesseract, letters in pictures are not recognised.
    """

    known: Callable[[str, str, Collection[str]], bool]
    languages: str = ""
    processes: int | None = None
    begins: Callable[[str], None] = _unheard
    """Told in any thread which file is about to be read."""

    @property
    def recognises(self) -> bool:
        """Whether letters in pictures are recognised."""
        return bool(self.languages) and ocr.is_there()

    @property
    def signatures(self) -> tuple[str, str]:
        """How a file without and with pictures of pages is read now."""
        plain = readers.VERSION
        return plain, f"{plain}:pictures:{self.languages if self.recognises else ''}"


def known_mounts(store: Store) -> list[str]:
    """The folders within the documents folder that were mounted. Raises `IndexDamaged`.

    Without knowing them, what the index has of a disk that is not there could be removed.
    """
    try:
        mounts = json.loads(store.meta.mounts)
    except (ValueError, RecursionError):
        mounts = None
    if not isinstance(mounts, list) or not all(isinstance(mount, str) for mount in mounts):
        raise store.damaged("its note of the mounted folders cannot be read")
    return mounts


def read_ahead(listing: Listing, reading: Reading) -> Iterator[FileRead]:
    """Read the files of a folder, in their order; those with pictures of pages come last."""
    count = reading.processes or min(os.cpu_count() or 1, _MOST_PROCESSES)
    waiting: list[tuple[str, Path]] = []
    paths = dict(listing.files)
    with Readers(listing.root, reading) as each:
        for file in _several(each.read, listing.files, count, each.stop):
            if file.waits:
                waiting.append((file.identifier, paths[file.identifier]))
            else:
                yield file
        yield from _several(each.recognise, waiting, count, each.stop)


def _several(
    read: Callable[[str, Path], FileRead],
    files: Iterable[tuple[str, Path]],
    count: int,
    stop: Callable[[], None],
) -> Iterator[FileRead]:
    """Read files in threads, a few ahead of what is asked for; `stop` ends what is under way."""
    pool = ThreadPoolExecutor(count)
    pending: deque[Future[FileRead]] = deque()
    try:
        for identifier, path in files:
            pending.append(pool.submit(read, identifier, path))
            if len(pending) > count + _AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        if pending:  # nobody listens any more
            stop()
        pool.shutdown(cancel_futures=True)


class Readers:
    """A child process for each thread that reads."""

    def __init__(self, root: Path, reading: Reading) -> None:
        self._root = root
        self._reading = reading
        self._own = threading.local()
        self._all: list[Sandbox] = []

    def read(self, identifier: str, path: Path) -> FileRead:
        """Read one file; if there are pictures of pages in it to recognise, it waits."""
        return self._read(identifier, path, recognise=False)

    def recognise(self, identifier: str, path: Path) -> FileRead:
        """Read one file with its pictures of pages."""
        return self._read(identifier, path, recognise=True)

    def stop(self) -> None:
        """End what is being read now; nothing is read after it."""
        for sandbox in self._all:
            sandbox.stop()

    def _read(self, identifier: str, path: Path, *, recognise: bool) -> FileRead:
        sha256, (plain, pictured) = "", self._reading.signatures
        self._reading.begins(identifier)
        try:
            data = readers.load(path, root=self._root)
            sha256 = hashlib.sha256(data).hexdigest()
            if self._reading.known(identifier, sha256, (plain, pictured)):
                return FileRead(identifier, sha256)
            extracted = self._sandbox().extract(path.name, data)
            signature = pictured if extracted.pictures else plain
            if extracted.pictures and self._reading.recognises and not recognise:
                return FileRead(identifier, sha256, waits=True)
            if extracted.pictures:
                extracted = self._with_pictures(path.name, data, extracted)
        except ReadError as error:
            return FileRead(identifier, sha256, reason=str(error))
        except MemoryError:
            return FileRead(identifier, sha256, reason="needs more memory than there is; split it")
        document = Document(
            id=identifier,
            text=extracted.text,
            title=extracted.title,
            sha256=sha256,
            date=extracted.date,
            anchors=extracted.anchors,
            author=extracted.author,
            remarks=extracted.remarks,
        )
        return FileRead(identifier, sha256, document, signature=signature)

    def _with_pictures(self, name: str, data: bytes, extracted: Extracted) -> Extracted:
        """The text with what the pictures say. Raises `ReadError` if that leaves no text at all."""
        pages: dict[int, ocr.Recognised] = {}
        remarks = list(extracted.remarks)
        if self._reading.recognises:
            for number in (picture.number for picture in extracted.pictures):
                try:
                    picture = self._sandbox().render_page(name, data, number)
                    pages[number] = ocr.recognise(picture, self._reading.languages)
                except ReadError as error:
                    remarks.append(f"page {number} {error}")
            if pages:
                remarks.append(ocr.remark(pages))
        else:
            told = ocr.missing(len(extracted.pictures))
            remarks.append(f"{told}; install Tesseract to have the letters recognised")
        made = ocr.with_recognised(extracted, pages)
        if not made.text.strip():
            raise ReadError(f"has no text ({'; '.join(remarks)})")
        return replace(made, remarks=tuple(remarks))

    def _sandbox(self) -> Sandbox:
        if not hasattr(self._own, "sandbox"):
            self._own.sandbox = Sandbox()
            self._all.append(self._own.sandbox)
        made: Sandbox = self._own.sandbox
        return made

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *error: object) -> None:
        for sandbox in self._all:
            sandbox.close()
