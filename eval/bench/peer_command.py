"""The command line of every compared system's script, and the clocks in it.

    python peer_NAME.py build DOCUMENTS STORE MODEL
    python peer_NAME.py retrieve QUESTION STORE MODEL
    python peer_NAME.py serve-questions QUESTIONS.json STORE MODEL
    python peer_NAME.py update DOCUMENTS STORE MODEL CHANGED

Each prints JSON in its last line. A script gives a class with the four methods of `System` and ends
with `main(ITS_CLASS)`; whatever its library would import late, it imports at its top, so that the
clock of `build`, which starts in `main`, leaves imports out.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

HITS = 5
WARM_UP = 5


class System(Protocol):
    """A system over a store on disk, opened with the folder of the embedding model."""

    def __init__(self, store: str, model: str) -> None: ...

    def build(self, documents: Path) -> int:
        """Index a folder of text files, to disk; how many passages it made of them."""

    def open(self) -> Callable[[str], Sequence[str]]:
        """Open what is on disk; the function that finds the texts of the best five passages."""

    def update(self, documents: Path, changed: str) -> None:
        """Bring the index up to date after one file, named, has changed."""


def main(system: Callable[[str, str], System]) -> None:
    """Do what the command line says."""
    started = time.perf_counter()
    action, what, store, model, *changed = sys.argv[1:]
    if action == "build":
        passages = system(store, model).build(Path(what))
        seconds = time.perf_counter() - started
        told: Any = {
            "documents": sum(1 for path in Path(what).iterdir()),
            "passages": passages,
            "seconds": seconds,
            "peak_mb": _peak_mb(),
        }
    elif action == "retrieve":
        told = [text[:80] for text in system(store, model).open()(what)]
    elif action == "serve-questions":
        questions = json.loads(Path(what).read_text(encoding="utf-8"))
        told = _milliseconds(system(store, model).open(), questions)
    elif action == "update":
        system(store, model).update(Path(what), *changed)
        told = {"seconds": time.perf_counter() - started}
    else:
        sys.exit(f"no action is called {action!r}")
    print(json.dumps(told))


def _milliseconds(find: Callable[[str], Sequence[str]], questions: Sequence[str]) -> list[float]:
    """How long each question took, one after the other, once the system is warm."""
    for question in questions[:WARM_UP]:
        find(question)
    times = []
    for question in questions:
        started = time.perf_counter()
        texts = find(question)
        times.append(1000 * (time.perf_counter() - started))
        if len(texts) != HITS:
            sys.exit(f"{len(texts)} hits instead of {HITS} for {question!r}")
    return times


def _peak_mb() -> float:
    """The most memory held at once by this process, or by one that it started and waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(each).ru_maxrss for each in whose)
    return peak / (1024 if sys.platform != "darwin" else 1024 * 1024)
