"""What is loaded by the parts of askdocs that must be light, looked up in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = frozenset(
    [
        *("torch", "chromadb", "gradio", "llama_index", "ragas", "transformers", "onnxruntime"),
        *("ray", "psycopg"),
    ]
)

PROBE = """
import json, sys
{statement}
print(json.dumps(sorted({{name.split(".")[0] for name in sys.modules}})))
"""

COMMAND = """
from askdocs.cli import main
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    try:
        main({arguments!r})
    except SystemExit:
        pass
"""


def loaded_by(statement: str, folder: Path) -> set[str]:
    """The top names of what a fresh interpreter has loaded after `statement`."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("import askdocs", id="import"),
        pytest.param(COMMAND.format(arguments=["--help"]), id="help"),
        pytest.param(COMMAND.format(arguments=["--version"]), id="version"),
        pytest.param(COMMAND.format(arguments=["status"]), id="status without an index"),
    ],
)
def test_nothing_heavy_is_loaded(statement: str, tmp_path: Path) -> None:
    """Importing askdocs, its help and its status load none of the large libraries."""
    assert not HEAVY & loaded_by(statement, tmp_path)


def test_status_of_an_index_loads_nothing_heavy(sample_index: Path, tmp_path: Path) -> None:
    """`askdocs status` describes an index without the libraries that search it."""
    statement = COMMAND.format(arguments=["status", "--index", str(sample_index)])
    assert not HEAVY & loaded_by(statement, tmp_path)


def test_asking_needs_only_the_exported_model(sample_index: Path, tmp_path: Path) -> None:
    """`askdocs ask` runs the exported model; neither torch nor Chroma is loaded for it."""
    arguments = ["ask", "When did the ferry sink?", "--index", str(sample_index)]
    loaded = loaded_by(COMMAND.format(arguments=arguments), tmp_path)
    assert HEAVY & loaded == {"onnxruntime"}


def test_importing_askdocs_is_quick(tmp_path: Path) -> None:
    """`import askdocs` costs at most 0.15 s; the best of five, since the machine may be busy."""
    probe = (
        "import time; start = time.perf_counter(); import askdocs;"
        "print(time.perf_counter() - start)"
    )
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, check=True
            ).stdout
        )
        for _ in range(5)
    ]
    assert min(times) <= 0.15
