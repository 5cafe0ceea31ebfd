"""What the reader of an answer sees when the language model fails: the documents' own words."""

from __future__ import annotations

import json
import logging
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from askdocs import Answer, Assistant, Index
from askdocs.answering.language_models import Limits, load_language_model
from fake_llm_server import GARBAGE, FakeLanguageModelServer
from fakes import FakeEmbedder

KEY = "sk-secret-key"
QUESTION = "How many dogs barked at night?"
QUOTE = "Nine dogs barked at night."
REPLY = (
    "Nine dogs barked at night [1]. Two cats slept in the barn [1]. The farm is quiet today [1]."
)
SHORT = Limits(connect=0.5, first=0.6, between=0.5, total=3.0, tokens=50)
WITHIN = 3.0


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("farm")
    (folder / "documents").mkdir()
    text = f"{QUOTE} Two cats slept in the barn. The farmer sold 40 hens."
    (folder / "documents" / "farm.txt").write_text(text)
    with Index.build(folder / "documents", folder / "index", embedder=FakeEmbedder()) as built:
        yield built


@pytest.fixture(scope="module", autouse=True)
def loaded(index: Index) -> None:
    """The client's libraries are loaded, which no fault is to blame for."""
    with FakeLanguageModelServer(REPLY) as server:
        load = Limits(first=60, total=120)
        Assistant(index, model=load_language_model(server.name, limits=load)).ask(QUESTION)


def ask(index: Index, server: FakeLanguageModelServer) -> Answer:
    model = load_language_model(server.name, key=KEY, limits=SHORT)
    assert KEY not in repr(model) + str(model)
    return Assistant(index, model=model).ask(QUESTION)


def shown(answer: Answer) -> str:
    return json.dumps(answer.to_dict()) + repr(answer)


def test_every_kind_of_garbage_is_there() -> None:
    """Fifty kinds are tried."""
    assert len(GARBAGE) >= 50


@pytest.mark.parametrize(
    ("mode", "certain"),
    [
        ("down", 0.0), ("silent", SHORT.first), ("ping", SHORT.first), ("401", 0.0), ("404", 0.0),
        ("429", 0.0), ("400", 0.0), ("503", 0.0), ("empty", 0.0), ("endless", SHORT.total),
        *((f"garbage {name}", 0.0) for name in GARBAGE),
    ],
)  # fmt: skip
def test_the_quoted_answer_takes_the_place_of_the_models(
    index: Index, caplog: pytest.LogCaptureFixture, mode: str, certain: float
) -> None:
    """Soon after the fault is certain: what went wrong, in a sentence, and the quotation."""
    caplog.set_level(logging.DEBUG)
    mode, _, garbage = mode.partition(" ")
    with FakeLanguageModelServer(mode=mode) as server:
        server.garbage = garbage
        start = time.monotonic()
        answer = ask(index, server)
        assert time.monotonic() - start < certain + WITHIN
        assert len(server.requests) <= 1
    why, _, quoted = answer.text.partition("\n\n")
    assert why.startswith(f"the language model {server.name} ")
    assert "\n" not in why and "<" not in why
    assert QUOTE in quoted
    assert [citation.quote for citation in answer.citations] == [QUOTE]
    assert answer.mode == "extractive"
    assert KEY not in shown(answer) + caplog.text


@pytest.mark.parametrize("mode", ["cut", "reset"])
@pytest.mark.parametrize("pieces", range(21))
def test_cut_after_any_piece(index: Index, mode: str, pieces: int) -> None:
    """Whole, checked sentences are kept and marked as cut off; without one, the quotation."""
    with FakeLanguageModelServer(REPLY, mode=mode) as server:
        server.cut_after = pieces
        answer = ask(index, server)
        assert len(server.requests) == 1
    if pieces >= len(server.words([])):
        assert answer.mode == "generative"
        return
    if answer.mode == "generative":
        assert answer.text.startswith("Nine dogs barked at night [1].")
        assert answer.text.rstrip(".").endswith("broke off in the middle of its reply")
    else:
        assert pieces < 12, "two sentences came before the cut, and the first was whole"
        assert QUOTE in answer.text
    assert "farm is quiet" not in answer.text or "not supported" in answer.text
    for citation in answer.citations:
        assert index.document(citation.document).text[citation.start : citation.end]


def test_a_long_line_does_not_fill_the_memory(index: Index) -> None:
    """Ten megabytes without an end cost less than fifty."""
    with FakeLanguageModelServer(mode="garbage") as server:
        server.garbage = "long line"
        tracemalloc.start()
        try:
            ask(index, server)
            assert tracemalloc.get_traced_memory()[1] < 50_000_000
        finally:
            tracemalloc.stop()


def test_a_model_that_repeats_itself_is_heard_once(index: Index) -> None:
    """The same sentence over and over stands in the answer once."""
    with FakeLanguageModelServer("Nine dogs barked at night [1]. " * 6) as server:
        answer = ask(index, server)
    assert answer.text == "Nine dogs barked at night [1]."


def test_it_is_back_as_soon_as_the_server_is(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same assistant answers in the model's words again once there is one."""
    monkeypatch.setattr("askdocs.answering.language_models.PAUSE_AFTER_FAILURE", 0.0)
    with FakeLanguageModelServer(REPLY, mode="503") as server:
        assistant = Assistant(index, model=load_language_model(server.name, limits=SHORT))
        assert assistant.ask(QUESTION).mode == "extractive"
        server.mode = "normal"
        assert assistant.ask(QUESTION).mode == "generative"
