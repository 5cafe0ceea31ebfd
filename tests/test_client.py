"""A running server answers `Client`, `AsyncClient` and the command line as the library does."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

import askdocs
from askdocs import AsyncClient, Client, errors, running
from askdocs.access.principal import OWNER, acting_as
from askdocs.assistant import Assistant
from askdocs.cli import main
from askdocs.client_errors import error_from
from askdocs.client_events import Event, Events
from askdocs.client_requests import base_address
from askdocs.client_values import answer_from, document_from
from askdocs.errors import AskdocsError
from askdocs.store_feedback import Opinion
from askdocs.types import Filter
from askdocs.web.problems import problem_of
from test_imports import COMMAND, loaded_by

ASKDOCS = [sys.executable, "-m", "askdocs"]
DIED = "How many people died in the ferry sinking?"
QUESTIONS = (
    DIED,
    "Who owns the school on Great Sorrel?",
    "When does the moon set?",
    "Hello!",
    "Summarise radio-ferry-bulletin.txt",
)
SOME = Filter(types=("txt",), until="2030-01-01")


@contextmanager
def served(index: Path, *options: str) -> Iterator[str]:
    """The address of a server in a process of its own, over an index."""
    process = subprocess.Popen(
        [*ASKDOCS, "serve", "--port", "0", "--index", str(index), *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        said = process.stdout.readline()
        assert said.startswith("askdocs is at http://"), said
        yield said.split()[-1]
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def index(sample_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample index, with a server on it."""
    return Path(shutil.copytree(sample_index, tmp_path_factory.mktemp("served") / "index"))


@pytest.fixture(scope="module")
def address(index: Path) -> Iterator[str]:
    """Where that server is."""
    with served(index) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address) as client:
        yield client


class Near(float):
    """A number that equals those near it.

    A server searches the vector index, which sums in another order than the exact search.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(self - other) < 1e-5

    __hash__ = None  # type: ignore[assignment]


def plain(value: Any) -> Any:
    """JSON to compare: without the times, and with numbers that need only be near."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if name != "timings"}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return Near(value) if isinstance(value, float) else value


def said_by(*arguments: str) -> tuple[int, str, str]:
    """The exit code of a command in this process, and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return code, out.getvalue(), err.getvalue()


# The same answers


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_way_gives_the_same_answer(
    question: str, index: Path, sample_index: Path, address: str, client: Client
) -> None:
    """The library, the command line, the REST API and both clients say the same."""

    async def asked() -> askdocs.Answer:
        async with AsyncClient(address) as there:
            return await there.ask(question)

    with askdocs.Index.open(sample_index, exact=True) as opened:
        wanted = plain(Assistant(opened).ask(question).to_dict())
    assert plain(client.ask(question).to_dict()) == wanted
    assert plain(asyncio.run(asked()).to_dict()) == wanted
    sent = httpx.post(f"{address}/v1/ask", json={"question": question}, timeout=60)
    assert plain(sent.json()) == wanted
    for place in (["--index", str(index)], ["--server", address]):
        code, out, err = said_by("ask", question, "--json", *place)
        assert (code, plain(json.loads(out)), err) == (0, wanted, "")


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_stream_ends_with_the_answer(question: str, address: str, client: Client) -> None:
    """The texts of a stream grow, and the last answer is that of `ask`."""

    async def streamed() -> list[askdocs.Answer]:
        async with AsyncClient(address) as there:
            return [answer async for answer in there.stream(question)]

    for answers in (list(client.stream(question)), asyncio.run(streamed())):
        lengths = [len(answer.text) for answer in answers]
        assert lengths == sorted(lengths)
        assert plain(answers[-1].to_dict()) == plain(client.ask(question).to_dict())


def test_documents_and_passages_are_those_of_the_index(client: Client, sample_index: Path) -> None:
    """Lists, texts, places and passages come over the wire unharmed; filters hold there, too."""
    with askdocs.Index.open(sample_index, exact=True) as opened:
        assert [one.id for one in client.documents()] == [one.id for one in opened.documents()]
        assert client.skipped() == opened.skipped()
        for info in opened.documents():
            assert client.document(info.id) == opened.document(info.id)
            assert dataclasses.replace(info, signature="") in client.documents()
        for within in (Filter(), SOME):
            here = opened.retrieve(DIED, k=7, within=within, history=["The ferry?"])
            there = client.retrieve(DIED, k=7, within=within, history=["The ferry?"])
            assert [hit.passage.text for hit in there] == [hit.passage.text for hit in here]
            assert [hit.passage.heading for hit in there] == [hit.passage.heading for hit in here]
            assert plain([hit.to_dict() for hit in there]) == plain([hit.to_dict() for hit in here])
            assert plain([hit.parts for hit in there]) == plain([dict(hit.parts) for hit in here])


def test_history_may_be_answers(client: Client) -> None:
    """A follow-up is understood after answers as after questions."""
    follow_up = "And how many were rescued?"
    first = client.ask(DIED)
    after = [client.ask(follow_up, history=history).query for history in ([first], [DIED])]
    assert after[0] == after[1] and "ferry" in after[0]


def test_settings_can_be_sent_along(client: Client) -> None:
    """`k` and `threshold` stand in place of the server's, for this question."""
    assert len(client.ask(DIED, k=2).hits) == 2
    assert client.ask(DIED, threshold=1.0).refused and not client.ask(DIED).refused


