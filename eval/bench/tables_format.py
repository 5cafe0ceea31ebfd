"""How figures are written in tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any


class Records:
    """The records of a folder, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.read = cache(self._read)

    def _read(self, name: str) -> Any:
        path = self._folder / f"{name}.json"
        if not path.is_file():
            sys.exit(f"{path} is not there; make it with: make bench")
        return json.loads(path.read_text(encoding="utf-8"))


@cache
def published() -> list[dict[str, Any]]:
    """What others published, and what earlier scripts measured."""
    path = Path(__file__).with_name("published.json")
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table.

    >>> print(table(["set", "right"], [["ours", "12"]]))
    | set | right |
    |---|---|
    | ours | 12 |
    """
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def share(value: float) -> str:
    """A share as it is written, without its nought.

    >>> share(0.8751), share(1.0), share(0.0)
    ('.875', '1.000', '.000')
    """
    return f"{value:.3f}".removeprefix("0")


def with_interval(score: Mapping[str, float]) -> str:
    """A share with its interval.

    >>> with_interval({"value": 0.5, "low": 0.4, "high": 0.6123})
    '.500 (.400 to .612)'
    """
    return f"{share(score['value'])} ({share(score['low'])} to {share(score['high'])})"


def percent(value: float) -> str:
    """A share in percent, with one digit.

    >>> percent(0.8349)
    '83.5'
    """
    return f"{100 * value:.1f}"


def percent_with_interval(figure: Mapping[str, float] | None) -> str:
    """The same with its interval; nothing for no figure.

    >>> percent_with_interval({"value": 0.834, "low": 0.8, "high": 0.9})
    '83.4 (80.0 to 90.0)'
    """
    if figure is None:
        return ""
    value, low, high = (percent(figure[name]) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"
