"""Processes that own index folders of a shared store: documents come and go while others ask."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import Any

from askdocs.config import Config
from askdocs.store import Store
from askdocs.vectors import ExactVectors
from askdocs.vectors_choice import owned_vectors
from askdocs.vectors_shared import SharedVectors
from test_vectors import META, put, random_units


def own_in_two(config: Config, folder: Path) -> list[tuple[float, bool, str]]:
    """What two processes tell that are owners at once, each of a folder of its own in this one."""
    spawn = multiprocessing.get_context("spawn")
    ready, told = spawn.Event(), spawn.Queue()
    children = [
        spawn.Process(target=own, args=(config, folder / name, name, ready, told))
        for name in ("x", "yy")
    ]
    for child in children:
        child.start()
    ready.set()
    found = [told.get(timeout=120) for _ in children]
    for child in children:
        child.join(30)
    return found


def own(config: Config, folder: Path, name: str, ready: Any, told: Any) -> None:
    """Add documents of that name and remove some; tell the worst recall, and whether the place is
    used in the end: meanwhile the other process may be writing to it all the time.
    """
    folder.mkdir()
    store = Store.open(config.store, create_with=META, folder=folder)
    vectors = owned_vectors(store, folder, config)
    assert isinstance(vectors, SharedVectors)
    ready.wait(60)
    worst = 1.0
    for number in range(8):
        put(store, f"{name}{number}", 40, seed=1_000 * len(name) + number)
        if number >= 4:
            store.remove_document(f"{name}{number - 4}")
        vectors.prepare()
        exact = ExactVectors(store)
        for query in random_units(3, seed=number):
            with store.snapshot():
                expected = {n for n, _ in exact.search(query, 10)}
                found = {n for n, _ in vectors.search(query, 10)}
            worst = min(worst, len(found & expected) / max(1, len(expected)))
    limit = time.monotonic() + 60
    while not vectors.in_use and time.monotonic() < limit:
        time.sleep(0.05)
        vectors.prepare()
    told.put((worst, vectors.in_use, vectors.trouble))
    vectors.close()
    store.close()
