"""A language model server on the loopback, in a thread, that can misbehave in many ways.

It speaks the protocols of OpenAI (/v1/chat/completions) and Ollama (/api/chat), streaming only.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

MODES = (
    "normal", "slow", "down", "silent", "garbage", "cut", "401", "429", "404", "400",
    "endless", "empty", "length", "ping", "reset",
)  # fmt: skip

# How servers refuse a prompt that is longer than the context of their model.
TOO_LONG = {
    "openai": (
        400,
        "This model's maximum context length is 512 tokens. However, your messages resulted in 900 "
        "tokens. Please reduce the length of the messages.",
    ),
    "llama.cpp": (
        400,
        "request (900 tokens) exceeds the available context size (512 tokens), try increasing it",
    ),
    "proxy": (413, "request entity too large"),
    "text-generation-inference": (
        422,
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 512",
    ),
    "older": (500, "context size has been exceeded"),
}

Reply = Callable[[list[dict[str, Any]]], str]

GARBAGE: dict[str, tuple[str, bytes]] = {
    "html": ("text/html", b"<html><body>Welcome to nginx!</body></html>"),
    "plain": ("text/plain", b"hello"),
    "not json": ("text/event-stream", b"data: {broken\n\n"),
    "half utf-8": ("text/event-stream", b'data: {"choices": [{"delta": {"content": "caf\xc3'),
    "null": ("text/event-stream", b"data: null\n\n"),
    "number": ("text/event-stream", b"data: 3\n\n"),
    "list": ("text/event-stream", b"data: []\n\n"),
    "nan": ("text/event-stream", b'data: {"choices": [{"index": NaN, "delta": {}}]}\n\n'),
    "no choices": ("text/event-stream", b'data: {"choices": []}\n\ndata: [DONE]\n\n'),
    "wrong choices": ("text/event-stream", b'data: {"choices": [7]}\n\n'),
    "null choices": ("text/event-stream", b'data: {"choices": null}\n\n'),
    "null delta": ("text/event-stream", b'data: {"choices": [{"delta": null}]}\n\n'),
    "object content": (
        "text/event-stream",
        b'data: {"choices": [{"index": 0, "delta": {"content": {"a": 1}}}]}\n\n',
    ),
    "error body": ("application/json", b'{"error": {"message": "no sk-secret-key"}}'),
    "error event": ("text/event-stream", b'data: {"error": {"message": "sk-secret-key"}}\n\n'),
    "nul bytes": ("text/event-stream", b"\x00" * 100),
    "long line": ("text/event-stream", b"data: " + b"x" * 10_000_000),
    "blank lines": ("text/event-stream", b"\n" * 10_000),
    "nothing": ("text/event-stream", b""),
    "only the end": ("text/event-stream", b"data: [DONE]\n\n"),
    "xml": ("application/xml", b"<?xml version='1.0'?><reply>44</reply>"),
    "json list": ("application/json", b"[1, 2, 3]"),
    "json string": ("application/json", b'"44 people died"'),
    "deep json": ("text/event-stream", b"data: " + b"[" * 100_000 + b"\n\n"),
    "utf-16": ("text/event-stream", "data: {}\n\n".encode("utf-16")),
    "latin-1": ("text/event-stream", 'data: {"é": "à"}\n\n'.encode("latin-1")),
    "byte order mark": ("text/event-stream", b"\xef\xbb\xbfdata: {}\n\n"),
    "ansi codes": ("text/plain", b"\x1b[2J\x1b[31mdata: {}\x1b[0m\n\n"),
    "carriage returns": ("text/event-stream", b"\r" * 5_000),
    "no prefix": ("text/event-stream", b'{"choices": []}\n\n'),
    "two objects": ("text/event-stream", b'data: {"choices": []} {"choices": []}\n\n'),
    "comments": ("text/event-stream", b": nothing yet\n\n" * 50),
    "error by name": ("text/event-stream", b"event: error\ndata: sk-secret-key\n\n"),
    "identifiers": ("text/event-stream", b"id: 1\nretry: 10\n\n" * 20),
    "gzip": ("text/event-stream", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\xcb"),
    "random bytes": ("application/octet-stream", bytes(range(256)) * 20),
    "http again": ("text/event-stream", b"HTTP/1.1 200 OK\r\n\r\ndata: {}\n\n"),
    "status in body": ("application/json", b'{"status": 500, "detail": "sk-secret-key"}'),
    **{
        f"choices {number}": ("text/event-stream", b'data: {"choices": ' + choices + b"}\n\n")
        for number, choices in enumerate(
            (
                b'"text"',
                b'{"0": {}}',
                b"[null]",
                b"[{}]",
                b"[[]]",
                b'[{"index": 0, "delta": []}]',
                b'[{"index": 0, "delta": "text"}]',
                b'[{"index": 0, "delta": {"content": 7}}]',
                b'[{"index": 0, "delta": {"content": ["a"]}}]',
                b'[{"index": 0, "delta": {"content": true}}]',
                b'[{"index": -1, "delta": {"content": ""}}]',
                b'[{"index": 1e999, "delta": {"content": ""}}]',
                b'[{"index": 0, "delta": {"role": "assistant"}}]',
                b'[{"index": 0, "delta": {"tool_calls": [{"index": 0}]}}]',
                b'[{"index": 0, "delta": {"content": "\\ud800"}}]',
            )
        )
    },
}


class FakeLanguageModelServer:
    """A server whose `mode` says how it behaves; change it at any time.

    `reply` is what it says in a normal reply, or makes that from the messages. `requests` are the
    bodies it got; `broken` counts the replies whose reader left before the end. The next replies
    are in the `next_modes`, while there are some; a busy server asks to wait for `retry_after`; a
    prompt of more than `context` characters is refused in the words `too_long`.
    """

    def __init__(self, reply: str | Reply = "It is so [1].", mode: str = "normal") -> None:
        self.reply = reply
        self.mode = mode
        self.garbage = "html"
        self.pause = 0.0
        self.cut_after = 3
        self.next_modes: list[str] = []
        self.retry_after: str | None = "7"
        self.context = 1_000_000
        self.too_long = TOO_LONG["openai"]
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.broken = 0
        self._stop = threading.Event()
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": self})
        )
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def name(self) -> str:
        return f"openai-like:fake@{self.url}"

    def __enter__(self) -> FakeLanguageModelServer:
        if self.mode == "down":
            self._server.server_close()
        else:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def words(self, messages: list[dict[str, Any]]) -> list[str]:
        """The reply in pieces, as a model would send it: words with the space before them."""
        text = self.reply if isinstance(self.reply, str) else self.reply(messages)
        return re.findall(r"\s*\S+", text)

    def wait(self, seconds: float) -> None:
        self._stop.wait(seconds)

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeLanguageModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.fake.requests.append(body)
        self.fake.keys.append(self.headers.get("Authorization", ""))
        try:
            self._answer(body)
        except OSError:
            self.fake.broken += 1
        self.close_connection = True

    def _answer(self, body: dict[str, Any]) -> None:
        mode = self.fake.next_modes.pop(0) if self.fake.next_modes else self.fake.mode
        if (
            sum(len(message.get("content") or "") for message in body["messages"])
            > self.fake.context
        ):
            self._refuse(*self.fake.too_long)
        elif mode.isdigit():
            self._refuse(int(mode))
        elif mode == "silent":
            self._wait_for_reader()
        elif mode == "garbage":
            self._start(GARBAGE[self.fake.garbage][0], chunked=False)
            self.wfile.write(GARBAGE[self.fake.garbage][1])
        else:
            self._start("text/event-stream", chunked=True)
            self._stream(mode, self.fake.words(body["messages"]))

    def _stream(self, mode: str, words: list[str]) -> None:
        if mode == "endless":
            while not self.fake.stopped:
                self._piece(" and so on")
        elif mode == "ping":
            while not self.fake.stopped:
                self._chunk(b": ping\n\n")
                self.fake.wait(0.05)
        for count, word in enumerate([] if mode == "empty" else words):
            if mode in ("cut", "reset") and count == self.fake.cut_after:
                if mode == "reset":
                    self.fake.wait(0.1)  # a reset takes along what was not read yet
                    # With nothing to linger for, closing tells the other side at once: reset.
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                else:
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._piece(word)
            self.fake.wait(self.fake.pause if mode == "slow" else 0)
        self._piece("", finish="length" if mode == "length" else "stop")
        if "/v1/" in self.path:
            self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _piece(self, text: str, finish: str | None = None) -> None:
        if "/v1/" in self.path:
            choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
            frame = {"id": "1", "object": "chat.completion.chunk", "created": 1,
                     "model": "fake", "choices": [choice]}  # fmt: skip
            self._chunk(b"data: " + json.dumps(frame).encode() + b"\n\n")
        else:
            message = {"role": "assistant", "content": text}
            line = {"model": "fake", "message": message, "done": bool(finish),
                    "done_reason": finish}  # fmt: skip
            self._chunk(json.dumps(line).encode() + b"\n")

    def _start(self, kind: str, *, chunked: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _refuse(self, status: int, message: str = "") -> None:
        message = message or (TOO_LONG["openai"][1] if status == 400 else "bad key sk-secret-key")
        data = json.dumps({"error": {"message": message}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status in (429, 503) and self.fake.retry_after is not None:
            self.send_header("Retry-After", self.fake.retry_after)
        self.end_headers()
        self.wfile.write(data)

    def _wait_for_reader(self) -> None:
        """Say nothing until the reader leaves, and note when that was."""
        self.connection.settimeout(0.05)
        while not self.fake.stopped:
            try:
                if self.connection.recv(1) == b"":
                    raise BrokenPipeError
            except TimeoutError:
                time.sleep(0.01)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing on the terminal."""
