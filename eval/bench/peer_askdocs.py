"""askdocs, by its Python interface; speed.py takes its `askdocs retrieve` for the cold measure.

It embeds with the model that comes with it, which is the same as that of the others, and exports it
into every new index; that counts as indexing. It finds for itself what has changed. The command
line is in peer_command.py.
"""

from collections.abc import Callable
from pathlib import Path

from peer_command import HITS, main

from askdocs import Index


class Askdocs:
    def __init__(self, store: str, model: str) -> None:
        self.store = store

    def build(self, documents: Path) -> int:
        with Index.build(documents, self.store) as index:
            return index.summary.passages

    def open(self) -> Callable[[str], list[str]]:
        index = Index.open(self.store)
        return lambda question: [hit.passage.text for hit in index.retrieve(question, k=HITS)]

    def update(self, documents: Path, changed: str) -> None:
        with Index.build(documents, self.store) as index:
            if index.summary.changed != 1:
                raise SystemExit(f"{changed} changed, but: {index.summary}")


if __name__ == "__main__":
    main(Askdocs)
