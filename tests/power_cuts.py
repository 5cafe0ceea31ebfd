"""What is on a disk after a power cut: what was flushed, and of the rest whatever chance left.

A process is traced while it writes; its calls are then done again on files in memory, up to any
one of them. Of the writes that were not flushed some are lost and some are torn, in any order;
of the names that were not flushed the last ones are lost, as file systems with a journal do it.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat"
SECTOR = 512
_LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(.*)")
_RESULT = re.compile(r"(.*)\) += (-?\d+)")
_QUOTED = re.compile(r'["<]((?:\\x[0-9a-f]{2})*)[">]')


@dataclass(frozen=True, slots=True)
class Call:
    """A call that succeeded: what it did to which path, or to which path it gave a new name.

    `at` is where data was written, with -1 for the end, or the length to which a file was cut.
    """

    what: str
    path: str
    data: bytes = b""
    at: int = -1


def traced(command: Sequence[str], environment: dict[str, str], trace: Path) -> list[Call]:
    """Run a command and return its calls. Raises `PermissionError` where nothing can be traced."""
    options = ["-f", "-y", "-xx", "-s", "10000000", "-e", f"trace={CALLS}", "-o", str(trace)]
    done = subprocess.run(
        ["strace", *options, *command], env=environment, capture_output=True, text=True, check=False
    )
    if "ptrace" in done.stderr:
        raise PermissionError(done.stderr)
    assert done.returncode == 0, done.stderr
    with trace.open(encoding="ascii") as lines:
        return list(_calls(_whole(lines)))


def _whole(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """The name and the rest of each call, put together where another thread came between."""
    begun: dict[str, str] = {}
    for line in lines:
        if not (found := _LINE.match(line)):
            continue
        process, name, rest = found.groups()
        if rest.endswith("<unfinished ...>"):
            begun[process] = rest.removesuffix("<unfinished ...>")
        elif rest.startswith(" resumed>"):
            yield name, begun.pop(process, "") + rest.removeprefix(" resumed>")
        else:
            yield name, rest


def _calls(lines: Iterator[tuple[str, str]]) -> Iterator[Call]:
    for name, rest in lines:
        result = _RESULT.match(rest)
        if not result or int(result[2]) < 0:
            continue
        texts = [bytes.fromhex(each.replace("\\x", "")) for each in _QUOTED.findall(result[1])]
        paths = [os.fsdecode(text) for text in texts if text.startswith(b"/")]
        numbers = [int(each) for each in re.findall(r", (\d+)", result[1])]
        if name in ("write", "pwrite64") and len(texts) == 2:
            at = numbers[-1] if name == "pwrite64" else -1
            yield Call("write", os.fsdecode(texts[0]), texts[1][: int(result[2])], at)
        elif paths:
            yield from _of_names(name, paths, result[1], numbers)


def _of_names(name: str, paths: list[str], written: str, numbers: list[int]) -> Iterator[Call]:
    if name == "openat" and "O_CREAT" in written:
        yield Call("open", paths[-1])
        if "O_TRUNC" in written:
            yield Call("cut", paths[-1], at=0)
    elif name == "ftruncate":
        yield Call("cut", paths[0], at=numbers[-1])
    elif name in ("fsync", "fdatasync"):
        yield Call("flush", paths[0])
    elif name.startswith("rename") and len(paths) >= 2:
        yield Call("rename", paths[-2], os.fsencode(paths[-1]))
    elif name.startswith("unlink"):
        yield Call("unlink", paths[-1])


@dataclass(slots=True)
class _File:
    """What of a file was flushed, and what was done to it since."""

    flushed: bytearray = field(default_factory=bytearray)
    since: list[Call] = field(default_factory=list)

    def flush(self) -> None:
        self.flushed = self.content(self.since)
        self.since = []

    def content(self, done: Sequence[Call]) -> bytearray:
        made = bytearray(self.flushed)
        for call in done:
            at = len(made) if call.at < 0 else call.at
            made.extend(bytes(max(0, at - len(made))))
            if call.what == "cut":
                del made[at:]
            else:
                made[at : at + len(call.data)] = call.data
        return made


class Disk:
    """The files of a folder, as calls change them."""

    def __init__(self, folder: Path, copy: Path) -> None:
        """What `copy` holds, in the place of the folder and all of it flushed."""
        self._folder = str(folder)
        files = (file for file in copy.rglob("*") if file.is_file())
        self._names = {
            str(folder / file.relative_to(copy)): _File(bytearray(file.read_bytes()))
            for file in files
        }
        self._flushed_names = dict(self._names)
        self._since: list[dict[str, _File]] = []

    def do(self, call: Call) -> None:
        """What a call does; those outside the folder do nothing."""
        # Shared memory is as good as lost with the power, and nothing reads it afterwards.
        if not call.path.startswith(self._folder) or call.path.endswith("-shm"):
            return
        file = self._names.get(call.path)
        if call.what == "flush" and file is None:
            self._flushed_names, self._since = dict(self._names), []
        elif call.what == "flush" and file is not None:
            file.flush()
        elif call.what == "open" and file is None:
            self._rename({call.path: _File()})
        elif call.what == "rename" and file is not None:
            self._rename({os.fsdecode(call.data): file}, gone=call.path)
        elif call.what == "unlink":
            self._rename({}, gone=call.path)
        elif call.what in ("write", "cut") and file is not None:
            file.since.append(call)

    def _rename(self, new: dict[str, _File], gone: str = "") -> None:
        self._names = {name: f for name, f in self._names.items() if name != gone} | new
        self._since.append(self._names)

    def after_a_cut(self, target: Path, chance: random.Random) -> None:
        """Write what is left of the files to `target`."""
        states = [self._flushed_names, *self._since]
        for name, file in chance.choice(states).items():
            kept = [_torn(call, chance) for call in file.since if chance.random() < 0.5]
            path = target / Path(name).relative_to(self._folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content(kept))


def _torn(call: Call, chance: random.Random) -> Call:
    sectors = len(call.data) // SECTOR
    if call.at < 0 or sectors < 2 or chance.random() < 0.7:
        return call
    return Call(call.what, call.path, call.data[: SECTOR * chance.randrange(1, sectors)], call.at)
