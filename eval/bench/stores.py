"""Times askdocs on SQLite and on PostgreSQL side by side: the same passages, questions and machine.

    python eval/bench/stores.py                            # 30,000 and 100,000 passages; 15 minutes
    python eval/bench/stores.py --passages 5000 --turns 1  # a quick look
    python eval/bench/stores.py --ways sqlite sqlite-chroma postgresql pgvector

The ways take turns: twenty documents into one store, then into the next; a question to one process,
then to the next, at every size; a whole index run in one, then in the next. So a machine that is
busy for a while slows all of them. Passages and vectors are those of growth.py; the servers are
started here with PostgreSQL's own defaults, and every transaction is on the disk before the next
(fsync). `sqlite` and `postgresql` are asked by codes, as a process does that only reads;
`sqlite-chroma` is what a server has that owns its index. Writes eval/results/stores.json.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import growth
import growth_corpus as corpus
import numpy as np
from stores_place import Asked, Figures, PostgresServer, Way
from stores_steps import median

from askdocs.embedding import open_embedder
from askdocs.index_opening import STORE
from askdocs.retrieval_parts import facets
from askdocs.store import Meta, Store
from askdocs.vectors_codes import Codes

WAYS = ("sqlite", "sqlite-chroma", "postgresql", "pgvector")
CODES = (1_000_000, 10_000_000)
BLOCK = 20
"""Documents that one store is given before it is the next one's turn."""

Documents = list[Any]


def main() -> int:
    options = _options()
    options.folder.mkdir(parents=True, exist_ok=True)
    growth.sources(options.folder, options.data)
    with ExitStack() as ending:
        sizes = {size: _ways(size, options, ending) for size in sorted(options.passages)}
        record: dict[int, Figures] = {}
        for size, ways in sizes.items():
            servers = {way.name: _version(way) for way in ways if way.server}
            record[size] = {"passages": size, "cores": os.cpu_count(), "servers": servers}
            record[size]["load_before"] = round(os.getloadavg()[0], 2)
            for name, part in (("fill", fill), ("settle", settle)):
                record[size][name] = part(ways, options)
                _tell(size, name, record[size])
        for size, figures in ask(sizes, options).items():
            record[size]["ask"] = figures
            _tell(size, "ask", record[size])
        for name, part in PARTS.items():
            if name in options.parts:
                record[size][name] = part(ways, options)
                _tell(size, name, record[size])
    kept = json.dumps(list(record.values()), indent=1)
    options.json.write_text(f"{kept}\n", encoding="utf-8")
    return 0


def _tell(size: int, name: str, figures: Figures) -> None:
    print(f"{size} {name}: {json.dumps(figures[name])}", flush=True)


def _ways(size: int, options: argparse.Namespace, ending: ExitStack) -> list[Way]:
    found: list[Way] = []
    for name in options.ways:
        at = options.folder / f"{name}-{size}"
        if name == "sqlite-chroma":
            first = next(way for way in found if way.name == "sqlite")
            found.append(Way(name, size, first.at, reads=False, filled_by=first.name))
            continue
        shutil.rmtree(at, ignore_errors=True)
        shutil.copytree(options.folder / "model", at / "model")
        way = Way(name, size, at)
        if name != "sqlite":
            way.server = ending.enter_context(PostgresServer(vectors=name == "pgvector"))
        if name == "pgvector":
            way.settings, way.reads = PGVECTOR, False
        found.append(way)
    return found


PGVECTOR = {"ASKDOCS_VECTORS": "pgvector"}