def test_conversations_and_opinions_are_kept(client: Client) -> None:
    """A conversation is begun, gone on with, judged, renamed and removed."""
    conversation = client.create_conversation("The ferry")
    client.ask(DIED, conversation=conversation)
    client.ask("And how many were rescued?", conversation=conversation, within=SOME)
    first, second = client.kept_turns(conversation)
    assert first.answer.question == DIED and first.found and second.within == SOME
    client.give_feedback(conversation, 1, "wrong", "too few")
    assert client.opinions(conversation) == {1: Opinion("wrong", "too few")}
    assert [row.history for row in client.feedback()] == [(DIED,)]
    client.take_back_feedback(conversation, 1)
    client.rename_conversation(conversation, "The sinking")
    assert [(one.title, one.turns) for one in client.conversations()] == [("The sinking", 2)]
    client.delete_conversation(conversation)
    assert client.conversations() == [] == client.feedback()


def test_an_async_client_does_all_that_a_client_does() -> None:
    """Both have the same methods with the same arguments."""
    for name in (name for name in dir(Client) if not name.startswith("_")):
        names = [getattr(kind, name).__code__.co_varnames for kind in (Client, AsyncClient)]
        count = getattr(Client, name).__code__.co_argcount
        more = getattr(Client, name).__code__.co_kwonlyargcount
        assert names[0][: count + more] == names[1][: count + more], name


# Errors


def kinds(root: type[AskdocsError]) -> list[type[AskdocsError]]:
    below = (kind for kind in root.__subclasses__() if kind.__module__ == errors.__name__)
    return [root, *(kind for each in below for kind in kinds(each))]


@pytest.mark.parametrize("kind", kinds(AskdocsError), ids=lambda kind: kind.__name__)
def test_an_error_comes_back_as_itself(kind: type[AskdocsError]) -> None:
    """Each class of the tree survives the way over HTTP, with its words and its seconds."""
    error = errors.Busy("in vain", 7) if kind is errors.Busy else kind("in vain")
    with acting_as(OWNER):
        reply = problem_of(error)
    back = error_from("http://x", reply.status_code, reply.headers, bytes(reply.body))
    assert type(back) is kind and str(back) == "in vain"
    assert getattr(back, "retry_after", 7) == 7


def test_errors_of_a_server_are_those_of_the_library(client: Client) -> None:
    """What is not there or cannot be asked raises as the index itself would."""
    with pytest.raises(errors.DocumentNotFound, match="nope"):
        client.document("nope")
    with pytest.raises(errors.ConversationNotFound):
        client.kept_turns("nope")
    for ask in (client.ask, client.retrieve, lambda question: list(client.stream(question))):
        with pytest.raises(errors.QuestionError):
            ask(" ")
    with pytest.raises(errors.QuestionError, match="scope"):
        client.ask(DIED, within=Filter(scope=("law",)))


@pytest.mark.parametrize(
    "url", ["", "localhost", "127.0.0.1:80", "http://", "http://a:b", "ftp://a"]
)
def test_what_is_no_address_is_said(url: str) -> None:
    """An address that cannot be one is refused before anything is sent."""
    with pytest.raises(errors.ServerError, match="write one as http://"):
        Client(url)
    assert base_address("http://host/below/") == "http://host/below"


