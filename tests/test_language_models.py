"""Language models by name: what they say, and what happens when they do not behave."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from askdocs.answering.language_models import Limits, load_language_model
from askdocs.answering.local_model import OneAtATime
from askdocs.answering.model_errors import PromptTooLong
from askdocs.errors import LanguageModelError
from fake_llm_server import GARBAGE, TOO_LONG, FakeLanguageModelServer

KEY = "sk-secret-key"
SHORT = Limits(connect=0.5, first=0.6, between=0.5, total=3.0, tokens=50)


@pytest.fixture
def server() -> Iterator[FakeLanguageModelServer]:
    with FakeLanguageModelServer("Seven cats sleep [1]. So it is [2].") as running:
        yield running


def said(name: str, limits: Limits = SHORT) -> str:
    model = load_language_model(name, key=KEY, limits=limits)
    return "".join(model.stream("Be brief.", "How many cats?"))


@pytest.mark.parametrize("kind", ["openai-like", "ollama"])
def test_both_protocols_stream_the_reply_as_it_was_said(
    server: FakeLanguageModelServer, kind: str
) -> None:
    """What the server says arrives unchanged, piece by piece, and it got both prompts."""
    address = server.url if kind == "openai-like" else f"http://127.0.0.1:{server.port}"
    assert said(f"{kind}:fake@{address}") == server.reply
    roles = [(message["role"], message["content"]) for message in server.requests[0]["messages"]]
    assert roles == [("system", "Be brief."), ("user", "How many cats?")]
    assert len(server.requests) == 1


def test_the_longest_reply_and_the_temperature_are_sent(server: FakeLanguageModelServer) -> None:
    """The server is told when to stop and not to improvise."""
    said(server.name)
    assert server.requests[0]["max_tokens"] == SHORT.tokens
    assert server.requests[0]["temperature"] == 0


@pytest.mark.parametrize(
    ("mode", "sentence", "seconds"),
    [
        ("down", "cannot be reached", 1.0),
        ("silent", "said nothing for 0.6 seconds", 2.0),
        ("ping", "said nothing for 0.6 seconds", 2.0),
        ("401", "refuses the key", 1.0),
        ("404", "is not there", 1.0),
        ("429", "is busy; try again in 7 seconds", 1.0),
        ("400", "too long", 1.0),
        ("503", "answers with the error 503", 1.0),
        ("cut", "broke off", 1.0),
        ("empty", "gave an empty reply", 1.0),
        ("endless", "did not come to an end", 3.0),
        ("length", "did not come to an end", 1.0),
    ],
)
def test_each_fault_is_one_plain_sentence_soon_and_asked_once(
    mode: str, sentence: str, seconds: float
) -> None:
    """A fault ends in one sentence that says what it is, without the key and without a retry."""
    with FakeLanguageModelServer(mode=mode) as server:
        said_before = load_language_model(server.name, key=KEY, limits=SHORT)
        start = time.monotonic()
        with pytest.raises(LanguageModelError, match=sentence) as caught:
            list(said_before.stream("", "?"))
        assert time.monotonic() - start < seconds + 0.5
        assert KEY not in str(caught.value)
        assert "\n" not in str(caught.value)
        assert len(server.requests) <= 1


@pytest.mark.parametrize("garbage", list(GARBAGE))
def test_garbage_is_a_language_model_error(server: FakeLanguageModelServer, garbage: str) -> None:
    """Whatever comes instead of a reply: one sentence, no crash, no hang, nothing repeated."""
    server.mode, server.garbage = "garbage", garbage
    with pytest.raises(LanguageModelError) as caught:
        said(server.name)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("pieces", [0, 1, 2, 5])
def test_what_came_before_the_cut_is_kept(server: FakeLanguageModelServer, pieces: int) -> None:
    """The pieces that arrived are given before the error."""
    server.mode, server.cut_after = "cut", pieces
    heard: list[str] = []
    model = load_language_model(server.name, limits=SHORT)
    with pytest.raises(LanguageModelError):
        for piece in model.stream("", "?"):
            heard.append(piece)
    assert [piece for piece in heard if piece] == server.words([])[:pieces]


def test_a_slow_model_is_waited_for(server: FakeLanguageModelServer) -> None:
    """Pieces that come within the limit between tokens are all heard."""
    server.mode, server.pause = "slow", 0.2
    assert said(server.name) == server.reply


def test_the_whole_reply_has_a_limit(server: FakeLanguageModelServer) -> None:
    """A model that never pauses long enough is stopped all the same."""
    server.mode, server.pause = "slow", 0.3
    with pytest.raises(LanguageModelError, match="did not finish within 1 seconds"):
        said(server.name, replace(SHORT, total=1.0))


def test_a_reader_who_leaves_ends_the_request_within_a_second(
    server: FakeLanguageModelServer,
) -> None:
    """Closing the stream while the model is silent closes the connection and ends the thread."""
    server.mode = "silent"
    stream = load_language_model(server.name, limits=Limits()).stream("", "?")
    assert next(stream) == ""
    while not server.requests:
        next(stream)
    before = threading.active_count()
    start = time.monotonic()
    stream.close()  # type: ignore[attr-defined]  # a generator, as every stream of ours
    while server.broken == 0 and time.monotonic() - start < 5:
        time.sleep(0.01)
    assert time.monotonic() - start < 1.0
    time.sleep(0.2)
    assert threading.active_count() < before


def test_after_a_fault_the_next_call_fails_at_once_and_soon_tries_again(
    server: FakeLanguageModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent server is waited for once a question, and is asked again when it is back."""
    server.mode = "silent"
    model = load_language_model(server.name, limits=SHORT)
    with pytest.raises(LanguageModelError):
        list(model.stream("", "?"))
    start, before = time.monotonic(), len(server.requests)
    with pytest.raises(LanguageModelError, match="said nothing"):
        list(model.stream("", "?"))
    assert time.monotonic() - start < 0.1
    assert len(server.requests) == before
    server.mode = "normal"
    monkeypatch.setattr("askdocs.answering.language_models.PAUSE_AFTER_FAILURE", 0.0)
    assert "".join(model.stream("", "?")) == server.reply


