"""Times askdocs on indexes of ten thousand to a million passages of real text.

    python eval/bench/growth.py                              # 10,000, 100,000 and 1,000,000
    python eval/bench/growth.py --sizes 10000 --data ../shared/data --folder build/growth

The passages are made of sentences of the retrieval sets (see growth_corpus.py), the questions are
theirs. Each figure is taken in a process of its own: `owner` opens the index as a server does,
`reader` as a one-shot command does, `change` adds a document and takes it out again. Above
`--chroma-limit` passages Chroma is left out, as building it would take most of an hour; the owner
then searches as it does while Chroma is being built. Wall time is what a user waits; the CPU time
beside it tells how much of it was waiting for a busy machine. Writes eval/results/growth.json and
growth.svg.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import growth_corpus as corpus
import numpy as np
from growth_plot import plot
from retrieval_sets import SETS

from askdocs import Index, vectors_chroma
from askdocs.config import DEFAULT_MODEL
from askdocs.embedding import open_embedder
from askdocs.exporting import load_embedder
from askdocs.index_opening import STORE
from askdocs.retrieval_parts import facets
from askdocs.store import Meta, Store
from askdocs.vectors import ExactVectors

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RESULTS = ROOT / "eval" / "results"
SOURCES = ("mtrag-un", "dragonball", "xquad")
ASKED = ("scifact", "dragonball", "xquad")
QUESTIONS = 200
K = 5

Figures = dict[str, Any]


def main() -> int:
    options = _options()
    if options.step:
        print(json.dumps(STEPS[options.step](options.at, options)))
        return 0
    options.folder.mkdir(parents=True, exist_ok=True)
    sources(options.folder, options.data)
    figures: list[Figures] = []
    for size in options.sizes:
        at = options.folder / str(size)
        chroma = size <= options.chroma_limit
        measured = {"passages": size, "with_chroma": chroma, "load": round(os.getloadavg()[0], 1)}
        for step in ("make", "derive", "owner", "reader", "recall", "change"):
            measured[step] = _run(step, at, options, chroma=chroma)
            print(f"{size:>9} {step:<7} {json.dumps(measured[step])}", flush=True)
        measured["disk_mb"] = _disk(at)
        figures.append(measured)
    figures.sort(key=lambda each: int(each["passages"]))
    result = {"k": K, "questions": QUESTIONS, "exponents": _exponents(figures), "sizes": figures}
    (RESULTS / "growth.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "growth.svg").write_text(plot(figures), encoding="utf-8")
    return 0


def sources(folder: Path, data: Path) -> None:
    """Index the sets whose sentences are used, with the real model, and keep their questions."""
    questions: list[str] = []
    for name in dict.fromkeys(SOURCES + ASKED):
        documents = folder / "documents" / name
        documents.mkdir(parents=True, exist_ok=True)
        asked = SETS[name].write(data, documents)
        if name in ASKED:
            step = max(1, len(asked) // (QUESTIONS // len(ASKED)))
            questions += [each.question for each in asked[::step]]
        if name in SOURCES and not (folder / f"{name}.sqlite3").exists():
            with Index.build(documents, folder / "source") as index:
                index.backup(folder / f"{name}.sqlite3")
            shutil.rmtree(folder / "source")
    (folder / "questions.json").write_text(json.dumps(questions[: QUESTIONS + 1]))
    load_embedder(DEFAULT_MODEL, exported=folder / "model")


def make(at: Path, options: argparse.Namespace) -> Figures:
    """Fill the store; only once, as it takes long."""
    if (at / "made").exists():
        return dict(json.loads((at / "made").read_text()))
    shutil.rmtree(at, ignore_errors=True)
    shutil.copytree(at.parent / "model", at / "model")
    embedder = open_embedder(at / "model")
    described = Meta(embedder.name, embedder.fingerprint, embedder.dimension)
    store = Store.open(at / STORE, create_with=described)
    read = corpus.read_sources([at.parent / f"{name}.sqlite3" for name in SOURCES])
    started = time.monotonic()
    corpus.fill(store, read, int(at.name))
    store.close()
    made = {"seconds": round(time.monotonic() - started, 1)}
    (at / "made").write_text(json.dumps(made))
    return made


def derive(at: Path, options: argparse.Namespace) -> Figures:
    """Make what is derived from the store: codes and Chroma, which is built only once."""
    store = Store.open(at / STORE)
    seconds = {}
    started = time.monotonic()
    exact = ExactVectors(store)
    exact.save()
    exact.close()
    seconds["codes_seconds"] = round(time.monotonic() - started, 2)
    if not (at / "derived").exists():
        started = time.monotonic()
        vectors = vectors_chroma.ChromaVectors(store, at)
        vectors.prepare()
        vectors.close()
        if options.chroma:
            seconds["chroma_seconds"] = round(time.monotonic() - started, 1)
            (at / "derived").write_text(json.dumps(seconds["chroma_seconds"]))
    else:
        seconds["chroma_seconds"] = json.loads((at / "derived").read_text())
    store.close()
    return seconds | {"peak_mb": _peak()}


def owner(at: Path, options: argparse.Namespace) -> Figures:
    """A server: opened, asked at once, and asked again when Chroma is in use."""
    first, *questions = _questions(at)
    started = time.monotonic()
    with Index.open(at) as index:
        index.retrieve(first, k=K)
        found = {"open_seconds": round(time.monotonic() - started, 2)}
        derived = index._owner()
        while options.chroma and not derived.in_use and not derived.trouble:
            time.sleep(0.05)
        found["chroma_seconds"] = round(time.monotonic() - started, 2)
        found |= {"chroma": derived.in_use, **_asked(index, questions), "peak_mb": _peak()}
    return found


def reader(at: Path, options: argparse.Namespace) -> Figures:
    """A process that only reads."""
    first, *questions = _questions(at)
    started = time.monotonic()
    with Index.open(at, exact=True) as index:
        index.retrieve(first, k=K)
        found = {"open_seconds": round(time.monotonic() - started, 2)}
        return found | _asked(index, questions) | _parts(index, questions) | {"peak_mb": _peak()}


def recall(at: Path, options: argparse.Namespace) -> Figures:
    """Share of the ten nearest passages that the searches by vector find."""
    with Index.open(at) as index:
        vectors = np.stack([index.embedder.encode_query(q) for q in _questions(at)[1:]])
        nearest = _ten_nearest(index.store, vectors)
        derived, exact = index._owner(), ExactVectors(index.store)
        while options.chroma and not derived.in_use and not derived.trouble:
            time.sleep(0.05)
        found = {"codes_at_10": _share(nearest, vectors, exact.search)}
        if derived.in_use:
            found["chroma_at_10"] = _share(nearest, vectors, derived.search)
    return found


def change(at: Path, options: argparse.Namespace) -> Figures:
    """Add a document of 20 passages, ask, take it out, ask."""
    first, *questions = _questions(at)
    read = corpus.read_sources([at.parent / f"{SOURCES[-1]}.sqlite3"])
    new = next(iter(corpus.documents(read, corpus.PASSAGES_EACH, seed=9)))
    with Index.open(at) as index:
        derived = index._owner()
        index.retrieve(first, k=K)
        while options.chroma and not derived.in_use and not derived.trouble:
            time.sleep(0.05)
        found: Figures = {}
        for name, act in (
            ("add", lambda: index.store.replace_document(*new)),
            ("replace", lambda: index.store.replace_document(*new)),
            ("remove", lambda: index.store.remove_document(new[0].id)),
        ):
            found[f"{name}_ms"] = _milliseconds(act)
            found[f"ask_after_{name}_ms"] = _milliseconds(lambda: index.retrieve(questions[0], k=K))
            found[f"prepare_after_{name}_ms"] = _milliseconds(derived.prepare)
    return found


STEPS: dict[str, Callable[[Path, argparse.Namespace], Figures]] = {
    "make": make,
    "derive": derive,
    "owner": owner,
    "reader": reader,
    "recall": recall,
    "change": change,
}


def _asked(index: Index, questions: Sequence[str]) -> Figures:
    wall, cpu = [], []
    # A question after several things is searched for several times (retrieval_query.py).
    simple = np.array([not facets(question) for question in questions])
    for question in questions:
        started, used = time.perf_counter(), time.process_time()
        index.retrieve(question, k=K)
        wall.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - used))
    return {
        f"{name}p{share}_ms": round(float(np.percentile(times, share)), 1)
        for name, times in (
            ("", wall),
            ("cpu_", cpu),
            ("one_search_", np.array(wall)[simple]),
            ("several_searches_", np.array(wall)[~simple]),
        )
        for share in (50, 95)
    }


def _parts(index: Index, questions: Sequence[str]) -> Figures:
    """What of a question's time goes where, as medians."""
    from askdocs.language import content_words

    vectors = [index.embedder.encode_query(question) for question in questions]
    exact = ExactVectors(index.store)
    exact.search(vectors[0], K)
    pool = index.config.pool
    parts = {
        "embed": [_milliseconds(lambda q=q: index.embedder.encode_query(q)) for q in questions],
        "words": [
            _milliseconds(lambda q=q: index.store.search_words(content_words(q), pool))
            for q in questions
        ],
        "vectors": [_milliseconds(lambda v=v: exact.search(v, pool)) for v in vectors],
    }
    return {f"{name}_ms": round(statistics.median(times), 1) for name, times in parts.items()}


