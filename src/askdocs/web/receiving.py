"""Take in a file from the page: whole or not at all, never over another file, never by a link."""

from __future__ import annotations

import errno
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Self

from askdocs.errors import AskdocsError
from askdocs.readers.kinds import kind_by_name
from askdocs.readers.opening import SIZE_LIMIT

UPLOADS = "uploads"
"""The folder within the documents folder that files from the page are put into."""

LIMIT = SIZE_LIMIT
"""The largest file that is taken, in bytes: larger ones would not be read."""

_MARK = ".made-by-askdocs"
_PART = re.compile(r"\.part-[0-9a-f]{16}")
_NAME_BYTES = 200
_SUFFIX_BYTES = 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)
_ABANDONED = 3600.0
"""Seconds after which a part that nobody has written to is one of a server that was killed."""


class Refused(AskdocsError):
    """The page may not do that; `status` is what HTTP calls it."""

    def __init__(self, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.status = status


def clean_name(name: str) -> str:
    r"""A name that a stranger gave a file, as a name that is one on any disk.

    >>> clean_name("C:\\notes\\..\\a\x00b.pdf"), clean_name("/etc/.passwd"), clean_name("..")
    ('ab.pdf', 'passwd', 'document')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(" " if c.isspace() else c for c in last if c.isspace() or not _is_control(c))
    plain = re.sub(r'[<>:"|?*]', "_", " ".join(kept.split())).rstrip(". ")
    if plain.startswith(".") and kind_by_name(f"document{plain}"):
        plain = f"document{plain}"  # nothing is left but how it ends
    path = PurePosixPath(plain.strip(". ") or "document")
    suffix = path.suffix if len(path.suffix.encode()) <= _SUFFIX_BYTES else ""
    stem = path.name.removesuffix(suffix).encode()[: _NAME_BYTES - len(suffix.encode())]
    return (stem.decode("utf-8", "ignore").rstrip(". ") or "document") + suffix


def _is_control(character: str) -> bool:
    """Whether this is a control, a format sign that turns words around, a surrogate or nothing."""
    return unicodedata.category(character).startswith("C")


class Incoming:
    """A file on its way to the disk; gone again at the end of a `with` unless it was kept."""

    def __init__(self, root: Path, folder: str, name: str, limit: int = LIMIT) -> None:
        """Begin to write the file `name` into `folder` below `root`. Raises `Refused`."""
        self.name = clean_name(name)
        self.folder = folder
        self._limit = limit
        self._size = 0
        if kind_by_name(self.name) is None:
            raise Refused(
                f"{self.name}: files of this type cannot be read, so it is not taken", 415
            )
        self._within = _made(root, folder)
        self._part = f".part-{secrets.token_hex(8)}"
        try:
            with _explained(self.name):
                _tidy(self._within)
                self._file = os.fdopen(os.open(self._part, _NEW, 0o644, dir_fd=self._within), "wb")
        except BaseException:
            os.close(self._within)
            raise

    def write(self, data: bytes) -> None:
        """Add to the file. Raises `Refused` if it gets too large, or the disk is full."""
        self._size += len(data)
        require_size(self.name, self._size, self._limit)
        with _explained(self.name):
            self._file.write(data)

    def keep(self) -> str:
        """Put the whole file on the disk under a name that is free, and return its id."""
        with _explained(self.name):
            self._file.flush()
            os.fsync(self._file.fileno())
            name = next(name for name in _names(self.name) if self._place(name))
            os.fsync(self._within)
        return f"{self.folder}/{name}" if self.folder else name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):  # a full disk
            self._file.close()
        with suppress(FileNotFoundError):
            os.unlink(self._part, dir_fd=self._within)
        os.close(self._within)

    def _place(self, name: str) -> bool:
        """Give the file this name, unless there is one of that name already."""
        within = self._within
        try:
            os.link(self._part, name, src_dir_fd=within, dst_dir_fd=within, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return self._place_without_links(name)
        return True

    def _place_without_links(self, name: str) -> bool:
        """On a disk that knows no links: first take the name, then put the file there."""
        try:
            os.close(os.open(name, _NEW, 0o644, dir_fd=self._within))
        except FileExistsError:
            return False
        os.rename(self._part, name, src_dir_fd=self._within, dst_dir_fd=self._within)
        return True


def require_size(name: str, size: int, limit: int = LIMIT) -> None:
    """Raise `Refused` for a file that is too large."""
    if size > limit:
        raise Refused(
            f"{name} is larger than {limit / 1e6:.0f} MB; split it, and add the parts", 413
        )


def is_ours(root: Path) -> bool:
    """Whether the folder of uploads was made here, so that what is in it may be deleted here."""
    return (root / UPLOADS / _MARK).is_file()


def delete(root: Path, identifier: str) -> None:
    """Delete a file that came from the page; one that is gone already stays gone.

    Raises `Refused` if it did not come from there, or cannot be deleted.
    """
    first, *below = identifier.split("/")
    if first != UPLOADS or not below or not is_ours(root):
        raise Refused(f"{identifier} did not come from the page; it can be left out only")
    with _explained(identifier), suppress(FileNotFoundError):
        within = _opened(root, [first, *below[:-1]])
        try:
            os.unlink(below[-1], dir_fd=within)
            os.fsync(within)
        finally:
            os.close(within)


def _names(name: str) -> Iterator[str]:
    """The name, then others that say the same.

    >>> names = _names("a.pdf")
    >>> next(names), next(names)
    ('a.pdf', 'a (2).pdf')
    """
    yield name
    path = PurePosixPath(name)
    for number in range(2, 10_000):
        yield f"{path.stem} ({number}){path.suffix}"
    raise Refused(f"there are too many files called {name}; rename it, and add it again")


def _made(root: Path, folder: str) -> int:
    """The open folder below `root`; that of uploads is made and marked when it is first used."""
    steps = [step for step in folder.split("/") if step]
    if any(step in (".", "..") or step.startswith(".") or "\0" in step for step in steps):
        raise Refused(f"{folder!r} is not a folder of the documents; choose one of the list", 422)
    with _explained(folder or str(root)):
        if steps[:1] == [UPLOADS]:
            with suppress(FileExistsError):
                (root / UPLOADS).mkdir()
                os.close(os.open(root / UPLOADS / _MARK, _NEW, 0o644))
        return _opened(root, steps)


def _opened(root: Path, steps: list[str]) -> int:
    """The folder at the end of these steps, of which none is a link."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for step in steps:
        try:
            below = os.open(step, _FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = below
    return folder


def _tidy(folder: int) -> None:
    """Remove what a server that was killed had begun to write."""
    for name in os.listdir(folder):
        if _PART.fullmatch(name):
            with suppress(OSError):
                if time.time() - os.stat(name, dir_fd=folder).st_mtime > _ABANDONED:
                    os.unlink(name, dir_fd=folder)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Say in a sentence why the disk will not do it."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(
                f"{name}: the disk is full; free some space, and try again", 507
            ) from error
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Refused(f"{name}: is behind a link, which is not followed") from error
        raise Refused(f"{name} cannot be written: {error.strerror or error}") from error
