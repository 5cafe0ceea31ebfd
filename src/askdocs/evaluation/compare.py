"""Compares two runs of the same questions: what changed, by how much, and how sure that is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askdocs.errors import AskdocsError
from askdocs.evaluation import metrics
from askdocs.evaluation.result import OUTCOMES
from askdocs.evaluation.row import SCORES


@dataclass(frozen=True, slots=True)
class Change:
    """A score before and after, over the questions that have it in both runs; `low` to `high` is
    the 95 % interval of the difference.
    """

    name: str
    before: float
    after: float
    low: float
    high: float
    questions: int

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves no doubt which run is better."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose outcome changed."""

    id: str
    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side. `left_out` are ids of questions that are not the same in both."""

    names: tuple[str, str]
    changes: tuple[Change, ...]
    flips: tuple[Flip, ...]
    questions: int
    left_out: tuple[str, ...]
    settings: Mapping[str, tuple[Any, Any]]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON shows it."""
        return {
            "runs": list(self.names),
            "questions": self.questions,
            "left_out": list(self.left_out),
            "settings": {name: list(both) for name, both in self.settings.items()},
            "changes": [
                {
                    "score": one.name,
                    "before": round(one.before, 6),
                    "after": round(one.after, 6),
                    "difference": round(one.after - one.before, 6),
                    "low": round(one.low, 6),
                    "high": round(one.high, 6),
                    "questions": one.questions,
                }
                for one in self.changes
            ],
            "flips": [
                {"id": one.id, "question": one.question, "before": one.before, "after": one.after}
                for one in self.flips
            ],
        }


def read_result(path: Path) -> dict[str, Any]:
    """A result as `askdocs eval --json` prints it. Raises `AskdocsError` if it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AskdocsError(
            f"{path} cannot be read ({error.strerror}); write one with: askdocs eval GOLD --json"
        ) from error
    except ValueError as error:
        raise AskdocsError(
            f"{path} is not JSON; write one with: askdocs eval GOLD --json"
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("rows"), list):
        raise AskdocsError(
            f"{path} is not a result of an evaluation; write one with: askdocs eval GOLD --json"
        )
    return found


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], names: tuple[str, str] = ("A", "B")
) -> Comparison:
    """The paired comparison of two results, by the ids of their questions.

    Raises `AskdocsError` if they have no question in common.
    """
    rows = [{row["id"]: row for row in result["rows"]} for result in (before, after)]
    same = [name for name, row in rows[0].items() if _is_same(row, rows[1].get(name))]
    if not same:
        raise AskdocsError(
            f"{names[0]} and {names[1]} have no question in common; compare runs of one gold file"
        )
    pairs = [(rows[0][name], rows[1][name]) for name in same]
    left_out = sorted((rows[0].keys() | rows[1].keys()) - set(same))
    changes = [_outcome_change(outcome, pairs) for outcome in OUTCOMES]
    changes += [change for name in SCORES if (change := _score_change(name, pairs))]
    flips = [
        Flip(one["id"], one["question"], one["outcome"], other["outcome"])
        for one, other in pairs
        if one["outcome"] != other["outcome"]
    ]
    settings = [result.get("settings", {}) for result in (before, after)]
    differing = {
        name: (settings[0].get(name), settings[1].get(name))
        for name in {**settings[0], **settings[1]}
        if settings[0].get(name) != settings[1].get(name)
    }
    return Comparison(names, tuple(changes), tuple(flips), len(pairs), tuple(left_out), differing)


def _is_same(row: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    asked = ("question", "history", "answerable", "expected")
    return other is not None and all(row.get(name) == other.get(name) for name in asked)


def _outcome_change(name: str, pairs: Sequence[tuple[Any, Any]]) -> Change:
    return _change(name, [[float(row["outcome"] == name) for row in pair] for pair in pairs])


def _score_change(name: str, pairs: Sequence[tuple[Any, Any]]) -> Change | None:
    values = [
        [row["scores"][name] for row in pair]
        for pair in pairs
        if all(name in row["scores"] for row in pair)
    ]
    return _change(name, values) if values else None


def _change(name: str, values: Sequence[Sequence[float]]) -> Change:
    before, after = ([pair[side] for pair in values] for side in (0, 1))
    _, low, high = metrics.paired_interval(before, after)
    return Change(name, metrics.mean(before), metrics.mean(after), low, high, len(values))


def as_text(found: Comparison) -> str:
    """The comparison as tables for a terminal."""
    a, b = found.names
    lines = [f"{found.questions} questions in both; A is {a}, B is {b}"]
    lines += [
        f"  {name}: {one} in A, {other} in B" for name, (one, other) in found.settings.items()
    ]
    if found.left_out:
        lines.append(f"left out, as they are not the same in both: {', '.join(found.left_out)}")
    lines += ["", f"{'score':<29}{'A':>7}{'B':>8}{'B - A':>9}   95 % interval     questions"]
    for one in found.changes:
        if math.isclose(one.before, one.after) and one.low == one.high:
            difference, interval = "same", ""
        else:
            difference = f"{one.after - one.before:+.3f}"
            interval = f"{one.low:+.3f} to {one.high:+.3f}{' *' if one.is_sure else ''}"
        lines.append(
            f"{one.name:<29}{one.before:>7.3f}{one.after:>8.3f}{difference:>9}   {interval:<20}"
            f"{one.questions:>7}"
        )
    lines.append("\n* the interval leaves out 0\n")
    for flip in found.flips:
        lines.append(f"{flip.before} -> {flip.after}  {flip.id}: {flip.question}")
    return "\n".join(lines) + ("" if found.flips else "No question's outcome changed.")
