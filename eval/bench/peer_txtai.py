"""txtai: `Embeddings` with content, saved to disk, all else as it comes.

It does not split: a document is one passage, embedded as far as the model reads. The command line
is in peer_command.py.
"""

from collections.abc import Callable
from pathlib import Path

from peer_command import HITS, main
from txtai import Embeddings


class Txtai:
    def __init__(self, store: str, model: str) -> None:
        self.store, self.model = store, model

    def build(self, documents: Path) -> int:
        embeddings = Embeddings(path=self.model, content=True)
        embeddings.index(
            (path.name, path.read_text(encoding="utf-8"), None)
            for path in sorted(documents.iterdir())
        )
        embeddings.save(self.store)
        return embeddings.count()

    def open(self) -> Callable[[str], list[str]]:
        embeddings = self._load()
        return lambda question: [row["text"] for row in embeddings.search(question, HITS)]

    def update(self, documents: Path, changed: str) -> None:
        embeddings = self._load()
        text = (documents / changed).read_text(encoding="utf-8")
        embeddings.upsert([(changed, text, None)])
        embeddings.save(self.store)

    def _load(self) -> Embeddings:
        embeddings = Embeddings()
        embeddings.load(self.store)
        return embeddings


if __name__ == "__main__":
    main(Txtai)
