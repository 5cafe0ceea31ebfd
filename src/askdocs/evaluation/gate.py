"""Conditions on the scores, such as `right>=0.85 wrong<=0.05`, for a build to stop at."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import TypeAlias

from askdocs.errors import AskdocsError
from askdocs.evaluation.result import OUTCOMES, SUMMED, Result
from askdocs.evaluation.row import SCORES

Condition: TypeAlias = tuple[str, str, float]
"""A score, `>=` or `<=`, and the bound."""

_CONDITION = re.compile(r"([\w@]+)(>=|<=)(\d+(?:\.\d+)?|\.\d+)")
_HOLDS = {">=": operator.ge, "<=": operator.le}


def parse_gate(text: str) -> list[Condition]:
    """The conditions of a gate. Raises `AskdocsError` for what is not one.

    >>> parse_gate("right>=0.85 wrong<=0.05")
    [('right', '>=', 0.85), ('wrong', '<=', 0.05)]
    """
    conditions = []
    for word in text.split():
        match = _CONDITION.fullmatch(word)
        if not match or match[1] not in (*OUTCOMES, *SCORES, *SUMMED):
            names = ", ".join((*OUTCOMES, *SCORES, *SUMMED))
            raise AskdocsError(
                f'gate "{word}": write a score and its bound, such as right>=0.85; '
                f"the scores are {names}"
            )
        conditions.append((match[1], match[2], float(match[3])))
    return conditions


def gate_failures(result: Result, gate: Sequence[Condition]) -> list[str]:
    """The conditions that do not hold, in words. A score that no question has does not hold."""
    scores = result.scores()
    failures = []
    for name, sign, bound in gate:
        if name not in scores:
            failures.append(f"{name} {sign} {bound:g}: no question has this score")
        elif not _HOLDS[sign](scores[name].value, bound):
            failures.append(f"{name} is {scores[name].value:.4f}, not {sign} {bound:g}")
    return failures
