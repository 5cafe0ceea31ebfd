"""Times askdocs beside llama-index, txtai and LangChain: same documents, same embedding model.

    python eval/bench/speed.py --json eval/results/speed.json     # all of it, for the record
    python eval/bench/speed.py --limit 100                        # a quick look
    python eval/bench/speed.py --parts warm,cold --documents FOLDER --peers txtai

The documents are the abstracts of SciFact, a text file each, or the .txt and .md files of FOLDER.
Parts: build, warm (an open index), cold (whole processes on an index that exists), update (after
one file changed), ask (`Assistant.ask`, see speed_ask.py). Everything measured is a process of its
own, on the CPU, and the systems take turns, so that a busy machine slows all of them. Missing
environments are made first, by peers.py. eval/README.md says what each figure means.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import peers
from speed_place import ASKDOCS, HERE, SCIFACT, Place, System, prepare, run, say

PARTS = ("build", "warm", "cold", "update", "ask")
REHEARSAL = 20  # documents
MORE_IS_BETTER = "documents a second"
Figures = dict[str, dict[str, float]]
"""Of each measure, the figure of each system."""


def main() -> int:
    options = _options()
    told: dict[str, Any] = {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "packages": {name: [peers.TORCH, *peers.PACKAGES[name]] for name in options.peers},
        "figures": {},
    }
    with tempfile.TemporaryDirectory(prefix="askdocs-speed-") as temporary:
        place = prepare(options.keep or Path(temporary), options)
        if place is None:
            say(f"Only the part ask is measured, as {SCIFACT} is not here; see --documents")
        else:
            told["documents"] = len(place.names)
        systems = place.systems(options.peers) if place else []
        for part in (each for each in PARTS if each in options.parts and (place or each == "ask")):
            told["figures"] |= measure(part, place, systems, options, Path(temporary))
            if options.json:  # after each part, so that what comes later cannot lose it
                options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(table(told["figures"], [ASKDOCS, *options.peers]))
    return 0


def measure(
    part: str,
    place: Place | None,
    systems: Sequence[System],
    options: argparse.Namespace,
    folder: Path,
) -> Figures:
    """The figures of one part."""
    if place is None or part == "ask":
        return ask(folder, options.passages)
    if part == "build":
        return build(place, systems, options.builds)
    for system in systems:
        if not _record(system).exists():
            _remember(system, [_build(place, system)])
    return {"warm": warm, "cold": cold, "update": update}[part](place, systems, options.turns)


def build(place: Place, systems: Sequence[System], turns: int) -> Figures:
    """The whole index, from nothing."""
    for system in systems:  # fills the file cache, and shows early what does not work
        _build(place, system, REHEARSAL)
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    for _ in range(turns):
        for system in systems:
            rows[system.name].append(_build(place, system))
    told = {system.name: _remember(system, rows[system.name]) for system in systems}
    quarter = _build(place, systems[0], max(1, len(place.names) // 4))

    def each(figure: Callable[[dict[str, float]], float]) -> dict[str, float]:
        return {name: figure(figures) for name, figures in told.items()}

    return {
        f"{MORE_IS_BETTER}, whole process": each(lambda t: t["documents"] / t["wall"]),
        f"{MORE_IS_BETTER}, after imports": each(lambda t: t["documents"] / t["seconds"]),
        "passages": each(lambda t: t["passages"]),
        "peak memory while indexing, MB": each(lambda t: t["peak_mb"]),
        "peak memory, first quarter of the documents, MB": {ASKDOCS: quarter["peak_mb"]},
        "index on disk, MB": each(lambda t: t["disk_mb"]),
    }


def warm(place: Place, systems: Sequence[System], turns: int) -> Figures:
    """Questions to an open index, in milliseconds."""
    questions = place.folder / "questions.json"
    questions.write_text(json.dumps(place.questions), encoding="utf-8")
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(turns):
        for system in systems:
            times[system.name] += run(system.command("serve-questions", questions))[1]
    return {
        f"retrieve, warm, p{rank}, ms": {name: percentile(t, rank) for name, t in times.items()}
        for rank in (50, 95)
    }


def cold(place: Place, systems: Sequence[System], turns: int) -> Figures:
    """Whole processes, in seconds."""
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(turns + 1):
        question = place.questions[turn % len(place.questions)]
        commands = {system.name: system.retrieve(question) for system in systems}
        commands["ask"] = systems[0].askdocs("ask", question)
        for name, command in commands.items():
            seconds, told = run(command)
            if not told:
                sys.exit(f"{name} found nothing for {question!r}")
            if turn:  # the first turn only fills the file cache, for all
                times[name].append(seconds)
    medians = {name: statistics.median(each) for name, each in times.items()}
    asked = medians.pop("ask")
    return {
        "retrieve, whole process, s": medians,
        "askdocs ask, whole process, s": {ASKDOCS: asked},
    }


def update(place: Place, systems: Sequence[System], turns: int) -> Figures:
    """One document has changed; whole processes. Only askdocs is not told which."""
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(turns):
        changed = place.names[(turn + 1) * len(place.names) // (turns + 1)]
        with (place.documents / changed).open("a", encoding="utf-8") as file:
            file.write(f"\nThis was added at {time.time_ns()}.\n")
        for system in systems:
            command = system.command("update", place.documents, changed)
            times[system.name].append(run(command)[0])
    seconds = {name: statistics.median(each) for name, each in times.items()}
    whole = {s.name: json.loads(_record(s).read_text(encoding="utf-8"))["wall"] for s in systems}
    return {
        "update after one change, whole process, s": seconds,
        "the same, % of indexing all": {n: 100 * seconds[n] / whole[n] for n in seconds},
    }


def ask(folder: Path, passages: int) -> Figures:
    """Cited answers, in one process."""
    command = [sys.executable, HERE / "speed_ask.py", folder, "--passages", str(passages)]
    told = run([str(part) for part in command])[1]
    figures = {
        "ask, passages": told["passages"],
        "ask, questions": len(told["ms"]),
        "ask, of them answered": told["answered"],
        "ask, warm, p50, ms": percentile(told["ms"], 50),
        "ask, warm, p95, ms": percentile(told["ms"], 95),
        "ask, warm, CPU over all threads, p50, ms": percentile(told["cpu_ms"], 50),
    }
    return {name: {ASKDOCS: figure} for name, figure in figures.items()}


def table(figures: Figures, names: Sequence[str]) -> str:
    """The figures in Markdown; the last column compares askdocs with the best of the others."""
    lines = [
        "| | " + " | ".join(names) + " | askdocs / best peer |",
        "|---" * (len(names) + 2) + "|",
    ]
    for measure, row in figures.items():
        cells = [f"{row[name]:.4g}" if name in row else "" for name in names]
        rivals = [row[name] for name in names[1:] if name in row]
        best = max if measure.startswith(MORE_IS_BETTER) else min
        compared = rivals and measure != "passages"
        ratio = f"{row[ASKDOCS] / best(rivals):.2f}" if compared else ""
        lines.append("| " + " | ".join([measure, *cells, ratio]) + " |")
    return "\n".join(lines)


def percentile(values: Sequence[float], rank: int) -> float:
    """The smallest value that at least `rank` % of the values do not exceed."""
    return sorted(values)[max(0, -(-rank * len(values) // 100) - 1)]


def _build(place: Place, system: System, count: int | None = None) -> dict[str, float]:
    """Index all documents into the system's store, or the first `count` to throw them away."""
    store = place.folder / "thrown-away" if count else system.store
    shutil.rmtree(store, ignore_errors=True)
    if not count:
        _record(system).unlink(missing_ok=True)
    documents = place.first(count) if count else place.documents
    wall, told = run(system.command("build", documents, store=store))
    size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    if count:
        shutil.rmtree(store)
    return {**told, "wall": wall, "disk_mb": size / 1e6}


