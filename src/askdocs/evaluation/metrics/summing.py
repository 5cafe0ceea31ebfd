"""Scores summed up over questions, with how sure one may be of the sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")


def mean(values: Sequence[float]) -> float:
    """The mean, not a number for no values. Summed exactly, so that order never matters.

    >>> mean([0.0, 0.5, 1.0])
    0.5
    """
    return math.fsum(values) / len(values) if values else math.nan


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank).

    >>> percentile([10, 20, 30, 40], 0.5), percentile([10, 20, 30, 40], 0.95)
    (20, 40)
    """
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan


def bootstrap_interval(
    values: Sequence[float], *, resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """A 95 % interval of the mean: percentile bootstrap (Efron 1979) over questions, seeded.

    Equal values give an interval without width, which says nothing about other questions.

    >>> low, high = bootstrap_interval([0.0, 1.0] * 50)
    >>> 0.35 < low < 0.45 and 0.55 < high < 0.65
    True
    """
    if not values:
        return math.nan, math.nan
    drawn = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    means = np.asarray(values, dtype=np.float64)[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def paired_interval(
    before: Sequence[float], after: Sequence[float], *, resamples: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """The mean difference of the same questions' scores, and its 95 % interval.

    Pairs are drawn together (paired bootstrap; Efron and Tibshirani, 1993), so that what makes a
    question hard for both does not widen the interval.

    >>> paired_interval([0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0])[0]
    0.5
    """
    differences = [new - old for old, new in zip(before, after, strict=True)]
    return mean(differences), *bootstrap_interval(differences, resamples=resamples, seed=seed)


def bootstrap_of(
    items: Sequence[_T],
    statistic: Callable[[Sequence[_T]], float],
    *,
    resamples: int = 500,
    seed: int = 0,
) -> tuple[float, float]:
    """A 95 % interval of what is no mean, such as an area under a curve: percentile bootstrap.

    Draws for which the statistic is not a number are left out.

    >>> bootstrap_of([1.0, 1.0, 1.0], max)
    (1.0, 1.0)
    """
    if not items:
        return math.nan, math.nan
    chance = np.random.default_rng(seed)
    drawn = chance.integers(len(items), size=(resamples, len(items)))
    found = np.array([statistic([items[at] for at in each]) for each in drawn.tolist()])
    found = found[~np.isnan(found)]
    if not len(found):
        return math.nan, math.nan
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)
