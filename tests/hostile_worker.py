"""A worker whose reader does what a hostile file might make a real one do; see test_sandbox."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time

from askdocs import readers
from askdocs.readers import worker
from askdocs.types import Anchor, Extracted


def hang(data: bytes) -> None:
    time.sleep(600)


def spin(data: bytes) -> None:
    while True:
        pass


def fill(data: bytes) -> str:
    return str(len("x" * 3_000_000_000))


def segfault(data: bytes) -> None:
    ctypes.string_at(0)


def leave(data: bytes) -> None:
    os._exit(7)


def go_deep(data: bytes) -> None:
    go_deep(data)


def fail(data: bytes) -> None:
    raise KeyError("a\nfont")


def connect(data: bytes) -> None:
    socket.create_connection(("127.0.0.1", int(data)), timeout=2)


def connect_in_c(data: bytes) -> str:
    libc = ctypes.CDLL(None)
    address = b"\x02\x00" + int(data).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    return str(libc.connect(libc.socket(2, 1, 0), address, 16) == 0)


def run(data: bytes) -> None:
    subprocess.run(["true"], check=True)


def write(data: bytes) -> None:
    with open(data, "w") as file:  # noqa: PTH123
        file.write("was here")


def write_in_c(data: bytes) -> str:
    libc = ctypes.CDLL(None)
    descriptor = libc.open(data, os.O_WRONLY | os.O_CREAT, 0o600)
    return str(libc.write(descriptor, b"was here", 8))


def chatter(data: bytes) -> None:
    print("x" * 1_000_000)
    sys.stdout.flush()


DEEDS = {
    "hang": hang,
    "spin": spin,
    "fill": fill,
    "segfault": segfault,
    "exit": leave,
    "deep": go_deep,
    "raise": fail,
    "connect": connect,
    "connect in C": connect_in_c,
    "run": run,
    "write": write,
    "write in C": write_in_c,
    "print": chatter,
}


def extract(name: str, data: bytes) -> Extracted:
    """Do what the name says; `data` is the argument."""
    if name == "lie":
        return Extracted("short", anchors=(Anchor(0, 99, "page", "1"), Anchor(0, 5, "page", "2")))
    told = DEEDS[name](data) if name in DEEDS else None
    return Extracted(told or data.decode())


if __name__ == "__main__":
    readers.extract = extract
    worker.PROCESSOR_SECONDS = 1
    worker.main()
