"""The MCP server, by the official client: as a process on standard streams, and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from askdocs.access.accounts import Accounts
from askdocs.access.principal import Right
from askdocs.assistant import Assistant
from askdocs.index import Index
from askdocs.integrations.mcp_tools import LONGEST_PART, PART, TOOLS
from askdocs.types import Anchor, Answer, Document
from askdocs.web.app import create_app
from askdocs.web.mcp_http import add_mcp
from askdocs.web.service import Service
from fake_llm_server import FakeLanguageModelServer
from live_server import NO_USERS, TEXTS, TOKENS, Tokens, build_index, running

BARKED = "How many dogs barked at night?"
QUESTION = "How many people died in the ferry sinking?"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"accept": "application/json, text/event-stream"}
Session = Callable[[Client], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with build_index(tmp_path_factory.mktemp("folder")) as built:
        yield built


def app_over(service: Service) -> FastAPI:
    app = FastAPI()
    add_mcp(app, service)
    return app


@pytest.fixture(scope="module")
def address(index: Index) -> Iterator[str]:
    with running(Tokens(app_over(Service(index, Assistant(index))), NO_USERS)) as address:
        yield address


@asynccontextmanager
async def connected(address: str, token: str = "", mode: str = "auto") -> AsyncIterator[Client]:
    """The official client, of a server over HTTP."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


def talk(address: str, session: Session, token: str = "", mode: str = "auto") -> None:
    async def run() -> None:
        async with connected(address, token, mode) as client:
            await session(client)

    asyncio.run(run())


def words(result: Any) -> str:
    (content,) = result.content
    return str(content.text)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_tools_are_described(address: str, mode: str) -> None:
    """Old and new clients see four tools that only read; every argument says what it is."""

    async def session(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == [tool.name for tool in TOOLS]
        for tool in tools:
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert tool.output_schema is not None
            for argument in tool.input_schema["properties"].values():
                assert argument["description"]
        assert client.server_info.name == "askdocs"
        assert "material, not instructions" in (client.instructions or "")

    talk(address, session, mode=mode)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_question_is_answered(address: str, mode: str) -> None:
    """The answer comes as the public JSON, and as text with footnotes."""

    async def session(client: Client) -> None:
        result = await client.call_tool("ask", {"question": BARKED})
        assert not result.is_error
        assert result.structured_content is not None
        answer = Answer.from_dict(result.structured_content)
        assert not answer.refused
        for citation in answer.citations:
            text = TEXTS[citation.document]
            assert text[citation.start : citation.end] == citation.quote
        assert words(result).startswith(answer.text)
        assert "[1] farm/dogs.md" in words(result) or "(farm/dogs.md)" in words(result)

    talk(address, session, mode=mode)


def test_follow_ups_and_filters(address: str) -> None:
    """Earlier questions lend a subject; `within` leaves documents out."""

    async def session(client: Client) -> None:
        asked = {"question": "And at night?", "history": ["What did the dogs do by day?"]}
        answer = (await client.call_tool("ask", asked)).structured_content
        assert answer is not None
        assert "dogs" in answer["query"]
        asked = {"question": "the", "within": {"folder": "farm", "types": ["md"]}, "k": 3}
        hits = (await client.call_tool("retrieve", asked)).structured_content
        assert hits is not None
        assert {hit["document"] for hit in hits["hits"]} == {"farm/dogs.md"}
        for hit in hits["hits"]:
            assert TEXTS["farm/dogs.md"][hit["start"] : hit["end"]] == hit["text"]

    talk(address, session)


def test_documents_are_listed_in_parts(address: str) -> None:
    """A long list comes a part at a time, and says where the next begins."""

    async def session(client: Client) -> None:
        seen, at = [], 0
        while True:
            page = await client.call_tool("list_documents", {"offset": at, "limit": 2})
            assert page.structured_content is not None
            assert page.structured_content["total"] == len(TEXTS)
            seen += [one["id"] for one in page.structured_content["documents"]]
            if (at := page.structured_content["next"]) is None:
                break
        assert seen == sorted(TEXTS)
        farm = await client.call_tool("list_documents", {"folder": "farm/"})
        assert farm.structured_content is not None
        assert farm.structured_content["total"] == 2
        assert "farm/cats.txt" in words(farm)
        assert "town" not in words(farm)

    talk(address, session)


class Book(Service):
    """A service with one long document that has pages."""

    TEXT = "".join(f"This is line {number:5}.\n" for number in range(5000)) + "Half: \ud83d."
    PAGES = (Anchor(0, 42, "page", "i"), Anchor(42, 84, "page", "1"), Anchor(84, 126, "slide", "1"))

    def document(self, identifier: str) -> Document:
        return Document("book.pdf", self.TEXT, "The book", "", anchors=self.PAGES)


def test_a_long_document_is_read_in_parts(index: Index) -> None:
    """Each part says where the next starts; together they are the text, half characters apart."""

    async def session(client: Client) -> None:
        async def read(**arguments: Any) -> dict[str, Any]:
            result = await client.call_tool("read_document", {"id": "book.pdf", **arguments})
            assert not result.is_error, words(result)
            assert result.structured_content is not None
            assert words(result).endswith(result.structured_content["text"])
            return result.structured_content

        text, at = "", 0
        while at is not None:
            part = await read(start=at)
            assert len(part["text"]) <= PART
            text += part["text"]
            at = part["next"]
        assert text == Book.TEXT.replace("\ud83d", "?")
        assert (await read(page="1"))["text"] == Book.TEXT[42:84]
        assert (await read(page="slide 1"))["text"] == Book.TEXT[84:126]
        assert (await read(start=10, end=20))["text"] == Book.TEXT[10:20]
        assert (await read(start=10**9))["text"] == (await read(start=20, end=10))["text"] == ""
        whole = await read(end=10**9)
        assert (len(whole["text"]), whole["next"]) == (LONGEST_PART, LONGEST_PART)
        missing = await client.call_tool("read_document", {"id": "book.pdf", "page": "77"})
        assert missing.is_error
        assert words(missing) == "book.pdf has no page '77'; it has i, 1, 1"

    with running(Tokens(app_over(Book(index, Assistant(index))), NO_USERS)) as address:
        talk(address, session)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {"question": " "}, "empty"),
        ("ask", {}, "question: Field required"),
        ("ask", {"question": "Who?", "wihtin": {}}, "wihtin"),
        ("ask", {"question": "Who?", "within": {"folder": "sea"}}, "sea"),
        ("ask", {"question": "a" * 9000}, "characters"),
        ("retrieve", {"question": "Who?", "k": 0}, "k:"),
        ("read_document", {"id": "../../etc/passwd"}, "no document"),
        ("list_documents", {"limit": "many"}, "limit"),
    ],
)
def test_errors_are_told_in_one_line(
    address: str, tool: str, arguments: dict[str, Any], said: str
) -> None:
    """An assistant can read what is wrong with its call, and mend it."""

    async def session(client: Client) -> None:
        result = await client.call_tool(tool, arguments)
        assert result.is_error
        assert said in words(result)
        assert len(words(result).splitlines()) == 1

    talk(address, session)


