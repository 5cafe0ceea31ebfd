"""Every address of the server, by every method: nobody gets anything without signing in, nobody
from another page, and who may only read changes nothing. The addresses are the app's own list.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount

from askdocs.access.accounts import Accounts
from askdocs.access.principal import Right
from askdocs.web.app import create_app
from askdocs.web.signing_in import FILES, is_open
from fakes_web import scene

HOME = "http://127.0.0.1:7860"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
FILLED = {"identifier": "reports/unrest.txt", "turn": "0", "position": "0", "number": "1"}
SECRET_WORDS = ("7,939", "Almaty", "unrest")


@dataclass
class Site:
    """The app over the scene of the fakes, with an account."""

    app: FastAPI
    accounts: Accounts

    def client(self, token: str = "") -> TestClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, base_url=HOME, follow_redirects=False, headers=headers)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    accounts = Accounts(tmp_path_factory.mktemp("accounts"))
    accounts.users.add("ann", "correct horse battery")
    index, assistant = scene()

    def reached(*_: Any, **__: Any) -> None:
        raise AssertionError("somebody who may not do that got as far as the store")

    index.store.give_feedback = index.store.take_back_feedback = reached
    app = create_app(index, assistant, accounts=accounts)
    with TestClient(app, base_url=HOME):  # started, as it is when it is served
        yield Site(app, accounts)


def routes(listed: Any, before: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """The addresses of an app with the methods they know, also those of what is mounted in it."""
    for route in listed:
        inner = getattr(route, "original_router", None)
        if inner is not None:  # how FastAPI keeps the routes of a router that was included
            yield from routes(inner.routes, before)
            continue
        if not hasattr(route, "path"):  # the end of the API, which is no address itself
            continue
        path = before + route.path
        if isinstance(route, Mount):
            yield f"{path}/some/thing", frozenset()
            yield from routes(route.routes or [], path)
        else:
            yield path, frozenset(getattr(route, "methods", None) or ())


def addresses(app: FastAPI) -> dict[str, frozenset[str]]:
    """Every address, with something in the place of its parameters, and its methods."""
    found: dict[str, frozenset[str]] = {}
    for path, methods in routes(app.routes):
        filled = re.sub(r"{(\w+)(:\w+)?}", lambda one: FILLED.get(one[1], "x1"), path) or "/"
        found[filled] = found.get(filled, frozenset()) | methods
    files = {f"/page/{file.name}" for file in ASSETS.iterdir()}
    return found | dict.fromkeys(files, frozenset({"GET"}))


ASSETS = Path(create_app.__code__.co_filename).parent / "assets"
"""The files of the page, which the app has below one mount."""


@dataclass
class Reply:
    """What the app replied to a request."""

    method: str
    target: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Sent = tuple[str, str]
"""A method and a target, with what stands after its question mark."""


def send_all(app: FastAPI, sent: list[Sent], headers: dict[str, str]) -> list[Reply]:
    """What the app replies to each request, just as it is written: a client would tidy it first."""

    async def send_each() -> list[Reply]:
        return [await send_one(app, method, target, headers) for method, target in sent]

    return asyncio.run(send_each())


async def send_one(app: FastAPI, method: str, target: str, headers: dict[str, str]) -> Reply:
    path, _, query = target.partition("?")
    reply = Reply(method, target)

    given_over, done = False, asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal given_over
        if given_over:
            await done.wait()
            return {"type": "http.disconnect"}
        given_over = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        reply.body += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body"):
            done.set()

    given = {"host": "127.0.0.1:7860", **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path, errors="replace"),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 7860),
    }
    await app(scope, receive, send)
    return reply


def test_the_list_is_whole(site: Site) -> None:
    """What is crawled has the page, its parts, the APIs and Gradio's own addresses in it."""
    found = addresses(site.app)
    assert len(found) > 100
    for path in ("/", "/view", "/v1/ask", "/v1/chat/completions", "/mcp", "/metrics", "/config"):
        assert path in found
    for path in ("queue/join", "queue/data", "upload", "file=x1", "heartbeat/x1"):
        assert f"/gradio_api/{path}" in found


def test_nobody_gets_anything(site: Site) -> None:
    """Without signing in, every address replies 401 to every method, whether it exists or not; only
    the server's health, the page to sign in on and its files answer, and tell of no document.
    """
    paths = [*addresses(site.app), "/nowhere", "/v1/nowhere", "/health/../v1/documents"]
    opened = set()
    for reply in send_all(site.app, [(one, path) for path in paths for one in METHODS], {}):
        if is_open({"method": reply.method, "path": reply.target}):
            opened.add(reply.target)
            assert not any(word.encode() in reply.body for word in SECRET_WORDS), reply
        else:
            assert reply.status == 401, reply
    health = {"/health", "/health/live", "/health/ready", "/health/some/thing"} & opened
    assert {"/health", "/health/live"} <= health
    assert opened == {"/sign-in"} | health | FILES


def test_a_browser_is_led_to_sign_in(site: Site) -> None:
    """A page that is opened leads to the page to sign in on, whatever its address."""
    sent = [("GET", path) for path in addresses(site.app)]
    for reply in send_all(site.app, sent, {"accept": "text/html"}):
        if not is_open({"method": "GET", "path": reply.target}):
            assert reply.status == 303, reply
            assert reply.headers["location"].startswith("/sign-in"), reply


