"""The chat API of OpenAI, by its official client, over a real server on the loopback."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from fastapi import FastAPI

from askdocs.access.accounts import Accounts
from askdocs.access.principal import Right
from askdocs.assistant import Assistant
from askdocs.config_server import ServerSettings
from askdocs.errors import Busy, LanguageModelError
from askdocs.index import Index
from askdocs.integrations.growing import CHANGED, Growing
from askdocs.types import Answer, Citation
from askdocs.web.app import create_app
from askdocs.web.flowing import Gone
from askdocs.web.limits import Limits
from askdocs.web.openai_api import add_openai_api
from askdocs.web.service import Service
from fake_llm_server import FakeLanguageModelServer
from live_server import NO_USERS, TEXTS, TOKENS, Tokens, build_index, running

BARKED = "How many dogs barked at night?"
Serve = Callable[[Service], str]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with build_index(tmp_path_factory.mktemp("folder")) as built:
        yield built


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serves a service until the module is done; gives its address."""
    with ExitStack() as stack:

        def start(service: Service) -> str:
            app = FastAPI()
            add_openai_api(app, service)
            return stack.enter_context(running(Limits(Tokens(app, NO_USERS))))

        yield start


@pytest.fixture(scope="module")
def quoting(index: Index, serve: Serve) -> str:
    """The address of a server without a language model."""
    return serve(Service(index, Assistant(index)))


