"""Question and hits -> the same hits in a better order, by a model that reads both together.

A cross-encoder (Nogueira and Cho, 2019) is more exact than comparing vectors and much slower, so
it reads only the best candidates. None is used unless one is set, and torch is imported only then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from askdocs.errors import ModelError
from askdocs.exporting import hub_reachable
from askdocs.types import FloatArray, Hit, Passage

CANDIDATES = 20
"""How many hits are read; each takes a pass of the model."""

_REMEDY = "correct ASKDOCS_RERANKER, or unset it to do without"


class Reranker(Protocol):
    """Tells how well each text answers a question."""

    name: str

    def score(self, question: str, texts: Sequence[str], /) -> FloatArray:
        """One number for each text, shape (n,), the higher the better. Raises `ModelError`."""
        ...


def load_reranker(name: str) -> Reranker:
    """The cross-encoder in a folder or of a hub name.

    Raises `ModelError` if it is missing, damaged or no model that gives one score.
    """
    is_folder = Path(name).is_dir()
    if not is_folder and (name.startswith((".", "/", "~")) or name.count("/") != 1):
        raise ModelError(
            f"{name} is no folder with a reranker, and no hub name such as owner/model; {_REMEDY}"
        )
    try:
        model = _load(name, ask_hub=not is_folder)
    except Exception as error:  # a hub, a file system and a parser can each fail in their own way
        raise ModelError(
            f"the reranker {name!r} cannot be loaded: {_reason(error)}; {_REMEDY}"
        ) from error
    _require_one_score(name, model)
    return _CrossEncoderReranker(name, model)


def rerank(question: str, hits: Sequence[Hit], reranker: Reranker, k: int) -> list[Hit]:
    """The `k` best of the hits as the reranker judges them, best first.

    `score` is the reranker's, scaled to 0..1 over the hits; where it finds hits equal, their
    earlier scores decide. `parts` keeps its own number as `reranker` and the earlier score as
    `fused`. Raises `ModelError` if the reranker does not give a number for each hit.
    """
    if not hits:
        return []
    texts = [_text(hit.passage) for hit in hits]
    unique = list(dict.fromkeys(texts))  # the same words are read once, and score the same
    numbers = _numbers(reranker.score(question, unique), len(unique), reranker.name)
    by_text = dict(zip(unique, numbers, strict=True))
    least, most = min(numbers), max(numbers)
    judged = []
    for hit, text in zip(hits, texts, strict=True):
        scaled = (by_text[text] - least) / (most - least) if most > least else 1.0
        parts = {**hit.parts, "reranker": by_text[text], "fused": hit.score}
        judged.append(replace(hit, score=scaled, parts=parts))
    judged.sort(key=lambda hit: (-hit.parts["reranker"], -hit.parts["fused"]))
    return judged[:k]


class _CrossEncoderReranker:
    """A cross-encoder of sentence-transformers, with the prompt and the length it was saved with.

    One thread reads at a time: a pass uses all cores, and the tokenizer keeps state.
    """

    def __init__(self, name: str, model: Any) -> None:
        self.name = name
        self._model = model
        self._reading = threading.Lock()

    def score(self, question: str, texts: Sequence[str], /) -> FloatArray:
        """One number for each text, as the model gives it: a logit or a probability."""
        if not texts:
            return np.zeros(0, np.float32)
        pairs = [(question, text) for text in texts]
        try:
            with self._reading:
                scores = self._model.predict(pairs, show_progress_bar=False)
        except Exception as error:  # a model's runtime raises what it likes
            raise ModelError(
                f"the reranker {self.name!r} failed: {_reason(error)}; {_REMEDY}"
            ) from error
        return np.asarray(scores, np.float32)


def _text(passage: Passage) -> str:
    """What is read of a passage: the same as for its vector."""
    return f"{passage.heading}\n{passage.text}" if passage.heading else passage.text


def _numbers(scores: FloatArray, wanted: int, name: str) -> list[float]:
    """The scores in double precision, in which their differences stay finite."""
    given = np.asarray(scores, np.float64)
    if given.shape != (wanted,):
        shape = "x".join(map(str, given.shape)) or "single"
        raise ModelError(
            f"the reranker {name!r} gave {shape} scores for {wanted} passages; {_REMEDY}"
        )
    if not np.isfinite(given).all():
        wrong = given[~np.isfinite(given)][0]
        raise ModelError(f"the reranker {name!r} gave the score {wrong}; {_REMEDY}")
    return [float(number) for number in given]


def _require_one_score(name: str, model: Any) -> None:
    """Raise `ModelError` for a model that was not trained to score a pair.

    sentence-transformers loads those, too, and makes up the layer that is lacking at random.
    """
    kinds = [type(module).__name__ for module in model]
    architecture = (getattr(model.config, "architectures", None) or ["nameless"])[0]
    if kinds == ["Transformer"] and not architecture.endswith("ForSequenceClassification"):
        raise ModelError(f"the model {name!r} is a {architecture}, no cross-encoder; {_REMEDY}")
    if model.num_labels != 1:
        raise ModelError(
            f"the reranker {name!r} gives {model.num_labels} scores for a pair, not one; {_REMEDY}"
        )


def _load(name: str, *, ask_hub: bool) -> Any:
    """The model: from disk, where a hub model is, too, once it was loaded; else from the hub."""
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    settings = {"device": "cpu", "trust_remote_code": False}
    with _quiet():
        try:
            return CrossEncoder(name, **settings)
        except Exception:  # as above
            if not ask_hub:
                raise
        with hub_reachable():
            return CrossEncoder(name, **settings)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the reports that libraries log: an error is one line."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
