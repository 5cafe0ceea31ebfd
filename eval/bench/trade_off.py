"""Writes what a threshold trades, for the page's settings, from the answers of `answers.py`.

    python eval/bench/answers.py ../shared/data --keep build/answers --rows build/answers.json
    python eval/bench/trade_off.py build/answers.json    # --write to keep it in the package

Of 100 questions that the documents answer: how many are answered right, wrong, or refused; and of
100 that they do not answer, how many are answered all the same. Over half 1 of each set, which the
weights were not fitted on; but the threshold in use was chosen with both halves in view, so it is
half held out (eval/README.md).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TABLE = Path("src/askdocs/answering/trade_off.json")
HELD_OUT = 1
STEPS = range(0, 91, 2)
"""The thresholds, in hundredths."""


def main() -> int:
    options = _options()
    rows = json.loads(options.answers.read_text(encoding="utf-8"))
    text = as_json(trade_off([row for row in rows if row["half"] == HELD_OUT]))
    print(text, end="")
    if options.write:
        TABLE.write_text(text, encoding="utf-8")
    return 0


def trade_off(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The outcomes at each threshold, in percent.

    >>> rows = [
    ...     {"answerable": True, "support": 0.9, "right": True},
    ...     {"answerable": True, "support": 0.5, "right": False},
    ...     {"answerable": False, "support": 0.7, "right": False},
    ... ]
    >>> trade_off(rows)["steps"][30]
    {'threshold': 0.6, 'right': 50.0, 'wrong': 0.0, 'refused': 50.0, 'answered': 100.0}
    """
    answerable = [row for row in rows if row["answerable"]]
    others = [row for row in rows if not row["answerable"]]
    steps = []
    for hundredths in STEPS:
        threshold = hundredths / 100
        given = [row for row in answerable if row["support"] >= threshold]
        right = sum(row["right"] for row in given)
        astray = sum(row["support"] >= threshold for row in others)
        steps.append(
            {
                "threshold": threshold,
                "right": _percent(right, answerable),
                "wrong": _percent(len(given) - right, answerable),
                "refused": _percent(len(answerable) - len(given), answerable),
                "answered": _percent(astray, others),
            }
        )
    return {"answerable": len(answerable), "unanswerable": len(others), "steps": steps}


def as_json(table: Mapping[str, Any]) -> str:
    """The table with one step a line."""
    steps = ",\n  ".join(json.dumps(step) for step in table["steps"])
    counts = ", ".join(f'"{name}": {table[name]}' for name in ("answerable", "unanswerable"))
    return f'{{{counts}, "steps": [\n  {steps}\n]}}\n'


def _percent(count: int, rows: Sequence[object]) -> float:
    return round(100 * count / len(rows), 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=Path, help="what answers.py wrote with --rows")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
