"""One request to a language model, with limits that hold whatever the model does.

It runs in a thread of its own and hands its pieces over a queue, so that waiting has an end, and a
reader who leaves ends the request within a moment.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from askdocs.answering.model_errors import finish_of
from askdocs.stopping import Stop, present, until

if TYPE_CHECKING:
    from askdocs.answering.connection import Connection

HEARTBEAT = 0.25
"""Seconds after which a caller hears from a silent model, in an empty piece."""
CHARACTERS_PER_TOKEN = 16
_TO_FINISH = 1.0
"""Seconds kept, before a deadline, to check and show what the model has said until then."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a language model may take, in seconds, and how much it may say, in tokens.

    `busy` bounds the waiting for a server that is busy and says for how long.
    """

    connect: float = 3.0
    busy: float = 20.0
    first: float = 30.0
    between: float = 15.0
    total: float = 120.0
    tokens: int = 1024
    context: int = 8192


@dataclass(frozen=True, slots=True)
class _End:
    """The last thing in the queue: how the stream ended."""

    error: Exception | None = None
    finish: str = "stop"


class Call:
    """One request, in a thread of its own."""

    def __init__(self, llm: Any, limits: Limits, *, watched: bool) -> None:
        self._llm = llm
        self._limits = limits
        self._queue: queue.Queue[str | _End] = queue.Queue(maxsize=64)
        self._closed = threading.Event()
        self._stop = Stop()
        self._connection: Connection | None = None
        if watched:
            from askdocs.answering.connection import Connection

            self._connection = Connection()

    def pieces(self, system: str, prompt: str) -> Iterator[str]:
        """The pieces; raises `TimeoutError`, or whatever stopped the stream.

        What is present when they are asked for ends the request, too: `Stopped` or, before the
        model has the time to say anything, `DeadlinePassed`.
        """
        wanted = present()
        wanted.require()
        threading.Thread(target=self._produce, args=(system, prompt), daemon=True).start()
        limits = self._limits
        total = min(limits.total, max(_TO_FINISH, wanted.remaining - _TO_FINISH))
        start = since = time.monotonic()
        patience = limits.first
        tokens = characters = 0
        while True:
            item = self._next()
            wanted.require()
            now = time.monotonic()
            if self._connection is not None and self._connection.asked_at is None:
                start = since = (
                    now  # The client is still importing its parts; the model is not to blame.
                )
            if isinstance(item, _End):
                _raise_for(item)
                return
            self._check_connected()
            if item:
                since, patience = now, limits.between
                tokens, characters = tokens + 1, characters + len(item)
                yield item
            else:
                yield ""
            if now - since > patience:
                raise TimeoutError(f"said nothing for {patience:g} seconds")
            if now - start > total:
                raise TimeoutError(f"did not finish within {total:.3g} seconds")
            if tokens > limits.tokens or characters > limits.tokens * CHARACTERS_PER_TOKEN:
                raise TimeoutError(f"did not come to an end after {tokens} pieces")

    def close(self) -> None:
        """End the request, finished or not."""
        self._closed.set()
        self._stop.stop()
        if self._connection is not None:
            self._connection.cut()

    def _next(self) -> str | _End:
        try:
            return self._queue.get(timeout=HEARTBEAT)
        except queue.Empty:
            return ""

    def _check_connected(self) -> None:
        # The HTTP client's own limit leaves out the name look-up, which can hang for longer.
        limit = self._limits.connect
        if self._connection is not None and self._connection.waits() > limit:
            raise TimeoutError(f"cannot be reached within {limit:g} seconds")

    def _produce(self, system: str, prompt: str) -> None:
        from llama_index.core.llms import ChatMessage

        messages = [ChatMessage(role="system", content=system), ChatMessage(content=prompt)]
        end = _End()
        try:
            if self._connection is not None:
                from askdocs.answering.connection import current

                current.set(self._connection)
            last = None
            with until(self._stop):
                for last in self._llm.stream_chat(messages):
                    if not self._put(_piece(last)):
                        return
            end = _End(finish=finish_of(last))
        except Exception as error:
            end = _End(error=error)
        finally:
            if self._connection is not None:
                self._connection.close()
        self._put(end)

    def _put(self, item: str | _End) -> bool:
        while not self._closed.is_set():
            try:
                self._queue.put(item, timeout=HEARTBEAT)
            except queue.Full:
                continue
            return True
        return False


def _piece(response: Any) -> str:
    return str(response.delta or "")


def _raise_for(end: _End) -> None:
    if end.error is not None:
        raise end.error
    if end.finish == "length":
        raise TimeoutError("did not come to an end within its longest reply")
    if end.finish != "stop":
        raise EOFError("the reply broke off")
