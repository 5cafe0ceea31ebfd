"""A server with the whole REST API, for the tests of it: a small folder and a gold file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from askdocs.assistant import Assistant
from askdocs.config_server import ServerSettings
from askdocs.index import Index
from askdocs.web.app import create_app
from fakes import FakeEmbedder

HOME = "http://127.0.0.1:7860"
UNREST = "reports/unrest.txt"
QUESTION = "How many people were detained?"
TEXTS = {
    UNREST: "Around 7,939 people have been detained by the police.\n\nAfterwards 44 people died.\n",
    "reports/flood.md": "# Flood\n\nThe flood of 2019 took 12 bridges.\n\n## Now\n\nAll is well.",
    "town/trams.txt": "The tram was built in 1902. It carries 300 people an hour.",
    "town/odd \u00e9 \U0001f600 #%?.txt": "A name with everything in it.",
}
GOLD = {
    "id": "1",
    "question": QUESTION,
    "answerable": True,
    "all_of": [["7,939"]],
    "evidence": [{"document": UNREST, "quote": "7,939 people have been detained"}],
}


def make(folder: Path) -> None:
    """Write the documents, their index and a gold file."""
    for name, text in TEXTS.items():
        file = folder / "documents" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "documents" / "scan.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "my.jsonl").write_text(json.dumps(GOLD) + "\n", encoding="utf-8")
    Index.build(folder / "documents", folder / "index", embedder=FakeEmbedder()).close()


@contextmanager
def served(folder: Path, *, password: str = "", **settings: Any) -> Iterator[FastAPI]:
    """The app over what `make` has made."""
    with Index.open(folder / "index", embedder=FakeEmbedder()) as index:
        known = ServerSettings(gold=(str(folder / "my.jsonl"),), **settings)
        app = create_app(index, Assistant(index), known, password=password)
        try:
            yield app
        finally:
            app.state.quality.close()
            app.state.shelf.stop()
