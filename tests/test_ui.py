"""What the page does on its events, as plain functions: no browser, and mostly no Gradio."""

from __future__ import annotations

import asyncio
import html
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from askdocs.access.principal import OWNER, acting_as
from askdocs.config_server import ServerSettings
from askdocs.errors import SignInNeeded
from askdocs.stopping import Stop
from askdocs.types import Document
from askdocs.web import ui
from askdocs.web.app import create_app
from askdocs.web.desk import Desk, State
from askdocs.web.options import Options
from askdocs.web.questions import from_document, suggest
from askdocs.web.render import answer as render
from askdocs.web.service import Service
from askdocs.web.ui_language import for_reader, session
from fakes_web import SLOWLY, FakeIndex, ScriptedAssistant, make_document, scene

DETAINED = "How many people were detained?"
DIED = "How many people died?"


@pytest.fixture(autouse=True)
def owner() -> Iterator[None]:
    """All is done for the one person of a server without users."""
    with acting_as(OWNER):
        yield


@pytest.fixture
def desk() -> Desk:
    """A desk over the scene of the fakes, with an example."""
    return Desk(Service(*scene()), [DETAINED])


def states(desk: Desk, conversation: str, question: str, *more: Any) -> list[State]:
    """All states of the conversation while it is answered."""

    async def collected() -> list[State]:
        return [state async for state in desk.ask(conversation, question, *more)]

    return asyncio.run(collected())


def last(desk: Desk, conversation: str, question: str) -> tuple[str, list[dict[str, str]]]:
    """The conversation's id and messages once the answer is complete."""
    state = states(desk, conversation, question)[-1]
    assert state.done
    return state.conversation, state.messages


def test_an_answer_is_streamed_and_kept(desk: Desk) -> None:
    """The answer grows from a waiting line to the whole, and the conversation has it."""
    seen = states(desk, "", DETAINED)
    answers = [state.messages[-1]["content"] for state in seen]
    assert "Looking in 2 documents" in answers[0]
    assert all('class="partial' in one for one in answers[:-1])
    assert 'class="partial' not in answers[-1]
    assert desk.messages(seen[-1].conversation) == seen[-1].messages
    assert [one.title for one in desk.index.store.conversations()] == [DETAINED]


def test_a_follow_up_is_asked_with_the_stored_history(desk: Desk) -> None:
    """The second question comes with the first answer, as the store has it."""
    conversation, _ = last(desk, "", DETAINED)
    again, messages = last(desk, conversation, DIED)
    assert again == conversation
    assert [one["role"] for one in messages] == ["user", "assistant"] * 2
    history = desk.service.assistant.histories[-1]
    assert [turn.question for turn in history] == [DETAINED]
    assert history[0].citations


def test_conversations_survive_a_restart(tmp_path: Path) -> None:
    """Another process with the same store shows the same conversation."""
    kept = tmp_path / "talks.json"
    conversation, messages = last(Desk(Service(*scene(kept))), "", DIED)
    assert Desk(Service(*scene(kept))).messages(conversation) == messages


def test_a_reopened_refusal_still_shows_what_was_nearest(desk: Desk) -> None:
    """Stored answers have no hits, so the nearest passages are looked for again."""
    conversation, messages = last(desk, "", "Who is the mayor?")
    assert "Nearest passages" in messages[-1]["content"]
    assert "Nearest passages" in desk.messages(conversation)[-1]["content"]


@pytest.mark.parametrize(
    ("question", "said"),
    [("fail", "does not answer; start it"), ("crash", "The server&#39;s log has the details")],
)
def test_what_fails_is_said_and_not_kept(desk: Desk, question: str, said: str) -> None:
    """An error is a sentence in the answer's place, without the inside of the program."""
    conversation, messages = last(desk, "", question)
    assert said in messages[-1]["content"]
    assert "secret path" not in messages[-1]["content"]
    assert conversation == ""
    assert desk.index.store.conversations() == []


def test_a_conversation_deleted_meanwhile_is_begun_anew(desk: Desk) -> None:
    """An answer is never lost because its conversation was deleted in another window."""
    conversation, _ = last(desk, "", DETAINED)
    desk.delete(conversation)
    desk.delete(conversation)
    begun, messages = last(desk, conversation, DIED)
    assert begun not in ("", conversation)
    assert len(messages) == 2