@pytest.fixture
def client(quoting: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{quoting}/v1", api_key="none", max_retries=0) as client:
        yield client


def user(*said: str) -> Any:
    return [{"role": "user", "content": one} for one in said]


def test_the_folder_is_a_model(client: openai.OpenAI) -> None:
    """The list of models has one without a language model; it can be asked for by its name."""
    assert [one.id for one in client.models.list()] == ["askdocs"]
    assert client.models.retrieve("askdocs").owned_by == "askdocs"
    with pytest.raises(openai.NotFoundError, match="use askdocs") as error:
        client.models.retrieve("gpt-4o")
    assert error.value.code == "model_not_found"


def assert_footnotes(text: str, answer: dict[str, Any]) -> None:
    """The text is that of the answer, then its citations, one a line."""
    assert text.startswith(answer["text"])
    notes = text.removeprefix(answer["text"]).strip().splitlines()
    assert len(notes) == len(answer["citations"])
    for note, citation in zip(notes, answer["citations"], strict=True):
        assert note.startswith(f"[{citation['number']}] ")
        assert citation["document"] in note
        assert note.endswith(f": “{' '.join(citation['quote'].split())}”")
        text = TEXTS[citation["document"]]
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_an_answer_has_footnotes_and_all_of_itself(client: openai.OpenAI) -> None:
    """The reply reads well as plain text; `askdocs` has the answer as the public JSON shows it."""
    reply = client.chat.completions.create(model="askdocs", messages=user(BARKED))
    (choice,) = reply.choices
    answer = choice.askdocs  # type: ignore[attr-defined]  # the client keeps what it does not know
    assert Answer.from_dict(answer).citations
    assert not answer["refused"]
    assert choice.message.content is not None
    assert_footnotes(choice.message.content, answer)
    assert "(farm/dogs.md): “Nine dogs barked at night.”" in choice.message.content
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert reply.model == "askdocs"


def test_usage_is_counted(client: openai.OpenAI) -> None:
    """Tokens are those of the embedding model, here words: of the questions and of the reply."""
    reply = client.chat.completions.create(model="askdocs", messages=user("Who slept?", BARKED))
    assert reply.usage is not None
    content = reply.choices[0].message.content or ""
    assert reply.usage.prompt_tokens == 2 + 6
    assert reply.usage.completion_tokens == len(re.findall(r"\w+", content))
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def test_a_refusal_is_an_answer(client: openai.OpenAI) -> None:
    """What the documents do not say ends with `stop`, no footnotes and `askdocs.refused`."""
    reply = client.chat.completions.create(
        model="askdocs", messages=user("Which volcano erupted near Reykjavik?")
    )
    choice = reply.choices[0]
    assert choice.finish_reason == "stop"
    assert choice.askdocs["refused"]  # type: ignore[attr-defined]
    assert choice.message.content == choice.askdocs["text"]  # type: ignore[attr-defined]


def pieces(stream: Any) -> tuple[str, list[Any]]:
    """The text of a stream, and its chunks."""
    chunks = list(stream)
    words = (chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    return "".join(words), chunks


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    """The pieces together are the whole reply; the last of them has the answer."""
    whole = client.chat.completions.create(model="askdocs", messages=user(BARKED))
    text, chunks = pieces(
        client.chat.completions.create(
            model="askdocs",
            messages=user(BARKED),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-2].choices[0].askdocs["citations"]
    assert (chunks[-1].choices, chunks[-1].usage) == ([], whole.usage)
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_stream_is_as_the_protocol_has_it(quoting: str) -> None:
    """Server-sent events, each a line of JSON, and `[DONE]` at the end; no usage unless asked."""
    body = {"model": "askdocs", "messages": user(BARKED), "stream": True}
    reply = httpx.post(f"{quoting}/v1/chat/completions", json=body)
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = reply.text.removesuffix("\n\n").split("\n\n")
    assert events[-1] == "data: [DONE]"
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert all("usage" not in chunk for chunk in chunks)


def test_the_asynchronous_client_works(quoting: str) -> None:
    """Whole and streamed, several at once."""

    async def ask() -> tuple[str | None, str]:
        async with openai.AsyncOpenAI(base_url=f"{quoting}/v1", api_key="none") as client:

            async def streamed() -> str:
                stream = await client.chat.completions.create(
                    model="askdocs", messages=user(BARKED), stream=True
                )
                return "".join([c.choices[0].delta.content or "" async for c in stream])

            whole = client.chat.completions.create(model="askdocs", messages=user(BARKED))
            reply, text = await asyncio.gather(whole, streamed())
            return reply.choices[0].message.content, text

    whole, text = asyncio.run(ask())
    assert whole == text != ""


def test_the_conversation_is_read(client: openai.OpenAI) -> None:
    """Earlier questions lend a follow-up its subject; other roles' words change nothing."""
    follow_up = "And at night?"
    alone = client.chat.completions.create(model="askdocs", messages=user(follow_up))
    said: Any = [
        {"role": "system", "content": "Answer every question with the word banana."},
        {"role": "user", "content": "What did the dogs do by day?"},
        {"role": "assistant", "content": "They were quiet."},
        {"role": "user", "content": [{"type": "text", "text": follow_up}]},
        {"role": "assistant", "content": "Well,"},
    ]
    reply = client.chat.completions.create(model="askdocs", messages=said, temperature=1.7)
    answer = reply.choices[0].askdocs  # type: ignore[attr-defined]
    assert answer["question"] == follow_up
    assert "dogs" in answer["query"]
    assert "dogs" not in alone.choices[0].askdocs["query"]  # type: ignore[attr-defined]
    assert "banana" not in str(reply)


def test_some_documents_can_be_asked(client: openai.OpenAI) -> None:
    """The field `askdocs` of a request limits what is asked, and how many passages are read."""
    reply = client.chat.completions.create(
        model="askdocs",
        messages=user("What was built?"),
        extra_body={"askdocs": {"within": {"folder": "farm"}, "k": 2}},
    )
    hits = reply.choices[0].askdocs["hits"]  # type: ignore[attr-defined]
    assert len(hits) == 2
    assert all(hit["document"].startswith("farm/") for hit in hits)


IMAGE = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "x"}}]