@pytest.mark.parametrize("kind", ["openai-like", "ollama"])
@pytest.mark.parametrize("status", ["429", "503"])
def test_a_busy_server_is_asked_again_when_it_says(
    server: FakeLanguageModelServer, kind: str, status: str
) -> None:
    """The wait that a busy server asks for is kept, and the reply is the whole one."""
    server.next_modes, server.retry_after = [status], "1"
    address = server.url if kind == "openai-like" else f"http://127.0.0.1:{server.port}"
    start = time.monotonic()
    assert said(f"{kind}:fake@{address}") == server.reply
    assert 1.0 <= time.monotonic() - start < 2.5
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("retry_after", "requests"),
    [("0", 3), ("1", 3), ("2", 2), ("3", 1), ("9999", 1), ("99999", 1), ("soon", 1), ("-1", 1),
     ("", 1), (None, 1)],
)  # fmt: skip
def test_a_server_that_stays_busy_is_left_in_time(
    server: FakeLanguageModelServer, retry_after: str | None, requests: int
) -> None:
    """It is asked three times at most, only within the limit, and the last refusal is told."""
    server.mode, server.retry_after = "503", retry_after
    start = time.monotonic()
    with pytest.raises(LanguageModelError) as caught:
        said(server.name)
    assert time.monotonic() - start < SHORT.total
    assert len(server.requests) == requests
    is_told = retry_after is not None and retry_after.isdigit() and len(retry_after) < 5
    asked = f"; try again in {retry_after} seconds" if is_told else ""
    assert str(caught.value).endswith(f"answers with the error 503{asked}")


def test_nobody_waits_twenty_seconds_for_a_busy_server(server: FakeLanguageModelServer) -> None:
    """With the limits as they come, a server that asks for more than that is not waited for."""
    server.mode, server.retry_after = "429", "21"
    start = time.monotonic()
    with pytest.raises(LanguageModelError, match="is busy; try again in 21 seconds"):
        said(server.name, Limits())
    assert time.monotonic() - start < 2.0
    assert len(server.requests) == 1


def test_a_reader_may_leave_while_a_busy_server_is_waited_for(
    server: FakeLanguageModelServer,
) -> None:
    """The stream keeps giving empty pieces, and closing it ends the waiting: nobody asks again."""
    server.mode, server.retry_after = "429", "2"
    stream = load_language_model(server.name, limits=Limits()).stream("", "?")
    start = time.monotonic()
    while not server.requests or time.monotonic() - start < 1.0:
        assert next(stream) == ""
    start = time.monotonic()
    stream.close()  # type: ignore[attr-defined]  # a generator, as every stream of ours
    assert time.monotonic() - start < 0.3
    time.sleep(2.0)
    assert len(server.requests) == 1


