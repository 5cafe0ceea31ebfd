"""What ends work: `Stop`, on every way to an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any

import pytest

from askdocs.answering.language_models import load_language_model
from askdocs.answering.local_model import OneAtATime
from askdocs.answering.model_call import Call, Limits
from askdocs.assistant import Assistant
from askdocs.errors import DeadlinePassed, LanguageModelError, Stopped
from askdocs.index import Index
from askdocs.stopping import Stop, in_steps, present, until
from askdocs.types import Answer
from fake_llm_server import FakeLanguageModelServer
from fakes import FakeEmbedder

SOON = 60.0


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def stopped_when(condition: Callable[[], bool]) -> Stop:
    """A stop that is asked for soon after something has happened, in another thread."""
    stop = Stop()

    def watch() -> None:
        eventually(condition)
        time.sleep(0.1)
        stop.stop()

    threading.Thread(target=watch).start()
    return stop


def test_a_stop_can_be_asked_for_from_anywhere() -> None:
    """It says nothing until it is asked for, then `Stopped`, and has no time left."""
    stop = Stop(100)
    stop.require()
    assert 99 < stop.remaining <= 100
    threading.Thread(target=stop.stop).start()
    eventually(lambda: stop.remaining == 0)
    with pytest.raises(Stopped):
        stop.require()


def test_a_deadline_passes() -> None:
    """After its seconds it says `DeadlinePassed`; asked for before, `Stopped`."""
    stop = Stop(0.0)
    with pytest.raises(DeadlinePassed, match="longer than 0 seconds"):
        stop.require()
    stop.stop()
    with pytest.raises(Stopped):
        stop.require()


def test_what_is_present_ends_with_its_block() -> None:
    """Within `until` its stop is present; outside of it one that never ends."""
    stop = Stop(1)
    with until(stop):
        assert present() is stop
    assert present().remaining == float("inf")


def test_each_step_has_its_stop_in_whatever_context_it_runs() -> None:
    """Steps taken in three contexts all see the same stop, which leaks into none of them."""

    def steps() -> Iterator[Stop]:
        while True:
            yield present()

    stop = Stop()
    taken = in_steps(steps(), stop)
    for context in (Context(), Context(), Context()):
        assert context.run(next, taken) is stop
        assert context.run(present) is not stop


def test_between_two_steps_work_ends_and_is_closed() -> None:
    """A generator that never looks itself ends at its next step, with its `finally` done."""
    closed = []

    def steps() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            closed.append(True)

    stop = Stop()
    taken = in_steps(steps(), stop)
    assert next(taken) == 0
    stop.stop()
    with pytest.raises(Stopped):
        next(taken)
    assert closed == [True]


@pytest.mark.parametrize("mode", ["silent", "slow", "ping", "endless"])
def test_a_stop_ends_a_call_of_a_model_whatever_it_does(mode: str) -> None:
    """`Stopped` comes within a moment, and the server sees the connection closed."""
    with FakeLanguageModelServer("one two three four " * 50, mode) as server:
        server.pause = 1.0
        model = load_language_model(server.name)
        stop = stopped_when(lambda: bool(server.requests))
        with pytest.raises(Stopped), until(stop):
            list(model.stream("system", "prompt"))
        eventually(lambda: server.broken == 1)
        # It is not taken for a failure of the model, which would not be asked again for a while.
        server.mode, server.pause = "normal", 0.0
        assert "".join(model.stream("system", "prompt")).startswith("one two")


def test_a_stop_ends_the_waiting_for_a_busy_model() -> None:
    """Between two attempts it ends, too."""
    with FakeLanguageModelServer(mode="429") as server:
        server.retry_after = "15"
        stop = stopped_when(lambda: bool(server.requests))
        with pytest.raises(Stopped), until(stop):
            list(load_language_model(server.name).stream("system", "prompt"))
        assert len(server.requests) == 1


class Model:
    """A language model of one's own that knows nothing of stopping."""

    name = "own"

    def __init__(self) -> None:
        self.left = False

    def stream(self, system: str, prompt: str, /) -> Iterator[str]:
        try:
            while True:
                time.sleep(0.01)
                yield "and "
        finally:
            self.left = True


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "said.md").write_text("# What is said\n\nIt is said that 44 boats sank.\n")
    path = tmp_path_factory.mktemp("index") / "index"
    with Index.build(folder, path, embedder=FakeEmbedder()) as made:
        yield made


def test_an_answer_of_any_model_can_be_stopped(index: Index) -> None:
    """A model that never ends, and never looks, is let go when the answer is not wanted."""
    model, stop = Model(), Stop()
    answers = in_steps(Assistant(index, model=model).stream("What is said?"), stop)
    next(answers)
    stop.stop()
    with pytest.raises(Stopped):
        list(answers)
    assert model.left


def test_a_quoted_answer_can_be_stopped_between_its_steps(index: Index) -> None:
    """What is stopped while it retrieves does not go on to answer."""
    with until(Stop(0.0)), pytest.raises(DeadlinePassed):
        Assistant(index).ask("What is said?")


def test_at_a_deadline_what_the_model_has_said_is_shown() -> None:
    """A call ends a second before the deadline, in an error of the model and not in silence."""
    with FakeLanguageModelServer("word " * 200) as server:
        server.pause = 0.2
        heard: list[str] = []
        model = load_language_model(server.name)
        list(model.stream("system", "prompt"))  # importing its client takes time
        server.mode = "slow"
        with (
            until(Stop(2.5)),
            pytest.raises(LanguageModelError, match=r"did not finish within 1\.[45]\d* seconds"),
        ):
            heard.extend(model.stream("system", "prompt"))
        assert any(heard)


class Engine:
    """A local model that counts how often it is used."""

    def __init__(self) -> None:
        self.used = 0
        self.go_on = threading.Event()

    def stream_chat(self, messages: Any) -> Iterator[Any]:
        self.used += 1
        while not self.go_on.wait(0.01):
            yield type("Response", (), {"delta": "and ", "raw": None})()


def test_who_leaves_while_waiting_for_a_local_model_never_has_it() -> None:
    """A local model answers one after the other; who left before their turn costs it nothing."""
    engine = Engine()
    shared = OneAtATime(engine)
    first = Call(shared, Limits(), watched=False)
    assert next(first.pieces("system", "prompt")) in ("", "and ")
    eventually(lambda: engine.used == 1)
    second = Call(shared, Limits(), watched=False)
    assert next(second.pieces("system", "prompt")) == ""
    second.close()
    time.sleep(0.5)  # it looks four times a second
    first.close()
    third = Call(shared, Limits(), watched=False)
    assert next(iter(third.pieces("system", "prompt"))) in ("", "and ")
    eventually(lambda: engine.used == 2)
    third.close()


def test_answers_are_as_before_without_a_stop(index: Index) -> None:
    """Without a stop nothing ends: the answer is that of `ask`."""
    assistant = Assistant(index)
    *_, last = in_steps(assistant.stream("What is said?"), Stop())
    assert isinstance(last, Answer)
    assert last.text == assistant.ask("What is said?").text
