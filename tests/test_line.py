"""The line in which questions wait for their turn, and what goes through it."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from askdocs.access.principal import Principal, Right, acting_as
from askdocs.config_server import ServerSettings
from askdocs.errors import Busy, DeadlinePassed, NotAllowed, QuestionError, Stopped
from askdocs.stopping import Stop, present
from askdocs.types import EVERYTHING, Answer, Filter, History
from askdocs.web.asked import Asked
from askdocs.web.line import Line, Place, Turn
from askdocs.web.service import Service
from askdocs.web.visitors import visited_by
from fakes_web import scene

SOON = 10.0
"""Seconds within which whatever is to happen happens, on a machine that is busy, too."""

ANN, BEN = Principal("ann", Right.ASK), Principal("ben", Right.ASK)


def line(running: int = 2, waiting: int = 4, own_running: int = 2, own_waiting: int = 4) -> Line:
    return Line(running, waiting, client_running=own_running, client_waiting=own_waiting)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def called(turns: list[Turn]) -> list[bool]:
    return [turn.called.is_set() for turn in turns]


def test_as_many_run_as_may_and_the_next_when_one_leaves() -> None:
    """Two of three run; when one leaves it is the turn of the third."""
    of_all = line()
    turns = [of_all.enter(name) for name in "abc"]
    assert called(turns) == [True, True, False]
    of_all.leave(turns[0])
    assert called(turns) == [True, True, True]
    assert (of_all.counts().running, of_all.counts().waiting) == (2, 0)


def test_who_comes_when_too_many_wait_is_refused_and_told_when_to_come_again() -> None:
    """The place after the last is `Busy`, with seconds to wait, and nothing of it stays behind."""
    of_all = line(running=1, waiting=3)
    turns = [of_all.enter(name) for name in "abcd"]
    with pytest.raises(Busy, match="the server is busy: 3 questions wait") as refused:
        of_all.enter("e")
    assert refused.value.retry_after >= 1
    assert of_all.counts()[:2] == (1, 3)
    assert of_all.counts().refused == 1
    of_all.leave(turns[0])
    of_all.enter("e")


def test_one_client_can_have_only_so_many() -> None:
    """Two of one client run and four wait, though there is room; another client has it."""
    of_all = line(running=8, waiting=32)
    turns = [of_all.enter("a") for _ in range(6)]
    assert called(turns) == [True, True, False, False, False, False]
    with pytest.raises(Busy, match="6 of your questions"):
        of_all.enter("a")
    assert called([of_all.enter("b")]) == [True]


def test_clients_take_turns() -> None:
    """Those who ask much do not come before those who ask little, whoever was there first."""
    of_all = line(running=1, waiting=32)
    running = of_all.enter("first")
    asked = [(name, of_all.enter(name)) for name in "aaaabbc"]
    order = []
    while asked:
        of_all.leave(running)
        name, running = next(one for one in asked if one[1].called.is_set())
        asked.remove((name, running))
        order.append(name)
    assert order == list("abcabaa")


def test_the_place_tells_how_many_are_called_before() -> None:
    """The places of all who wait are the order in which they are called."""
    of_all = line(running=1, waiting=32)
    running = of_all.enter("first")
    waiting = [of_all.enter(name) for name in "bbacccab"]
    places = [of_all.place(turn) for turn in waiting]
    expected = sorted(waiting, key=lambda turn: ahead(places[waiting.index(turn)]))
    assert sorted(map(ahead, places)) == list(range(8))
    for turn in expected:
        assert not turn.called.is_set()
        of_all.leave(running)
        assert turn.called.is_set()
        running = turn


def ahead(place: Place | None) -> int:
    assert place is not None
    return place.ahead


def test_nobody_starves_and_no_bound_is_passed_whatever_comes() -> None:
    """In 20,000 random steps no bound is passed, and who waits is called within a round."""
    dice = random.Random(5)
    of_all = line(running=3, waiting=12, own_running=2, own_waiting=4)
    inside: list[Turn] = []
    since: dict[int, int] = {}
    calls = 0
    for _ in range(20_000):
        if inside and dice.random() < 0.5:
            turn = inside.pop(dice.randrange(len(inside)))
            of_all.leave(turn, Stopped("") if dice.random() < 0.2 else None)
            since.pop(id(turn), None)
        else:
            try:
                turn = of_all.enter(dice.choice("abcdef"))
            except Busy:
                continue
            inside.append(turn)
            if not turn.called.is_set():
                since[id(turn)] = calls
        for turn in inside:
            if turn.called.is_set() and id(turn) in since:
                calls += 1
                # At most five others, each of whom can have a turn in every round.
                assert calls - since.pop(id(turn)) <= 40
        running = Counter(turn.client for turn in inside if turn.called.is_set())
        waiting = Counter(turn.client for turn in inside if not turn.called.is_set())
        assert running.total() <= 3 and max(running.values(), default=0) <= 2
        assert waiting.total() <= 12 and max(waiting.values(), default=0) <= 4
        assert of_all.counts()[:2] == (running.total(), waiting.total())


def test_who_waits_can_stop_and_has_a_deadline() -> None:
    """Waiting ends when nobody wants the answer, and at the deadline; the place is free then."""
    of_all = line(running=1)
    with of_all.enter("a"):
        stop = Stop()
        threading.Timer(0.05, stop.stop).start()
        with pytest.raises(Stopped), of_all.enter("b") as turn:
            turn.wait(stop)
        with pytest.raises(DeadlinePassed), of_all.enter("b") as turn:
            turn.wait(Stop(0.05))
        assert of_all.counts()[:2] == (1, 0)
    assert (of_all.counts().done, of_all.counts().stopped, of_all.counts().late) == (1, 1, 1)


class Slow:
    """An assistant that writes a word whenever it is let, and looks whether it is wanted."""

    generates = True

    def __init__(self) -> None:
        self.at_work: list[str] = []
        self.most = 0
        self.go_on = threading.Event()
        self.closed: list[str] = []

    def stream(
        self, question: str, *, history: History = (), within: Filter = EVERYTHING
    ) -> Iterator[Answer]:
        self.at_work.append(question)
        self.most = max(self.most, len(self.at_work))
        try:
            if not question.strip():
                raise QuestionError("the question is empty; ask something")
            yield Answer(question, "and")
            while not self.go_on.wait(0.01):
                present().require()
                yield Answer(question, "and so")
            yield Answer(question, f"and so on: {question}")
        finally:
            self.at_work.remove(question)
            self.closed.append(question)


def service(assistant: Any, **settings: Any) -> Service:
    index, _ = scene()
    return Service(index, assistant, ServerSettings(**settings))  # type: ignore[arg-type]


async def text(of: Service, question: str, visitor: str) -> str:
    with acting_as(Principal("", Right.ASK)), visited_by(visitor):
        return (await of.answer(Asked(question))).text


def test_everybody_gets_their_own_answer() -> None:
    """Forty at once, three at a time: each has the answer to their own question."""
    slow = Slow()
    slow.go_on.set()
    served = service(slow, running=3, waiting=40)

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(text(served, f"q{n}", f"v{n}") for n in range(40)))

    assert asyncio.run(all_at_once()) == [f"and so on: q{n}" for n in range(40)]
    assert slow.most <= 3
    assert served.line.counts().done == 40


def test_who_leaves_frees_the_place_for_the_next() -> None:
    """A cancelled question ends at its next step and is closed; who waited is answered."""
    slow = Slow()
    served = service(slow, running=1)

    async def leave() -> str:
        first = asyncio.create_task(text(served, "first", "a"))
        await asyncio.to_thread(until, lambda: slow.at_work == ["first"])
        second = asyncio.create_task(text(served, "second", "b"))
        await asyncio.to_thread(until, lambda: served.line.counts().waiting == 1)
        first.cancel()
        await asyncio.to_thread(until, lambda: slow.at_work == ["second"])
        slow.go_on.set()
        return await second

    assert asyncio.run(leave()) == "and so on: second"
    assert slow.closed == ["first", "second"]
    assert served.line.counts().stopped == 1


def test_who_is_gone_is_noticed() -> None:
    """Where nobody cancels, the connection is looked at; the work ends when it is gone."""
    slow = Slow()
    served = service(slow)

    async def ask() -> None:
        async def gone() -> bool:
            return True

        with acting_as(ANN):
            await served.answer(Asked("anything"), gone=gone)

    with pytest.raises(Stopped):
        asyncio.run(ask())
    until(lambda: slow.at_work == [] and served.line.counts().running == 0)


def test_a_slow_reader_keeps_nobody_waiting() -> None:
    """Who does not read on has a place no longer than the answer takes, and gets all of it."""
    slow = Slow()
    served = service(slow, running=1)

    async def read_slowly() -> str:
        with acting_as(ANN):
            answers = served.answers(Asked("slowly"))
            await anext(answers)
            slow.go_on.set()
            await asyncio.to_thread(until, lambda: served.line.counts().running == 0)
            assert await text(served, "another", "b") == "and so on: another"
            rest = [step async for step in answers]
            assert isinstance(rest[-1], Answer)
            return rest[-1].text

    assert asyncio.run(read_slowly()) == "and so on: slowly"


def test_a_stream_tells_the_place() -> None:
    """Who waits hears how many are before them, then gets the answer."""
    slow = Slow()
    served = service(slow, running=1)

    async def wait() -> list[Answer | Place]:
        first = asyncio.create_task(text(served, "first", "a"))
        await asyncio.to_thread(until, lambda: slow.at_work == ["first"])
        second = asyncio.create_task(text(served, "second", "b"))
        await asyncio.to_thread(until, lambda: served.line.counts().waiting == 1)
        with acting_as(ANN):
            steps = []
            async for step in served.answers(Asked("third")):
                steps.append(step)
                slow.go_on.set()
            await asyncio.gather(first, second)
            return steps

    steps = asyncio.run(wait())
    assert isinstance(steps[0], Place) and steps[0].ahead == 1
    assert isinstance(steps[-1], Answer) and steps[-1].text == "and so on: third"


def test_a_failure_gives_the_place_back() -> None:
    """An error reaches whoever asked, and the place is free."""
    served = service(Slow(), running=1)
    for _ in range(3):
        with pytest.raises(QuestionError), acting_as(ANN):
            served.ask(" ")
    assert served.line.counts().failed == 3
    assert served.line.counts().running == 0


def test_a_deadline_ends_an_answer() -> None:
    """An answer that takes too long ends in `DeadlinePassed`, and its work, too."""
    slow = Slow()
    served = service(slow, deadline=0.2)
    with pytest.raises(DeadlinePassed), acting_as(ANN):
        served.ask("how long?")
    assert slow.at_work == []
    assert served.line.counts().late == 1


def test_who_may_only_read_has_no_place_in_the_line() -> None:
    """Whoever may not ask is told so, not to wait."""
    served = service(Slow())
    with pytest.raises(NotAllowed), acting_as(Principal("cleo", Right.READ)):
        served.ask("may I?")
    assert served.line.counts() == (0,) * 7


def test_retrieving_takes_a_turn_too() -> None:
    """A retrieval counts as done, and is refused like a question when the line is full."""
    index, assistant = scene()
    served = Service(index, assistant, ServerSettings(running=1, waiting=0))  # type: ignore[arg-type]
    with acting_as(ANN):
        assert served.retrieve("internet")
        assert served.line.counts().done == 1
        with served.line.enter("ben"), pytest.raises(Busy):
            served.retrieve("internet")


def test_an_answer_is_remembered_only_for_the_same_documents_and_question() -> None:
    """The same again costs no turn; other eyes, settings, filters or a new revision ask anew."""
    index, assistant = scene()
    served = Service(index, assistant)  # type: ignore[arg-type]
    question = "How many people were detained?"

    def asked(principal: Principal = ANN, **more: Any) -> Answer:
        with acting_as(principal):
            return served.ask(question, **more)

    first = asked()
    assert assistant.histories == [()]
    again = asked(BEN)
    assert assistant.histories == [()]
    assert (again.text, set(again.timings)) == (first.text, {"remembered_ms"})
    others: list[dict[str, Any]] = [
        {"principal": Principal("cleo", Right.ASK, ("reports",))},
        {"principal": Principal("dan", Right.ASK, ("letters",))},
        {"within": Filter(folder="reports")},
        {"k": 3},
        {"threshold": 0.4},
        {"history": ("How many?",)},
        {"history": ("How many?",)},
    ]
    for count, other in enumerate(others, start=2):
        assert "remembered_ms" not in asked(**other).timings
        assert len(assistant.histories) == count
    index.store.revision += 1
    assert "remembered_ms" not in asked().timings


def test_what_a_model_writes_is_not_remembered() -> None:
    """A language model is asked each time."""
    slow = Slow()
    slow.go_on.set()
    served = service(slow)
    with acting_as(ANN):
        assert served.ask("twice").text == served.ask("twice").text
    assert slow.closed == ["twice", "twice"]
