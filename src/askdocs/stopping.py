"""Work that can be ended from outside: by whoever wanted it, or at its deadline."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from askdocs.errors import DeadlinePassed, Stopped

Step = TypeVar("Step")


class Stop:
    """Says when work is to end. Safe to use from any thread."""

    def __init__(self, seconds: float = math.inf) -> None:
        """Work that may take `seconds` from now on."""
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self._asked = threading.Event()
        self._reason = ""

    def stop(self) -> None:
        """Nobody wants the work any more."""
        self._asked.set()

    def shorten(self, seconds: float, reason: str) -> None:
        """The work may take no longer than `seconds` from now on; `reason` is what is said then."""
        deadline = time.monotonic() + seconds
        if deadline < self.deadline:
            self.deadline, self._reason = deadline, reason

    @property
    def remaining(self) -> float:
        """Seconds that are left; never below 0, and 0 when it is to end."""
        return 0.0 if self._asked.is_set() else max(0.0, self.deadline - time.monotonic())

    def require(self) -> None:
        """Raise `Stopped` or `DeadlinePassed` if the work is to end."""
        if self._asked.is_set():
            raise Stopped("the answer was stopped; ask again if it is wanted after all")
        if time.monotonic() >= self.deadline:
            raise DeadlinePassed(
                self._reason
                or f"the answer took longer than {self.seconds:g} seconds; ask again, or ask less"
                " at once"
            )


_PRESENT: ContextVar[Stop | None] = ContextVar("stop", default=None)


@contextmanager
def until(stop: Stop) -> Iterator[None]:
    """What is done meanwhile can be ended by `stop`."""
    token = _PRESENT.set(stop)
    try:
        yield
    finally:
        _PRESENT.reset(token)


def present() -> Stop:
    """What says when the present work is to end; without one it never does."""
    return _PRESENT.get() or Stop()


def in_steps(steps: Iterator[Step], stop: Stop) -> Iterator[Step]:
    """The steps of a generator, which `stop` ends between two of them and, where it looks, within.

    Each step may run in another context than the one before, so that what is present is set anew
    for each.
    """
    try:
        while True:
            with until(stop):
                stop.require()
                try:
                    step = next(steps)
                except StopIteration:
                    return
            yield step
    finally:
        if isinstance(steps, Generator):
            steps.close()
