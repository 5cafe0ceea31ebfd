"""Tries settings: one evaluation for each combination, and which of them nothing else outdoes.

What is tried stands in a file of settings in which a value may be a list of values:

    [index]
    passage_tokens = [120, 200]
    [answers]
    k = [5, 8]
    threshold = [0.6, 0.74, 0.85]
"""

from __future__ import annotations

import hashlib
import itertools
import json
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from askdocs.config import Config
from askdocs.config_loading import all_settings, load_settings
from askdocs.errors import SettingsError
from askdocs.evaluation.result import Result
from askdocs.evaluation.run import evaluate
from askdocs.index import Index
from askdocs.types import Embedder

Progress: TypeAlias = Callable[[str, int, int], None]
Point: TypeAlias = Mapping[str, Any]
"""One combination: setting -> value, such as `{"answers.k": 8}`."""

TABLES = ("index", "answers", "signals")
MOST = 500
"""Combinations that are tried at most: each takes as long as an evaluation."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one combination reached."""

    point: Point
    right: float
    refused: float
    wrong: float
    recall: float
    milliseconds: float

    def is_outdone_by(self, other: Tried) -> bool:
        """Whether another is at least as good in all that counts, and better in something."""
        ours, theirs = self._costs(), other._costs()
        return theirs != ours and all(b <= a for a, b in zip(ours, theirs, strict=True))

    def _costs(self) -> tuple[float, float, float]:
        return -self.right, self.wrong, self.milliseconds

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON shows it."""
        named = {name: round(getattr(self, name), 6) for name in self.__slots__ if name != "point"}
        return {"settings": dict(self.point), **named}


def read_grid(path: Path) -> list[Point]:
    """All combinations of the values in a file. Raises `SettingsError`.

    Each is checked here, so that none fails after the others have run.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}; give a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}; correct it") from error
    axes: dict[str, list[Any]] = {}
    for table, values in tables.items():
        if table not in TABLES or not isinstance(values, dict):
            known = ", ".join(f"[{name}]" for name in TABLES)
            raise SettingsError(f"{path}: [{table}] is not tried; the tables are {known}")
        for name, value in values.items():
            _require_known(f"{table}.{name}", path)
            axes[f"{table}.{name}"] = value if isinstance(value, list) else [value]
    points: list[Point] = [
        dict(zip(axes, each, strict=True)) for each in itertools.product(*axes.values())
    ]
    if not axes or not points:
        raise SettingsError(f"{path} names nothing to try; write for example [answers] k = [5, 8]")
    if len(points) > MOST:
        raise SettingsError(f"{path} has {len(points):,} combinations; try at most {MOST} at once")
    for point in points:
        _config(point)
    return points


def sweep(
    points: Sequence[Point],
    gold: Path,
    documents: Path,
    *,
    index: Path | None = None,
    split: str = "",
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Iterator[Tried]:
    """What each combination reaches, in their order; those that can share an index do.

    The indexes are kept below `index`, if it is given; with them what was answered, so that a sweep
    that was cut goes on.
    """
    ready = {} if embedder is None else {_config(point).model: embedder for point in points}
    with _folder(index) as folder:
        for number, point in enumerate(points, start=1):
            config, place = _config(point), folder / _index_name(point)
            result = evaluate(
                gold,
                documents,
                index=place,
                config=config,
                split=split,
                ragas=False,
                embedder=ready.get(config.model),
                progress=_numbered(progress, number, len(points)),
            )
            if config.model not in ready:  # to export a model again takes long
                with Index.open(place, config=config, exact=True) as opened:
                    ready[config.model] = opened.embedder
            yield _tried(point, result)


def front(tried: Sequence[Tried]) -> list[Tried]:
    """The Pareto front: those that none outdoes in right, wrong and time together."""
    return [one for one in tried if not any(one.is_outdone_by(other) for other in tried)]


def as_text(tried: Sequence[Tried]) -> str:
    """A table, the best first; a star stands where nothing else is better in every way."""
    best = front(tried)
    names = list(tried[0].point) if tried else []
    ranked = sorted(tried, key=lambda one: (-one.right + one.wrong, one.milliseconds))
    table = [["", *names, "right", "refused", "wrong", "recall@5", "p50 ms"]]
    for one in ranked:
        shares = (f"{share:.3f}" for share in (one.right, one.refused, one.wrong, one.recall))
        values = [str(one.point[name]) for name in names]
        table.append(["*" if one in best else "", *values, *shares, f"{one.milliseconds:.0f}"])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in table
    )
    return "\n".join(lines) + "\n\n* nothing else is right more often, wrong less often and quicker"


def _require_known(key: str, path: Path) -> None:
    keys = [setting.key for setting in all_settings()]
    if key not in keys:
        near = get_close_matches(key, keys, 1)
        hint = f"did you mean {near[0]}?" if near else "see: askdocs settings --describe"
        raise SettingsError(f"{path}: {key} is no setting; {hint}")


def _tried(point: Point, result: Result) -> Tried:
    scores = result.scores()
    recall = scores["recall@5"].value if "recall@5" in scores else 0.0
    right, refused, wrong = (scores[name].value for name in ("right", "refused", "wrong"))
    return Tried(point, right, refused, wrong, recall, result.milliseconds(0.5))


def _config(point: Point) -> Config:
    return load_settings(None, given=point).config


def _index_name(point: Point) -> str:
    """The same for combinations that differ only in how is answered."""
    made_with = {key: value for key, value in point.items() if key.startswith("index.")}
    digest = hashlib.sha256(json.dumps(made_with, sort_keys=True).encode()).hexdigest()
    return digest[:12]


@contextmanager
def _folder(index: Path | None) -> Iterator[Path]:
    if index is not None:
        yield index
        return
    with tempfile.TemporaryDirectory(prefix="askdocs-sweep-") as temporary:
        yield Path(temporary)


def _numbered(progress: Progress | None, number: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda what, done, of: progress(f"{number} of {total}: {what}", done, of)
