"""Runs every benchmark whose data is here, and writes the tables of the documentation anew.

    python eval/bench/everything.py ../shared/data              # make bench; an hour on two cores
    python eval/bench/everything.py ../shared/data --only gold-sets agreement

speed.py, growth.py and page.py are not among them: they want a machine to themselves. Their last
records stand in eval/results/, and their tables are written from these.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results"

PARTS = {
    "gold-sets": (),
    "agreement": ("mtrag-human",),
    "retrieval": ("scifact-beir", "mtrag-un", "dragonball-en", "chunking-eval", "xquad-en"),
    "answers": ("xquad-en", "clapnq-dev", "dragonball-en", "mtrag-un", "ramdocs", "rgb-en-fact"),
}
"""What each part needs of the data folder; the quickest first."""

OPTIONS = {
    "retrieval": ("--keep", "build/retrieval", "--ablation"),
    "answers": ("--keep", "build/answers"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with the public sets, see eval/README.md")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    failed = [name for name in options.only if not run(name, options.data)]
    tables = subprocess.run([sys.executable, str(HERE / "tables.py")], check=False)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed or tables.returncode else 0


def run(name: str, data: Path) -> bool:
    """Run a part, or say what it lacks; whether it went well."""
    if lacking := missing(data, PARTS[name]):
        print(f"{name}: left out, {data} has no {', '.join(lacking)}; the last record stands")
        return True
    print(f"{name}: running", flush=True)
    script, target = HERE / f"{name.replace('-', '_')}.py", RESULTS / f"{name}.json"
    command = [str(script), str(data), "--json", str(target), *OPTIONS.get(name, ())]
    return subprocess.run([sys.executable, *command], check=False).returncode == 0


def missing(data: Path, needed: Iterable[str]) -> list[str]:
    """Which folders of the data are not here."""
    return [each for each in needed if not (data / each).is_dir()]


if __name__ == "__main__":
    sys.exit(main())
