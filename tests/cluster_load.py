"""Questions to a cluster, and what became of each."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Self

import httpx

from cluster_rig import HEADERS, Place


@dataclass(slots=True)
class Outcome:
    """What became of a question."""

    question: str
    status: int = 0
    body: str = ""
    error: str = ""
    began: float = 0.0
    seconds: float = 0.0
    stream: bool = False

    @property
    def answered(self) -> bool:
        if self.error or self.status != 200:
            return False
        return "event: done" in self.body if self.stream else '"text":' in self.body


def ask(
    address: str, question: str, *, stream: bool = False, quoted: bool = False, seconds: float = 60
) -> Outcome:
    """Ask once, and say what came of it. To be called where the question comes from."""
    found = Outcome(question, began=time.monotonic(), stream=stream)
    body = {"question": question, "stream": stream, "quoted": quoted}
    try:
        with httpx.stream(
            "POST", f"{address}/v1/ask", json=body, headers=HEADERS, timeout=seconds
        ) as reply:
            found.status = reply.status_code
            found.body = "".join(reply.iter_text())
    except httpx.HTTPError as error:
        found.error = f"{type(error).__name__}: {error}"
    found.seconds = time.monotonic() - found.began
    return found


@dataclass
class Load:
    """Threads that ask one question after the other, each of its own words, of a balancer."""

    place: Place
    address: str
    threads: int = 6
    pause: float = 0.05
    outcomes: list[Outcome] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._done = threading.Event()
        self._running = [
            threading.Thread(target=self._ask, args=(number,)) for number in range(self.threads)
        ]
        for thread in self._running:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._running:
            thread.join()

    def _ask(self, number: int) -> None:
        turn = 0
        with self.place.inside():
            while not self._done.is_set():
                turn += 1
                question = f"How many people were detained, asks number {number} in turn {turn}?"
                # Of three, one streams, one waits for what a model writes, one is quoted at once.
                kind = turn % 3
                self.outcomes.append(
                    ask(self.address, question, stream=kind == 0, quoted=kind == 1)
                )
                self._done.wait(self.pause)

    def failed(self) -> list[Outcome]:
        return [one for one in self.outcomes if not one.answered]
