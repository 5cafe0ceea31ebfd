"""Let one process own an index at a time."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

from askdocs.errors import IndexInUse, IndexProblem

NAME = ".lock"


class Lock:
    """Ownership of an index folder, until `release` or the end of the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises `IndexInUse` if another process, or another index here, has it."""
        self._descriptor = _open(folder)
        if not _take(self._descriptor):
            os.close(self._descriptor)
            raise IndexInUse(
                f"{folder} is in use by {holder(folder) or 'another process'}; "
                "wait for it or stop it"
            )
        note = f"{os.getpid()} {datetime.now().astimezone().isoformat(timespec='seconds')}\n"
        with suppress(OSError):  # a full disk: the lock holds without a note, too
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, note.encode(), 0)

    def release(self) -> None:
        """Let go; doing so twice is no harm."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def holder(folder: Path) -> str:
    """Who owns an index folder, such as "process 123 since 12:03", or nothing."""
    note = holding(folder)
    return "" if note is None else _describe(note)


def holding(folder: Path) -> str | None:
    """What the owner of an index folder has noted in the lock; `None` if nobody owns it."""
    with suppress(OSError):
        descriptor = os.open(folder / NAME, os.O_RDONLY)
        try:
            if not _is_free(descriptor):
                return os.read(descriptor, 100).decode("ascii", "replace").strip()
        finally:
            os.close(descriptor)
    return None


def _open(folder: Path) -> int:
    try:
        return os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise IndexProblem(
            f"{folder} cannot be written: {error.strerror}; make it writable, or use another folder"
        ) from error


def _take(descriptor: int) -> bool:
    # More than one try, as `holder` takes a shared lock for a moment. The kernel lets go of a lock
    # when its process dies: it can never be stale.
    for pause in (0.02, 0.05, 0.1, 0):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(pause)
        else:
            return True
    return False


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _describe(note: str) -> str:
    process, _, since = note.partition(" ")
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:  # taken this very moment, and not noted yet
        return "another process"
    today = moment.date() == datetime.now(moment.tzinfo).date()
    return f"process {process} since {moment:{'%H:%M' if today else '%Y-%m-%d %H:%M'}}"
