"""One owner at a time, whatever becomes of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from askdocs.errors import IndexInUse, IndexProblem
from askdocs.locking import NAME, Lock, holder

HOLD = "import sys; from pathlib import Path; from askdocs.locking import Lock; import time\n"
HOLD += "lock = Lock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"


def hold(folder: Path) -> subprocess.Popen[str]:
    """Another process that owns `folder`."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    """The second is told which process has the index since when, and it is exit code 75."""
    process = hold(tmp_path)
    try:
        with pytest.raises(IndexInUse) as raised:
            Lock(tmp_path)
        expected = rf"{tmp_path} is in use by process {process.pid} since \d\d:\d\d; wait for it "
        assert re.match(expected, str(raised.value))
        assert raised.value.exit_code == 75
        assert holder(tmp_path).startswith(f"process {process.pid} ")
    finally:
        process.kill()
        process.wait()


def test_a_killed_owner_leaves_no_lock(tmp_path: Path) -> None:
    """After kill -9 the index is free at once."""
    process = hold(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert holder(tmp_path) == ""
    Lock(tmp_path).release()


def test_two_in_one_process(tmp_path: Path) -> None:
    """Two indexes in one process do not share a lock, and releasing frees it."""
    with Lock(tmp_path), pytest.raises(IndexInUse, match=str(os.getpid())):
        Lock(tmp_path)
    with Lock(tmp_path) as lock:
        lock.release()


def test_looking_does_not_disturb(tmp_path: Path) -> None:
    """Asking who owns an index does not keep anyone from taking it."""
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            holder(tmp_path)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        for _ in range(50):
            Lock(tmp_path).release()
    finally:
        stop.set()
        looker.join()


def test_nothing_to_lock(tmp_path: Path) -> None:
    """A folder that is not there cannot be owned, and nobody owns it."""
    assert holder(tmp_path / "none") == ""
    with pytest.raises(IndexProblem, match="cannot be written"):
        Lock(tmp_path / "none")


def test_a_note_that_is_none(tmp_path: Path) -> None:
    """Whatever stands in the lock file, the refusal is a sentence."""
    with Lock(tmp_path):
        (tmp_path / NAME).write_bytes(b"\xff\xfe nonsense")
        with pytest.raises(IndexInUse, match="another process"):
            Lock(tmp_path)
