"""Large indexes of real text: sentences of real documents, put together anew.

Every passage is new, of about 130 words, from two passages of the same subject; its vectors are
those of its sentences, which the real model made, and their mean with some noise. So neighbours are
near, words are as frequent as in the sources, and no model has to run a million times. What grows
slower than in life is the vocabulary: a word of the sources stands in the same share of the
passages at every size, which is the hard case for a word index.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askdocs.store import Store
from askdocs.types import Document, Embedded, Passage

PASSAGES_EACH = 20
"""Passages of a document."""

_WORDS = 130
_NEIGHBOURS = 30
_ELSEWHERE = 0.2  # share of passages that bring in another subject
_NOISE = 0.35

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Sources:
    """Passages to take sentences from: each a list of sentences, their vectors, its neighbours."""

    sentences: list[list[str]]
    vectors: list[Matrix]
    neighbours: NDArray[np.int64]


def read_sources(stores: Sequence[Path]) -> Sources:
    """The passages of indexes with their sentences and vectors."""
    sentences: list[list[str]] = []
    vectors: list[Matrix] = []
    means: list[Matrix] = []
    for path in stores:
        store = Store.open(path)
        numbers, matrix = store.vectors()
        found, starts, rows = store.sentence_vectors([int(n) for n in numbers])
        of_sentences = dict(zip(found.tolist(), np.split(rows, starts[1:]), strict=True))
        for row, passage in enumerate(store.passages([int(n) for n in numbers])):
            texts = [" ".join(passage.slice(span).split()) for span in passage.sentences]
            if texts and all(texts):
                sentences.append(texts)
                vectors.append(of_sentences[int(numbers[row])])
                means.append(matrix[row])
        store.close()
    every = np.stack(means)
    neighbours = np.empty((len(every), _NEIGHBOURS), np.int64)
    for start in range(0, len(every), 1000):
        cosines = every[start : start + 1000] @ every.T
        neighbours[start : start + 1000] = np.argpartition(-cosines, _NEIGHBOURS)[:, :_NEIGHBOURS]
    return Sources(sentences, vectors, neighbours)


def fill(store: Store, sources: Sources, count: int, *, seed: int = 0) -> None:
    """Put documents with `count` passages in all into a store."""
    for document, passages, embedded in documents(sources, count, seed=seed):
        store.replace_document(document, passages, embedded, signature="1-1-200")


def documents(
    sources: Sources, count: int, *, seed: int = 0
) -> Iterator[tuple[Document, list[Passage], list[Embedded]]]:
    """Documents with their passages and vectors, always the same for the same seed."""
    dice, noise = random.Random(seed), np.random.default_rng(seed)
    for number in range(-(-count // PASSAGES_EACH)):
        name = f"{seed}-{number:06}.txt"
        subject = dice.randrange(len(sources.sentences))
        length = min(PASSAGES_EACH, count - number * PASSAGES_EACH)
        parts = [_passage(sources, subject, dice) for _ in range(length)]
        yield _document(name, parts, noise)


def _passage(sources: Sources, subject: int, dice: random.Random) -> list[tuple[str, Matrix]]:
    """Sentences of about 130 words: a run from one passage, then from others of its subject."""
    found: list[tuple[str, Matrix]] = []
    words = 0
    while words < _WORDS:
        near = sources.neighbours[subject]
        source = int(near[dice.randrange(len(near))])
        if dice.random() < _ELSEWHERE:
            source = dice.randrange(len(sources.sentences))
        texts, vectors = sources.sentences[source], sources.vectors[source]
        start = dice.randrange(len(texts))
        for text, vector in zip(texts[start:], vectors[start:], strict=True):
            found.append((text, vector))
            words += text.count(" ") + 1
            if words >= _WORDS or dice.random() < 0.2:
                break
    return found


def _document(
    name: str, parts: Sequence[Sequence[tuple[str, Matrix]]], noise: np.random.Generator
) -> tuple[Document, list[Passage], list[Embedded]]:
    passages: list[Passage] = []
    embedded: list[Embedded] = []
    texts: list[str] = []
    at = 0
    dimension = len(parts[0][0][1])
    jitter = noise.standard_normal((len(parts), dimension), np.float32)
    jitter *= _NOISE / np.linalg.norm(jitter, axis=1, keepdims=True)
    for part, shift in zip(parts, jitter, strict=True):
        spans = []
        start = at
        for text, _ in part:
            spans.append((at, at + len(text)))
            at += len(text) + 1
        text = " ".join(text for text, _ in part)
        texts.append(text)
        at = start + len(text) + 1
        sentences = np.stack([vector for _, vector in part])
        mean = sentences.mean(axis=0)
        whole = mean / np.linalg.norm(mean) + shift
        passages.append(Passage(name, start, start + len(text), text, "", tuple(spans)))
        embedded.append(Embedded(whole / np.linalg.norm(whole), sentences))
    text = "\n".join(texts)
    return Document(name, text, f"Document {name}", f"sha-{name}"), passages, embedded
