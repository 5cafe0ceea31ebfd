"""Tell whether the files of a vector index are byte for byte those that were left there."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 1 << 20


class UnsealableError(ValueError):
    """A folder holds what no sound vector index holds."""


def digest(folder: Path, *, size_limit: int) -> str:
    """A digest of the names and contents of all files in a folder.

    Raises `UnsealableError` if there is anything else than files, or more than `size_limit` bytes:
    Chroma has been seen to leave a sparse file of 400 GB. Raises `OSError`.
    """
    paths = sorted(_files(folder))
    if sum(path.stat().st_size for path in paths) > size_limit:
        raise UnsealableError(f"{folder} has grown beyond {size_limit} bytes")
    total = hashlib.blake2b(digest_size=16)
    for path in paths:
        name = path.relative_to(folder).as_posix()
        total.update(f"{name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                total.update(block)
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder, onerror=_raise):
        for name in names:
            path = Path(parent, name)
            if not stat.S_ISREG(path.lstat().st_mode):
                raise UnsealableError(f"{path} is not a file")
            yield path


def _raise(error: OSError) -> None:
    raise error
