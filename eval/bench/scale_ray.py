"""How indexing scales on Ray: without it on one thread, with one worker, with two; as JSON.

    python eval/bench/scale_ray.py [--documents N] [--runs N] [--store ADDRESS] > scale_ray.json

Each run indexes the same made-up documents into a new index. `seconds` are those of reading,
splitting, embedding and storing, without the start of Ray, which is `start`; `steady` are the
passages a second between the first and the last tenth of the documents, when all workers are at
work. `commit` is what the process that writes the index does of documents that came embedded: how
many such passages a second, and how many bytes come with each.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from askdocs.config import DEFAULT_MODEL, Config
from askdocs.embedding import open_embedder
from askdocs.exporting import load_embedder
from askdocs.index_building import Summary, Through, Work, refresh
from askdocs.index_embedding import Split
from askdocs.index_opening import make_folder, open_store
from askdocs.index_ray import on_ray
from askdocs.index_reading import FileRead
from askdocs.index_worker import Parcel, Worker, job_of, tasks_of

WORDS = (
    "river bridge council minister harbour winter ferry report engineer station market figure"
    " police garden museum storm road village election budget school hospital teacher farmer"
    " summer railway valley mountain forest island letter witness inquiry committee member water"
    " found built closed opened repaired counted measured described announced refused accepted"
    " moved carried returned waited promised since after before under over near during without"
).split()
SENTENCES = 60
"""Of one document: some four passages."""


@dataclass
class Run:
    """One indexing run."""

    start: float
    seconds: float
    documents: int
    passages: int
    documents_a_second: float
    passages_a_second: float
    steady: float
    load: float


def make_documents(folder: Path, number: int) -> Path:
    """Documents of made-up sentences, each one different; the same each time."""
    chance = random.Random(7)
    folder.mkdir()
    for one in range(number):
        lines = [f"# Report {one}\n"]
        for _ in range(SENTENCES):
            words = chance.choices(WORDS, k=chance.randrange(9, 22))
            lines.append(f"{' '.join(words).capitalize()} {chance.randrange(10_000)}.")
        (folder / f"{one:05}.md").write_text("\n".join(lines), encoding="utf-8")
    return folder


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process and its children to one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def index(
    folder: Path, model: Path, store: str, through: Through | None = None
) -> tuple[Summary, float, list[float]]:
    """Index into a new folder: what it did, the seconds, and when each document was there."""
    times: list[float] = []
    done = 0

    def progress(_: str, files: int, total: int) -> None:
        nonlocal done
        if files > done:
            done = files
            times.append(time.monotonic())

    with tempfile.TemporaryDirectory() as place:
        path, config = Path(place, "index"), Config(store=store)
        make_folder(path)
        opened, embedder = open_store(path, config, open_embedder(model, threads=1))
        began = time.monotonic()
        options: dict[str, Any] = {"config": config, "leave_out": path, "progress": progress}
        summary = refresh(opened, folder, embedder, through=through, **options)
        seconds = time.monotonic() - began
        for document in opened.documents() if store else ():
            opened.remove_document(document.id)
        opened.close()
    return summary, seconds, times


def measure(folder: Path, model: Path, store: str, workers: int) -> Run:
    """One run with so many workers on Ray; with none, without Ray on one core."""
    load, began = os.getloadavg()[0], time.monotonic()
    with on_ray(workers=workers) if workers else nullcontext() as through:
        start = time.monotonic() - began if workers else 0.0
        with nullcontext() if workers else one_core():
            summary, seconds, times = index(folder, model, store, through)
    tenth = len(times) // 10
    middle = times[tenth:-tenth]
    steady = (len(middle) - 1) / (middle[-1] - middle[0]) * summary.passages / summary.added
    return Run(
        start=round(start, 2),
        seconds=round(seconds, 2),
        documents=summary.added,
        passages=summary.passages,
        documents_a_second=round(summary.added / seconds, 2),
        passages_a_second=round(summary.passages / seconds, 2),
        steady=round(steady, 2),
        load=round(load, 2),
    )


def measure_commits(folder: Path, model: Path, store: str, copies: int) -> dict[str, float]:
    """What the writing process alone does: take parcels, unpack them, store each document."""
    from ray import cloudpickle

    sizes: list[int] = []
    passages: list[int] = []

    def through(work: Work) -> Generator[Split | FileRead]:
        worker = Worker(job_of(work, ship=False))
        tasks = list(tasks_of(work, work.listing.files[:copies]))
        sent = [cloudpickle.dumps(parcels) for parcels in worker.do(tasks)]
        sizes.extend(map(len, sent))
        began.append(time.monotonic())
        for data in sent:
            parcels: list[Parcel] = cloudpickle.loads(data)
            passages.extend(len(parcel.vectors) for parcel in parcels)
            yield from (parcel.unpack(work.embedder.dimension) for parcel in parcels)

    began: list[float] = []
    _, _, times = index(folder, model, store, through)
    seconds = times[-1] - began[0]
    return {
        "passages_a_second": round(sum(passages) / seconds, 1),
        "documents_a_second": round(len(passages) / seconds, 1),
        "bytes_a_passage": round(sum(sizes) / sum(passages)),
        "passages": sum(passages),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--store", default="", help="an empty schema of a PostgreSQL server")
    options = parser.parse_args()
    runs: dict[str, list[Run]] = {"plain": [], "ray 1": [], "ray 2": []}
    with tempfile.TemporaryDirectory() as place:
        folder, model = (
            make_documents(Path(place, "documents"), options.documents),
            Path(place, "m"),
        )
        load_embedder(DEFAULT_MODEL, exported=model)
        for _ in range(options.runs):  # in turn, so that what else the machine does hits all alike
            for workers, name in enumerate(runs):
                runs[name].append(measure(folder, model, options.store, workers))
                print(name, runs[name][-1], file=sys.stderr, flush=True)
        commit = measure_commits(folder, model, options.store, 100)
    steady = {name: statistics.median(run.steady for run in some) for name, some in runs.items()}
    whole = {
        name: statistics.median(run.passages_a_second for run in some)
        for name, some in runs.items()
    }
    result = {
        "cores": os.cpu_count(),
        "store": "postgresql" if options.store else "sqlite",
        "runs": {name: [asdict(run) for run in some] for name, some in runs.items()},
        "median_passages_a_second": whole,
        "median_steady": steady,
        "efficiency_1_to_2": round(steady["ray 2"] / steady["ray 1"] / 2, 3),
        "ray_1_against_plain": round(steady["ray 1"] / steady["plain"], 3),
        "commit": commit,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