@pytest.mark.parametrize("path", ["//health", "/HEALTH", "/health/a/b", "/health/%2e%2e/v1/ask"])
def test_what_looks_like_an_open_address_is_none(site: Site, path: str) -> None:
    """Only the very addresses are open, not what begins like them."""
    assert site.client().get(path).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1234"},
        {"host": "evil.example"},
        {"host": "evil.example:7860", "origin": "http://evil.example:7860"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    ],
    ids=str,
)
def test_no_other_page_reaches_anything(site: Site, header: dict[str, str]) -> None:
    """Every address refuses what another page sends, by every method, although it is signed in;
    and says nothing that lets that page read the reply.
    """
    token = site.accounts.tokens.new(f"t{secrets.token_hex(4)}", Right.MANAGE)
    sent = [(method, path) for path in addresses(site.app) for method in METHODS]
    signed_in = {"authorization": f"Bearer {token}"}
    for reply in send_all(site.app, sent, signed_in | header):
        assert reply.status == 403, reply
        assert "access-control-allow-origin" not in reply.headers


RETRIEVING = {"/v1/retrieve", "/mcp"}
"""What is sent to these only reads; what asks below the second is refused there."""
FOR_ALL = {"/sign-in", "/sign-out", "/login", "/login/"}
"""Signing in and out is for everybody; Gradio's own is switched off."""
BODIES: dict[str, Any] = {
    "/v1/ask": {"question": "How many?"},
    "/v1/chat/completions": {"model": "askdocs", "messages": [{"role": "user", "content": "x"}]},
    "/v1/conversations": {"title": "x"},
    "/v1/conversations/x1": {"title": "x"},
    "/feedback": {"verdict": "right"},
    "/v1/evaluations": {"gold": "gold.jsonl"},
}
"""What a request has to have in it, by the end of its address; others need nothing."""


def test_who_may_read_changes_nothing(site: Site) -> None:
    """With the right to read, every address that changes or asks replies 403, or is not there."""
    client = site.client(site.accounts.tokens.new("reader", Right.READ))
    assert client.get("/v1/documents").status_code == 200
    wrong = []
    for path, methods in addresses(site.app).items():
        if path in RETRIEVING | FOR_ALL or path.startswith("/gradio_api"):
            continue
        body = next((one for end, one in BODIES.items() if path.endswith(end)), None)
        for method in CHANGING:
            target = f"{path}?name=a.md&document=a.md"
            reply = client.request(method, target, json=body, headers={"x-askdocs": "1"})
            refused = (403,) if method in methods else (403, 404, 405)
            if reply.status_code not in refused:
                wrong.append((method, path, reply.status_code))
    assert wrong == []


def test_whose_access_ends_is_nobody_everywhere(site: Site) -> None:
    """Every address refuses a token at once when it is revoked."""
    client = site.client(site.accounts.tokens.new("gone", Right.MANAGE))
    assert client.get("/v1/documents").status_code == 200
    site.accounts.tokens.revoke("gone")
    for path in addresses(site.app):
        if not is_open({"method": "GET", "path": path}):
            assert client.get(path).status_code == 401, path


# -- reading files through the web -------------------------------------------------------------


def traversals(target: Path) -> list[str]:
    """Ways to write the path of a file for a server that takes one: 140 of them."""
    absolute, name = str(target), target.name
    bare = absolute.lstrip("/")
    ups = ["../", "..\\", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "....//", "..;/", "..%252f"]
    ups += ["%252e%252e%252f", "..%c0%af", "%uff0e%uff0e/", "．．/", "..\u2215"]
    lines = [up * depth + bare for up in ups for depth in (1, 2, 4, 8, 12)]
    lines += [f"{inside}/{up * 8}{bare}" for up in ups for inside in ("static", "page", ".")]
    lines += [absolute, f"/{absolute}", f"//{absolute}", f"file://{absolute}", f"file:{absolute}"]
    lines += [f"{absolute}%00.css", f"{absolute}%00", f"{absolute}.", f"{absolute}/", name]
    lines += [f"./{name}", f"~/{name}", f"~root/{name}", f"{absolute}::$DATA", f"\\\\?\\{absolute}"]
    lines += [quote(absolute, safe=""), quote(quote(absolute, safe=""), safe="")]
    lines += [f"/proc/self/root{absolute}", f"/proc/self/cwd/{name}", f"/dev/fd/../..{absolute}"]
    lines += [f"C:{absolute}", f"{absolute}?x.css", f"{absolute}#x.css", f"@fs{absolute}"]
    lines += [f"x/../{'../' * 8}{bare}", f"/./{absolute}", f"{absolute.upper()}", f"\t{absolute}"]
    return lines


def test_no_file_of_the_machine_can_be_read(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five secrets lie where servers have lost theirs; 140 ways to write each path, at every place
    that takes one, bring not a byte of them, even to who may do all.
    """
    word = f"secret-{secrets.token_hex(8)}"
    here, home, temporary = tmp_path / "here", tmp_path / "home", tmp_path / "tmp"
    index = Path(str(site.accounts._database.path)).parent
    planted = [here / "key.txt", here / ".env", temporary / "key.txt", index / "key.txt"]
    planted += [home / ".ssh" / "id"]
    for file in planted:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(word)
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    token = site.accounts.tokens.new("owner", Right.MANAGE)
    before = ("/gradio_api/file=", "/file=", "/static/", "/page/", "/assets/", "/svelte/", "/")
    asked = ("/view?document=", "/view/file?document=", "/v1/documents/")
    lines = [line for file in planted for line in traversals(file)]
    assert len(lines) >= 5 * 140
    targets = [("GET", place + line) for line in lines for place in (*before, *asked)]
    owner = {"authorization": f"Bearer {token}"}
    served = send_all(site.app, targets, owner)
    assert [reply.target for reply in served if word.encode() in reply.body] == []
    (read,) = send_all(site.app, [("GET", "/v1/documents/reports/unrest.txt")], owner)
    assert b"7,939" in read.body  # what may be read, is