def test_a_tool_that_does_not_exist(address: str) -> None:
    """The protocol has an error of its own for that."""

    async def session(client: Client) -> None:
        with pytest.raises(MCPError, match="no tool 'delete'"):
            await client.call_tool("delete", {})

    talk(address, session)


def test_an_error_nobody_thought_of_tells_nothing(index: Index) -> None:
    """What is inside stays inside."""

    class Broken(Service):
        def document(self, identifier: str) -> Document:
            raise RuntimeError("a secret path")

    async def session(client: Client) -> None:
        result = await client.call_tool("read_document", {"id": "x"})
        assert result.is_error
        assert "secret" not in words(result)

    with running(Tokens(app_over(Broken(index, Assistant(index))), NO_USERS)) as address:
        talk(address, session)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_each_request_acts_for_whoever_made_it(index: Index, mode: str) -> None:
    """Two clients at once each see their own documents and may do what they may."""

    async def run() -> None:
        async with (
            connected(address, "fred-token", mode) as fred,
            connected(address, "rita-token", mode) as rita,
        ):
            for _ in range(2):
                listed = [await one.call_tool("list_documents", {}) for one in (fred, rita)]
                totals = [one.structured_content["total"] for one in listed]  # type: ignore[index]
                assert totals == [2, 3]
                asked = {"question": "When was the tram built?"}
                foreign = await fred.call_tool("ask", asked)
                assert foreign.structured_content["refused"]  # type: ignore[index]
                denied = await rita.call_tool("ask", asked)
                assert denied.is_error
                assert "may not ask" in words(denied)
                hidden = await fred.call_tool("read_document", {"id": "town/trams.txt"})
                assert hidden.is_error
                seen = await rita.call_tool("read_document", {"id": "town/trams.txt"})
                assert "1902" in words(seen)

    with running(Tokens(app_over(Service(index, Assistant(index))), TOKENS)) as address:
        asyncio.run(run())


def test_nobody_is_let_in_by_a_session(index: Index) -> None:
    """Without a token: 401, whatever session one names; and there are no sessions to name."""
    with running(Tokens(app_over(Service(index, Assistant(index))), TOKENS)) as address:
        known = httpx.post(
            f"{address}/mcp", json=INITIALIZE, headers=ACCEPT | {"authorization": "fred-token"}
        )
        assert known.status_code == 200
        assert "mcp-session-id" not in known.headers
        for headers in ({}, {"mcp-session-id": "0" * 32}, {"authorization": "Bearer wrong"}):
            reply = httpx.post(f"{address}/mcp", json=INITIALIZE, headers=ACCEPT | headers)
            assert reply.status_code == 401
            assert reply.json()["code"] == "sign_in_needed"


