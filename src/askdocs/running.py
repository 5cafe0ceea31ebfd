"""Where the server of an index is: a note in the index folder, for programs of the same user.

The note names an address of this machine and a word that lets in whoever can read the file. It is
believed only while the process that wrote it owns the index.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from askdocs import __version__, locking
from askdocs.config import Config, settings_of_config

NAME = "server.json"
_MOST = 20_000  # bytes of a note
_WORDS = ("address", "token", "version", "model")
_READING = ("ocr_languages", "passage_tokens")
"""Settings that only matter when documents are read."""
_NOT_TOLD = ("chroma", "language_model")
"""Where vectors are searched, and the language model, which is told apart."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server: its address, the token that its owner's programs bring, and how it answers.

    `config` are its settings as JSON has them, `model` the language model it was started with.
    """

    address: str
    token: str = field(repr=False)
    version: str = __version__
    config: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""


def new_token() -> str:
    """A token that nobody guesses; a server has one for as long as it runs."""
    from secrets import token_urlsafe

    return token_urlsafe(32)


def settings_of(config: Config) -> dict[str, Any]:
    """The settings that decide what is read and answered, as JSON has them; none is a secret."""
    secret = {setting.name for setting in settings_of_config() if setting.is_secret}
    settings = asdict(config)
    return {name: value for name, value in settings.items() if name not in {*_NOT_TOLD, *secret}}


def answers_as(running: Running, config: Config, *, but: Collection[str] = ()) -> bool:
    """Whether a server finds and quotes as a process with this `config`, `but` for some settings.

    A server of another version does not.
    """
    return running.version == __version__ and _alike(running, config, {*_READING, *but})


def reads_as(running: Running, config: Config) -> bool:
    """Whether a server reads documents as a process with this `config`."""
    wanted = settings_of(config).keys() - {*_READING, "model"}
    return running.version == __version__ and _alike(running, config, wanted)


def _alike(running: Running, config: Config, left_out: Collection[str]) -> bool:
    here, there = settings_of(config), running.config
    return all(here.get(name) == there.get(name) for name in {*here, *there} - {*left_out})


def local_address(place: tuple[Any, ...], *, secure: bool = False) -> str:
    """The address by which this machine reaches a socket bound to `place`; it may have none.

    >>> local_address(("0.0.0.0", 7860)), local_address(("::1", 80)), local_address(("10.0.0.1", 1))
    ('http://127.0.0.1:7860', 'http://[::1]:80', '')
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(place[0], place[0])
    if not _is_loopback(host):
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{shown}:{place[1]}"


@contextmanager
def noted(folder: Path, running: Running) -> Iterator[None]:
    """Meanwhile the folder of an index, which this process owns, says where its server is.

    Where it cannot, the server is none the worse: the note only makes other programs quick.
    """
    held = locking.holding(folder)
    if not running.address or not _is_ours(held):
        yield
        return
    note = {**asdict(running), "lock": held, "pid": os.getpid(), "network": _network()}
    text = json.dumps(note, indent=1).encode()
    try:
        with suppress(OSError):
            _write(folder, text)
        yield
    finally:
        with suppress(OSError):
            if _read(folder / NAME) == text:
                (folder / NAME).unlink()


def find(folder: Path) -> Running | None:
    """The server of an index, if one of this user runs and can be reached from here."""
    held = locking.holding(folder)
    if held is None:
        return None
    with suppress(OSError, ValueError, TypeError, KeyError):
        note = json.loads(_read(folder / NAME))
        found = Running(**{name: note[name] for name in Running.__slots__})
        if (
            (note["lock"], note["network"]) == (held, _network())
            and held.startswith(f"{note['pid']} ")
            and _is_alive(int(note["pid"]))
            and all(isinstance(getattr(found, word), str) for word in _WORDS)
            and isinstance(found.config, dict)
            and _is_local(found.address)
        ):
            return found
    return None


def _write(folder: Path, text: bytes) -> None:
    """Write the note whole: others find it complete or not at all."""
    temporary = folder / f".{NAME}.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        temporary.replace(folder / NAME)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _read(file: Path) -> bytes:
    """What a note says, if only its user can have written it and can read it."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as opened:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
            raise PermissionError(f"{file} is not private to its user")
        return opened.read(_MOST)


def _is_ours(held: str | None) -> bool:
    return held is not None and held.startswith(f"{os.getpid()} ")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_local(address: str) -> bool:
    """Whether an address is one of this machine alone, and nothing but an address."""
    parts = urlsplit(address)
    return (
        parts.scheme in ("http", "https")
        and _is_loopback(parts.hostname or "")
        and parts.port is not None
        and parts.netloc.rpartition(":")[0].strip("[]") == parts.hostname
        and not (parts.path or parts.query or parts.fragment)
    )


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _network() -> str:
    """Which network this process is in: a container has loopback addresses of its own."""
    try:
        return str(Path("/proc/self/ns/net").readlink())
    except OSError:
        return ""
