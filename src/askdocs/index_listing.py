"""Which files an index is made of: those of the documents folder, and why there may be none."""

from __future__ import annotations

from pathlib import Path

from askdocs import readers
from askdocs.errors import FolderError
from askdocs.readers.folder import Listing, files


def list_documents(folder: Path, *, leave_out: Path, known: int = 0) -> Listing:
    """The files in a folder. Raises `FolderError` if there is nothing to read in it.

    `known` is how many documents the index has from it.
    """
    if folder.resolve() == leave_out.resolve():
        raise FolderError(f"{folder} is to be the index; give another folder for it with --index")
    listing = files(folder, leave_out=leave_out)
    if not listing.files:
        raise nothing_to_read(folder, listing, known)
    return listing


def nothing_to_read(folder: Path, listing: Listing, known: int) -> FolderError:
    """The error for a folder without a file that can be read; `known` as above."""
    if known:
        return FolderError(
            f"{folder} holds nothing that can be read, but the index has {known} documents from "
            "it; nothing was removed: restore the folder, or delete the index"
        )
    others = f" ({len(listing.skipped)} files of other kinds)" if listing.skipped else ""
    return FolderError(
        f"{folder} holds nothing that can be read{others}; put documents in: {readers.KINDS_READ}"
    )
