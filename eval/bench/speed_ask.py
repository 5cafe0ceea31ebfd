"""How long `Assistant.ask` takes in one process, over towns and figures that this script invents.

    python eval/bench/speed_ask.py FOLDER --passages 1000

speed.py runs it as its part "ask", in a process of its own. It prints JSON: for each question the
milliseconds, and the CPU time over all threads, which tells how much of it was waiting for a busy
machine.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

from askdocs import Assistant, Index

QUESTIONS = 200
WARM_UP = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where documents and index are written")
    parser.add_argument("--passages", type=int, default=1000)
    options = parser.parse_args()
    documents = options.folder / "towns"
    questions = write_towns(documents, options.passages)
    with Index.build(documents, options.folder / "towns-index") as index:
        assistant = Assistant(index)
        for question in questions[:WARM_UP]:
            assistant.ask(question)
        times, busy, answered = [], [], 0
        for question in questions[:QUESTIONS]:
            started, worked = time.perf_counter(), time.process_time()
            answer = assistant.ask(question)
            times.append(1000 * (time.perf_counter() - started))
            busy.append(1000 * (time.process_time() - worked))
            answered += not answer.refused
        passages = index.summary.passages
    print(json.dumps({"passages": passages, "answered": answered, "ms": times, "cpu_ms": busy}))
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
