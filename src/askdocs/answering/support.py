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


def probability(evidence: Evidence) -> float:
    """The estimated probability that the sentence holds the answer, from 0 to 1."""
    weights, intercept = _weights("probability")
    return 1.0 / (1.0 + math.exp(-(float(weights @ evidence.features) + intercept)))


@cache
def _weights(name: str) -> tuple[FloatArray, float]:
    fitted = json.loads((files(__package__) / "support.json").read_text(encoding="utf-8"))[name]
    weights = np.array([fitted[feature] for feature in FEATURES], np.float32)
    return weights, float(fitted.get("intercept", 0.0))