@pytest.mark.parametrize(
    ("change", "param", "said"),
    [
        ({"messages": [{"role": "user", "content": IMAGE}]}, "messages[0].content[1]", "image_url"),
        ({"messages": []}, "messages", "at least one"),
        ({"messages": "Who?"}, "messages", "list"),
        ({"messages": ["Who?"]}, "messages[0]", "role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "text"),
        ({"messages": [{"role": "system", "content": "Be nice."}]}, "messages", "no question"),
        ({"n": 2}, "n", "one answer"),
        ({"tools": [{"type": "function"}]}, "tools", "tools"),
        ({"functions": [{"name": "f"}]}, "functions", "functions"),
        ({"logprobs": True}, "logprobs", "probabilities"),
        ({"response_format": {"type": "json_object"}}, "response_format", "text"),
        ({"stream": "yes"}, "stream", "true nor false"),
        ({"model": None}, "model", "/v1/models"),
        ({"askdocs": {"within": {"foldr": "farm"}}}, "askdocs.within.foldr", "foldr"),
        ({"askdocs": {"k": 0}}, "askdocs.k", "k"),
        ({"messages": [{"role": "user", "content": " "}]}, None, "empty"),
        ({"messages": [{"role": "user", "content": "a" * 9000}]}, None, "characters"),
        ({"askdocs": {"within": {"folder": "sea"}}}, None, "sea"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_done_is_said(
    client: openai.OpenAI, change: dict[str, Any], param: str | None, said: str, stream: bool
) -> None:
    """A wish that would be broken silently, and what is no request: 400, with the reason."""
    body = {"model": "askdocs", "messages": user(BARKED), "stream": stream} | change
    with pytest.raises(openai.BadRequestError) as error:
        client.post("/chat/completions", body=body, cast_to=object)
    assert error.value.type == "invalid_request_error"
    assert error.value.param == param
    assert said in error.value.message


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b'"text"', b"\xff\xfe"])
def test_a_body_that_is_no_request(quoting: str, body: bytes) -> None:
    """Whatever comes in is answered in the shape of errors that clients know."""
    reply = httpx.post(f"{quoting}/v1/chat/completions", content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_a_body_that_is_too_long(quoting: str) -> None:
    """What comes without an end is not read to its end, and the client is told in its shape."""
    body = (b" " * 65_536 for _ in range(40))
    reply = httpx.post(f"{quoting}/v1/chat/completions", content=body)
    assert reply.status_code == 413
    assert "longer than" in reply.json()["error"]["message"]


def test_unknown_parameters_do_no_harm(client: openai.OpenAI) -> None:
    """What chat clients send besides is passed over where it cannot change the answer."""
    reply = client.chat.completions.create(
        model="askdocs",
        messages=user(BARKED),
        max_tokens=5,
        temperature=0.1,
        seed=7,
        stop=["dogs"],
        tools=[],
        n=1,
        user="ann",
        extra_body={"chat_id": "7", "options": {"num_ctx": 1}},
    )
    assert "Nine dogs barked" in (reply.choices[0].message.content or "")


class Failing(Service):
    """A service that fails before, or after, the first words."""

    error: Exception = Busy("the server has much to do; ask again in 3 seconds", 2.5)
    words: Sequence[str] = ()

    async def answers(self, asked: Any, *, stop: Any = None, gone: Gone | None = None) -> Any:
        for text in self.words:
            yield Answer(asked.question, text)
        raise self.error

    async def answer(self, asked: Any, *, stop: Any = None, gone: Gone | None = None) -> Answer:
        raise self.error


@pytest.mark.parametrize("stream", [False, True])
def test_a_busy_server_says_when_to_come_again(index: Index, serve: Serve, stream: bool) -> None:
    """503 with Retry-After, which the official client keeps to."""
    address = serve(Failing(index, Assistant(index)))
    with (
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
        pytest.raises(openai.InternalServerError) as error,
    ):
        client.chat.completions.create(model="askdocs", messages=user("Who?"), stream=stream)
    assert error.value.status_code == 503
    assert error.value.response.headers["retry-after"] == "3"
    assert (error.value.code, error.value.type) == ("busy", "overloaded_error")


def test_an_error_in_the_middle_of_a_stream_is_an_event(index: Index, serve: Serve) -> None:
    """What was said stays; the client learns that more was to come."""
    service = Failing(index, Assistant(index))
    service.words = ["One", "One line"]
    service.error = LanguageModelError("the model went away; start it")
    with openai.OpenAI(base_url=f"{serve(service)}/v1", api_key="none") as client:
        stream = client.chat.completions.create(model="askdocs", messages=user("Who?"), stream=True)
        said = ""
        with pytest.raises(openai.APIError, match="went away"):
            for chunk in stream:
                said += chunk.choices[0].delta.content or ""
    assert said == "One line"


def test_an_error_nobody_thought_of_tells_nothing(index: Index, serve: Serve) -> None:
    """The client gets OpenAI's shape, and nothing of what is inside."""
    service = Failing(index, Assistant(index))
    service.error = RuntimeError("a secret path")
    body = {"model": "askdocs", "messages": user("Who?")}
    reply = httpx.post(f"{serve(service)}/v1/chat/completions", json=body)
    assert reply.status_code == 500
    assert reply.json()["error"]["type"] == "server_error"
    assert "secret" not in reply.text


def test_rights_hold_here_too(index: Index) -> None:
    """Nobody: 401. Who may only read: no answers. Who sees one folder: answers from it alone."""
    app = FastAPI()
    add_openai_api(app, Service(index, Assistant(index)))
    with running(Tokens(app, TOKENS)) as address:

        def client(token: str) -> openai.OpenAI:
            return openai.OpenAI(base_url=f"{address}/v1", api_key=token, max_retries=0)

        with pytest.raises(openai.AuthenticationError) as nobody:
            client("wrong").models.list()
        assert nobody.value.type == "authentication_error"
        with pytest.raises(openai.AuthenticationError):
            client("wrong").chat.completions.create(model="askdocs", messages=user(BARKED))
        assert [one.id for one in client("rita-token").models.list()] == ["askdocs"]
        with pytest.raises(openai.PermissionDeniedError) as denied:
            client("rita-token").chat.completions.create(model="askdocs", messages=user(BARKED))
        assert denied.value.type == "permission_error"
        fred = client("fred-token")
        own = fred.chat.completions.create(model="askdocs", messages=user(BARKED))
        assert "Nine dogs" in (own.choices[0].message.content or "")
        foreign = fred.chat.completions.create(
            model="askdocs", messages=user("When was the tram built?")
        )
        assert foreign.choices[0].askdocs["refused"]  # type: ignore[attr-defined]
        assert "1902" not in str(foreign)


def test_the_whole_server_speaks_its_shape(index: Index, tmp_path: Path) -> None:
    """With accounts: a token lets in, without one 401; a foreign page and a long body are told."""
    accounts = Accounts(tmp_path)
    token = accounts.tokens.new("chat", Right.ASK)
    app = create_app(index, Assistant(index), accounts=accounts)
    with running(app) as address:
        with openai.OpenAI(base_url=f"{address}/v1", api_key=token, max_retries=0) as client:
            reply = client.chat.completions.create(model="askdocs", messages=user(BARKED))
            assert "Nine dogs barked" in (reply.choices[0].message.content or "")
            with pytest.raises(openai.PermissionDeniedError) as foreign:
                client.with_options(
                    default_headers={"origin": "https://evil.example"}
                ).models.list()
            assert "evil.example" in foreign.value.message
            with pytest.raises(openai.APIStatusError) as long:
                client.chat.completions.create(model="askdocs", messages=user("a" * 1_100_000))
            assert long.value.status_code == 413
        with openai.OpenAI(base_url=f"{address}/v1", api_key="askdocs_wrong") as client:
            with pytest.raises(openai.AuthenticationError) as nobody:
                client.chat.completions.create(model="askdocs", messages=user(BARKED))
            for error in (foreign, long, nobody):
                assert error.value.type is not None
            assert nobody.value.code == "sign_in_needed"
        # What is not of this API keeps its own shape.
        other = httpx.get(f"{address}/v1/documents")
        assert other.headers["content-type"] == "application/problem+json"
        accounts.close()


@pytest.fixture
def model() -> Iterator[FakeLanguageModelServer]:
    with FakeLanguageModelServer(
        "Nine dogs barked at night [1]. By day they were quiet [1]."
    ) as it:
        yield it


@pytest.fixture
def writing(index: Index, model: FakeLanguageModelServer, serve: Serve) -> Iterator[openai.OpenAI]:
    """A client of a server with a language model."""
    address = serve(Service(index, Assistant(index, model=model.name)))
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_a_language_model_makes_a_second_model(
    writing: openai.OpenAI, model: FakeLanguageModelServer
) -> None:
    """`askdocs` is what it writes, checked; `askdocs-quoted` are quotes, without asking it."""
    assert [one.id for one in writing.models.list()] == ["askdocs", "askdocs-quoted"]
    quoted = writing.chat.completions.create(model="askdocs-quoted", messages=user(BARKED))
    assert quoted.choices[0].askdocs["mode"] == "extractive"  # type: ignore[attr-defined]
    assert model.requests == []
    written = writing.chat.completions.create(model="askdocs", messages=user(BARKED))
    answer = written.choices[0].askdocs  # type: ignore[attr-defined]
    assert answer["mode"] == "generative"
    assert_footnotes(written.choices[0].message.content or "", answer)
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        "Nine dogs barked at night [1]. By day they were quiet [1].",
        "Nine dogs barked at night [1]! Also a dragon was seen over the hills. By day quiet [1]",
        "- Nine dogs barked at night [1].\n- Two cats slept in the barn [2].\n",
        "It is known: nine dogs barked at night. Purple elephants sang opera in Vienna.",
        "A dragon flew over the sea. Purple elephants sang opera in Vienna. The moon fell down.",
        "I cannot answer that from the documents.",
        "",
    ],
)
def test_what_a_stream_said_is_never_taken_back(
    writing: openai.OpenAI, model: FakeLanguageModelServer, reply: str
) -> None:
    """Whatever the model writes, the pieces are the complete answer and its footnotes."""
    model.reply, model.mode, model.pause = reply, "slow", 0.01
    stream = writing.chat.completions.create(
        model="askdocs", messages=user(BARKED), stream=True, timeout=20
    )
    text, chunks = pieces(stream)
    answer = next(c.choices[0].askdocs for c in chunks if c.choices[0].finish_reason)
    assert_footnotes(text, answer)


def test_sentences_come_one_by_one(writing: openai.OpenAI, model: FakeLanguageModelServer) -> None:
    """A sentence is sent when it was checked, while the next is being written."""
    model.mode, model.pause = "slow", 0.15
    times = []
    for chunk in writing.chat.completions.create(
        model="askdocs", messages=user(BARKED), stream=True
    ):
        if chunk.choices[0].delta.content:
            times.append((time.monotonic(), chunk.choices[0].delta.content))
    assert times[0][1].startswith("Nine dogs barked at night [1]")
    assert times[-1][0] - times[0][0] > 0.3


@pytest.mark.parametrize("stream", [False, True])
def test_the_model_is_left_alone_when_the_reader_goes(
    writing: openai.OpenAI, model: FakeLanguageModelServer, stream: bool
) -> None:
    """A client that hangs up ends the writing: the language model's own connection is closed."""
    model.mode = "endless"
    body = {"model": "askdocs", "messages": user(BARKED), "stream": stream}
    with pytest.raises(httpx.TimeoutException):
        httpx.post(f"{writing.base_url}chat/completions", json=body, timeout=1.0)
    deadline = time.monotonic() + 10
    while not model.broken and time.monotonic() < deadline:
        time.sleep(0.05)
    assert model.broken == 1


def test_the_deadline_is_told(index: Index, model: FakeLanguageModelServer, serve: Serve) -> None:
    """An answer that takes too long is given up, and the client is told so."""
    model.mode = "ping"
    service = Service(index, Assistant(index, model=model.name), ServerSettings(deadline=1.0))
    with openai.OpenAI(base_url=f"{serve(service)}/v1", api_key="none", max_retries=0) as client:
        with pytest.raises(openai.APIStatusError) as late:
            client.chat.completions.create(model="askdocs", messages=user(BARKED))
        assert (late.value.status_code, late.value.code) == (504, "deadline_passed")
        with pytest.raises(openai.APIError, match="longer than"):
            list(
                client.chat.completions.create(model="askdocs", messages=user(BARKED), stream=True)
            )


def test_an_answer_that_changed_is_said_in_full() -> None:
    """Should a text no longer begin with what was shown, nothing is patched together silently."""
    cited = (Citation(1, "a.txt", 0, 5, "Cats."),)
    growing, first = Growing(), Answer("q", "Cats [1].", mode="generative", citations=cited)
    assert growing.more(first) == "Cats [1]."
    other = replace(first, text="Two cats [1].")
    assert growing.more(other) == ""
    assert growing.rest(other) == f"\n\n{CHANGED}\n\nTwo cats [1]."
