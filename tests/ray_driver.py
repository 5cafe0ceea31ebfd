"""Index a folder on Ray with slow passages, telling of each change; to be killed at any moment.

Arguments: the documents folder, the index folder, where Ray is, and a folder in which each worker
notes its number. Then the seconds that a passage takes.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from askdocs.errors import AskdocsError
from askdocs.index import Index
from askdocs.types import Embedded, Passage
from crash_worker import acknowledge, say
from fakes import FakeEmbedder


class SlowEmbedder(FakeEmbedder):
    """An embedder that takes its time, and notes which process it is in."""

    def __init__(self, notes: str, seconds: float) -> None:
        super().__init__()
        self._notes = notes
        self._seconds = seconds

    def encode_passages(self, passages: Sequence[Passage], /) -> list[Embedded]:
        Path(self._notes, str(os.getpid())).touch()
        time.sleep(self._seconds * len(passages))
        return super().encode_passages(passages)


def main(documents: str, index: str, address: str, notes: str, seconds: str) -> None:
    acknowledge()
    say("start")
    Index.build(documents, index, embedder=SlowEmbedder(notes, float(seconds)), ray=address).close()
    say("end")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except AskdocsError as error:
        sys.exit(str(error))
