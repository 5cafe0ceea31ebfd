"""What a setting may be: its type, its range, and words for what is wrong with a value.

A message names the setting and never repeats a text: it may be a password at the wrong place.
"""

from __future__ import annotations

import ipaddress
import math
import re
import tomllib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any], str]
"""Says what a value must be and is not; nothing if all is well."""

SECRET = "secret"
"""Marks a setting that is taken from the environment only and shown nowhere."""
PATH = "path"
"""Marks a setting that names a file: in a file of settings it is relative to that file."""

_LONGEST = 4_000
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_TRUTH = {"true": True, "yes": True, "on": True, "1": True}
_TRUTH |= {"false": False, "no": False, "off": False, "0": False}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE)
_LOCAL = ("localhost", "127.0.0.1", "::1")


class WrongValue(ValueError):
    """A value cannot be that of a setting; the message says what it must be."""


def within(least: float, most: float) -> Check:
    """A number in a range, both ends included.

    >>> within(0, 1)(0.5), within(0, 1)(2)
    ('', 'must be between 0 and 1')
    """
    return lambda value: "" if least <= value <= most else f"must be between {least:,} and {most:,}"


def matching(pattern: str, wanted: str) -> Check:
    """A text that a pattern describes as a whole; or an empty one."""
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: "" if not value or compiled.fullmatch(value) else f"must be {wanted}"


def each(check: Check) -> Check:
    """A list whose every item a check lets pass."""
    return lambda values: next(filter(None, map(check, values)), "")


def web_address(value: str) -> str:
    """An `http` or `https` address, wherever a text holds one, without a name or a password.

    >>> web_address("openai-like:small@http://127.0.0.1:8080/v1"), web_address("ollama:small")
    ('', '')
    >>> web_address("openai-like:small@file:///etc/passwd")
    'must have an address that begins with http:// or https://'
    """
    for address in _ADDRESS.findall(value):
        if reason := _fault_of_address(address):
            return reason
    return ""


def server_address(value: str) -> str:
    """The address of a server and nothing more, such as `http://127.0.0.1:8000`.

    >>> server_address("http://127.0.0.1:8000"), server_address("127.0.0.1:8000")
    ('', 'must be an address such as http://127.0.0.1:8000')
    """
    if not value:
        return ""
    if reason := web_address(value):
        return reason
    parts = urlsplit(value) if _ADDRESS.fullmatch(value) else None
    if parts is None or parts.path.strip("/") or parts.query or parts.fragment:
        return "must be an address such as http://127.0.0.1:8000"
    return ""


def network(value: str) -> str:
    """An address such as `127.0.0.1`, or a network such as `10.0.0.0/8`."""
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return "must be an address such as 127.0.0.1, or a network such as 10.0.0.0/8"
    return ""


def is_plain_and_far(address: str) -> bool:
    """Whether what is sent to an address goes through a network, and readable on the way."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname not in _LOCAL


def from_text(text: str, kind: Any) -> Any:
    """The value of type `kind` that a text from the environment or the command line stands for.

    A list is written with commas, or as TOML writes it. Raises `WrongValue`.

    >>> from_text("yes", bool), from_text("7860", int), from_text("a, b", tuple[str, ...])
    (True, 7860, ('a', 'b'))
    """
    if kind is str:
        return text
    stripped = text.strip()
    if kind is bool:
        if stripped.lower() not in _TRUTH:
            raise WrongValue("must be true or false")
        return _TRUTH[stripped.lower()]
    if kind is int:
        if not _WHOLE.fullmatch(stripped):
            raise WrongValue("must be a whole number")
        return int(stripped)
    if kind is float:
        try:
            return float(stripped)
        except ValueError:
            raise WrongValue("must be a number") from None
    return _list_from_text(stripped)


def typed(value: Any, kind: Any) -> Any:
    """A value as TOML gave it, if it is of type `kind`. Raises `WrongValue`."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is str and isinstance(value, str):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and is_number:
        return value
    if kind is float and is_number:
        try:
            return float(value)
        except OverflowError:
            raise WrongValue("must be a number of a sensible size") from None
    is_list = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    if kind not in (str, bool, int, float) and is_list:
        return tuple(value)
    raise WrongValue(f"must be {_NAMES.get(kind, 'a list of texts')}")


_NAMES = {
    str: "a text in quotation marks",
    bool: "true or false, without quotation marks",
    int: "a whole number, without quotation marks",
    float: "a number, without quotation marks",
}


def fault(value: Any) -> str:
    """What is wrong with a value whatever it is for."""
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    texts = [value] if isinstance(value, str) else value if isinstance(value, tuple) else []
    for text in texts:
        if _CONTROL.search(text):
            return "must be one line without control characters"
        if "${" in text:
            return "holds ${...}, which nobody fills in here; write the value itself"
        if len(text) > _LONGEST:
            return f"must not be longer than {_LONGEST:,} characters"
    return ""


def _fault_of_address(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "must have an address with a host and a port that can be"
    if parts.scheme.lower() not in ("http", "https"):
        return "must have an address that begins with http:// or https://"
    if "@" in address:
        return "must have no name and no password in its address"
    return "" if host else "must have an address with a host"


def _list_from_text(text: str) -> tuple[str, ...]:
    if not text.startswith("["):
        return tuple(item.strip() for item in text.split(",") if item.strip())
    try:
        value = tomllib.loads(f"list = {text}")
    except tomllib.TOMLDecodeError:
        raise WrongValue('must be a list such as a, b or ["a", "b"]') from None
    return tuple(typed(value["list"] if len(value) == 1 else None, tuple[str, ...]))
