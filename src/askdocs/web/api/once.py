"""What is sent twice with the same key is done once, and replied to the same."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from askdocs.web.receiving import Refused

A_DAY = 86_400.0
_KEPT = 10_000


class Once:
    """Remembers for a day what became of each key. Safe to use from any thread.

    The keys of one person say nothing to another. Beyond 10,000 the oldest are forgotten.
    """

    def __init__(self, seconds: float = A_DAY, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], tuple[float, str, str]] = OrderedDict()

    def run(self, owner: str, key: str, fingerprint: str, do: Callable[[], str]) -> str:
        """What `do` gives; with a key that is known what it gave then, without doing it again.

        Raises `Refused` if the key came with another `fingerprint`.
        """
        if not key:
            return do()
        with self._lock:  # two that come at once are one after the other
            self._forget_old()
            if (known := self._known.get((owner, key))) is not None:
                if known[1] != fingerprint:
                    raise Refused(
                        "this Idempotency-Key came with another file before; use a new one", 422
                    )
                return known[2]
            given = do()
            self._known[owner, key] = (self._clock(), fingerprint, given)
            return given

    def _forget_old(self) -> None:
        while self._known:
            since = next(iter(self._known.values()))[0]
            if len(self._known) < _KEPT and self._clock() - since < self._seconds:
                return
            self._known.popitem(last=False)
