"""One line for all who ask: how many questions are answered at once, and whose turn is next.

Whoever asks takes their turn in a round: a client with many questions waits behind one with few.
Nobody waits without bound: when as many wait as may, the next is refused and told when to come
again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

from askdocs.errors import Busy, DeadlinePassed, Stopped
from askdocs.stopping import Stop

HEARTBEAT = 0.25
"""Seconds after which whoever waits looks whether it is still wanted, and where it stands."""

_REMEMBERED = 50
_FIRST_GUESS = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands in the line: how many are `ahead`, and in about how many seconds."""

    ahead: int
    seconds: float


class Counts(NamedTuple):
    """What is in the line now, and what came of those that were since the start."""

    running: int
    waiting: int
    done: int
    failed: int
    stopped: int
    late: int
    refused: int


def untold(place: Place) -> None:
    """Tell nobody."""


class Turn:
    """A question in the line, from `Line.enter` until it is left: use it in a `with` statement."""

    def __init__(self, line: Line, client: str) -> None:
        self.client = client
        self.called = threading.Event()
        self.began = 0.0
        self._line = line

    def wait(self, stop: Stop, on_wait: Callable[[Place], None] = untold) -> None:
        """Return when it is its turn; `on_wait` hears of each new place.

        Raises `Stopped` or `DeadlinePassed`.
        """
        known: Place | None = None
        while not self.called.is_set():
            stop.require()
            place = self._line.place(self)
            if place is not None and (known is None or place.ahead != known.ahead):
                known = place
                on_wait(place)
            self.called.wait(min(HEARTBEAT, stop.remaining))
        stop.require()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.leave(self, error)


class Line:
    """At most so many questions are `running` and `waiting`, of all and of each client.

    Safe to use from any thread; no method but `Turn.wait` waits.
    """

    def __init__(
        self, running: int, waiting: int, *, client_running: int, client_waiting: int
    ) -> None:
        self._most_running = running
        self._most_waiting = waiting
        self._client_running = client_running
        self._client_waiting = client_waiting
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        # In the order of the round: whoever has had a turn goes to the end.
        self._waiting: dict[str, deque[Turn]] = {}
        self._ended: Counter[str] = Counter()
        self._took: deque[float] = deque(maxlen=_REMEMBERED)

    def enter(self, client: str) -> Turn:
        """A place in the line for a question of `client`. Raises `Busy`."""
        turn = Turn(self, client)
        with self._lock:
            self._waiting.setdefault(client, deque()).append(turn)
            self._advance()
            if not turn.called.is_set():
                try:
                    self._require_room(client)
                except Busy:
                    self._remove(turn)
                    self._ended["refused"] += 1
                    raise
        return turn

    def leave(self, turn: Turn, error: BaseException | None = None) -> None:
        """Give the place back; `error` is what ended the work, if it did not end by itself."""
        with self._lock:
            if turn.called.is_set():
                self._running[turn.client] -= 1
                self._running += Counter()  # forgets who has none
            else:
                self._remove(turn)
            self._ended[_outcome(error)] += 1
            if error is None:
                self._took.append(time.monotonic() - turn.began)
            self._advance()

    def place(self, turn: Turn) -> Place | None:
        """Where it stands; `None` if it is its turn already."""
        with self._lock:
            own = self._waiting.get(turn.client, ())
            if turn not in own:
                return None
            # In round k everybody has their k-th question answered.
            round_of_mine, ahead, before_me = own.index(turn), 0, True
            for client, others in self._waiting.items():
                before_me = before_me and client != turn.client
                ahead += min(len(others), round_of_mine + before_me)
            return Place(ahead, round((ahead + 1) * self._pace(), 1))

    def counts(self) -> Counts:
        """The figures of the line."""
        with self._lock:
            waiting = sum(map(len, self._waiting.values()))
            ended = (self._ended[name] for name in Counts._fields[2:])
            return Counts(self._running.total(), waiting, *ended)

    def _advance(self) -> None:
        """Call whoever is next, as long as there is room."""
        while self._running.total() < self._most_running:
            client = next(
                (one for one in self._waiting if self._running[one] < self._client_running), None
            )
            if client is None:
                return
            turns = self._waiting.pop(client)
            turn = turns.popleft()
            if turns:
                self._waiting[client] = turns
            self._running[client] += 1
            turn.began = time.monotonic()
            turn.called.set()

    def _require_room(self, client: str) -> None:
        """Raise `Busy` if more wait than may, with the one that has just come."""
        own = len(self._waiting[client]) - 1
        others = sum(map(len, self._waiting.values())) - 1
        if own >= self._client_waiting:
            # When half of their own have had their turn there is room for more than one.
            seconds = self._pace(min(self._client_running, self._most_running)) * own / 2
            raise Busy(
                f"{own + self._running[client]} of your questions are being answered or wait; ask"
                f" again in {_in_words(seconds)}",
                max(1.0, seconds),
            )
        if others >= self._most_waiting:
            seconds = self._pace() * others / 2
            raise Busy(
                f"the server is busy: {others} questions wait; ask again in {_in_words(seconds)}",
                max(1.0, seconds),
            )

    def _remove(self, turn: Turn) -> None:
        own = self._waiting[turn.client]
        own.remove(turn)
        if not own:
            del self._waiting[turn.client]

    def _pace(self, at_once: int = 0) -> float:
        """Seconds from one call to the next, when `at_once` (or all that may) are running."""
        took = sum(self._took) / len(self._took) if self._took else _FIRST_GUESS
        return took / (at_once or self._most_running)


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "done"
    if isinstance(error, DeadlinePassed):
        return "late"
    # A generator that is closed, and a task that is cancelled, were stopped, too.
    return "stopped" if isinstance(error, Stopped) or not isinstance(error, Exception) else "failed"


def _in_words(seconds: float) -> str:
    whole = max(1, round(seconds))
    return "a second" if whole == 1 else f"{whole} seconds"
