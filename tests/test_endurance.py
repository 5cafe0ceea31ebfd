"""A day in a minute: many questions, readers who leave, folders that change; nothing piles up."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs import Assistant, Index
from askdocs.answering.language_models import Limits, load_language_model
from fake_llm_server import FakeLanguageModelServer
from stores import KINDS, Place

QUESTIONS = int(os.environ.get("ASKDOCS_TEST_QUESTIONS", "150"))
WARM_UP = 50
GROWTH = 0.1
"""Of the memory that the process has when it is warm, what it may take more of."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read as on Linux"),
    # In a short run the store is in a file.
    pytest.mark.parametrize(
        "shared_place", KINDS if QUESTIONS > 150 else ["sqlite"], indirect=True, scope="module"
    ),
]


def memory() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def held() -> tuple[int, int]:
    """Open files and threads."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def children() -> set[str]:
    """The processes that this one has started; those of other tests may be among them."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return set(listed.read_text().split()) if listed.exists() else set()


def assert_settled(before: tuple[int, int]) -> None:
    """As many files and threads as before, give or take five, once what ends has ended."""
    limit = time.monotonic() + 10
    while any(now > then + 5 for now, then in zip(held(), before, strict=True)):
        assert time.monotonic() < limit, f"{held()} open files and threads after {before}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("farm") / "documents"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text(
            f"Farm {number} has {number + 3} hens. Nine dogs barked there at night. "
            f"The farmer of farm {number} sold {number * 7} eggs in spring."
        )
    return folder


@pytest.fixture(scope="module")
def index(folder: Path, shared_place: Place) -> Iterator[Index]:
    with shared_place.build(folder) as built:
        yield built


def test_many_questions(index: Index) -> None:
    """Questions and follow-ups, asked and kept, leave no memory, file or thread behind."""
    assistant = Assistant(index)
    conversation = index.store.create_conversation()

    def ask(number: int) -> None:
        first = assistant.ask(f"How many hens has farm {number % 40}?")
        again = assistant.ask("And how many eggs did it sell?", history=[first])
        assert first.hits and again.hits
        index.store.add_turn(conversation, again)

    for number in range(min(WARM_UP, QUESTIONS)):
        ask(number)
    before, warm = held(), memory()
    for number in range(QUESTIONS):
        ask(number)
    assert memory() < warm * (1 + GROWTH)
    assert_settled(before)


def test_readers_who_leave(index: Index) -> None:
    """Streams that are left in the middle end their requests, their threads and connections."""
    reply = "Nine dogs barked there at night [1]. " * 30
    with FakeLanguageModelServer(reply, mode="slow") as server:
        server.pause = 0.02
        assistant = Assistant(index, model=load_language_model(server.name, limits=Limits()))

        def leave(after: int) -> None:
            stream = assistant.stream("How many dogs barked?")
            for _, _ in zip(range(after), stream, strict=False):
                pass
            stream.close()  # type: ignore[attr-defined]  # a generator, as every stream of ours

        for number in range(10):
            leave(number)
        before, warm = held(), memory()
        for number in range(QUESTIONS // 3):
            leave(number % 10)
        assert_settled(before)
        assert memory() < warm * (1 + GROWTH)


def test_a_folder_that_keeps_changing(index: Index, folder: Path) -> None:
    """Run after run leaves neither a child process nor a file behind."""

    def change(number: int) -> None:
        (folder / "0.txt").write_text(f"Farm 0 has {number} hens now.")
        assert index.refresh().changed == 1

    for number in range(3):
        change(number)
    before, warm, others = held(), memory(), children()
    for number in range(3, 3 + QUESTIONS // 30):
        change(number)
    assert memory() < warm * (1 + GROWTH)
    assert_settled(before)
    assert children() <= others
