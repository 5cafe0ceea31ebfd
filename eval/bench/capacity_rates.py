"""The rates that capacity.py reckons with, out of the records of what was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]
PASSAGES_EACH = 20  # of a document of stores.py
WAY = "postgresql"
RAY = "scale_ray.json"
"""What scale_ray.py has measured."""
_COLD = ("documents", "passages", "sentence_vectors")
"""Tables of which a question reads what it shows, and the sentences of its candidates."""
_HOT = ("words", "words, gin", "passage_vectors")
"""Tables that every question reads all over."""


@dataclass(frozen=True)
class Line:
    """Something that grows with the passages, in a straight line.

    How steeply is SQLite's growth between the two largest sizes of growth.py; how high, what was
    measured on PostgreSQL at the largest size of stores.py.
    """

    base: float
    slope: float

    def at(self, passages: float) -> float:
        """Its value."""
        return self.base + self.slope * passages


@dataclass(frozen=True)
class Rates:
    """What was measured."""

    largest: int
    """Passages of the largest store on PostgreSQL."""
    asked_ms: Mapping[str, float]
    """Medians of a question, by number of passages."""
    question: Line
    """Milliseconds, the median."""
    searched: Line
    """Milliseconds of processor time of a question's search, app and server."""
    answering_ms: float
    """Milliseconds of processor time more until it is answered, however many passages there are."""
    answered_ms: float
    """The median of a whole answer at the largest size."""
    answer_times_of_sqlite: float
    """How many times SQLite's that is."""
    embedded_a_core: float
    """Passages read and embedded in a second."""
    efficiency: float
    """Share of twice the rate that two workers reach."""
    embedded_from: str
    committed: float
    """Passages written in a second, one document after another."""
    bytes_a_passage: float
    cold_bytes: float
    hot_bytes: float
    code_bytes: int
    codes_ms: Mapping[str, float]
    """Of a search by codes alone, by number of passages."""
    process_mb: int
    server_mb: int
    version: str
    load: float
    """Of the two cores, while the stores were measured: above two, the times are too long."""
    times_of_sqlite: float
    """How many times SQLite's median a question takes on PostgreSQL."""
    alone_ms: Mapping[str, float]
    """SQLite's medians of growth.py, by number of passages."""


def rates(results: Path) -> Rates:
    """The rates out of the records in a folder."""
    stores = json.loads((results / "stores.json").read_text())
    grown = json.loads((results / "growth.json").read_text())["sizes"]
    largest = stores[-1]
    asked, alone = largest["ask"][WAY], largest["ask"]["sqlite"]
    settled = largest["settle"][WAY]
    codes = largest["codes"]
    disk, passages = settled["disk"], largest["passages"]
    embedded, efficiency, told = _embedding(results)
    return Rates(
        largest=passages,
        asked_ms={str(each["passages"]): each["ask"][WAY]["p50_ms"] for each in stores},
        question=_line(grown, "p50_ms", passages, asked["p50_ms"]),
        searched=_line(grown, "cpu_p50_ms", passages, asked["cpu_ms"] + asked["server_cpu_ms"]),
        answering_ms=asked["answer_cpu_ms"] - asked["cpu_ms"],
        answered_ms=asked["answer_p50_ms"],
        answer_times_of_sqlite=asked["answer_p50_ms"] / alone["answer_p50_ms"],
        embedded_a_core=embedded,
        efficiency=efficiency,
        embedded_from=told,
        committed=PASSAGES_EACH * largest["fill"][WAY]["the_last_tenth"],
        bytes_a_passage=sum(disk.values()) / passages,
        cold_bytes=sum(disk[name] for name in _COLD) / passages,
        hot_bytes=sum(disk[name] for name in _HOT) / passages + codes["bytes_a_passage"],
        code_bytes=codes["bytes_a_passage"],
        codes_ms=codes["milliseconds"],
        process_mb=asked["mb"],
        server_mb=asked["server_mb"],
        version=largest["servers"][WAY],
        load=largest["load_before"],
        times_of_sqlite=asked["p50_ms"] / alone["p50_ms"],
        alone_ms={str(size["passages"]): size["reader"]["p50_ms"] for size in grown},
    )


def _line(grown: Sequence[Record], name: str, passages: int, measured: float) -> Line:
    """As steep as SQLite's in `grown`, for what it is, and through what was measured."""
    (low, before), (high, after) = ((each["passages"], each["reader"][name]) for each in grown[-2:])
    slope = (after - before) / (high - low)
    base = before - slope * low
    times = measured / (base + slope * passages)
    return Line(base * times, slope * times)


def _embedding(results: Path) -> tuple[float, float, str]:
    """Passages a second of one worker, what a second one adds, and the record that says so."""
    said = json.loads((results / RAY).read_text())
    return said["median_steady"]["ray 1"], min(1.0, said["efficiency_1_to_2"]), RAY
