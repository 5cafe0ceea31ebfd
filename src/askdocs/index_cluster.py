"""Whether a cluster of Ray answers, and the folder and the environment that Ray is started in."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from askdocs.errors import AskdocsError
from askdocs.index_building import Through

_CONNECT = 2.0
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
"""How a talk in gRPC begins: HTTP/2's preface, and settings without any."""
_PLACE = "askdocs-ray-"
_LONGEST = 12
_ADDRESS = re.compile(r"(?P<host>\[[^\]\s]+\]|[^\s:/]+):(?P<port>\d{1,5})")


def require_answer(address: str) -> None:
    """Raise `AskdocsError` unless Ray answers at an address, soon."""
    place = _current() if address == "auto" else address
    if not place:
        raise AskdocsError(
            "no Ray cluster runs on this machine; start one with: ray start --head, or give its"
            " address: --ray HOST:PORT"
        )
    parts = _ADDRESS.fullmatch(place)
    if parts is None:
        raise AskdocsError(
            f"{address!r} is no address of a Ray cluster; give one such as auto or 10.0.0.5:6379"
        )
    found: list[str] = []
    host, port = parts["host"].strip("[]"), int(parts["port"])
    asking = threading.Thread(target=lambda: found.append(_objection(host, port)), daemon=True)
    asking.start()  # the name of a host is looked up without any limit of time
    asking.join(_CONNECT)
    objection = found[0] if found else f"no answer within {_CONNECT:.0f} s"
    if objection:
        raise AskdocsError(
            f"Ray at {place} cannot be reached: {objection}; is it running there? (ray status), or"
            " index without --ray"
        )


def _current() -> str:
    """The cluster that this machine is part of, as Ray notes it; or nothing."""
    if named := os.environ.get("RAY_ADDRESS", ""):
        return named
    temporary = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp"
    try:
        return Path(temporary, "ray", "ray_current_cluster").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _objection(host: str, port: int) -> str:
    """Why nothing at a port talks as Ray does, or nothing."""
    try:
        with socket.create_connection((host, port), _CONNECT) as connection:
            if os.environ.get("RAY_USE_TLS", "0") not in ("", "0"):
                return ""
            connection.sendall(_HELLO)
            said = connection.recv(9)
    except TimeoutError:
        return f"no answer within {_CONNECT:.0f} s"
    except OSError as error:
        return error.strerror or str(error)
    return "" if said[3:4] == b"\x04" else "what answers there is not Ray"


@contextmanager
def working(ray: str | None) -> Iterator[Through | None]:
    """What does the work of an indexing run: Ray, at an address or "local"; or nothing else."""
    if ray is None:
        yield None
    else:
        from askdocs.index_ray import on_ray

        with on_ray(ray) as through:
            yield through


@contextmanager
def folder_for_ray() -> Iterator[Path]:
    """A folder for Ray's sockets and notes, which is removed; so are those of runs that died."""
    parent = Path(tempfile.gettempdir())
    if len(str(parent)) > _LONGEST:  # a socket's path is short
        parent = Path("/tmp")
    for old in parent.glob(f"{_PLACE}*"):
        number = old.name.removeprefix(_PLACE).split("-")[0]
        if number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(old, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{_PLACE}{os.getpid()}-", dir=parent))
    try:
        yield made
    finally:
        deadline = time.monotonic() + _CONNECT
        while made.exists() and time.monotonic() < deadline:  # Ray's last words come late
            shutil.rmtree(made, ignore_errors=True)


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Variables of Ray's for a while; those that it sets itself go with them."""
    before = {name: value for name, value in os.environ.items() if name.startswith("RAY_")}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("RAY_")]:
            del os.environ[name]
        os.environ.update(before)
