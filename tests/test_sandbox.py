"""A file that turns against its reader costs itself, and a sentence that says why."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs.errors import ReadError
from askdocs.readers.sandbox import Sandbox
from askdocs.types import Anchor

SCRIPT = str(Path(__file__).with_name("hostile_worker.py"))


@pytest.fixture(scope="module")
def hostile() -> Iterator[Sandbox]:
    with Sandbox(seconds=10, script=SCRIPT) as sandbox:
        yield sandbox


def reason(sandbox: Sandbox, name: str, data: bytes = b"") -> str:
    with pytest.raises(ReadError) as raised:
        sandbox.extract(name, data)
    return str(raised.value)


ENDS = {
    "hang": "takes more than 10 s to read",
    "spin": "processor time",
    "fill": "takes more than 1 GB of memory",
    "segfault": "makes its reader crash (SIGSEGV)",
    "exit": "makes its reader stop",
    "deep": "is nested too deeply",
    "raise": "cannot be read: KeyError: 'a\\nfont'",
    "run": "is not for readers",
}


@pytest.mark.parametrize(("name", "told"), ENDS.items(), ids=ENDS.keys())
def test_each_end_has_its_reason(hostile: Sandbox, name: str, told: str) -> None:
    """Hangs, crashes and greed end in one line, and the next file is read as if nothing was."""
    hostile.extract("before", b"is read")  # a process that has just begun is given more time
    said = reason(hostile, name)
    assert told in said
    assert "\n" not in said
    assert hostile.extract("next", b"is read").text == "is read"


def test_no_network(hostile: Sandbox) -> None:
    """Neither Python nor C reaches a listener on this very machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = str(listener.getsockname()[1]).encode()
        assert "is not for readers" in reason(hostile, "connect", port)
        if hostile.extract("connect in C", port).text == "True":
            pytest.skip("this system lets no process leave the network")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_no_file_is_written(hostile: Sandbox, tmp_path: Path) -> None:
    """Python is refused the file; C may make one, but not put a byte into it."""
    target = tmp_path / "file"
    assert "readers write no files" in reason(hostile, "write", bytes(target))
    assert not target.exists()
    assert hostile.extract("write in C", bytes(target)).text == "-1"
    assert target.stat().st_size == 0


def test_what_it_prints_is_no_reply(hostile: Sandbox) -> None:
    """A library's chatter on standard output does not mix with what the reader says."""
    assert hostile.extract("print", b"text").text == "text"


def test_places_outside_the_text_are_dropped(hostile: Sandbox) -> None:
    """Anchors are believed only where they fit."""
    assert hostile.extract("lie", b"").anchors == (Anchor(0, 5, "page", "2"),)


def test_a_real_file_of_many_megabytes() -> None:
    """More goes to and fro than fits into a pipe."""
    text = "Forty-four people died. " * 200_000
    with Sandbox() as sandbox:
        assert sandbox.extract("a.txt", text.encode()).text == text


def test_nothing_is_left_running() -> None:
    """A closed sandbox has no process, and its two pipes are closed."""
    before = len(os.listdir("/proc/self/fd")) if Path("/proc").exists() else 0  # noqa: PTH208
    sandbox = Sandbox()
    sandbox.extract("a.txt", b"text")
    process = sandbox._process
    assert process is not None
    sandbox.close()
    assert process.poll() is not None
    assert before == (len(os.listdir("/proc/self/fd")) if Path("/proc").exists() else 0)  # noqa: PTH208


def test_a_large_parent_has_lasting_children() -> None:
    """One process reads many files, however much memory the one that asks it has."""
    ballast = bytearray(700_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    with Sandbox() as sandbox:
        sandbox.extract("a.txt", b"text")
        first = sandbox._process
        assert first is not None
        sandbox.extract("b.txt", b"text")
        assert sandbox._process is first


def test_another_thread_can_end_the_waiting() -> None:
    """Who waits for a file that hangs is let go at once when the sandbox is stopped."""
    told: list[str] = []
    with Sandbox(seconds=60, script=SCRIPT) as sandbox:
        sandbox.extract("next", b"is read")
        thread = threading.Thread(target=lambda: told.append(reason(sandbox, "hang")))
        thread.start()
        time.sleep(0.5)
        sandbox.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert "not read" in reason(sandbox, "next")
    assert told
