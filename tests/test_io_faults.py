"""Any single write to the index may fail, and nothing that was acknowledged is lost by it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from askdocs.index import Index
from fakes import FakeEmbedder

HERE = Path(__file__).parent
POINTS = int(os.environ.get("ASKDOCS_TEST_FAULTS", "8"))
"""How many moments are tried for each error; 0: every single one."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler"),
    pytest.mark.skipif(sys.platform != "linux", reason="calls are intercepted as Linux does it"),
]


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shim") / "io_faults.so"
    source = str(HERE / "io_faults.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), source, "-ldl"], check=True)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(80):
        (folder / f"{number:02}.txt").write_text(f"Report {number}.\nAll is well.\n")
    return folder


def index_with(shim: Path, folder: Path, index: Path, **fault: str) -> tuple[int, list[str], int]:
    """Run the indexer with a fault; its exit code, what it acknowledged, how often it wrote."""
    count = index.with_name("count")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{HERE}:{os.environ.get('PYTHONPATH', '')}",
        "LD_PRELOAD": str(shim),
        "FAULT_IN": str(index),
        "FAULT_COUNT": str(count),
        **fault,
    }
    command = [sys.executable, str(HERE / "crash_worker.py"), str(folder), str(index)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode in (0, 1), f"{fault}: {done.returncode}, {done.stderr}"
    assert "Traceback" not in done.stderr, f"{fault}: {done.stderr}"
    return done.returncode, done.stdout.splitlines(), int(count.read_text())


def points(total: int) -> list[int]:
    if not POINTS or total <= POINTS:
        return list(range(1, total + 1))
    return sorted({1 + round(step * (total - 1) / (POINTS - 1)) for step in range(POINTS)})


@pytest.mark.parametrize("lasts", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
def test_every_write_may_fail(
    shim: Path, folder: Path, tmp_path: Path, error: int, lasts: bool
) -> None:
    """The indexer ends with one line; what it acknowledged is there, and the next run finishes."""
    first = tmp_path / "first"
    index_with(shim, folder, first, FAULT_AT="0", FAULT_ERRNO="0")
    (folder / "00.txt").write_text("Changed.\n")
    (folder / "01.txt").unlink()
    (folder / "80.txt").write_text("Added.\n")
    probe = shutil.copytree(first, tmp_path / "probe")
    _, _, total = index_with(shim, folder, probe, FAULT_AT="0", FAULT_ERRNO="0")
    assert total > 10
    for point in points(total):
        index = shutil.copytree(first, tmp_path / f"index-{point}")
        fault = {"FAULT_AT": str(point), "FAULT_ERRNO": str(error)}
        fault |= {"FAULT_LASTS": "1"} if lasts else {}
        _, told, _ = index_with(shim, folder, index, **fault)
        with Index.open(index, embedder=FakeEmbedder(), exact=True) as opened:
            known = {info.id: info.sha256 for info in opened.documents()}
            assert len(known) >= 79
            for line in told:
                what, sha256, identifier = [*line.split(" ", 2), "", ""][:3]
                if what == "in":
                    assert known[identifier] == sha256, f"lost at {point}"
                elif what == "out":
                    assert identifier not in known, f"not removed at {point}"
        with Index.build(folder, index, embedder=FakeEmbedder()) as built:
            assert len(built.documents()) == 80
            assert built.check() == []
        shutil.rmtree(index)


def test_the_first_run_may_fail(shim: Path, folder: Path, tmp_path: Path) -> None:
    """A fault while an index comes into being leaves none, or one that can be finished."""
    _, _, total = index_with(shim, folder, tmp_path / "probe", FAULT_AT="0", FAULT_ERRNO="0")
    for point in points(total):
        index = tmp_path / f"index-{point}"
        index_with(shim, folder, index, FAULT_AT=str(point), FAULT_ERRNO=str(errno.EIO))
        with Index.build(folder, index, embedder=FakeEmbedder()) as built:
            assert len(built.documents()) == 80
            assert built.check() == []
        shutil.rmtree(index)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_what_is_acknowledged_is_on_the_disk(folder: Path, tmp_path: Path) -> None:
    """Before a document is said to be in, all that was written of it has been flushed.

    The folder, too, after a file in it got its name: else a power cut could take the name back.
    """
    trace, index = tmp_path / "trace", tmp_path / "index"
    calls = "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2"
    command = ["strace", "-f", "-y", "-s", "80", "-e", calls, "-o", str(trace), sys.executable]
    environment = {**os.environ, "PYTHONPATH": f"{HERE}:{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run(
        [*command, str(HERE / "crash_worker.py"), str(folder), str(index)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr:
        pytest.skip("nothing can be traced here")
    dirty: set[str] = set()
    acknowledged = 0
    for line in trace.read_text(errors="replace").splitlines():
        call, _, rest = line.split(maxsplit=1)[1].partition("(")
        if call == "write" and '"in ' in rest:
            acknowledged += 1
            assert not dirty, f"said before it was flushed: {dirty}"
        elif "-shm>" in rest:
            continue  # memory that the processes share, which no power cut needs
        elif call in ("write", "pwrite64") and f"<{index}/store" in rest:
            dirty.add(rest.partition("<")[2].partition(">")[0])
        elif call.startswith("rename") and str(index) in rest:
            dirty.add(str(index))
        elif call in ("fsync", "fdatasync"):
            dirty.discard(rest.partition("<")[2].partition(">")[0])
    assert acknowledged == 80
