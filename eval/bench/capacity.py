"""Works out what 10 million, a billion and ten billion passages take, from what was measured.

    python eval/bench/capacity.py                                  # eval/results/scale.md and .json
    python eval/bench/capacity.py --check                          # whether they are up to date
    python eval/bench/capacity.py --cores 32 --memory 128 --price 1.60 --goal 0.5

What was measured stands in the records of stores.py, scale_ray.py and growth.py. What a machine has
and costs is an assumption: the options. Nothing is taken from elsewhere.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from capacity_page import page
from capacity_rates import Rates, rates

RESULTS = Path(__file__).resolve().parents[1] / "results"
SIZES = (10_000_000, 1_000_000_000, 10_000_000_000)
HOURS = 730  # a month
GB = 1_000_000_000


@dataclass(frozen=True)
class Assumed:
    """What is not measured: a machine, and what is wanted of it."""

    cores: int = 16
    memory: int = 64
    """GB."""
    disk: int = 2_000
    """GB of a solid-state disk in the machine."""
    price: float = 1.0
    """Dollars an hour."""
    goal: float = 1.0
    """Seconds in which half of the questions are to find their passages."""
    days: float = 7.0
    """In which everything is to be read for the first time."""
    questions: float = 10.0
    """A second."""
    copies: int = 2
    """Of the store. What every question reads all over is held in memory, in each copy."""
    filled: float = 0.7
    """Share of disk, memory and cores that is planned with."""


@dataclass(frozen=True)
class Limit:
    """Where one machine ends: so many passages, for a reason, and what takes over there."""

    name: str
    measured: str
    passages: float
    after: str


@dataclass(frozen=True)
class Size:
    """What so many passages take."""

    passages: int
    exceeded: dict[str, float]
    """Of each limit, how many times over it this is."""
    embed_core_hours: float
    embed_machines: int
    embed_hours: float
    embed_dollars: float
    embed_hours_on_a_hundred: float
    disk_tb: float
    codes_gb: float
    collections: int
    machines_for_disk: int
    machines_for_memory: int
    machines_for_questions: int
    machines: int
    dollars_a_month: float
    everywhere_core_seconds: float
    """Processor time of one question that is asked of every collection."""
    everywhere_a_second: float
    """Such questions that all machines together have the processor time for."""

    @property
    def decides(self) -> str:
        """What decides the number of machines."""
        asked = {
            "disk": self.machines_for_disk,
            "memory": self.machines_for_memory,
            "processors": self.machines_for_questions,
        }
        return max(asked, key=asked.__getitem__)


def main() -> int:
    assumed, results, check = _options()
    measured = rates(results)
    limits = sorted(_limits(measured, assumed), key=lambda limit: limit.passages)
    each = _collection(limits)
    sizes = [_size(passages, each, measured, assumed, limits) for passages in SIZES]
    told = {
        "assumed": asdict(assumed),
        "measured": asdict(measured),
        "limits_of_one_machine": [asdict(limit) for limit in limits],
        "passages_of_a_collection": each,
        "sizes": [asdict(size) for size in sizes],
    }
    texts = {
        "scale.json": json.dumps(told, indent=1) + "\n",
        "scale.md": page(assumed, measured, limits, each, sizes),
    }
    stale = [name for name, text in texts.items() if _text(results / name) != text]
    for name in stale:
        if not check:
            (results / name).write_text(texts[name], encoding="utf-8")
        print(f"{'differs' if check else 'written'}: {results / name}")
    return 1 if check and stale else 0


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _limits(measured: Rates, assumed: Assumed) -> list[Limit]:
    seconds = assumed.days * 86_400
    cold = measured.cold_bytes / measured.bytes_a_passage
    embedded = measured.embedded_a_core * assumed.cores * measured.efficiency
    return [
        Limit(
            QUESTION,
            f"{measured.question.at(measured.largest):.0f} ms at {measured.largest:,},"
            f" {1e6 * measured.question.slope:.0f} ms more for each million, by SQLite's growth",
            (1000 * assumed.goal - measured.question.base) / measured.question.slope,
            "collections: a schema for each team or subject, and a question is asked of one;"
            " for the share of the vectors HNSW (pgvector, Chroma) in place of codes",
        ),
        Limit(
            "changes of one schema, one after another",
            f"{measured.committed:,.0f} passages a second",
            measured.committed * seconds,
            "collections: each schema has its own order of changes",
        ),
        Limit(
            "reading and embedding",
            f"{measured.embedded_a_core:.1f} passages a second on a core",
            embedded * seconds,
            "`askdocs index --ray`: machines for some days",
        ),
        Limit(
            "disk",
            f"{measured.bytes_a_passage / 1000:.1f} kB a passage",
            assumed.filled * assumed.disk * GB / measured.bytes_a_passage,
            "collections on several servers; the texts and sentence vectors,"
            f" {cold:.0%} of it, in object storage (not built)",
        ),
        Limit(
            "memory of each process, for codes",
            f"{measured.code_bytes} bytes a passage",
            assumed.filled * assumed.memory * GB / measured.code_bytes,
            "collections; pgvector or a Chroma server, which the processes share",
        ),
    ]


QUESTION = "time of a question"


def _collection(limits: Sequence[Limit]) -> int:
    """Passages of one schema: as many as the tightest of its own limits allows, rounded down."""
    own = min(limit.passages for limit in limits if limit.name != "reading and embedding")
    digit = 10 ** math.floor(math.log10(own))
    return int(own // digit * digit)


def _size(
    passages: int, each: int, measured: Rates, assumed: Assumed, limits: Sequence[Limit]
) -> Size:
    core_hours = passages / measured.embedded_a_core / 3600
    machine_hours = core_hours / assumed.cores / measured.efficiency
    embed_machines = math.ceil(machine_hours / (24 * assumed.days))
    collections = math.ceil(passages / each)
    stored = passages * measured.bytes_a_passage * assumed.copies
    hot = passages * measured.hot_bytes * assumed.copies
    search_seconds = measured.searched.at(min(each, passages)) / 1000
    answer_seconds = search_seconds + measured.answering_ms / 1000
    everywhere_seconds = collections * search_seconds + measured.answering_ms / 1000
    by_disk = math.ceil(stored / (assumed.filled * assumed.disk * GB))
    by_memory = math.ceil(hot / (assumed.filled * assumed.memory * GB))
    by_questions = math.ceil(assumed.questions * answer_seconds / (assumed.filled * assumed.cores))
    machines = max(by_disk, by_memory, by_questions, assumed.copies)
    return Size(
        passages=passages,
        exceeded={limit.name: passages / limit.passages for limit in limits},
        embed_core_hours=core_hours,
        embed_machines=embed_machines,
        embed_hours=machine_hours / embed_machines,
        embed_dollars=machine_hours * assumed.price,
        embed_hours_on_a_hundred=machine_hours / 100,
        disk_tb=stored / 1e12,
        codes_gb=passages * measured.code_bytes / GB,
        collections=collections,
        machines_for_disk=by_disk,
        machines_for_memory=by_memory,
        machines_for_questions=by_questions,
        machines=machines,
        dollars_a_month=machines * assumed.price * HOURS,
        everywhere_core_seconds=everywhere_seconds,
        everywhere_a_second=machines * assumed.filled * assumed.cores / everywhere_seconds,
    )


def _options() -> tuple[Assumed, Path, bool]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for field in fields(Assumed):
        kind = type(field.default)
        parser.add_argument(f"--{field.name}", type=kind, default=field.default)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder with the records")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    given = vars(parser.parse_args())
    results, check = given.pop("results"), given.pop("check")
    return Assumed(**given), results, check


if __name__ == "__main__":
    sys.exit(main())
