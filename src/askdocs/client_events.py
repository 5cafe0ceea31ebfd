"""Server-sent events: the bytes of a stream -> what they tell, one event after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its kind, and the JSON that came with it."""

    kind: str
    data: Any = None


class Events:
    r"""Puts events together from pieces of a stream, wherever it was cut.

    >>> events = Events()
    >>> [*events.feed(b"event: done\nda"), *events.feed(b'ta: {"a": 1}\n\n')]
    [Event(kind='done', data={'a': 1})]
    """

    def __init__(self) -> None:
        self._rest = b""
        self._kind = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that `piece` completes. Raises `ValueError` for data that is no JSON."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            yield from self._line(line.removesuffix(b"\r").decode("utf-8", "replace"))

    def _line(self, line: str) -> Iterator[Event]:
        field, _, value = line.partition(":")
        if field == "event":
            self._kind = value.removeprefix(" ")
        elif field == "data":
            self._data.append(value.removeprefix(" "))
        elif not line and (self._kind or self._data):  # a comment, ": still here", is nothing
            data = "\n".join(self._data)
            yield Event(self._kind or "message", json.loads(data) if data else None)
            self._kind, self._data = "", []
