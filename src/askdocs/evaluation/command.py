"""The command `askdocs eval`: print tables, write files, say by the exit code what holds."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from askdocs.config_loading import load_settings
from askdocs.evaluation import compare, sweep
from askdocs.evaluation.files import write_whole
from askdocs.evaluation.gate import Condition, gate_failures, parse_gate
from askdocs.evaluation.gold import count_drafts
from askdocs.evaluation.junit import as_junit
from askdocs.evaluation.report import as_text
from askdocs.evaluation.report_page import as_html
from askdocs.evaluation.result import Result
from askdocs.evaluation.run import evaluate

_RESULTS = Path("eval/results")


class Bar(Protocol):
    """A progress bar that can be taken away before something is printed."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Show how far it is."""

    def clear(self) -> None:
        """Take it away."""


def evaluate_command(args: argparse.Namespace, *, progress: Bar | None = None) -> int:
    """`askdocs eval`: print the tables or JSON, write the results; return the exit code.

    `args.gold` are a gold file, or `compare` and two results, or `sweep`, what to try and a gold
    file. 1 if a citation is not exact or the
    gate does not hold.
    """
    if args.gold[0] == "compare":
        return _compare(args)
    if args.gold[0] == "sweep":
        return _sweep(args, progress)
    return _evaluate(args, progress)


def _evaluate(args: argparse.Namespace, progress: Bar | None) -> int:
    """Run one evaluation."""
    gold = Path(args.gold[0])
    gate = parse_gate(getattr(args, "gate", None) or "")
    config = load_settings(getattr(args, "config", None), written=getattr(args, "set", ())).config
    if args.model:
        config = replace(config, language_model=args.model)
    result = evaluate(
        gold,
        Path(args.documents),
        index=Path(args.index) if args.index else None,
        config=config,
        split=args.split or "",
        ragas=not args.no_ragas,
        fresh=args.fresh,
        judge_model=args.judge or "",
        progress=progress,
    )
    if progress:
        progress.clear()
    if drafts := count_drafts(gold):
        print(f"askdocs: drafts left out of {gold}: {drafts}", file=sys.stderr)
    if args.json:
        print(_as_json(result), end="")
    else:
        print(as_text(result))
        _write_results(result)
    if args.report:
        write_whole(Path(args.report), as_html(result))
    if args.junit:
        write_whole(Path(args.junit), as_junit(result))
    return _verdict(result, gate)


def _compare(args: argparse.Namespace) -> int:
    """Print what differs between two results."""
    a, b = (Path(name) for name in args.gold[1:])
    found = compare.compare(compare.read_result(a), compare.read_result(b), (a.name, b.name))
    if args.json:
        print(json.dumps(found.to_dict(), indent=1))
    else:
        print(compare.as_text(found))
    return 0


def _sweep(args: argparse.Namespace, progress: Bar | None) -> int:
    """Print what each combination of settings reaches."""
    points = sweep.read_grid(Path(args.gold[1]))
    tried = list(
        sweep.sweep(
            points,
            Path(args.gold[2]),
            Path(args.documents),
            index=Path(args.index) if args.index else None,
            split=args.split or "",
            progress=progress,
        )
    )
    if progress:
        progress.clear()
    if args.json:
        best = sweep.front(tried)
        shown = [one.to_dict() | {"on_the_front": one in best} for one in tried]
        print(json.dumps(shown, indent=1))
    else:
        print(sweep.as_text(tried))
    return 0


def _verdict(result: Result, gate: Sequence[Condition]) -> int:
    failures = gate_failures(result, gate)
    inexact = sum(bool(row.faults) for row in result.rows)
    if inexact:
        failures.append(f"citations are not exact in {inexact} of {len(result.rows)} answers")
    for failure in failures:
        print(f"askdocs: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _write_results(result: Result) -> None:
    """Write the results where the project keeps them; elsewhere, say how to have them."""
    if not _RESULTS.parent.is_dir():
        print("\nNo eval/ folder here, so no results file; for the results as JSON: --json")
        return
    path = _RESULTS / f"{Path(result.gold).stem}.json"
    write_whole(path, _as_json(result))
    print(f"\nWritten: {path}")


def _as_json(result: Result) -> str:
    return json.dumps(result.to_dict(), ensure_ascii=True, indent=1) + "\n"
