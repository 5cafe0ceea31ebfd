"""Small honest stand-ins for what is slow or not to be had in a test."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from askdocs.types import Embedded, FloatArray, Passage

_WORD = re.compile(r"\w+")
_WORD_PLACES = 4096  # so many that two words hardly ever share one


class FakeEmbedder:
    """Counts words into `dimension` places by a hash of their stems, so like texts are near."""

    def __init__(self, name: str = "fake", dimension: int = 64) -> None:
        self.name = name
        self.fingerprint = f"{name}-{dimension}"
        self.dimension = dimension
        self.max_tokens = 256
        self.embedded = 0
        """How many passages have been embedded so far."""

    def encode_query(self, question: str, /) -> FloatArray:
        return self._vector(question)

    def encode_passages(self, passages: Sequence[Passage], /) -> list[Embedded]:
        self.embedded += len(passages)
        return [self._embed(passage) for passage in passages]

    def encode_words(self, words: Sequence[str], /) -> FloatArray:
        vectors = np.zeros((len(words), _WORD_PLACES), dtype=np.float32)
        for row, word in enumerate(words):
            vectors[row, self._place(word, _WORD_PLACES)] = 1
        return vectors

    def count_tokens(self, text: str, /) -> int:
        return len(_WORD.findall(text))

    def _embed(self, passage: Passage) -> Embedded:
        sentences = [self._vector(passage.slice(span)) for span in passage.sentences]
        stacked = np.array(sentences, dtype=np.float32).reshape(-1, self.dimension)
        return Embedded(self._vector(f"{passage.heading}\n{passage.text}"), stacked)

    def _vector(self, text: str) -> FloatArray:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for word in _WORD.findall(text.lower()):
            vector[self._place(word)] += 1
        norm = float(np.linalg.norm(vector))
        if norm == 0:
            vector[0] = norm = 1.0
        unit: FloatArray = vector / norm
        return unit

    def _place(self, word: str, places: int = 0) -> int:
        stem = re.sub(r"(?:ing|ed|es|s)$", "", word)
        digest = hashlib.sha256(f"{self.name} {stem}".encode()).digest()
        return int.from_bytes(digest[:4]) % (places or self.dimension)
