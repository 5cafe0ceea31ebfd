"""List the files of a documents folder: those to read, and those left out with the reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from askdocs.errors import FolderError
from askdocs.readers.kinds import kind_by_name


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a folder by id; `skipped` are the ids of others, each with the reason.

    `closed` are the folders within that could not be listed, so that nothing is known of what is in
    them; `mounts` are those that are on another file system than the folder they are in. An id is
    the path below the folder, with `/` between its parts.
    """

    root: Path
    mounts: tuple[str, ...]
    files: tuple[tuple[str, Path], ...]
    skipped: tuple[tuple[str, str], ...]
    closed: tuple[str, ...] = ()

    def knows(self, identifier: str) -> bool:
        """Whether this listing could have seen the file `identifier`."""
        return not any(identifier.startswith(f"{folder}/") for folder in self.closed)

    def without(self, identifiers: Collection[str]) -> Listing:
        """The listing without the files that are left out by choice."""
        return replace(
            self,
            files=tuple(file for file in self.files if file[0] not in identifiers),
            skipped=tuple(file for file in self.skipped if file[0] not in identifiers),
        )

    def without_lost(self, mounts: Iterable[str]) -> Listing:
        """The listing, knowing of folders that were mounted once: an empty one may be so again."""
        seen = [identifier for identifier, _ in self.files]
        lost = tuple(
            mount
            for mount in mounts
            if mount not in self.mounts and not any(s.startswith(f"{mount}/") for s in seen)
        )
        told = (
            (mount, "is no longer mounted; the index keeps what it has of it") for mount in lost
        )
        return replace(
            self,
            mounts=(*self.mounts, *lost),
            closed=(*self.closed, *lost),
            skipped=(*self.skipped, *told),
        )


@dataclass(frozen=True, slots=True)
class _Found:
    identifier: str
    path: Path
    reason: str = ""
    closed: bool = False
    mount: bool = False


def files(folder: Path, *, leave_out: Path | None = None) -> Listing:
    """The files in and below a folder, in the order of their ids. Hidden ones are passed over.

    `leave_out` is a folder within that is passed over, too. Raises `FolderError`.
    """
    if not folder.exists():
        raise FolderError(f"there is no folder {folder}; give the folder that holds the documents")
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder; give the folder that holds the documents")
    root = folder.resolve()
    passed_over = leave_out.resolve() if leave_out else None
    try:
        entries = _entries(root)
    except OSError as error:
        raise FolderError(f"{folder} cannot be read: {error.strerror or error}") from error
    found = sorted(_walk(root, "", entries, passed_over), key=lambda f: f.identifier)
    return Listing(
        root=root,
        mounts=tuple(f.identifier for f in found if f.mount),
        files=tuple((f.identifier, f.path) for f in found if not (f.reason or f.mount)),
        skipped=tuple((f.identifier, f.reason) for f in found if f.reason),
        closed=tuple(f.identifier for f in found if f.closed),
    )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".")]


def _walk(
    root: Path, prefix: str, entries: list[os.DirEntry[str]], passed_over: Path | None
) -> Iterator[_Found]:
    for entry in entries:
        path = Path(entry.path)
        if path == passed_over:
            continue
        identifier = prefix + entry.name
        if not _is_text(identifier):
            shown = identifier.encode("utf-8", "backslashreplace").decode()
            yield _Found(shown, path, "its name is not valid UTF-8")
        elif entry.is_dir(follow_symlinks=False):
            if path.is_mount():
                yield _Found(identifier, path, mount=True)
            try:
                below = _entries(path)
            except OSError as error:
                reason = f"cannot be listed: {error.strerror or error}"
                yield _Found(identifier, path, reason, closed=True)
            else:
                yield from _walk(root, f"{identifier}/", below, passed_over)
        else:
            yield _Found(identifier, path, _objection(root, path, entry))


def _objection(root: Path, path: Path, entry: os.DirEntry[str]) -> str:
    """Why a file is not read, or nothing."""
    try:
        if entry.is_symlink():
            if entry.is_dir():
                return "is a link to a folder"
            if not path.resolve(strict=True).is_relative_to(root):
                return "is a link to a file outside the folder"
        if not stat.S_ISREG(entry.stat().st_mode):
            return "is not a file"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if kind_by_name(path.name) is None:
        return f"type {path.suffix} is not supported" if path.suffix else "has no known type"
    return ""


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
