"""Keep the codes of a large store's vectors in a file, which is never trusted.

It is derived from the store and lies beside it. The store notes its digest, so a file that is
damaged, or is of another state of the store (one brought back from a backup), is told from the
right one and left alone; the codes are then made again from the vectors.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np

from askdocs.store import Store
from askdocs.store_schema import sync_folder
from askdocs.vectors_codes import Codes, no_codes

_NOTE = "codes"


def read_codes(store: Store, generation: int) -> Codes:
    """The codes that were written for a generation of the store; none if they cannot be used."""
    nothing = no_codes(store.dimension)
    try:
        note = json.loads(store.note(_note(store)))
        data = _path(store, generation).read_bytes()
        if note["generation"] != generation or note["digest"] != _digest(data):
            return nothing
        count = int(note["count"])
        numbers = np.frombuffer(data, "<i8", count).astype(np.int64)
        bits = np.frombuffer(data, "<u8", offset=8 * count).astype(np.uint64)
        return Codes(numbers, bits.reshape(len(nothing.bits), count), int(note["through"]))
    except (OSError, ValueError, KeyError, TypeError):
        return nothing


def write_codes(store: Store, generation: int, codes: Codes) -> None:
    """Write the codes of a generation of the store, whole or not at all. Raises `OSError`."""
    data = codes.numbers.astype("<i8").tobytes() + codes.bits.astype("<u8").tobytes()
    path = _path(store, generation)
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)
    note = {
        "generation": generation,
        "count": len(codes.numbers),
        "through": codes.through,
        "digest": _digest(data),
    }
    store.describe(**{_note(store): json.dumps(note)})
    for other in path.parent.glob("codes-*"):
        if other != path:
            other.unlink(missing_ok=True)


def remove_codes(store: Store) -> None:
    """Remove the file of a store that has become too small to need it."""
    if store.note(_note(store)):
        store.describe(**{_note(store): ""})
        for path in store.folder.glob("codes-*"):
            path.unlink(missing_ok=True)


def _path(store: Store, generation: int) -> Path:
    return store.folder / f"codes-{generation}"


def _note(store: Store) -> str:
    return f"{_NOTE}{store.here}"


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
