"""The pytest plugin, used as an evaluator uses it: in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from test_evaluation import write_documents


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents and a gold file, the second of its questions with a wrong expectation."""
    folder = write_documents(tmp_path_factory.mktemp("gold"))
    rows = (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    wrong = rows[0].replace('"id": "died"', '"id": "other"').replace('"44"', '"45"')
    (folder / "gold.jsonl").write_text("\n".join([*rows, wrong]) + "\n", encoding="utf-8")
    return folder


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What pytest says, started in an empty folder."""
    (folder / "empty").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder / "empty",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_each_question_is_a_test(folder: Path) -> None:
    """Right answers pass; one that is not right fails with what was expected and said."""
    gold, documents = str(folder / "gold.jsonl"), str(folder / "documents")
    found = run(folder, "--askdocs-gold", gold, "--askdocs-documents", documents)
    assert "1 failed, 2 passed" in found.stdout, found.stdout + found.stderr
    assert "other: How many people died in the fire?" in found.stdout
    assert "expected “45”" in found.stdout
    assert "Traceback" not in found.stdout


def test_a_gold_file_that_is_none_is_one_line(folder: Path) -> None:
    """No traceback: the file and the reason."""
    (folder / "bad.jsonl").write_text("{}\n", encoding="utf-8")
    found = run(folder, "--askdocs-gold", str(folder / "bad.jsonl"), "--askdocs-documents", ".")
    assert found.returncode == 4
    assert 'bad.jsonl:1: "": "id" is missing' in found.stderr
    assert "Traceback" not in found.stderr


def test_the_folder_is_needed(folder: Path) -> None:
    """The error names the option."""
    found = run(folder, "--askdocs-gold", str(folder / "gold.jsonl"))
    assert "--askdocs-documents DIR" in found.stderr


def test_the_plugin_is_light() -> None:
    """Whoever has askdocs installed pays nothing for the plugin in other tests."""
    code = (
        "import sys, askdocs.evaluation.pytest_plugin as p; "
        "print(sorted({'numpy', 'torch', 'gradio', 'chromadb'} & sys.modules.keys()))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
