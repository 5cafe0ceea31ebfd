"""Index a folder and print each document when it is acknowledged; to be killed at any moment.

Arguments: the documents folder, the index folder, the address of a PostgreSQL server or nothing,
then "chroma" if Chroma is to be used, or "rebuild" and the present model if the index is to be
rebuilt with another.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from askdocs import index_building, index_rebuilding, vectors_chroma
from askdocs.errors import AskdocsError
from askdocs.index import Index
from askdocs.store import Store
from askdocs.types import Document, Passage
from fakes import FakeEmbedder
from stores import Place


def acknowledge() -> None:
    """Let a store tell of each change once the change is said to be done."""
    replace, remove = Store.replace_document, Store.remove_document

    def replace_document(store: Store, document: Document, *rest: Any, **options: Any) -> None:
        replace(store, document, *rest, **options)
        say(f"in {document.sha256} {document.id}")

    def remove_document(store: Store, identifier: str) -> None:
        remove(store, identifier)
        say(f"out - {identifier}")

    Store.replace_document, Store.remove_document = replace_document, remove_document


def rebuild(place: Place, model: str) -> None:
    other = FakeEmbedder("other", 32) if model == "fake" else FakeEmbedder()
    with Index.open(place.folder, config=place.config) as opened:
        opened.rebuild(embedder=other)


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def split_in_lines(
    document: Document, count_tokens: Callable[[str], int], *, max_tokens: int
) -> list[Passage]:
    """A passage a line: the trained sentence model takes seconds to load."""
    found, start = [], 0
    for line in document.text.splitlines(keepends=True):
        end = start + len(line)
        found.append(Passage(document.id, start, end, line, "", ((start, end),)))
        start = end
    return found


def no_client(folder: Path) -> None:
    raise RuntimeError("left out, for speed")


def main(documents: str, index: str, address: str = "", *options: str) -> None:
    place = Place(Path(index), address)
    if "chroma" not in options:
        vectors_chroma.open_client = no_client
    index_building.split = index_rebuilding.split = split_in_lines
    acknowledge()
    say("start")
    if "rebuild" in options:
        rebuild(place, options[-1])
    else:
        place.build(Path(documents)).close()
    say("end")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except AskdocsError as error:
        sys.exit(str(error))
