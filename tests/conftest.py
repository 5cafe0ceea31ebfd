"""Fixtures that several test modules share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from network_watch import connections

ROOT = Path(__file__).parent.parent

# Tests may start askdocs in another folder, also where it is not installed.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
)
for name in [name for name in os.environ if name.startswith("ASKDOCS_")]:
    if not name.startswith("ASKDOCS_TEST_"):  # how large the tests are
        del os.environ[name]

INDEX = """
from askdocs.cli import main
assert main(["index", "eval/corpus", "--index", {index!r}]) == 0
"""


@pytest.fixture(scope="session")
def sample_build(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[tuple[str, str]]]:
    """An index of eval/corpus, made by the command with the real model in a process of its own.

    With it come the network connections that were tried meanwhile.
    """
    index = tmp_path_factory.mktemp("sample") / "index"
    return index, connections(INDEX.format(index=str(index)), ROOT)


@pytest.fixture(scope="session")
def sample_index(sample_build: tuple[Path, list[tuple[str, str]]]) -> Path:
    """An index of eval/corpus by the real model; made once for all tests, not to be changed."""
    return sample_build[0]
