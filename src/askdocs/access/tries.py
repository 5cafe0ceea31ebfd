"""How often a password may be tried: so many times a minute for a name, and from an address."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from askdocs.errors import Busy, SignInNeeded

PER_MINUTE = 10
MINUTE = 60.0
_KEPT = 20_000


class TooManyTries(Busy):
    """Passwords were tried too often; whether this one is right is not even looked at."""

    status = 429


def too_many(wait: float) -> TooManyTries:
    """The error for a try that is refused for so many seconds."""
    return TooManyTries("too many tries; wait a minute", retry_after=wait)


class Throttle(Protocol):
    """Counts the tries of the last minute that failed, or are not decided yet. From any thread.

    A try that succeeds is taken back for its address, and clears its name; it does not clear the
    address, else whoever has one account could guess the passwords of all others.
    """

    def one(self, name: str, address: str, /) -> AbstractContextManager[None]:
        """A try, which has succeeded unless the block raises `SignInNeeded`.

        Raises `TooManyTries` before the block if there were too many.
        """
        ...


class Tries:
    """The tries at this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    @contextmanager
    def one(self, name: str, address: str, /) -> Iterator[None]:
        """A try, which has succeeded unless the block raises `SignInNeeded`."""
        names, addresses = f"name {name}", f"address {address}"
        with self._lock:
            now = self._clock()
            waits = [self._wait(key, now) for key in (names, addresses)]
            if max(waits) > 0:
                raise too_many(max(waits))
            for key in (names, addresses):
                self._tries.setdefault(key, deque()).append(now)
                self._tries.move_to_end(key)
            while len(self._tries) > _KEPT:  # the oldest go first
                self._tries.popitem(last=False)
        try:
            yield
        except SignInNeeded:
            raise
        except BaseException:  # nothing was found out about the password
            self._take_back(names, now)
            self._take_back(addresses, now)
            raise
        with self._lock:
            self._tries.pop(names, None)
        self._take_back(addresses, now)

    def _wait(self, key: str, now: float) -> float:
        """The seconds until another try."""
        tries = self._tries.get(key)
        while tries and tries[0] <= now - MINUTE:
            tries.popleft()
        if not tries:
            self._tries.pop(key, None)
            return 0.0
        return tries[0] + MINUTE - now if len(tries) >= PER_MINUTE else 0.0

    def _take_back(self, key: str, moment: float) -> None:
        with self._lock:
            tries = self._tries.get(key)
            if tries and moment in tries:
                tries.remove(moment)
