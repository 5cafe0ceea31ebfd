"""askdocs makes no connection: watched from inside a process that indexes, asks and looks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from network_watch import connections

WORK = """
sys.path.insert(0, {tests!r})
from fakes import FakeEmbedder
from askdocs import Index
for _ in range(2):  # the second time, only what changed
    with Index.build({documents!r}, "index", embedder=FakeEmbedder()) as index:
        index.retrieve("When did the ferry sail?")
        index.status()
        index.check()
"""

COMMANDS = """
from askdocs.cli import main
for line in (["ask", "When did the ferry sink?"], ["retrieve", "the ferry"], ["status"]):
    assert main([*line, "--index", {index!r}]) == 0
"""


def test_indexing_with_the_real_model_makes_no_connection(
    sample_build: tuple[Path, list[tuple[str, str]]],
) -> None:
    """`askdocs index`, which loads the model and exports it, asks nobody for anything."""
    assert sample_build[1] == []


def test_asking_makes_no_connection(sample_index: Path, tmp_path: Path) -> None:
    """`askdocs ask`, `retrieve` and `status` ask nobody either."""
    assert connections(COMMANDS.format(index=str(sample_index)), tmp_path) == []


def test_the_vector_index_makes_no_connection(tmp_path: Path) -> None:
    """Neither does the owner of an index, who searches it with Chroma."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "ferry.txt").write_text("The ferry sailed at noon on 3 May 2021.\n")
    program = WORK.format(tests=str(Path(__file__).parent), documents=str(documents))
    assert connections(program, tmp_path) == []


def test_the_watch_sees_a_connection(tmp_path: Path) -> None:
    """The tests above can fail: a connection to a closed port of this machine is noticed."""
    program = """
import socket
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError:
    pass
"""
    events = {event for event, _ in connections(program, tmp_path)}
    assert events == {"socket.connect", "socket.getaddrinfo"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_native_code_makes_no_connection(sample_index: Path, tmp_path: Path) -> None:
    """No library connects behind Python's back; onnxruntime's telemetry, for one, would."""
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-e", "trace=connect,sendto,sendmsg", "-o", str(trace)]
    command += [sys.executable, "-m", "askdocs", "ask", "When did the ferry sink?"]
    subprocess.run([*command, "--index", str(sample_index)], check=True, capture_output=True)
    assert [line for line in trace.read_text().splitlines() if "AF_INET" in line] == []


def test_asking_writes_nothing_into_the_home(
    sample_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No library leaves an identifier or a cache behind."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert connections(COMMANDS.format(index=str(sample_index)), tmp_path) == []
    assert list(home.rglob("*")) == []