def test_no_secret_is_in_an_address() -> None:
    """A password in an address, which logs would show, is refused."""
    with pytest.raises(errors.ServerError):
        Client("http://user:word@localhost:7860")


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """A connection that is refused is one line with the address and what to do."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with Client(address) as client, pytest.raises(errors.ServerError) as raised:
            client.ask(DIED)
        assert address in str(raised.value) and "askdocs serve" in str(raised.value)
        code, out, err = said_by("ask", DIED, "--server", address)
    assert (code, out, err.count("\n")) == (1, "", 1) and address in err


Reply = tuple[int, dict[str, str], bytes]
HTML: Reply = (200, {"content-type": "text/html"}, b"<h1>It works!</h1>")
BUSY: Reply = (503, {"retry-after": "1"}, b'{"code": "busy", "detail": "much to do"}')
HEALTHY: Reply = (200, {}, b'{"status": "ok"}')


class Scripted:
    """A server that gives the replies it was told to, the last of them again and again."""

    def __init__(self, *replies: Reply, seconds: float = 0) -> None:
        self.replies, self.paths, self.headers = list(replies), [], []  # type: ignore[var-annotated]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.paths.append(self.path)
                outer.headers.append({name.lower(): one for name, one in self.headers.items()})
                time.sleep(seconds)
                more = len(outer.replies) > 1
                status, headers, body = outer.replies.pop(0) if more else outer.replies[0]
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Scripted:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def about(version: str) -> Reply:
    return 200, {}, json.dumps({"name": "askdocs", "version": version}).encode()


NOT_FOUND: Reply = (404, {}, b'{"detail": "Not Found"}')


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        pytest.param([HTML], "does not answer as", id="another server"),
        pytest.param([(404, {}, b"nothing here")], "does not answer as", id="no such address"),
        pytest.param(
            [(302, {"location": "/login"}, b"")], "does not answer as", id="sent elsewhere"
        ),
        pytest.param([(200, {}, b'{"text": "x"}'), about("99.0")], "99.0", id="newer"),
        pytest.param([(200, {}, b"[]")], "does not answer as", id="a list"),
        pytest.param([NOT_FOUND], "404", id="no askdocs of ours"),
    ],
)
def test_a_server_that_is_another(replies: list[Reply], words: str) -> None:
    """What answers otherwise is told as that, with its address, and never as an answer."""
    with Scripted(*replies) as server, Client(server.address) as client:
        with pytest.raises(errors.ServerError, match=words) as raised:
            client.ask(DIED)
        assert server.address in str(raised.value) and "\n" not in str(raised.value)


def test_a_server_that_takes_too_long() -> None:
    """After the seconds that were given the client does not wait any more."""
    with (
        Scripted(HEALTHY, seconds=1) as server,
        Client(server.address, timeout=0.2) as client,
        pytest.raises(errors.ServerError, match="in time"),
    ):
        client.health()


def test_a_busy_server_is_asked_again_as_long_as_there_is_patience() -> None:
    """Without patience `Busy` is raised at once; with it the next reply counts."""
    with Scripted(BUSY) as server, Client(server.address) as client:
        with pytest.raises(errors.Busy) as raised:
            client.health()
        assert raised.value.retry_after == 1 and len(server.paths) == 1
    with Scripted(BUSY, HEALTHY) as server, Client(server.address, patience=1.5) as client:
        assert client.health() == {"status": "ok"}
    with Scripted(BUSY) as server, Client(server.address, patience=1.5) as client:
        with pytest.raises(errors.Busy):
            list(client.stream(DIED))
        assert len(server.paths) == 2


def test_who_asks_is_told_by_a_header() -> None:
    """A token goes as Bearer, a user's password as Basic, and nothing if nothing was given."""
    given: list[tuple[dict[str, str], str | None]] = [
        ({"token": "t"}, "Bearer t"),
        ({"user": "ann", "password": "pw"}, "Basic YW5uOnB3"),
        ({}, None),
    ]
    for who, header in given:
        with Scripted(HEALTHY) as server, Client(server.address, **who) as client:
            client.health()
            assert server.headers[0].get("authorization") == header


def test_a_stream_that_breaks_off_is_an_error() -> None:
    """An answer without its end is none, though its beginning was shown."""
    broken = (200, {"content-type": "text/event-stream"}, b'event: waiting\ndata: {"ahead": 1}\n\n')
    with (
        Scripted(broken) as server,
        Client(server.address) as client,
        pytest.raises(errors.ServerError, match="broke off"),
    ):
        list(client.stream(DIED))


def test_an_error_within_a_stream_is_raised() -> None:
    """What goes wrong after the answer has begun comes as an event, and is raised as itself."""
    late = b'event: error\ndata: {"code": "deadline_passed", "detail": "too late"}\n\n'
    with (
        Scripted((200, {}, late)) as server,
        Client(server.address) as client,
        pytest.raises(errors.DeadlinePassed, match="too late"),
    ):
        list(client.stream(DIED))


