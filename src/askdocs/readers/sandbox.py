"""Read files in a child process, so that a hostile or broken one costs no more than itself.

Whatever a file does to its reader (crash it, hang it, fill the memory), the next file is read by a
new process, and the reason is a sentence for the list of skipped files.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from askdocs.errors import ReadError
from askdocs.readers import worker
from askdocs.types import Anchor, Extracted, Picture

WALL_SECONDS = 30.0
"""Seconds that reading a small file may take; see `worker.allowed`."""

_START_SECONDS = 60.0
_FILES = 1000
_WORN = 600_000_000
"""Bytes of memory after which a process is replaced by a fresh one."""

_CHUNK = 1 << 20


class PageSize(NamedTuple):
    """A page by its label; in which unit it is measured does not matter."""

    label: str
    width: float
    height: float


class WordBox(NamedTuple):
    """A word of a page and its box, in fractions of the page as it is shown."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


class Sandbox:
    """One child process that reads one file at a time; not for several threads at once."""

    def __init__(self, *, seconds: float = WALL_SECONDS, script: str = worker.__file__) -> None:
        self._seconds = seconds
        self._script = script
        self._process: subprocess.Popen[bytes] | None = None
        self._read = 0
        self._stopped = False

    def extract(self, name: str, data: bytes) -> Extracted:
        """The text of a file and the places in it. Raises `ReadError` with the reason."""
        return _extracted(self._ask({"name": name}, data)["extracted"])

    def render_page(self, name: str, data: bytes, number: int, *, width: int = 1700) -> bytes:
        """Page `number`, from 1, of a file as the bytes of a PNG picture. Raises `ReadError`."""
        about = {"name": name, "wanted": "picture", "page": number, "width": width}
        return base64.b64decode(self._ask(about, data)["picture"])

    def show_page(self, name: str, data: bytes, number: int, *, width: int) -> bytes:
        """As `render_page`, but in the colours and size for people. Raises `ReadError`."""
        about = {"name": name, "wanted": "look", "page": number, "width": width}
        return base64.b64decode(self._ask(about, data)["picture"])

    def pages(self, name: str, data: bytes) -> list[PageSize]:
        """The pages of a file that has any to look at. Raises `ReadError`."""
        made = self._ask({"name": name, "wanted": "pages"}, data)["pages"]
        return [PageSize(str(label), float(w), float(h)) for label, w, h in made]

    def word_boxes(self, name: str, data: bytes, number: int) -> list[WordBox]:
        """The words of page `number`, from 1, with their places. Raises `ReadError`."""
        made = self._ask({"name": name, "wanted": "words", "page": number}, data)["words"]
        return [WordBox(str(word), *map(_fraction, box)) for word, *box in made]

    def _ask(self, about: dict[str, Any], data: bytes) -> dict[str, Any]:
        if self._stopped:
            raise ReadError("was not read, since the reading was ended")
        fresh = self._process is None
        process = self._process = self._process or _start(self._script)
        request = json.dumps({**about, "size": len(data)}).encode("ascii")
        seconds = worker.allowed(self._seconds, len(data))
        limit = time.monotonic() + seconds + (_START_SECONDS if fresh else 0)
        try:
            reply = _exchange(process, request + b"\n" + data, limit)
        except TimeoutError:
            self.close()
            raise ReadError(f"takes more than {seconds:.0f} s to read") from None
        except EOFError:
            raise ReadError(self._why_it_ended(process, len(data))) from None
        self._read += 1
        if self._read >= _FILES or reply["memory"] > _WORN:
            self.close()
        if "reason" in reply:
            raise ReadError(str(reply["reason"]))
        return reply

    def stop(self) -> None:
        """Let whoever waits for a file wait no longer; for another thread to call.

        Its files are left to the thread that has them open: one that is closed elsewhere is waited
        for in vain.
        """
        self._stopped, process = True, self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process, self._read = self._process, None, 0
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _why_it_ended(self, process: subprocess.Popen[bytes], size: int) -> str:
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)  # its streams may close before it is gone
        code = process.returncode
        self.close()
        if code == -signal.SIGXCPU:
            seconds = worker.allowed(worker.PROCESSOR_SECONDS, size)
            return f"takes more than {seconds:.0f} s of processor time to read"
        if code is not None and code < 0:
            return f"makes its reader crash ({signal.Signals(-code).name})"
        return "makes its reader stop"


def _start(script: str) -> subprocess.Popen[bytes]:
    environment = {
        # The modules that this process can import, and none from the folder it happens to be in.
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    return subprocess.Popen(
        [sys.executable, "-P", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        bufsize=0,
        start_new_session=True,  # Ctrl-C is for us, who then end it
    )


def _exchange(process: subprocess.Popen[bytes], request: bytes, limit: float) -> dict[str, Any]:
    """Send a request and return the reply. Raises `TimeoutError` or `EOFError`."""
    assert process.stdin is not None and process.stdout is not None
    to_child, from_child = process.stdin.fileno(), process.stdout.fileno()
    os.set_blocking(to_child, False)
    received, rest = bytearray(), memoryview(request)
    with selectors.DefaultSelector() as selector:
        selector.register(to_child, selectors.EVENT_WRITE)
        selector.register(from_child, selectors.EVENT_READ)
        while (reply := _complete(received)) is None:
            ready = selector.select(max(limit - time.monotonic(), 0))
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                if key.fd == from_child:
                    chunk = os.read(from_child, _CHUNK)
                    if not chunk:
                        raise EOFError
                    received += chunk
                else:
                    rest = _send(to_child, rest)
                    if not rest:
                        selector.unregister(to_child)
    made: dict[str, Any] = json.loads(reply)
    return made


def _send(descriptor: int, rest: memoryview) -> memoryview:
    try:
        return rest[os.write(descriptor, rest[:_CHUNK]) :]
    except BlockingIOError:
        return rest
    except BrokenPipeError:
        raise EOFError from None


def _complete(received: bytearray) -> bytes | None:
    """The reply, if all of it has come."""
    head = received.find(b"\n", 0, 32)
    if head < 0 or len(received) < head + 1 + int(received[:head]):
        return None
    return bytes(received[head + 1 :])


def _fraction(place: Any) -> float:
    return min(max(float(place), 0.0), 1.0)


def _extracted(made: dict[str, Any]) -> Extracted:
    """What the child says, believed only so far as it can be checked."""
    text = str(made["text"]).encode("utf-8", "replace").decode("utf-8")
    anchors = (
        Anchor(int(a["start"]), int(a["end"]), str(a["kind"]), str(a["label"]))
        for a in made["anchors"]
    )
    date = made["date"]
    return Extracted(
        text=text,
        title=str(made["title"]),
        date=None if date is None else str(date),
        anchors=tuple(a for a in anchors if 0 <= a.start <= a.end <= len(text)),
        author=str(made["author"]),
        remarks=tuple(str(remark) for remark in made["remarks"]),
        pictures=tuple(
            Picture(int(one["number"]), str(one["label"]), min(int(one["position"]), len(text)))
            for one in made["pictures"]
        ),
    )
