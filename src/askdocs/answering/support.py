"""How well a sentence answers: a score to choose by, and a calibrated probability to refuse by.

The score is linear in the sentence's features. The strength of an answer is a sum, too, to which
each signal adds by a curve of its own; then it is calibrated: the probability is the share of such
answers that were right. All numbers stand in `support.json`, which `eval/bench/fit_support.py`
makes from questions with known answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from askdocs.answering.evidence import FEATURES, Evidence
from askdocs.types import FloatArray

SIGNALS = (*FEATURES, "ahead", "most_similar", "short")
"""What tells whether a question is answered: the features of the sentence that answers best, by
how much it is ahead of the others, how similar the most similar is, how sure its short answer."""

MOST_AHEAD = 5.0
"""By how much a sentence can stand out; more says no more."""

NO_SHORT = 0.5
"""Said of the short answer to a question that has none, such as one for a reason."""


def selection_score(evidence: Evidence) -> float:
    """What sentences are ordered by; larger is better, and no more than that."""
    return float(_selection() @ evidence.features)


def signals(
    evidence: Evidence, ranked: Sequence[Evidence], together: Iterable[Evidence], short: float
) -> FloatArray:
    """The `SIGNALS` of a sentence among all that were found, `ranked` by score.

    It is held against those that do not stand `together` with it; `short` is the probability of its
    short answer.
    """
    places = {(e.hit.passage.document, e.span) for e in (evidence, *together)}
    others = (e for e in ranked if (e.hit.passage.document, e.span) not in places)
    rival = max(map(selection_score, others), default=0.0)
    ahead = min(MOST_AHEAD, selection_score(evidence) - rival)
    similar = max(e.feature("similarity") for e in ranked)
    return np.append(evidence.features, np.array([ahead, similar, short], np.float32))


def strength(found: FloatArray) -> float:
    """How much `SIGNALS` speak for an answer: log odds, before they are calibrated."""
    curves = _fitted()["strength"]
    total = float(curves["always"]["adds"][0])
    for name, value in zip(SIGNALS, found, strict=True):
        if name in curves:
            total += float(np.interp(value, curves[name]["at"], curves[name]["adds"]))
    return total


def probability(strength: float) -> float:
    """The share of answers of such strength that are right, from 0 to 1."""
    known = _fitted()["calibration"]
    return float(np.interp(strength, known["strength"], known["probability"]))


@cache
def _fitted() -> dict[str, Any]:
    text = (files(__package__) / "support.json").read_text(encoding="utf-8")
    fitted: dict[str, Any] = json.loads(text)
    return fitted


@cache
def _selection() -> FloatArray:
    return np.array([_fitted()["selection"][feature] for feature in FEATURES], np.float32)