def _record(system: System) -> Path:
    """What was measured when the system's store was made."""
    return system.store.with_suffix(".json")


def _remember(system: System, builds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Keep the medians beside the store, which is complete with that."""
    told = {key: statistics.median(build[key] for build in builds) for key in builds[0]}
    _record(system).write_text(json.dumps(told), encoding="utf-8")
    return told


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=_names(PARTS), default=PARTS, help=",".join(PARTS))
    known = tuple(peers.PACKAGES)
    parser.add_argument("--peers", type=_names(known), default=known, help=",".join(known))
    parser.add_argument("--documents", type=Path, help="a folder, instead of SciFact")
    parser.add_argument("--limit", type=int, help="only the first documents")
    parser.add_argument("--builds", type=int, default=1, help="whole builds of each system")
    parser.add_argument("--turns", type=int, default=5, help="of each system in the other parts")
    parser.add_argument("--questions", type=int, default=200, help="asked in the part warm")
    parser.add_argument("--passages", type=int, default=1000, help="for the part ask")
    parser.add_argument("--keep", type=Path, help="keep the indexes here, for the next time")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    """A reader of some of the known names, separated by commas."""

    def read(text: str) -> list[str]:
        names = [name for name in text.split(",") if name]
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not of {', '.join(known)}")
        return names

    return read


if __name__ == "__main__":
    sys.exit(main())
