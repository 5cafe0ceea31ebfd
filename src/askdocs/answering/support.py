"""How well a sentence answers: a score to choose by, and a calibrated probability to refuse by.

Both are linear in the signals of `evidence.FEATURES`; the weights stand in `support.json`, which
`eval/bench/fit_support.py` makes from questions with known answers.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files

import numpy as np

from askdocs.answering.evidence import FEATURES, Evidence
from askdocs.types import FloatArray


def selection_score(evidence: Evidence) -> float:
    """What sentences are ordered by; larger is better, and no more than that."""
    weights, _ = _weights("selection")
    return float(weights @ evidence.features)


def probability(evidence: Evidence, rival: float) -> float:
    """The estimated probability that the sentence holds the answer, from 0 to 1.

    `rival` is the selection score of the best other sentence: to stand out is a signal of its own.
    """
    weights, intercept = _weights("probability")
    ahead = min(MOST_AHEAD, selection_score(evidence) - rival)
    logit = float(weights @ evidence.features) + _margin_weight() * ahead + intercept
    return 1.0 / (1.0 + math.exp(-logit))


MOST_AHEAD = 5.0
"""By how much a sentence can stand out; more says no more."""


@cache
def _margin_weight() -> float:
    return float(_fitted()["probability"]["margin"])


@cache
def _fitted() -> dict[str, dict[str, float]]:
    text = (files(__package__) / "support.json").read_text(encoding="utf-8")
    fitted: dict[str, dict[str, float]] = json.loads(text)
    return fitted


@cache
def _weights(name: str) -> tuple[FloatArray, float]:
    fitted = _fitted()[name]
    weights = np.array([fitted[feature] for feature in FEATURES], np.float32)
    return weights, float(fitted.get("intercept", 0.0))
