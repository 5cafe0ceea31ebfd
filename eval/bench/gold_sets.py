"""Asks the gold questions of every set of documents that is here, with `askdocs eval`.

    python eval/bench/gold_sets.py ../shared/data [--json eval/results/gold-sets.json]

Our own documents are always here; two news reports and DRAGONBall's companies are where the data
folder is. A set that is not here keeps the figures that the file has of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class GoldSet:
    """A gold file and the folder it is about; `split` chooses some of its questions."""

    name: str
    gold: Path
    documents: Path
    index: str
    split: str = ""


def sets(data: Path, built: Path) -> list[GoldSet]:
    """All sets, here or not."""
    corpus, made = Path("eval/corpus"), built / "dragonball"
    news = data.parent / "documents" / "kazakhstan", data.parent / "gold" / "kazakhstan.jsonl"
    return [
        GoldSet("corpus, tune", Path("eval/gold/corpus.jsonl"), corpus, "corpus", "tune"),
        GoldSet("corpus, test", Path("eval/gold/corpus.jsonl"), corpus, "corpus", "test"),
        GoldSet("corpus-blind", Path("eval/gold/corpus-blind.jsonl"), corpus, "corpus"),
        GoldSet("two news reports", news[1], news[0], "kazakhstan"),
        GoldSet("DRAGONBall, tune", made / "gold.jsonl", made / "documents", "dragonball", "tune"),
        GoldSet("DRAGONBall, test", made / "gold.jsonl", made / "documents", "dragonball", "test"),
    ]


def run(each: GoldSet, built: Path) -> dict[str, Any]:
    """The result of `askdocs eval` on a set."""
    command = ["eval", str(each.gold), "--documents", str(each.documents), "--no-ragas", "--json"]
    command += ["--index", str(built / "gold" / each.index)]
    command += ["--split", each.split] if each.split else []
    done = subprocess.run(
        [sys.executable, "-m", "askdocs", *command], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def summed(result: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a result: its figures, and no word of questions, answers or documents."""
    kept = ("settings", "outcomes", "scores", "answer_words")
    return {"questions": len(result["rows"]), **{name: result[name] for name in kept}} | {
        "by_type": _by_type(result["rows"])
    }


def _by_type(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = found.setdefault(row["type"], {"right": 0, "refused": 0, "wrong": 0})
        counts[row["outcome"]] += 1
    return dict(sorted(found.items()))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="the data folder; it need not be there")
    parser.add_argument("--built", type=Path, default=Path("build"), help="for the indexes")
    parser.add_argument("--only", default="", metavar="NAME", help="sets whose names begin so")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--rows", type=Path, help="write the whole results to this folder")
    options = parser.parse_args()
    kept = options.json and options.json.is_file() and json.loads(options.json.read_text("utf-8"))
    found: dict[str, Any] = kept or {}
    if (options.data / "dragonball-en").is_dir():
        make = [HERE / "dragonball_gold.py", options.data, options.built / "dragonball"]
        subprocess.run([sys.executable, *map(str, make)], check=True)
        counts = options.built / "dragonball" / "counts.json"
        found["DRAGONBall, derived"] = json.loads(counts.read_text(encoding="utf-8"))
    for each in sets(options.data, options.built):
        if not each.name.startswith(options.only):
            continue
        if not (each.gold.is_file() and each.documents.is_dir()):
            print(f"{each.name}: not here ({each.gold})")
            continue
        result = run(each, options.built)
        found[each.name] = summed(result)
        print(each.name, json.dumps(found[each.name]["outcomes"]["all"]), flush=True)
        if options.rows:
            options.rows.mkdir(parents=True, exist_ok=True)
            whole = options.rows / f"{each.name.replace(', ', '-')}.json"
            whole.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        if options.json:
            options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
