"""Reckon with the scores of passages: one for each number of a passage, in one array."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
"""Numbers of passages."""


def rarity(count: int, total: int) -> float:
    """What a word is worth: its inverse document frequency, never negative."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def only(scores: NDArray[np.float32], numbers: Numbers) -> NDArray[np.float32]:
    """The scores of these passages, and nothing for the others."""
    kept = np.zeros_like(scores)
    numbers = numbers[numbers < len(scores)]  # the word index may lack the last
    kept[numbers] = scores[numbers]
    return kept


def best(scores: NDArray[np.float32], limit: int) -> Numbers:
    """The numbers with the highest scores above zero, best first; of equals the first."""
    numbers = np.flatnonzero(scores)
    if len(numbers) > limit:
        least = np.partition(scores[numbers], len(numbers) - limit)[len(numbers) - limit]
        numbers = numbers[scores[numbers] >= least]
    return numbers[np.argsort(-scores[numbers], kind="stable")][:limit]


def while_below(
    phrases: Sequence[str], counts: Mapping[str, int], limit: int, *, at_least: int = 0
) -> tuple[list[str], list[str]]:
    """The first phrases, as many as stand in no more than `limit` passages together; the others."""
    total = 0
    for place, phrase in enumerate(phrases):
        total += counts[phrase]
        if total > limit and place >= at_least:
            return list(phrases[:place]), list(phrases[place:])
    return list(phrases), []
