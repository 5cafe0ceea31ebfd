"""A language model that stands for a real one under load: so many tokens, at so many a second.

It speaks the protocol of OpenAI, in the event loop of whoever starts it, and says what the first
passages of its prompt say of the place that is asked about: so an answer that reached the wrong
user can be told by its words.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import suppress

_PASSAGE = re.compile(r"([\d,]+ people live in (\w+ on \w+)\..*)")


class StubModel:
    """A server of a model; `connections` are open now, `closed_at` is when the last one closed."""

    def __init__(self, tokens: int = 50, pause: float = 0.02) -> None:
        self.tokens = tokens
        self.pause = pause
        self.connections = 0
        self.most = 0
        self.asked = 0
        self.closed_at = 0.0
        self.port = 0

    @property
    def name(self) -> str:
        """What `askdocs serve --model` is given."""
        return f"openai-like:stub@http://127.0.0.1:{self.port}/v1"

    async def start(self) -> None:
        """Listen on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.most = max(self.most, self.connections)
        left = asyncio.Event()
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            found = re.search(r"content-length: (\d+)", head)
            body = json.loads(await reader.readexactly(int(found[1]) if found else 0))
            self.asked += 1
            watching = asyncio.create_task(_watch(reader, left))
            await self._stream(writer, _words(body["messages"], self.tokens), left)
            watching.cancel()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections -= 1
            self.closed_at = time.monotonic()
            writer.close()

    async def _stream(
        self, writer: asyncio.StreamWriter, words: list[str], left: asyncio.Event
    ) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        )
        for word in [*words, None]:
            choice = {
                "index": 0,
                "delta": {"content": word or ""},
                "finish_reason": None if word else "stop",
            }
            frame = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
            writer.write(b"data: " + json.dumps(frame | {"choices": [choice]}).encode() + b"\n\n")
            await writer.drain()
            try:
                await asyncio.wait_for(left.wait(), self.pause)
                return
            except TimeoutError:
                continue
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()


async def _watch(reader: asyncio.StreamReader, left: asyncio.Event) -> None:
    with suppress(OSError):
        await reader.read()
    left.set()


def _words(messages: list[dict[str, str]], count: int) -> list[str]:
    """The passage that the question is about, in pieces."""
    prompt = messages[-1]["content"]
    asked = re.findall(r"people live in (\w+ on \w+)\?", prompt)
    said = next((text for text, place in _PASSAGE.findall(prompt) if place in asked), prompt)
    return re.findall(r"\s*\S+", said)[:count]
