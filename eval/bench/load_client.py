"""Users of a server, as cheap as they can be: one core has to do for hundreds beside the server."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

_LINE = 4_000_000


@dataclass
class Asked:
    """What a user saw: seconds from asking to the first words and to the end."""

    status: int = 0
    first: float = 0.0
    total: float = 0.0
    refusals: list[float] = field(default_factory=list)
    unhelpful: int = 0
    text: str = ""
    places: int = 0


class User:
    """Somebody with a browser of their own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.name = secrets.token_hex(16)

    async def ask(
        self, question: str, *, again: bool = True, leave_after: int = 0, quoted: bool = False
    ) -> Asked:
        """Ask and read on; when refused, come again when told, if `again`.

        With `leave_after` the connection is closed after so many events.
        """
        asked, began = Asked(), time.monotonic()
        while True:
            tried = time.monotonic()
            wait = await self._try(question, asked, began, leave_after, quoted)
            if asked.status != 503:
                break
            asked.refusals.append(time.monotonic() - tried)
            asked.unhelpful += wait is None
            if not again or wait is None:
                break
            await asyncio.sleep(wait)
        asked.total = time.monotonic() - began
        return asked

    async def _try(
        self, question: str, asked: Asked, began: float, leave_after: int, quoted: bool
    ) -> float | None:
        body = {"question": question, "stream": True, "quoted": quoted}
        reader, writer = await self._send("POST", "/v1/ask", json.dumps(body).encode())
        try:
            asked.status, headers = await _head(reader)
            if asked.status != 200:
                return float(headers["retry-after"]) if "retry-after" in headers else None
            event, events = "", 0
            while line := await reader.readline():
                if line.startswith(b"event: "):
                    event = line[7:].strip().decode()
                    asked.places += event == "waiting"
                elif line.startswith(b"data: ") and event in ("answer", "done", "error"):
                    events += 1
                    if not asked.first and (event == "done" or b'"text": ""' not in line):
                        asked.first = time.monotonic() - began
                    if event == "done":
                        asked.text = json.loads(line[6:])["text"]
                        return None
                    if event == "error" or (leave_after and events >= leave_after):
                        asked.status = 599 if event == "error" else 499
                        asked.text = line.decode()
                        return None
            asked.status = 598  # broke off
        finally:
            writer.close()
        return None

    async def get(self, path: str, method: str = "GET") -> tuple[int, float, bytes]:
        """A reply and how long it took."""
        began = time.monotonic()
        reader, writer = await self._send(method, path, b"")
        try:
            status, _ = await _head(reader)
            return status, time.monotonic() - began, await reader.read()
        finally:
            writer.close()

    async def _send(
        self, method: str, path: str, body: bytes
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=_LINE)
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nconnection: close\r\n"
            f"cookie: askdocs-visitor={self.name}\r\ncontent-type: application/json\r\n"
            f"x-askdocs: 1\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        return reader, writer


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:] if line)
    return int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


def percentile(values: list[float], share: float) -> float:
    """The value that so large a share does not pass; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Health:
    """Asks for the health of a server twenty times a second while it is open."""

    def __init__(self, port: int) -> None:
        self.times: list[float] = []
        self.failed = 0
        self._user = User(port)
        self._task: asyncio.Task[Any] | None = None

    async def __aenter__(self) -> Health:
        self._task = asyncio.create_task(self._probe())
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _probe(self) -> None:
        while True:
            status, took, _ = await self._user.get("/health")
            self.times.append(took)
            self.failed += status != 200
            await asyncio.sleep(0.05)
