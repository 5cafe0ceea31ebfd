"""Spans as the embedding model reads them: in their sentence, with the question in front."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from askdocs.answering.searched import Array, Searched
from askdocs.types import Embedder, FloatArray, Passage


@dataclass(frozen=True, slots=True)
class Context:
    """The vectors of the question's words (m, d), of the sentence's (n, d), and of its candidates.

    A candidate's vector is the mean of its words', all of them in their context.
    """

    question: FloatArray
    words: FloatArray
    spans: FloatArray

    @classmethod
    def of(cls, searched: Searched, vectors: FloatArray) -> Context:
        """The context from the vectors of `passage`'s sentences."""
        count = len(searched.wanted.tokens)
        words = vectors[count:]
        length = searched.last - searched.first + 1
        return cls(vectors[:count], words, searched.summed(words) / length[:, None])


def passage(question: str, searched: Searched) -> Passage:
    """What the model reads in one pass: each word stands where a sentence stands otherwise."""
    text = f"{question}\n{searched.text}"
    shift = len(question) + 1
    own = [(token.start, token.end) for token in searched.wanted.tokens]
    words = [(token.start + shift, token.end + shift) for token in searched.tokens]
    return Passage("", 0, len(text), text, sentences=(*own, *words))


def read(question: str, searched: Searched, embedder: Embedder) -> Context:
    """The vectors in context, in one pass of the model."""
    return Context.of(
        searched, embedder.encode_passages([passage(question, searched)])[0].sentences
    )


def phrase(searched: Searched, context: Context) -> FloatArray:
    """The vector of what is asked for: of "which team", of "capital" in "what is the capital"."""
    wanted = searched.wanted
    start, end = wanted.phrase
    if wanted.form == "copular" and wanted.head and wanted.head[0] >= end:
        return _mean(context.question[list(wanted.head)])
    return _mean(context.question[start:end] if end > start else context.question)


def likeness(searched: Searched, context: Context) -> dict[str, Array]:
    """How like the spans, their neighbours and what is left are to the parts of the question."""
    return dict(_likeness(searched, context))


def _likeness(searched: Searched, context: Context) -> Iterator[tuple[str, Array]]:
    asked = phrase(searched, context)
    head = list(searched.wanted.head)
    sides = {
        "asked": asked,
        "noun": _mean(context.question[head]) if head else asked,
        "question": _mean(context.question),
        "sentence": _mean(context.words),
    }
    spans = _rows(context.spans)
    whole = context.words.sum(axis=0)
    rest = _rows(whole[None] - searched.summed(context.words))
    for name, side in sides.items():
        side = side / max(float(np.linalg.norm(side)), 1e-6)
        words = np.append(context.words @ side, 0.0)
        yield f"{name} ~ span", spans @ side
        yield f"{name} ~ span, among all", _among_all(spans @ side)
        yield f"{name} ~ before, among all", _among_all(words[searched.beside(-1)])
        yield f"{name} ~ after, among all", _among_all(words[searched.beside(1)])
        yield f"{name} ~ rest, among all", _among_all(rest @ side)


def projected(searched: Searched, context: Context, words: FloatArray) -> dict[str, FloatArray]:
    """The span, its edges and its neighbours in the coordinates that `words` (d, k) projects on."""
    own = context.words @ words
    length = searched.last - searched.first + 1
    near = np.vstack([own, np.zeros((1, words.shape[1]), np.float32)])
    return {
        "span": searched.summed(own) / length[:, None].astype(np.float32),
        "first": near[searched.first],
        "last": near[searched.last],
        "before": near[searched.beside(-1)],
        "after": near[searched.beside(1)],
    }


def _mean(rows: FloatArray) -> FloatArray:
    return np.asarray(rows.mean(axis=0), np.float32)


def _rows(matrix: FloatArray) -> FloatArray:
    """The rows at unit length."""
    return np.asarray(matrix / np.maximum(np.linalg.norm(matrix, axis=1), 1e-6)[:, None])


def _among_all(measured: Array) -> Array:
    """How far above the mean of all candidates, in standard deviations."""
    return np.asarray((measured - measured.mean()) / (measured.std() + 1e-3))
