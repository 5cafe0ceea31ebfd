"""Read files of many kinds into text with named places; one module for each family.

A reader is a function from the bytes of a file and its stem to `Extracted`. To add one, write its
module and enter its suffixes into `READERS`.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from askdocs.errors import ReadError
from askdocs.readers import markdown, plain
from askdocs.types import Extracted

Reader = Callable[[bytes, str], Extracted]

READERS: Mapping[str, Reader] = {
    ".txt": plain.extract,
    ".text": plain.extract,
    ".md": markdown.extract,
    ".markdown": markdown.extract,
}
"""Which function reads which suffix."""

SUFFIXES = frozenset(READERS)
"""The suffixes that can be read, in lower case."""

VERSION = "1"
"""Raised when a reader gives another text for the same bytes, so that files are read again."""

SIZE_LIMIT = 50_000_000
"""The largest file that is read, in bytes."""

_ATTEMPTS = 5
_SETTLED = 0.1
"""Seconds since the last change after which a file is taken to be complete."""


def read(path: Path) -> Extracted:
    """The text of a file and the places in it. Raises `ReadError` with the reason."""
    return extract(path, load(path))


def load(path: Path) -> bytes:
    """The bytes of a file as they stood at one time. Raises `ReadError` with the reason."""
    try:
        # A pipe would block for ever; O_NONBLOCK lets us look at what was opened.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            _require_readable(os.fstat(descriptor))
            for _ in range(_ATTEMPTS):
                before = _state(os.fstat(descriptor))
                file.seek(0)
                data = file.read(SIZE_LIMIT + 1)
                status = os.fstat(descriptor)
                _require_readable(status)
                if _is_settled(status) and before == _state(status) and len(data) == before[0]:
                    return data
                time.sleep(_SETTLED)
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}") from error
    raise ReadError("is being written; index again when it is complete")


def extract(path: Path, data: bytes) -> Extracted:
    """What the reader for `path` makes of its bytes. Raises `ReadError` with the reason."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ReadError(f"type {path.suffix or 'without a suffix'} is not supported")
    extracted = reader(data, path.stem)
    if not extracted.text.strip():
        raise ReadError("is empty")
    return extracted


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_settled(status: os.stat_result) -> bool:
    # A time in the future says nothing.
    return not 0 <= time.time() - status.st_mtime < _SETTLED


def _require_readable(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("is not a file")
    if status.st_size > SIZE_LIMIT:
        raise ReadError(f"is larger than {SIZE_LIMIT // 1_000_000} MB")