def _ten_nearest(store: Store, vectors: Any) -> list[set[int]]:
    scores, numbers = [], []
    for some, matrix in store.vector_blocks(size=50_000):
        cosines = matrix @ vectors.T
        best = np.argpartition(-cosines, 10, axis=0)[:10]
        scores.append(np.take_along_axis(cosines, best, axis=0))
        numbers.append(some[best])
    every, named = np.concatenate(scores), np.concatenate(numbers)
    order = np.argsort(-every, axis=0)[:10]
    return [set(column.tolist()) for column in np.take_along_axis(named, order, axis=0).T]


def _share(nearest: Sequence[set[int]], vectors: Any, search: Callable[..., Any]) -> float:
    found = [{n for n, _ in search(vector, 10)} for vector in vectors]
    shares = [len(a & b) / 10 for a, b in zip(nearest, found, strict=True)]
    return round(statistics.mean(shares), 4)


def _exponents(figures: Sequence[Figures]) -> dict[str, float]:
    """The slope of the median against the size, both as logarithms."""
    if len(figures) < 2:
        return {}
    sizes = [math.log(each["passages"]) for each in figures]
    return {
        way: round(float(np.polyfit(sizes, [math.log(f[way]["p50_ms"]) for f in figures], 1)[0]), 3)
        for way in ("owner", "reader")
    }


def _questions(at: Path) -> list[str]:
    return list(json.loads((at.parent / "questions.json").read_text()))


def _milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return round(1000 * (time.perf_counter() - started), 1)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _disk(at: Path) -> dict[str, int]:
    def size(pattern: str) -> int:
        return sum(p.stat().st_size for p in at.glob(pattern) if p.is_file()) // 1_000_000

    return {"store": size("store*"), "codes": size("codes-*"), "chroma": size("chroma-*/**/*")}


def _run(step: str, at: Path, options: argparse.Namespace, *, chroma: bool) -> Figures:
    command = [sys.executable, __file__, "--step", step, "--at", str(at)]
    command += ["--chroma"] if chroma else []
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _no_client(folder: Path) -> Any:
    raise RuntimeError("left out")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--chroma-limit", type=int, default=300_000)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "growth")
    parser.add_argument("--step", choices=sorted(STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--at", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--chroma", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step and not options.chroma:
        vectors_chroma.open_client = _no_client
    return options


if __name__ == "__main__":
    sys.exit(main())
