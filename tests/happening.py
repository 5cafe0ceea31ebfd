"""Notes what this process does to the world outside it: connections, programs, files written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_REACHING = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo")
_REACHING += ("socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request")
_RUNNING = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile")
_CHANGING = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink")
_CHANGING += ("os.chmod", "os.chown", "os.truncate", "shutil.rmtree", "os.putenv")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_noted: list[list[tuple[str, str]]] = []
"""Where it is noted at present; a hook cannot be taken away again."""


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _noted:
        return
    if event == "open":
        path, mode, flags = arguments
        writes = bool(flags & _WRITES) if mode is None else any(c in mode for c in "wax+")
        if not writes or isinstance(path, int):
            return
    elif event in _REACHING:
        sends = event.startswith("socket.send") or event == "socket.connect"
        if sends and not isinstance(arguments[-1], tuple):
            return  # a socket in the file system or a pipe: no network
    elif event not in _RUNNING + _CHANGING:
        return
    for noted in _noted:
        noted.append((event, str(arguments[0] if event == "open" else arguments)))


_hooked: list[bool] = []


@contextmanager
def happenings(*, but_in: Path | None = None) -> Iterator[list[tuple[str, str]]]:
    """What is done meanwhile, in any thread; files written below `but_in` are not told."""
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked.append(True)
    heard: list[tuple[str, str]] = []
    told: list[tuple[str, str]] = []
    _noted.append(heard)
    try:
        yield told
    finally:
        _noted.remove(heard)
        inside = str(but_in.resolve()) if but_in else "\0"
        told += [(event, about) for event, about in heard if inside not in about]
