"""Measures what askdocs answers without a language model: right, refused, wrong, in conflict.

    python eval/bench/answers.py ../shared/data --keep build/answers
    python eval/bench/answers.py ../shared/data --sets xquad,ramdocs --show 20

Half 0 of each set is what askdocs was fitted on, half 1 is held out. A set is written to a folder,
indexed and asked through `Assistant.ask`, as a user would, but with a threshold of zero: what would
have been refused is known by its support, and can be judged, too. eval/README.md says what each
measure means. `--keep` keeps the indexes for the next time, `--show N` prints answers to look at,
`--json` writes the figures and `--rows` a row for each question.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from answer_figures import THRESHOLD, Result, as_text, figures, promised, traded
from answer_sets import SETS

from askdocs import Assistant, Config, Index

HELD_OUT = 1


def main() -> int:
    options = _options()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.sets:
            results += run(name, options.data, options.keep or Path(temporary), options.half)
            if options.rows:  # after each set, so that what comes later cannot lose it
                rows = [result.to_dict() for result in results]
                options.rows.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    counted = figures(results)
    print(as_text(counted))
    if options.show:
        _show(results, options.show)
    if options.json:
        found = {
            "threshold": THRESHOLD,
            "figures": counted,
            "trade_off, half 1": traded(results, HELD_OUT),
            "reliability, half 1": promised(results, HELD_OUT),
        }
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def run(name: str, data: Path, place: Path, half: int | None = None) -> list[Result]:
    """Index a set and ask its questions, or those of one half."""
    folder = place / name / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    questions = [q for q in SETS[name](data, folder) if half in (None, q.half)]
    config = Config(threshold=0.0)
    with Index.build(folder, place / name / "index", config=config) as index:
        assistant = Assistant(index)
        found = []
        for number, question in enumerate(questions):
            answer = assistant.ask(question.text, history=question.history, within=question.within)
            found.append(Result(name, question, answer))
            if number % 100 == 0:
                print(f"\r{name} {number}/{len(questions)}", end="", file=sys.stderr, flush=True)
        print("\r", end="", file=sys.stderr)
        return found


def _show(results: Sequence[Result], count: int) -> None:
    step = max(1, len(results) // count)
    for result in results[::step]:
        gold = " | ".join(result.question.answers) or f"answerable {result.question.answerable}"
        print(f"\n{result.name} {result.question.text}\n  gold: {gold}")
        print(f"  wrong: {result.question.wrong}")
        print(f"  support {result.answer.support}: " + result.answer.text.replace("\n", "\n  "))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with xquad-en/, clapnq-dev/ and others")
    parser.add_argument("--sets", type=lambda s: s.split(","), default=list(SETS))
    parser.add_argument("--keep", type=Path, help="keep the indexes here, for the next time")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only the questions of this half")
    parser.add_argument("--show", type=int, default=0, help="print so many answers")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--rows", type=Path, help="write a row for each question")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