@pytest.mark.parametrize("words", list(TOO_LONG))
@pytest.mark.parametrize("kind", ["openai-like", "ollama"])
def test_a_prompt_that_is_too_long_is_known_in_the_words_of_every_server(
    server: FakeLanguageModelServer, words: str, kind: str
) -> None:
    """It is an error of its own, and the next call is made: a shorter prompt may do."""
    server.context, server.too_long = 50, TOO_LONG[words]
    address = server.url if kind == "openai-like" else f"http://127.0.0.1:{server.port}"
    model = load_language_model(f"{kind}:fake@{address}", limits=SHORT)
    with pytest.raises(PromptTooLong, match="refuses the question and its passages as too long"):
        list(model.stream("", "word " * 20))
    assert "".join(model.stream("", "word")) == server.reply


def test_another_error_is_not_taken_for_a_prompt_that_is_too_long(
    server: FakeLanguageModelServer,
) -> None:
    """The same question with fewer passages would end in the same error."""
    server.context = 0
    for status, message in [(400, "no such parameter in this context"), (401, "context length"),
                            (500, "out of memory"), (422, "inputs must be a list")]:  # fmt: skip
        server.too_long = status, message
        model = load_language_model(server.name, limits=SHORT)
        with pytest.raises(LanguageModelError) as caught:
            list(model.stream("", "?"))
        assert not isinstance(caught.value, PromptTooLong), message


@pytest.mark.parametrize(
    "name",
    ["", "llama3", "ollama:", "llama-cpp:", "openai-like:x", "openai-like:@http://h/v1", "claude:x",
     "openai:x@http://127.0.0.1:1/v1"],
)  # fmt: skip
def test_an_unknown_name_is_told_the_forms(name: str) -> None:
    """A name of no known form raises, and the message shows every form."""
    with pytest.raises(LanguageModelError, match="openai-like:NAME@http"):
        load_language_model(name)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    """The address of a server is shown to readers, so it may hold no secret."""
    with pytest.raises(LanguageModelError) as caught:
        load_language_model("openai-like:m@http://me:hush@127.0.0.1/v1")
    assert "hush" not in str(caught.value)


def test_openai_without_a_key_says_which_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The missing key is named before any question is asked."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(LanguageModelError, match="OPENAI_API_KEY"):
        load_language_model("openai:gpt-4o-mini")


def test_the_key_of_openai_goes_to_nobody_else(
    server: FakeLanguageModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of one's own gets the key that was given for it, or none."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    "".join(load_language_model(server.name, limits=SHORT).stream("", "?"))
    assert server.keys == ["Bearer none"]


def test_a_gguf_file_that_is_not_there_is_named() -> None:
    """A wrong path is told from a missing package."""
    with pytest.raises(LanguageModelError, match=r"such\.gguf names no file"):
        load_language_model("llama-cpp:/no/such.gguf")


def test_a_gguf_file_needs_a_package_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the optional package one line says what to install."""
    monkeypatch.setitem(sys.modules, "llama_index.llms.llama_cpp", None)
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    with pytest.raises(LanguageModelError, match="pip install llama-index-llms-llama-cpp") as told:
        load_language_model(f"llama-cpp:{file}")
    assert "\n" not in str(told.value)


def test_a_model_in_this_process_answers_one_question_at_a_time() -> None:
    """A second question waits until the first has its answer, or its reader has left."""
    inside: list[int] = []

    class Slow:
        def stream_chat(self, messages: list[str]) -> Iterator[str]:
            inside.append(1)
            assert len(inside) == 1
            time.sleep(0.05)
            yield messages[0]
            inside.pop()

    model = OneAtATime(Slow())
    with ThreadPoolExecutor(4) as pool:
        said = pool.map(lambda text: list(model.stream_chat([text])), "abcd")
    assert [*said] == [["a"], ["b"], ["c"], ["d"]]
    left = model.stream_chat(["e"])
    next(left)
    left.close()  # type: ignore[attr-defined]  # a generator, as every stream of ours
    inside.clear()
    assert list(model.stream_chat(["f"])) == ["f"]


def test_llama_index_objects_and_our_own_are_taken() -> None:
    """Any llama-index LLM streams through the same seam; an object with it is used as it is."""
    from llama_index.core.llms import MockLLM

    model = load_language_model(MockLLM(max_tokens=3), limits=SHORT)
    assert "".join(model.stream("", "one two three four")).strip()

    class Parrot:
        name = "parrot"

        def stream(self, system: str, prompt: str, /) -> Iterator[str]:
            yield prompt

    parrot = Parrot()
    assert load_language_model(parrot) is parrot
    with pytest.raises(LanguageModelError, match="int is not a language model"):
        load_language_model(7)
