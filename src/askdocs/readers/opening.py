"""Open the files of a folder safely and read them as they stood at one time."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from askdocs.errors import ReadError

SIZE_LIMIT = 50_000_000
"""The largest file that is read, in bytes."""

_ATTEMPTS = 5
_SETTLED = 0.1
"""Seconds since the last change after which a file is taken to be complete."""


def load(path: Path, *, root: Path | None = None) -> bytes:
    """The bytes of a file as they stood at one time. Raises `ReadError` with the reason.

    With `root` the file must stand in that folder. It is opened step by step from there, so that
    nobody can put a link in its way between the check and the reading.
    """
    try:
        descriptor = _open(path) if root is None else _open_within(path, root)
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


def _open(path: Path | str, *, folder: int | None = None, more: int = 0) -> int:
    # A pipe would block for ever; O_NONBLOCK lets us look at what was opened.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | more
    return os.open(path, flags, dir_fd=folder)


def _open_within(path: Path, root: Path) -> int:
    root = root.resolve(strict=True)
    try:
        # A link to a file elsewhere in the folder is followed here, and nowhere below.
        steps = path.resolve(strict=True).relative_to(root).parts
    except ValueError as error:
        raise ReadError("is a link to a file outside the folder") from error
    except RuntimeError as error:  # before Python 3.13
        raise ReadError("is a link to itself") from error
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in steps[:-1]:
            below = _open(step, folder=folder, more=os.O_DIRECTORY | os.O_NOFOLLOW)
            os.close(folder)
            folder = below
        return _open(steps[-1], folder=folder, more=os.O_NOFOLLOW)
    finally:
        os.close(folder)


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
