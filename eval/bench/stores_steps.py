"""What stores.py runs in processes of their own, whose memory and processor time are theirs alone.

    python eval/bench/stores_steps.py derive FOLDER [--reads]
    python eval/bench/stores_steps.py answer FOLDER [--reads]    # questions on standard input

Settings come from the environment, as a user gives them.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import growth
import numpy as np

from askdocs import Index
from askdocs.assistant import Assistant
from askdocs.config import Config

Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("at", type=Path)
    parser.add_argument("--reads", action="store_true", help="open the index only to read it")
    options = parser.parse_args()
    STEPS[options.step](options)
    return 0


def derive(options: argparse.Namespace) -> None:
    """Open an index, and wait until what it is searched with is there."""
    first = growth._questions(options.at)[0]
    started = time.perf_counter()
    with Index.open(options.at, config=Config.from_environment(), exact=options.reads) as index:
        index.retrieve(first, k=growth.K)
        if not options.reads:
            _wait_for_vectors(index)
    print(json.dumps({"derive_seconds": round(time.perf_counter() - started, 1), "mb": _peak()}))


def _wait_for_vectors(index: Index) -> None:
    derived = index._owner()
    derived.prepare()
    deadline = time.monotonic() + 3600
    while derived.numbers() is None:
        if derived.trouble or time.monotonic() > deadline:
            sys.exit(f"no vectors: {derived.trouble}")
        time.sleep(0.05)


def answer(options: argparse.Namespace) -> None:
    """Open an index, then time what is asked on standard input: five passages, or an answer."""
    first = growth._questions(options.at)[0]
    started = time.perf_counter()
    with Index.open(options.at, config=Config.from_environment(), exact=options.reads) as index:
        index.retrieve(first, k=growth.K)
        assistant = Assistant(index)
        opened = round(time.perf_counter() - started, 2)
        if not options.reads:
            _wait_for_vectors(index)
        print(json.dumps({"open_seconds": opened}), flush=True)
        for question, whole in map(json.loads, sys.stdin):
            if not question:
                print(json.dumps(_parts(index, options) | {"mb": _peak()}), flush=True)
                continue
            started, used = time.perf_counter(), time.process_time()
            found = (
                [(one.document, one.start) for one in assistant.ask(question).citations]
                if whole
                else [
                    (hit.passage.document, hit.passage.start)
                    for hit in index.retrieve(question, k=growth.K)
                ]
            )
            told = {
                "whole": whole,
                "ms": 1000 * (time.perf_counter() - started),
                "cpu_ms": 1000 * (time.process_time() - used),
                "found": found,
            }
            print(json.dumps(told), flush=True)


def _parts(index: Index, options: argparse.Namespace) -> Figures:
    """What of a question's time goes where, as medians."""
    questions = growth._questions(options.at)[1:]
    found = growth._parts(index, questions)
    numbers = index.store.numbers()
    some = np.random.default_rng(0).choice(numbers, (len(questions), index.config.pool))
    for name in ("passages", "sentence_vectors"):
        read = getattr(index.store, name)
        found[f"{name}_ms"] = median(lambda one, read=read: read(one.tolist()), some)
    if not options.reads:
        vectors = [index.embedder.encode_query(question) for question in questions]
        search, pool = index._owner().search, index.config.pool
        found["derived_ms"] = median(lambda one: search(one, pool), vectors)
    return found


def median(act: Callable[[Any], object], values: Iterable[Any]) -> float:
    """Milliseconds that it takes with one of the values."""
    times = [growth._milliseconds(lambda one=one: act(one)) for one in values]
    return round(statistics.median(times), 1)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


STEPS: dict[str, Callable[[argparse.Namespace], None]] = {"derive": derive, "answer": answer}

if __name__ == "__main__":
    sys.exit(main())