@pytest.mark.parametrize("is_async", [False, True], ids=["client", "async client"])
def test_leaving_a_stream_closes_the_connection(is_async: bool, client: Client) -> None:
    """Whoever closes the generator is gone for the server as well, and its work ends."""
    answer = json.dumps(client.ask(DIED).to_dict())
    closed: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
                connection.sendall(f"{head}event: answer\ndata: {answer}\n\n".encode())
                connection.settimeout(10)
                while connection.recv(10_000):  # the body of the request
                    pass
                closed.append(True)

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"

        async def leave() -> None:
            async with AsyncClient(address) as there:
                answers = there.stream(DIED)
                await anext(answers)
                await answers.aclose()
                await asyncio.to_thread(thread.join)

        if is_async:
            asyncio.run(leave())
        else:
            with Client(address) as there:
                with closing(there.stream(DIED)) as answers:
                    next(answers)
                thread.join()
    assert closed == [True]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_may_come_in_pieces_of_any_size(size: int) -> None:
    """Wherever the network cuts a stream, the events are the same."""
    text = 'event: answer\r\ndata: {"a": "ü\u2028\x85"}\r\n\r\n: still here\n\nevent: done\n\n'
    stream, events = text.encode(), Events()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    found = [event for piece in pieces for event in events.feed(piece)]
    assert found == [Event("answer", {"a": "ü\u2028\x85"}), Event("done")]


def test_fields_of_a_newer_server_are_left_out(client: Client) -> None:
    """More than this version knows is no error; the rest is read all the same."""
    document = dataclasses.asdict(client.document("radio-ferry-bulletin.txt"))
    assert document_from({**document, "mood": "calm"}) == document_from(document)
    answer = client.ask(DIED)
    data = answer.to_dict()
    data["citations"] = [{**citation, "mood": "calm"} for citation in data["citations"]]
    assert answer_from({**data, "mood": "calm"}) == answer


# The command line


SCORE = re.compile(r"score [\d.]+")


@pytest.mark.parametrize(
    "line",
    [
        *(["ask", question] for question in QUESTIONS),
        ["ask", "And how many were rescued?", "--after", DIED],
        ["ask", DIED, "--in", "radio-ferry-bulletin.txt", "--in", "ledger-ferry-inquiry.md"],
        ["retrieve", DIED],
        ["retrieve", DIED, "-k", "3", "--type", "txt"],
        ["retrieve", DIED, "--since", "2023-11-21"],
        ["ask", DIED, "--set", "answers.k=2", "--set", "answers.threshold=0.99"],
        ["retrieve", DIED, "--set", "answers.k=2"],
        ["ask", ""],
        ["ask", DIED, "--in", "nowhere"],
        ["retrieve", DIED, "--since", "yesterday"],
    ],
    ids=" ".join,
)
def test_a_command_says_the_same_with_and_without_a_server(
    line: list[str], index: Path, sample_index: Path, address: str
) -> None:
    """Words, errors and exit codes are those of the index itself, byte by byte."""
    with_server = said_by(*line, "--index", str(index))
    without = said_by(*line, "--index", str(sample_index))
    if line[0] == "retrieve":  # scores differ in digits that are not shown, but for rounding
        with_server, without = (
            (code, SCORE.sub("score", out), err) for code, out, err in (with_server, without)
        )
    assert with_server == without