def fill(ways: Sequence[Way], options: argparse.Namespace) -> Figures:
    """Put the same documents into every store; their vectors are there already."""
    stores = {way.name: _store(way) for way in ways if not way.filled_by}
    seconds: dict[str, list[float]] = {name: [] for name in stores}
    read = corpus.read_sources([options.folder / f"{name}.sqlite3" for name in growth.SOURCES])
    for number, block in enumerate(_blocks(corpus.documents(read, ways[0].size))):
        order = list(stores) if number % 2 else list(reversed(stores))
        for name in order:
            started = time.perf_counter()
            for document, passages, embedded in block:
                stores[name].replace_document(document, passages, embedded, signature="1-1-200")
            seconds[name].append(time.perf_counter() - started)
    for store in stores.values():
        store.close()
    documents = -(-ways[0].size // corpus.PASSAGES_EACH)
    last = max(1, len(seconds["sqlite"]) // 10)
    return {
        name: {
            "seconds": round(sum(times), 1),
            "documents_a_second": round(documents / sum(times), 1),
            "the_last_tenth": round(last * BLOCK / sum(times[-last:]), 1),
        }
        for name, times in seconds.items()
    }


def _store(way: Way) -> Store:
    embedder = open_embedder(way.at / "model")
    described = Meta(embedder.name, embedder.fingerprint, embedder.dimension)
    if way.server:
        return Store.open(way.address, create_with=described, folder=way.at)
    return Store.open(way.at / STORE, create_with=described)


def _blocks(documents: Iterator[Any]) -> Iterator[Documents]:
    while block := list(islice(documents, BLOCK)):
        yield block


def settle(ways: Sequence[Way], options: argparse.Namespace) -> Figures:
    """What is derived from the stores, and what PostgreSQL does by itself in a quiet minute."""
    found: Figures = {}
    for way in ways:
        found[way.name] = {}
        if way.server:
            started = time.perf_counter()
            way.server.run("VACUUM ANALYZE")
            found[way.name]["vacuum_seconds"] = round(time.perf_counter() - started, 1)
        found[way.name] |= way.derive()
        found[way.name]["disk"] = way.disk()
    return found


def ask(sizes: Mapping[int, Sequence[Way]], options: argparse.Namespace) -> dict[int, Figures]:
    """The same questions to every way at every size, one at a time; every other one is answered."""
    asked = {size: [Asked(way) for way in ways] for size, ways in sizes.items()}
    every = [each for some in asked.values() for each in some]
    questions = growth._questions(every[0].way.at)[1 : options.questions + 1]
    for question in questions[:10]:  # nothing of these is kept
        for each in every:
            each.ask(question)
    for each in every:
        each.start_counting()
    for number, question in enumerate(questions):
        for each in every if number % 2 else reversed(every):
            each.ask(question, whole=bool(number // 2 % 2))
    simple = np.array([not facets(question) for question in questions])
    found: dict[int, Figures] = {}
    for size, some in asked.items():
        found[size] = {
            each.way.name: each.opened | _percentiles(each.times, simple) | each.close()
            for each in some
        } | _same(some)
    return found


def _percentiles(times: Sequence[Figures], simple: Any) -> Figures:
    wall = np.array([each["ms"] for each in times])
    cpu = np.array([each["cpu_ms"] for each in times])
    whole = np.array([each["whole"] for each in times])
    kinds = (("", ~whole), ("one_search_", simple & ~whole), ("answer_", whole))
    found = {
        f"{name}p{share}_ms": round(float(np.percentile(wall[chosen], share)), 1)
        for name, chosen in kinds
        for share in (50, 95)
    }
    return found | {
        "cpu_ms": round(float(cpu[~whole].mean()), 1),
        "answer_cpu_ms": round(float(cpu[whole].mean()), 1),
    }


def _same(asked: Sequence[Asked]) -> Figures:
    """In how many questions every way finds, or cites, the same passages as the first."""
    first, *others = asked
    return {
        f"same_as_{first.way.name}": {
            other.way.name: round(
                statistics.mean(
                    a["found"] == b["found"] for a, b in zip(first.times, other.times, strict=True)
                ),
                3,
            )
            for other in others
        }
    }


def runs(ways: Sequence[Way], options: argparse.Namespace) -> Figures:
    """Whole index runs, with the model: `askdocs index` on a folder of real documents, then again.

    The second run finds nothing to do.
    """
    documents = options.folder / "run-documents"
    shutil.rmtree(documents, ignore_errors=True)
    documents.mkdir()
    files = sorted((options.folder / "documents" / "mtrag-un").rglob("*.txt"))
    for file in files[: options.documents]:
        shutil.copy(file, documents)
    ways = [way for way in ways if not way.filled_by]
    found: dict[str, dict[str, list[float]]] = {
        way.name: {"new": [], "again": [], "passages": []} for way in ways
    }
    for turn in range(options.turns):
        for way in ways if turn % 2 else reversed(ways):
            for what, seconds in _index_twice(way, documents, options.folder).items():
                found[way.name][what].append(seconds)
    return {
        name: {what: round(statistics.median(some), 2) for what, some in times.items()}
        | {"every_new": [round(each, 2) for each in times["new"]]}
        for name, times in found.items()
    } | {"documents": len(list(documents.iterdir())), "turns": options.turns}


def _index_twice(way: Way, documents: Path, folder: Path) -> dict[str, float]:
    at = folder / "run-index"
    shutil.rmtree(at, ignore_errors=True)
    shutil.copytree(folder / "model", at / "model")
    environment = way.environment
    if way.server:
        way.server.run("DROP SCHEMA IF EXISTS run CASCADE")
        environment["ASKDOCS_STORE"] = way.server.address("run")
    command = [sys.executable, "-m", "askdocs", "index", str(documents), "--index", str(at)]
    took = {}
    for what in ("new", "again"):
        started = time.perf_counter()
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        took[what] = time.perf_counter() - started
    took["passages"] = float(re.findall(r"(\d+) passages", done.stdout)[-1])
    return took


def codes(ways: Sequence[Way], options: argparse.Namespace) -> Figures:
    """The search by codes alone, in one thread, among more passages than are stored here."""
    found = {}
    dice = np.random.default_rng(0)
    for count in CODES:
        bits = np.frombuffer(dice.bytes(count * 96), np.uint64).reshape(12, count)
        held = Codes(np.arange(count), bits, count)
        vectors = dice.standard_normal((11, 384)).astype(np.float32)
        found[str(count)] = median(lambda one, held=held: held.nearest(one, 400), vectors)
    return {"milliseconds": found, "bytes_a_passage": 8 + 96}


PARTS: dict[str, Callable[[Sequence[Way], argparse.Namespace], Figures]] = {
    "runs": runs,
    "codes": codes,
}


def _version(way: Way) -> str:
    assert way.server is not None
    return str(way.server.run("SHOW server_version")[0][0])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--passages", type=int, nargs="+", default=[30_000, 100_000])
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=["sqlite", "postgresql"])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="besides")
    parser.add_argument("--turns", type=int, default=3, help="of whole index runs")
    parser.add_argument("--documents", type=int, default=300, help="of whole index runs")
    parser.add_argument("--data", type=Path, default=growth.ROOT.parent / "shared" / "data")
    parser.add_argument("--folder", type=Path, default=growth.ROOT / "build" / "stores")
    parser.add_argument("--json", type=Path, default=growth.RESULTS / "stores.json")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
