"""What several processes do at once with one store; each is started by a test."""

from __future__ import annotations

import random
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from askdocs import index_embedders
from askdocs.errors import DocumentNotFound, IndexInUse
from askdocs.index import Index
from askdocs.store import Store
from askdocs.types import Answer, Document
from fakes import FakeEmbedder
from stores import Place, put

SHARED = 6
"""Documents that every writer writes."""

OTHER = FakeEmbedder("other", 32)
"""The model that an index is rebuilt with."""


class Change(NamedTuple):
    """A change that the store has acknowledged: the new version of a document, "" if removed."""

    document: str
    version: str


class Written(NamedTuple):
    """What a writer was told that it has done."""

    changes: list[Change]
    turns: list[str]


def version(name: str, writer: int, step: int) -> Document:
    """A document of which every version has other words, and more or fewer passages."""
    text = " ".join(
        f"Writer {writer} wrote {step} line {n} of {name}." for n in range(1 + step % 5)
    )
    return Document(name, text, f"{name} by {writer}", f"{writer}-{step}")


def wait_for(signal: Path) -> None:
    while not signal.exists():
        time.sleep(0.002)


def write(place: Place, writer: int, steps: int, talk: str, signal: Path) -> Written:
    """Replace and remove documents, some of them our own, and say something now and then."""
    dice, done = random.Random(writer), Written([], [])
    with closing(place.store()) as store:
        wait_for(signal)
        for step in range(steps):
            name = f"own {writer} {dice.randrange(4)}"
            if dice.random() < 0.5:
                name = f"shared {dice.randrange(SHARED)}"
            _change(store, name, writer, step, done.changes, removes=dice.random() < 0.25)
            if step % 5 == 0:
                store.add_turn(talk, Answer(f"{writer} {step}", "said"))
                done.turns.append(f"{writer} {step}")
    return done


def _change(
    store: Store, name: str, writer: int, step: int, changes: list[Change], *, removes: bool
) -> None:
    if not removes:
        document = version(name, writer, step)
        put(store, document)
        changes.append(Change(name, document.sha256))
        return
    try:
        store.remove_document(name)
    except DocumentNotFound:
        return
    changes.append(Change(name, ""))


def build(place: Place, documents: Path, signal: Path) -> str:
    """Make the index of a folder; returns what came of it."""
    wait_for(signal)
    try:
        with place.build(documents) as index:
            return str(index.summary)
    except IndexInUse as error:
        return f"in use: {error}"


class App:
    """An app process, which goes on with one open index from call to call."""

    index: Index

    @classmethod
    def open(cls, place: Place) -> bool:
        """Open the index; says whether this process may change it."""
        # There is nothing to load of a model that is none.
        index_embedders.restore_export = lambda *_: None
        index_embedders.open_embedder = lambda _: OTHER
        cls.index = place.open()
        return cls.index.owned

    @classmethod
    def state(cls, question: str) -> tuple[int, str, list[str], list[str]]:
        """Revision, model, documents and where the best passages stand."""
        index = cls.index
        with index.store.snapshot():
            found = [hit.passage.document for hit in index.retrieve(question, k=2)]
            known = [info.id for info in index.documents()]
            return index.store.revision, index.store.meta.model, known, found

    @classmethod
    def say(cls, talk: str, question: str) -> list[str]:
        """Go on with a conversation; returns what was asked in it so far."""
        cls.index.store.add_turn(talk, Answer(question, "said"))
        return [turn.question for turn in cls.index.store.turns(talk)]

    @classmethod
    def close(cls) -> None:
        cls.index.close()