@pytest.fixture
def asked_server(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the command line asks of a server from now on."""
    from askdocs.client_connection import Connection

    paths: list[str] = []
    json_of = Connection.json

    def noted(self: Connection, request: Any, **options: Any) -> Any:
        paths.append(request.path)
        return json_of(self, request, **options)

    monkeypatch.setattr(Connection, "json", noted)
    return paths


@pytest.mark.parametrize(
    ("options", "is_asked"),
    [
        pytest.param([], True, id="nothing set"),
        pytest.param(["--set", "answers.k=3"], True, id="k is sent along"),
        pytest.param(["--set", "index.ocr_languages=deu"], True, id="no matter for answers"),
        pytest.param(["--set", "answers.pool=50"], False, id="set otherwise"),
        pytest.param(["--set", "signals.dense=0.5"], False, id="signals set otherwise"),
    ],
)
def test_a_server_that_would_answer_otherwise_is_not_asked(
    options: list[str], is_asked: bool, index: Path, address: str, asked_server: list[str]
) -> None:
    """A setting is never lost: the server is asked if it has it or takes it, else the index is."""
    assert said_by("ask", DIED, "--index", str(index), *options)[0] == 0
    assert ("/v1/ask" in asked_server) is is_asked


def test_the_environment_is_not_lost(
    index: Path, address: str, asked_server: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting in the environment that the server does not have keeps it from being asked."""
    monkeypatch.setenv("ASKDOCS_POOL", "30")
    assert said_by("ask", DIED, "--index", str(index))[0] == 0
    assert asked_server == []


def test_a_model_that_the_server_has_not_is_this_process_s_to_load(
    index: Path, address: str, asked_server: list[str]
) -> None:
    """`--model` is never lost: what is no model is said, though a server could quote."""
    code, _, err = said_by("ask", DIED, "--index", str(index), "--model", "no-such-model")
    assert code == 1 and "no-such-model" in err and asked_server == []


@pytest.mark.parametrize(
    "replies",
    [[HTML], [BUSY], [HEALTHY, BUSY], [HEALTHY, HTML], [HEALTHY, (200, {}, b"{}")], [NOT_FOUND]],
    ids=["another", "busy", "busy later", "nonsense", "empty", "older"],
)
def test_a_server_in_trouble_is_as_none(
    replies: list[Reply], sample_index: Path, tmp_path: Path
) -> None:
    """Whatever the noted server does, the answer is the one without it, and nothing is said."""
    index = Path(shutil.copytree(sample_index, tmp_path / "index"))
    with askdocs.Index.open(index) as opened, Scripted(*replies) as server:
        settings = running.settings_of(opened.config)
        with running.noted(index, running.Running(server.address, "t", config=settings)):
            asked = said_by("ask", DIED, "--index", str(index))
        assert server.paths and server.headers[0]["authorization"] == "Bearer t"
    assert asked == said_by("ask", DIED, "--index", str(sample_index))


def test_the_quick_way_loads_nothing_heavy(index: Path, address: str, tmp_path: Path) -> None:
    """With a server, a question loads no numpy, no pydantic and no httpx."""
    arguments = ["ask", DIED, "--index", str(index)]
    loaded = loaded_by(COMMAND.format(arguments=arguments), tmp_path)
    heavy = {"numpy", "pydantic", "httpx", "starlette", "onnxruntime", "tokenizers"}
    assert "http" in loaded
    assert not heavy & loaded


def test_a_token_for_a_server_comes_from_a_file(tmp_path: Path) -> None:
    """The first line of the file is sent; an empty file is refused; the rest is no argument."""
    file = tmp_path / "token"
    file.write_text("a secret\nand more\n")
    with Scripted(BUSY) as server:
        line = ["retrieve", DIED, "--server", server.address, "--token-file", str(file)]
        code, out, err = said_by(*line)
        assert (code, out) == (75, "") and "much to do" in err
        assert server.headers[0]["authorization"] == "Bearer a secret"
        file.write_text("\n")
        assert said_by(*line)[0] == 1 and len(server.paths) == 1
        assert said_by("ask", DIED, "--server", server.address, "--model", "m")[0] == 1


# What a server changes


def test_documents_are_added_and_read_again(tmp_path: Path) -> None:
    """`add`, `remove` and `askdocs index` change the index of a server, and say what they did."""
    folder, index = tmp_path / "documents", tmp_path / "index"
    folder.mkdir()
    (folder / "ferry.txt").write_text("The ferry sailed at noon on 3 May 2021.\n")
    (tmp_path / "bridge.txt").write_text("The bridge was opened by Ada Fell in 1931.\n")
    (tmp_path / "broken.txt").write_bytes(b"\x00\x01\x02\xff\x00")
    assert said_by("index", str(folder), "--index", str(index))[0] == 0
    with served(index) as address, Client(address) as client:
        added = client.add(tmp_path / "bridge.txt")
        assert added in {one.id for one in client.documents()}
        assert "Ada Fell" in client.ask("Who opened the bridge?").text
        with pytest.raises(errors.ReadError):
            client.add(tmp_path / "broken.txt")
        client.remove(added)
        client.refresh()
        assert [one.id for one in client.documents()] == ["ferry.txt"]

        (folder / "new.txt").write_text("The harbour froze in 1963.\n")
        (folder / "ferry.txt").write_text("The ferry sailed at ten on 3 May 2021.\n")
        code, out, _ = said_by("index", str(folder), "--index", str(index), "--json")
        told = json.loads(out)
        assert (told["added"], told["changed"], told["documents"]) == (1, 1, 2)
        assert "1963" in client.ask("When did the harbour freeze?").text
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "a.txt").write_text("Something else.\n")
        code, out, err = said_by("index", str(elsewhere), "--index", str(index))
        assert (code, out) == (75, "") and address in err
    assert running.find(index) is None