def test_buttons_open_begin_and_delete(desk: Desk) -> None:
    """The list's buttons do what they carry; deleting another conversation leaves the open one."""
    handlers = ui.Handlers(desk)
    first, _ = last(desk, "", DETAINED)
    second, _ = last(desk, "", DIED)
    opened, chat, listed = handlers.act("open", first, second)
    assert opened == first
    assert len(chat["value"]) == 2
    assert 'aria-current="true"' in listed
    assert handlers.act("delete", second, first)[0] != ""
    assert handlers.act("new", "", first)[0] == ""
    assert handlers.act("delete", first, first)[0] == ""
    assert "None yet" in desk.conversations()


def test_a_conversation_is_renamed(desk: Desk) -> None:
    """The new name is in the list, on one line; an empty one and a deleted talk change nothing."""
    handlers = ui.Handlers(desk)
    conversation, messages = last(desk, "", DETAINED)
    _, _, listed = handlers.act("rename", conversation, conversation, "  The \n <b>unrest</b> ")
    assert "The &#60;b&#62;unrest" in listed
    handlers.act("rename", conversation, conversation, " ")
    desk.delete("0" * 32)
    desk.rename("0" * 32, "x")
    assert [one.title for one in desk.index.store.conversations()] == ["The <b>unrest</b>"]
    assert desk.messages(conversation)[0] == messages[0]


def test_an_edited_question_takes_the_place_of_what_came_after(desk: Desk) -> None:
    """Asked at an earlier turn, a question is answered with the history before it only."""
    conversation, _ = last(desk, "", DETAINED)
    last(desk, conversation, DIED)
    *_, state = states(desk, conversation, DIED, Options(at=0))
    assert [turn.question for turn in desk.index.store.turns(conversation)] == [DIED]
    assert desk.service.assistant.histories[-1] == []
    assert len(state.messages) == 2
    assert 'value="0"' in state.messages[1]["content"]


def test_what_fails_can_be_asked_again(desk: Desk) -> None:
    """Under a failure and under a stopped answer is a button that asks once more at its place."""
    conversation, _ = last(desk, "", DETAINED)
    _, messages = last(desk, conversation, "fail")
    stopped = ui.Handlers(desk).stop(states(desk, conversation, DIED)[1].messages)
    for shown in (messages, stopped):
        assert 'name="again" value="1"' in shown[-1]["content"]
        assert 'name="right"' not in shown[-1]["content"]


def test_an_address_opens_its_conversation_or_changes_nothing(desk: Desk) -> None:
    """One of a deleted conversation leaves the page as it came, with what may be begun on it."""
    handlers = ui.Handlers(desk)
    assert handlers.load("0" * 32) == handlers.load("") == (gr.skip(), gr.skip(), gr.skip())
    conversation, messages = last(desk, "", DETAINED)
    identifier, chat, listed = handlers.load(conversation)
    assert identifier == conversation
    assert len(chat["value"]) == len(messages)
    assert f'aria-current="true" data-talk="{conversation}"' in listed


def test_an_empty_question_changes_nothing(desk: Desk) -> None:
    """Pressing Enter in an empty field does nothing."""
    handlers = ui.Handlers(desk)

    async def asked() -> list[Any]:
        return [step async for step in handlers.ask("  \n", "")]

    assert len(asyncio.run(asked())) == 1
    assert desk.index.store.conversations() == []


def test_a_stopped_answer_stays_as_far_as_it_came(desk: Desk) -> None:
    """Stopping keeps the words that were there and says that it stopped."""
    messages = states(desk, "", DETAINED)[1].messages
    blocks = [
        {"role": m["role"], "content": [{"type": "text", "text": m["content"]}]} for m in messages
    ]
    stopped = ui.Handlers(desk).stop(blocks)
    assert 'class="stopped' in stopped[-1]["content"]
    assert "Stopped." in stopped[-1]["content"]
    assert ui.Handlers(desk).stop([]) == []


