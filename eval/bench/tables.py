"""Writes the tables of README.md and eval/README.md from the records in eval/results/.

    python eval/bench/tables.py            # write them
    python eval/bench/tables.py --check    # say which differ from the records, and exit 1

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; nothing else is touched. Figures
that others published, and those of earlier scripts of ours, are in published.json with their
source.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tables_answers import (
    agreement,
    answers,
    answers_short,
    gold_sets,
    gold_sets_short,
    reliability,
    trade_off,
)
from tables_cluster import failing, serving, stores, vectors, workers
from tables_finding import before, retrieval, retrieval_short, signals
from tables_format import Records
from tables_speed import growth, speed, speed_short

ROOT = Path(__file__).parents[2]
PAGES = (Path("README.md"), Path("eval/README.md"))
_TABLE = re.compile(r"<!-- table: ([\w-]+) -->\n(.*?)<!-- end -->", re.DOTALL)

TABLES: Mapping[str, Callable[[Records], str]] = {
    "gold-sets": gold_sets,
    "gold-sets-short": gold_sets_short,
    "retrieval": retrieval,
    "retrieval-short": retrieval_short,
    "before": before,
    "signals": signals,
    "answers": answers,
    "answers-short": answers_short,
    "trade-off": trade_off,
    "reliability": reliability,
    "agreement": agreement,
    "speed": speed,
    "speed-short": speed_short,
    "growth": growth,
    "stores": stores,
    "vectors": vectors,
    "failing": failing,
    "serving": serving,
    "workers": workers,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args()
    records = Records(options.root / "eval" / "results")
    stale: list[str] = []
    for page in PAGES:
        path = options.root / page
        text = path.read_text(encoding="utf-8")
        new, changed = rewritten(text, records)
        stale += [f"{page}: {name}" for name in changed]
        if changed and not options.check:
            path.write_text(new, encoding="utf-8")
    for each in stale:
        print(f"{'differs' if options.check else 'written'}: {each}")
    return 1 if options.check and stale else 0


def rewritten(text: str, records: Records) -> tuple[str, Sequence[str]]:
    """The page with its tables as the records have them, and the names of those that changed."""
    changed: list[str] = []

    def table(match: re.Match[str]) -> str:
        name = match[1]
        if name not in TABLES:
            sys.exit(f"no table is called {name}; tables.py has {', '.join(TABLES)}")
        body = f"{TABLES[name](records).strip()}\n"
        if body != match[2]:
            changed.append(name)
        return f"<!-- table: {name} -->\n{body}<!-- end -->"

    return _TABLE.sub(table, text), changed


if __name__ == "__main__":
    sys.exit(main())
