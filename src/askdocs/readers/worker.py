"""The child process that reads files: it is given bytes and gives back text, and can do no more.

Started by `sandbox` as a script. It speaks on its standard input and output: a line of JSON that
says what follows, then so many bytes.
"""

from __future__ import annotations

import base64
import json
import math
import os
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Any, BinaryIO

MEMORY = 1_000_000_000
"""Bytes that reading may take, beyond what the process has when it starts."""

PROCESSOR_SECONDS = 20
"""Seconds of processor time that reading a small file may take."""

DOUBLED_AT = 10_000_000
"""Bytes of a file that may take twice as long as a small one, those of two such files thrice."""

_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")
_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod")
_NEW_NETWORK_AND_USER = 0x40000000 | 0x10000000  # CLONE_NEWNET and CLONE_NEWUSER
_PAGE = resource.getpagesize()


def main() -> None:
    """Serve requests until the input ends."""
    requests, replies = _take_over_streams()
    _leave_the_network()
    import askdocs.readers  # noqa: F401 - while memory is not limited yet, and files can be opened

    _limit_memory()
    sys.addaudithook(_forbid)
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(request["size"])
        _limit_processor_time(len(data))
        reply = json.dumps(_answer(request, data)).encode("ascii")
        replies.write(b"%d\n" % len(reply) + reply)
        replies.flush()


def allowed(seconds: float, size: int) -> float:
    """How many seconds a file of `size` bytes may take where a small one may take `seconds`."""
    return seconds * (1 + size / DOUBLED_AT)


def _answer(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    from askdocs.errors import ReadError

    try:
        made = _made(request, data)
    except ReadError as error:
        made = {"reason": str(error)}
    except MemoryError:
        made = {"reason": f"takes more than {MEMORY // 1_000_000_000} GB of memory to read"}
    except RecursionError:
        made = {"reason": "is nested too deeply"}
    except Exception as error:  # a damaged file makes libraries raise what they like
        told = " ".join(f"{type(error).__name__}: {error}".split())
        made = {"reason": f"cannot be read: {told[:200]}"}
    return {**made, "memory": _memory()[1]}


def _made(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    """What is wanted of the file: its text, its pages, one of them as a picture or its words."""
    from askdocs import readers
    from askdocs.readers import showing

    name, wanted, page = request["name"], request.get("wanted", "text"), request.get("page", 0)
    if wanted == "text":
        return {"extracted": asdict(readers.extract(name, data))}
    if wanted == "pages":
        return {"pages": showing.pages(name, data)}
    if wanted == "words":
        return {"words": showing.word_boxes(name, data, page)}
    render = showing.show_page if wanted == "look" else readers.render_page
    picture = render(name, data, page, width=request["width"])
    return {"picture": base64.b64encode(picture).decode("ascii")}


def _take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for ourselves: a library that prints does so into nothing."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.dont_write_bytecode = True
    return requests, replies


def _leave_the_network() -> None:
    """Where the system allows it, this process has no network at all, in any language."""
    import ctypes

    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        for flags in (_NEW_NETWORK_AND_USER, 0x40000000):
            if libc.unshare(flags) == 0:
                break


def _memory() -> tuple[int, int]:
    """Bytes of this process's address space, and of memory that it has; 0 where Linux is not.

    Not the most it ever had, as `getrusage` tells it: that begins with what its parent had.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - before pathlib
            pages = file.read().split()
    except OSError:
        return 0, 0
    return int(pages[0]) * _PAGE, int(pages[1]) * _PAGE


def _limit_memory() -> None:
    now, _ = _memory()
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_processor_time(size: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + math.ceil(allowed(PROCESSOR_SECONDS, size))
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise when a reader tries what reading does not need."""
    if event.startswith(_FORBIDDEN) or event in _CHANGES:
        raise PermissionError(f"{event} is not for readers")
    if event == "open" and _writes(arguments):
        raise PermissionError("readers write no files")


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


if __name__ == "__main__":
    main()
