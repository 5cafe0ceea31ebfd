"""The tables of the documentation are written from records, and say what a score means."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from askdocs.evaluation.result import OUTCOMES, SUMMED
from askdocs.evaluation.row import SCORES

ROOT = Path(__file__).parent.parent
BENCH = ROOT / "eval" / "bench"
PAGES = ("README.md", "eval/README.md")
MARKER = re.compile(r"<!-- table: ([\w-]+) -->")


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script's module."""
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("tables")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pages and the records, where they can be changed."""
    for page in PAGES:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / page, tmp_path / page)
    shutil.copytree(ROOT / "eval" / "results", tmp_path / "eval" / "results")
    return tmp_path


def run(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "tables.py"), "--root", str(root), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_tables_are_those_of_the_records() -> None:
    """No figure of a table differs from the record that it is from."""
    done = run(ROOT, "--check")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}; write them: eval/bench/tables.py"


def test_a_figure_that_was_typed_is_found_and_put_right(copy: Path) -> None:
    """A digit that is changed by hand is named with its table, and written over."""
    page = copy / "eval/README.md"
    before = page.read_text(encoding="utf-8")
    at = before.index("| groundedness |")
    page.write_text(before[:at] + before[at:].replace(".670", ".999", 1), encoding="utf-8")
    done = run(copy, "--check")
    assert (done.returncode, done.stdout) == (1, "differs: eval/README.md: agreement\n")
    assert run(copy).returncode == 0
    assert page.read_text(encoding="utf-8") == before


def test_a_new_record_changes_its_tables_only(copy: Path) -> None:
    """What was measured anew shows on both pages; a check writes nothing."""
    record = copy / "eval/results/speed.json"
    found = json.loads(record.read_text(encoding="utf-8"))
    found["figures"]["retrieve, warm, p50, ms"]["askdocs"] += 100
    record.write_text(json.dumps(found), encoding="utf-8")
    pages = [(copy / page).read_bytes() for page in PAGES]
    done = run(copy, "--check")
    assert done.stdout.splitlines() == [
        "differs: README.md: speed-short",
        "differs: eval/README.md: speed",
    ]
    assert [(copy / page).read_bytes() for page in PAGES] == pages


def test_a_missing_record_is_named(copy: Path) -> None:
    """Without a record there is a line on how to make it, and no empty table."""
    (copy / "eval/results/retrieval.json").unlink()
    done = run(copy, "--check")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("make bench")
    assert "Traceback" not in done.stderr


def test_every_table_has_its_place(tables: ModuleType) -> None:
    """Each table stands on one page, once."""
    found = [
        name for page in PAGES for name in MARKER.findall((ROOT / page).read_text(encoding="utf-8"))
    ]
    assert sorted(found) == sorted(tables.TABLES)


def test_what_others_published_has_a_source() -> None:
    """A figure of others names where it was read; what has no source was measured by us."""
    rows: list[dict[str, Any]] = json.loads((BENCH / "published.json").read_text(encoding="utf-8"))
    assert {row["kind"] for row in rows if row["source"]} == {"published"}
    ours = {row["kind"] for row in rows if not row["source"]}
    assert ours == {"measured for this project, by a script that is not kept"}


@pytest.mark.parametrize("name", [*SCORES, *SUMMED])
def test_every_score_is_defined(name: str) -> None:
    """A row of a table says what each score is that a gate may name."""
    page = (ROOT / "eval/README.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^\| `{re.escape(name)}` \| ([^|]+) \|", page, re.MULTILINE)
    figure = r"[.\d]+ \([.\d]+ to [.\d]+\)|–"  # of the table of results, which names it, too
    definitions = [row for row in rows if not re.fullmatch(figure, row)]
    assert len(definitions) == 1 and len(definitions[0].split()) > 4


@pytest.mark.parametrize("name", ["tables_format", "dragonball_gold", "answer_figures"])
def test_the_examples_in_a_script_hold(name: str) -> None:
    """The scripts are not among the modules whose examples are always run."""
    command = [sys.executable, "-m", "doctest", f"{name}.py"]
    done = subprocess.run(command, cwd=BENCH, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores are chosen on Linux only")
def test_threads_and_cores_change_no_result(sample_index: Path, tmp_path: Path) -> None:
    """One thread on one core and two on all give the same result but for the times, to the byte."""
    index = tmp_path / "index"
    shutil.copytree(sample_index, index)
    every = os.sched_getaffinity(0)
    results = [
        evaluated(index, threads, cores)
        for threads, cores in ((1, {min(every)}), (2, every), (2, every))
    ]
    assert results[0] == results[1] == results[2]
    assert len(json.loads(results[0])["rows"]) == 32


def evaluated(index: Path, threads: int, cores: set[int]) -> str:
    """The result as JSON, without its times; every question is asked anew."""
    command = [sys.executable, "-m", "askdocs", "eval", "eval/gold/corpus.jsonl", "--fresh"]
    command += ["--documents", "eval/corpus", "--split", "tune", "--no-ragas", "--json"]
    done = subprocess.run(
        [*command, "--index", str(index)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert set(OUTCOMES) <= found["scores"].keys()
    del found["timings"]
    return json.dumps(found)
