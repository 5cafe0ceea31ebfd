"""Hosts for tests of several machines: network namespaces on one bridge, joined by virtual cables.

Root and `ip` make them. Whatever a thread starts, or connects to, within `Host.inside` is on that
host. They are taken down at the end, and by `sweep` if a test was killed before.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

_PREFIX = "askdocs-"
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_NAMES = Path("/run/netns")
_libc = ctypes.CDLL(None, use_errno=True)


class NoHosts(Exception):
    """No hosts can be made here; the message says why."""


class Host:
    """A machine with one cable, which can be pulled out and put back."""

    def __init__(self, space: str, address: str, switch: str, port: str) -> None:
        self.space = space
        self.address = address
        self._switch = switch
        self._port = port

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Meanwhile this thread is on that host, and with it what it starts."""
        before = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        try:
            _enter(_NAMES / self.space)
            yield
        finally:
            _enter_open(before)
            os.close(before)

    def cut(self) -> None:
        """Pull the cable out."""
        _ip("-n", self._switch, "link", "set", self._port, "down")

    def mend(self) -> None:
        """Put it back."""
        _ip("-n", self._switch, "link", "set", self._port, "up")

    def add(self, address: str) -> None:
        """Let the host have one more address."""
        _ip("-n", self.space, "address", "add", f"{address}/24", "dev", "eth0")

    def lose(self, address: str) -> None:
        """Send what is for this address where nobody is."""
        nobody = ("lladdr", "02:00:00:00:00:99", "nud", "permanent")
        _ip("-n", self.space, "neighbour", "replace", address, "dev", "eth0", *nobody)

    def find(self, address: str) -> None:
        """Send it to where it belongs again."""
        _ip("-n", self.space, "neighbour", "delete", address, "dev", "eth0")


class Network:
    """So many hosts that reach one another, and nothing else."""

    def __init__(self, count: int) -> None:
        mark = f"{_PREFIX}{os.getpid()}"
        self._switch = f"{mark}-switch"
        self.hosts = [
            Host(f"{mark}-{number}", f"10.213.0.{number + 1}", self._switch, f"port{number}")
            for number in range(count)
        ]

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            raise NoHosts("hosts are made by root only")
        if shutil.which("ip") is None:
            raise NoHosts("the command ip is not installed (Debian's package iproute2)")
        sweep()
        try:
            self._make()
        except BaseException as error:
            self.__exit__()
            if isinstance(error, subprocess.CalledProcessError):
                raise NoHosts(f"{' '.join(error.cmd)}: {error.stderr.strip()}") from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for space in (*(host.space for host in self.hosts), self._switch):
            if (_NAMES / space).exists():
                _ip("netns", "delete", space)

    def _make(self) -> None:
        switch = self._switch
        _ip("netns", "add", switch)
        _ip("-n", switch, "link", "add", "switch", "type", "bridge")
        _ip("-n", switch, "link", "set", "switch", "up")
        for host in self.hosts:
            _ip("netns", "add", host.space)
            there = ("netns", host.space)
            _ip("-n", switch, "link", "add", host._port, "type", "veth", "peer", "eth0", *there)
            _ip("-n", switch, "link", "set", host._port, "master", "switch", "up")
            _ip("-n", host.space, "address", "add", f"{host.address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _ip("-n", host.space, "link", "set", device, "up")


def sweep() -> None:
    """Delete what processes that are gone have left of their hosts."""
    for space in _NAMES.glob(f"{_PREFIX}*"):
        process = space.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and not Path("/proc", process).exists():
            with suppress(subprocess.CalledProcessError):  # somebody else does the same
                _ip("netns", "delete", space.name)


def set_in(host: Host, name: str, value: int) -> None:
    """Set one of the host's own settings of TCP, such as `tcp_keepalive_time`."""
    with host.inside():
        # What is there is of the network of the thread that opens it.
        Path("/proc/sys/net/ipv4", name).write_text(str(value), encoding="ascii")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def _enter(name: Path) -> None:
    opened = os.open(name, os.O_RDONLY)
    try:
        _enter_open(opened)
    finally:
        os.close(opened)


def _enter_open(space: int) -> None:
    if _libc.setns(space, _NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
