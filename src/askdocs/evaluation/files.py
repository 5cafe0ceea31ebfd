"""Write what an evaluation leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

from askdocs.errors import AskdocsError


def write_whole(path: Path, text: str) -> None:
    """Write a file whole: a temporary name beside it, then a rename. Raises `AskdocsError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise AskdocsError(
            f"{path} cannot be written ({error.strerror}); choose another"
        ) from error