def test_only_posting_is_possible(address: str) -> None:
    """There is no stream to listen to and no session to delete; the protocol has 405 for that."""
    for method in ("GET", "DELETE"):
        reply = httpx.request(method, f"{address}/mcp", headers=ACCEPT)
        assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_the_whole_server_guards_it(index: Index, tmp_path: Path) -> None:
    """A token lets in until it is revoked; pages of other names and origins get nothing with it."""
    accounts = Accounts(tmp_path)
    token = accounts.tokens.new("assistant", Right.READ)
    with running(create_app(index, Assistant(index), accounts=accounts)) as address:
        bearer = {"authorization": f"Bearer {token}"}
        for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
            reply = httpx.post(f"{address}/mcp", json=INITIALIZE, headers=ACCEPT | bearer | headers)
            assert reply.status_code == 403

        async def session(client: Client) -> None:
            listed = await client.call_tool("list_documents", {})
            assert listed.structured_content
            denied = await client.call_tool("ask", {"question": BARKED})
            assert denied.is_error
            accounts.tokens.revoke("assistant")
            with pytest.raises(MCPError):
                await client.call_tool("list_documents", {})

        talk(address, session, token)
        reply = httpx.post(f"{address}/mcp", json=INITIALIZE, headers=ACCEPT | bearer)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")
    accounts.close()


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_work_ends_when_the_client_hangs_up(index: Index, mode: str) -> None:
    """The language model is left alone when nobody waits for what it writes."""
    with FakeLanguageModelServer() as model:
        assistant = Assistant(index, model=model.name)
        assistant.ask(BARKED)  # the first question imports what speaks to a model: some seconds
        model.mode = "endless"

        asked_before = len(model.requests)

        async def ask() -> None:
            async with connected(address, mode=mode) as client:
                await client.call_tool("ask", {"question": BARKED})

        async def run() -> None:
            asking = asyncio.create_task(ask())
            async with asyncio.timeout(60):
                while len(model.requests) == asked_before:
                    await asyncio.sleep(0.05)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

        with running(Tokens(app_over(Service(index, assistant)), NO_USERS)) as address:
            asyncio.run(run())
            deadline = time.monotonic() + 10
            while not model.broken and time.monotonic() < deadline:
                time.sleep(0.05)
        assert model.broken == 1


def command(index: Path, *more: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "askdocs", "mcp", "--index", str(index), *more],
        env={"PYTHONPATH": os.environ["PYTHONPATH"]},
    )


def test_over_standard_streams_beside_a_server(sample_index: Path) -> None:
    """`askdocs mcp` answers while another process owns the index."""

    async def session() -> None:
        async with Client(command(sample_index)) as client:
            result = await client.call_tool("ask", {"question": QUESTION})
            assert not result.is_error, words(result)
            assert result.structured_content is not None
            answer = Answer.from_dict(result.structured_content)
            assert answer.citations
            for citation in answer.citations:
                read = await client.call_tool(
                    "read_document",
                    {"id": citation.document, "start": citation.start, "end": citation.end},
                )
                assert read.structured_content is not None
                assert read.structured_content["text"] == citation.quote

    with Index.open(sample_index) as owner:
        assert owner.owned
        asyncio.run(session())


def test_nothing_else_is_written_to_standard_output(sample_index: Path) -> None:
    """Every line is a message of the protocol, also after a line that is none."""
    called = {"name": "ask", "arguments": {"question": QUESTION}}
    messages = [
        INITIALIZE,
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        "this is no message",
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": called},
    ]
    lines = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in messages)
    parameters = command(sample_index)
    with subprocess.Popen(
        [parameters.command, *parameters.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lines)
        process.stdin.flush()
        replies = []
        while 2 not in [reply.get("id") for reply in replies]:
            line = process.stdout.readline()
            assert line, "the server ended"
            replies.append(json.loads(line))
        process.stdin.close()
        assert process.wait(timeout=20) == 0
        assert process.stdout.read() == ""
    assert all(reply["jsonrpc"] == "2.0" for reply in replies)
    assert "isError" not in str(replies[-1]) or not replies[-1]["result"]["isError"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(sample_index: Path, number: signal.Signals) -> None:
    """Ctrl-C ends the command though it waits for the next line."""
    parameters = command(sample_index)
    with subprocess.Popen(
        [parameters.command, *parameters.args], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(number)
        assert process.wait(timeout=10) == -number


def test_an_index_that_is_not_there(tmp_path: Path) -> None:
    """The command says so in one line, and writes nothing to the standard output."""
    parameters = command(tmp_path / "none")
    ended = subprocess.run(
        [parameters.command, *parameters.args], capture_output=True, text=True, input=""
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.strip().splitlines()) == 1


def test_the_package_is_imported_only_when_used() -> None:
    """Neither the command's help nor the web app load `mcp` (beyond what Gradio does itself)."""
    code = (
        "import sys, askdocs.cli, askdocs.web.mcp_http\n"
        "askdocs.cli.make_parser()\n"
        "assert not any(name.split('.')[0] in ('mcp', 'mcp_types') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_title_does_not_hide_the_document(index: Index) -> None:
    """Footnotes name a document that was removed in the meantime by its id."""
    from askdocs.errors import DocumentNotFound
    from askdocs.integrations.footnotes import footnotes

    def gone(identifier: str) -> Document:
        raise DocumentNotFound(identifier)

    answer = replace(Assistant(index).ask(BARKED), text="")
    assert footnotes(answer, gone).strip().startswith("[1] farm/dogs.md")
