"""Compares what can find the nearest vectors of an index on PostgreSQL: codes, pgvector and Chroma.

    python eval/bench/vectors.py --parts fill,ways,writing           # 100,000 passages
    python eval/bench/vectors.py --passages 10000 --parts fill,ways  # a quick look
    python eval/bench/vectors.py --parts fill,pgvector --graphs 16,64 24,200 --among 200 400 800

Passages, vectors and questions are those of growth.py; the questions of one of its three sets have
no answer among the passages, which is the hard case for a graph: they are far from all vectors. The
servers of PostgreSQL and Chroma are started here. What is measured is what askdocs does: a search
for the `pool` of 100 candidates, whose cosines are those of the store's own vectors. `ways` are the
three as they are set in the program, asked in turns; `pgvector` and `chroma` are what else could be
set. `writing` is what a new passage costs, entered with its document or brought over later.
Recall is the share of the ten nearest passages that are among the first ten found. Writes
eval/results/vectors.json, one entry for each size.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import growth
import growth_corpus as corpus
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from askdocs import vectors_client, vectors_http, vectors_pgvector  # noqa: E402
from askdocs.embedding import open_embedder  # noqa: E402
from askdocs.store import Meta, Store  # noqa: E402
from askdocs.store_postgres import PostgresStore  # noqa: E402
from askdocs.vectors import OwnedExact, VectorIndex  # noqa: E402
from askdocs.vectors_http import ChromaServer, Unreachable  # noqa: E402
from askdocs.vectors_pgvector import PgvectorTables  # noqa: E402
from askdocs.vectors_shared import SharedVectors  # noqa: E402
from postgres_server import PostgresServer  # noqa: E402

POOL = 100
SCHEMA = "vectors"

Figures = dict[str, Any]


class Bench:
    """A store with its questions, and the servers that are asked."""

    def __init__(self, options: argparse.Namespace, server: PostgresServer) -> None:
        self.options = options
        self.server = server
        self.folder = options.folder / f"vectors-{options.passages}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        embedder = open_embedder(options.folder / "model")
        asked = json.loads((options.folder / "questions.json").read_text())[1:]
        self.questions = np.stack([embedder.encode_query(question) for question in asked])
        described = Meta(embedder.name, embedder.fingerprint, embedder.dimension)
        store = Store.open(server.address(SCHEMA), create_with=described, folder=self.folder)
        assert isinstance(store, PostgresStore)
        self.store = store
        self.nearest: list[set[int]] = []

    def fill(self) -> Figures:
        """Put the passages into the store, and find out which are the nearest to each question."""
        folder = self.options.folder
        read = corpus.read_sources([folder / f"{name}.sqlite3" for name in growth.SOURCES])
        started = time.perf_counter()
        corpus.fill(self.store, read, self.options.passages)
        seconds = time.perf_counter() - started
        self.server.run("VACUUM ANALYZE")
        self.nearest = growth._ten_nearest(self.store, self.questions)
        return {"seconds": round(seconds, 1), "table_mb": self.size("passage_vectors")}

    def size(self, *tables: str) -> float:
        """The megabytes of tables with their indexes."""
        names = [f"{SCHEMA}.{table}" for table in tables]
        query = "SELECT sum(pg_total_relation_size(n::regclass)) FROM unnest(%s::text[]) n"
        return round(float(self.server.run(query, names)[0][0] or 0) / 1e6, 1)

    def tables(self) -> list[str]:
        """The tables of pgvector."""
        query = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind='r'"
        return [n for (n,) in self.server.run(query, SCHEMA) if n.startswith("askdocs_")]

    def ask(self, ways: Sequence[VectorIndex]) -> list[Figures]:
        """Recall and times of some ways, each question being asked of one after the other."""
        for vector in self.questions[:10]:
            for way in ways:
                way.search(vector, POOL)
        right = np.zeros((len(ways), len(self.questions)))
        times = np.zeros_like(right)
        for row, vector in enumerate(self.questions):
            for place in range(len(ways)) if row % 2 else reversed(range(len(ways))):
                started = time.perf_counter()
                found = ways[place].search(vector, POOL)
                times[place, row] = 1000 * (time.perf_counter() - started)
                right[place, row] = len({n for n, _ in found[:10]} & self.nearest[row]) / 10
        sets = np.array_split(np.arange(len(self.questions)), len(growth.ASKED))
        return [
            {
                "recall": round(float(right[place].mean()), 4),
                "of_sets": [round(float(right[place, some].mean()), 4) for some in sets],
                "p50_ms": round(float(np.percentile(times[place], 50)), 1),
                "p95_ms": round(float(np.percentile(times[place], 95)), 1),
            }
            for place in range(len(ways))
        ]

    def prepared(self, way: Any) -> Figures:
        """How long it takes to make a way ready."""
        started = time.perf_counter()
        way.prepare()
        if way.trouble:
            sys.exit(way.trouble)
        return {"build_seconds": round(time.perf_counter() - started, 1)}


def fill(bench: Bench) -> Figures:
    """The store."""
    return bench.fill()


def ways(bench: Bench) -> Figures:
    """The three ways as they are set in the program."""
    with chroma() as (address, folder):
        found = {
            "codes": OwnedExact(bench.store),
            "pgvector": SharedVectors(bench.store, PgvectorTables(bench.store), owner=True),
            "chroma": SharedVectors(bench.store, ChromaServer(address), owner=True),
        }
        figures = {name: bench.prepared(way) for name, way in found.items()}
        for name, asked in zip(found, bench.ask(list(found.values())), strict=True):
            figures[name] |= asked
        figures["codes"]["mb"] = _megabytes(bench.folder)
        figures["pgvector"]["mb"] = bench.size(*bench.tables())
        figures["chroma"]["mb"] = _megabytes(folder)
        for way in found.values():
            way.close()
    return figures


def pgvector(bench: Bench) -> list[Figures]:
    """Several graphs of pgvector, each searched among more and fewer."""
    found = []
    for graph in bench.options.graphs:
        neighbours, built = map(int, graph.split(","))
        set_to = {"NEIGHBOURS": neighbours, "BUILT_AMONG": built}
        way = SharedVectors(bench.store, PgvectorTables(bench.store), owner=True)
        with _set(vectors_pgvector, **set_to):
            way.drop()
            made = {"m": neighbours, "ef_construction": built, **bench.prepared(way)}
            made["mb"] = bench.size(*bench.tables())
            for among in bench.options.among:
                with _set(vectors_pgvector, SEARCHED_AMONG=among):
                    found.append(made | {"ef_search": among, **bench.ask([way])[0]})
                    print(f"  {json.dumps(found[-1])}", flush=True)
        way.close()
    return found


def of_chroma(bench: Bench) -> list[Figures]:
    """Several graphs of Chroma."""
    found = []
    with chroma() as (address, folder):
        for graph in bench.options.graphs:
            neighbours, built = map(int, graph.split(","))
            wanted = {"max_neighbors": neighbours, "ef_construction": built}
            settings = {"hnsw": vectors_client.SETTINGS["hnsw"] | wanted}
            way = SharedVectors(bench.store, ChromaServer(address), owner=True)
            with _set(vectors_http, SETTINGS=settings):
                way.drop()
                made = {"m": neighbours, "ef_construction": built, **bench.prepared(way)}
                made["mb"] = _megabytes(folder)
            for among in bench.options.among:
                with _set(vectors_http, SEARCHED_AMONG=among):
                    found.append(made | {"ef_search": among, **bench.ask([way])[0]})
                    print(f"  {json.dumps(found[-1])}", flush=True)
            way.close()
    return found


def writing(bench: Bench) -> Figures:
    """What it costs to enter documents of 20 passages: with and without what is derived of them."""
    read = corpus.read_sources([bench.options.folder / f"{growth.SOURCES[-1]}.sqlite3"])
    new = list(corpus.documents(read, 20 * corpus.PASSAGES_EACH, seed=9))
    way = SharedVectors(bench.store, PgvectorTables(bench.store), owner=True)
    way.prepare()
    plain, later = [], []
    for document, passages, embedded in new:
        started = time.perf_counter()
        bench.store.replace_document(document, passages, embedded)
        plain.append(time.perf_counter() - started)
    started = time.perf_counter()
    way.prepare()
    later.append((time.perf_counter() - started) / len(new))
    one_by_one = []
    for document, passages, embedded in new:
        bench.store.replace_document(document, passages, embedded)
        started = time.perf_counter()
        way.prepare()  # a difference of 20 come and 20 gone
        one_by_one.append(time.perf_counter() - started)
    for document, _, _ in new:
        bench.store.remove_document(document.id)
    way.prepare()
    way.close()
    return {
        "document_ms": round(1000 * statistics.median(plain), 1),
        "entered_later_ms_a_document": round(1000 * later[0], 1),
        "in_step_after_each_ms": round(1000 * statistics.median(one_by_one), 1),
    }


PARTS: dict[str, Callable[[Bench], Any]] = {
    "fill": fill,
    "ways": ways,
    "writing": writing,
    "pgvector": pgvector,
    "chroma": of_chroma,
}


@contextmanager
def chroma() -> Iterator[tuple[str, Path]]:
    """A server of Chroma: its address and its folder."""
    with tempfile.TemporaryDirectory() as folder:
        address = "http://127.0.0.1:8765"
        place = ["--path", folder, "--host", "127.0.0.1", "--port", "8765"]
        program = Path(sys.executable).parent / "chroma"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([program, "run", *place], **quiet)  # type: ignore[call-overload]
        try:
            _wait_for(ChromaServer(address))
            yield address, Path(folder)
        finally:
            process.terminate()
            process.wait()


def _wait_for(server: ChromaServer) -> None:
    for _ in range(300):
        try:
            server.require()
            return
        except Unreachable:
            time.sleep(0.2)
    sys.exit("Chroma does not start")


@contextmanager
def _set(module: Any, **values: Any) -> Iterator[None]:
    """Let constants of a module have other values."""
    before = {name: getattr(module, name) for name in values}
    vars(module).update(values)
    try:
        yield
    finally:
        vars(module).update(before)


def _megabytes(folder: Path) -> float:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return round(sum(path.stat().st_size for path in files) / 1e6, 1)


def main() -> int:
    options = _options()
    options.folder.mkdir(parents=True, exist_ok=True)
    growth.sources(options.folder, options.data)
    figures: Figures = {"passages": options.passages, "pool": POOL, "cores": os.cpu_count()}
    figures["load_before"] = round(os.getloadavg()[0], 2)
    with PostgresServer(vectors=True) as server:
        bench = Bench(options, server)
        for name in options.parts.split(","):
            figures[name] = PARTS[name](bench)
            print(f"{name}: {json.dumps(figures[name])}", flush=True)
        version = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        figures["pgvector_version"] = dict(enumerate(server.run(version))).get(0, [""])[0]
        bench.store.close()
    record = json.loads(options.json.read_text()) if options.json.exists() else []
    record = [each for each in record if each["passages"] != options.passages] + [figures]
    record.sort(key=lambda each: int(each["passages"]))
    options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--graphs", nargs="+", default=["16,64", "24,200", "32,200"])
    parser.add_argument("--among", nargs="+", type=int, default=[200, 400, 800])
    parser.add_argument("--data", type=Path, default=growth.ROOT.parent / "shared" / "data")
    parser.add_argument("--folder", type=Path, default=growth.ROOT / "build" / "stores")
    parser.add_argument("--json", type=Path, default=growth.RESULTS / "vectors.json")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