def test_questions_to_start_with_are_ones_that_get_an_answer() -> None:
    """A suggested question was tried: one that is refused is not suggested."""
    text = (
        "44 individuals died, officials said. 12 ships were lost at sea. The mill was built in 1931"
    )
    document = make_document("a.txt", text)
    made = list(from_document(document))
    assert made == [
        "How many individuals died?",
        "How many ships were lost at sea?",
        "When was the mill built?",
    ]
    index = FakeIndex([document])
    _, answering = scene()
    assistant = ScriptedAssistant(index, {made[1]: answering.script[DIED]})
    assert suggest(Service(index, assistant), 4) == ((made[1],), True)


@pytest.mark.parametrize(
    "make", [lambda: make_document("a.txt", ""), lambda: make_document("b.txt", "x" * 100_000)]
)
def test_no_document_makes_suggesting_fail(make: Callable[[], Document]) -> None:
    """An empty document and one long word give no question."""
    assert list(from_document(make())) == []


def test_the_whole_way_through_gradio(desk: Desk) -> None:
    """A question posted as the browser posts it comes back as the messages of the page."""
    app = create_app(desk.index, desk.service.assistant)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        config = client.get("/config").json()
        asking = [one for one in config["dependencies"] if len(one["targets"]) == 2]
        asked = {"data": [DETAINED, "", ""], "fn_index": asking[0]["id"], "session_hash": "s"}
        assert client.post("/gradio_api/queue/join", json=asked).status_code == 200
        events = client.get("/gradio_api/queue/data", params={"session_hash": "s"}).text
    assert "process_completed" in events
    assert "7,939" in events
    assert [one.turns for one in desk.index.store.conversations()] == [1]


def test_a_question_that_waits_says_where_it_stands(desk: Desk) -> None:
    """While others have their turn the page tells how many are before, then answers."""
    with desk.service.line.enter("one"), desk.service.line.enter("two"):

        async def watched() -> list[str]:
            shown = []
            async for state in desk.ask("", DETAINED, stop=Stop(1)):
                shown.append(state.messages[-1]["content"])
            return shown

        shown = asyncio.run(watched())
    assert "yours is next" in shown[1]
    assert "3 questions before yours, about 6 s" in html.unescape(render.queued(3, 6.2))
    assert "took longer than 1 seconds" in shown[-1]
    assert desk.service.line.counts().late == 1
    assert "7,939" in last(desk, "", DETAINED)[1][-1]["content"]


def test_a_busy_server_says_when_to_come_again() -> None:
    """The sentence of the refusal stands in the place of the answer; nothing is kept."""
    desk = Desk(Service(*scene(), ServerSettings(waiting=0, client_waiting=0)))
    with desk.service.line.enter("one"), desk.service.line.enter("two"):
        _, messages = last(desk, "", DETAINED)
    assert "ask again in" in messages[-1]["content"]
    assert 'name="again"' in messages[-1]["content"]
    assert desk.index.store.conversations() == []


@pytest.mark.parametrize("ending", ["stop", "close the window"])
def test_what_nobody_waits_for_is_ended(desk: Desk, ending: str) -> None:
    """Stop in the page, or a window that is closed, ends the work on the answer at once."""
    desk.service.assistant.pause = 0.3  # of 30 steps or more
    handlers = ui.Handlers(desk)

    async def ended() -> float:
        states = handlers.ask(SLOWLY, "")
        for _ in range(4):
            await anext(states)
        began = time.monotonic()
        if ending == "stop":
            await states.aclose()  # as Gradio does
        else:
            handlers.leave(session())
            _ = [state async for state in states]
        while desk.service.line.counts().running:
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    assert asyncio.run(ended()) < 1.5
    assert desk.service.line.counts().stopped == 1
    assert desk.index.store.conversations() == []


def test_an_event_of_nobody_is_not_handled(desk: Desk) -> None:
    """An event whose request says not whose it is raises, whatever it is for."""
    handled = for_reader(ui.Handlers(desk).suggest)
    with pytest.raises(SignInNeeded):
        handled(None)
    with pytest.raises(SignInNeeded):
        handled(gr.Request(Request({"type": "http", "headers": []})))
