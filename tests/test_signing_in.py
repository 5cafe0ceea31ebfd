"""Who comes in over HTTP: sessions, passwords, tokens, a proxy's word; how often they may try."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from askdocs.access.accounts import Accounts
from askdocs.access.entering import Entrance
from askdocs.access.principal import Right, acting
from askdocs.access.tries import PER_MINUTE
from askdocs.config import Config
from askdocs.config_server import ServerSettings
from askdocs.errors import ServerError, SignInNeeded
from askdocs.web import serving
from askdocs.web.render.signing_in import signed_in
from askdocs.web.security import PRINCIPAL, Guard
from askdocs.web.signing_in import add_signing_in
from askdocs.web.wording import LANGUAGES, speaking
from postgres_server import PostgresServer
from stores import Place

HOME = "http://127.0.0.1:7860"
WORD = "correct horse battery"
BROWSER = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def who(request: Request) -> JSONResponse:
    """Whoever is served, as the context and as the scope say."""
    try:
        found = acting()
    except SignInNeeded:
        found = None
    same = request.scope.get(PRINCIPAL) == found
    header = request.headers.get("x-forwarded-user", "")
    folders = list(found.folders) if found and found.folders is not None else None
    named = found and {"name": found.name, "right": found.right.word, "folders": folders}
    return JSONResponse({"who": named, "same": same, "header": header})


def guarded(
    accounts: Accounts | None, *, peer: str = "127.0.0.1", local_token: str = "", **settings: Any
) -> TestClient:
    """A guarded app that says who is served, as a client at `peer` sees it."""
    from fastapi import FastAPI

    chosen = ServerSettings(**settings)
    entrance = Entrance(accounts, local_token=local_token, proxied=bool(chosen.proxy_header))
    app = FastAPI(openapi_url=None)
    add_signing_in(app, entrance, chosen)
    app.router.routes += [Route("/{rest:path}", who, methods=["GET", "POST"])]
    app.add_middleware(Guard, entrance=entrance, settings=chosen)
    return TestClient(app, base_url=HOME, follow_redirects=False, client=(peer, 50_000))


@pytest.fixture
def another(tmp_path: Path, place: Place) -> Iterator[Callable[[], Accounts]]:
    """Opens the accounts once more, as another process does: in a file, then on a server."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(Accounts(tmp_path, store=place.address)))


@pytest.fixture
def accounts(another: Callable[[], Accounts]) -> Accounts:
    made = another()
    made.users.add("ann", WORD, Right.ASK)
    return made


def sign_in(client: TestClient, name: str = "ann", word: str = WORD, **more: str) -> httpx.Response:
    form = {"name": name, "password": word, **more}
    return client.post("/sign-in", data=form, headers={"origin": HOME, **BROWSER})


# -- sessions ----------------------------------------------------------------------------------


def test_signing_in_and_out(accounts: Accounts) -> None:
    """A browser is led to the page, signs in, is led back, and is nobody after signing out, even
    with the cookie that it had.
    """
    client = guarded(accounts)
    led = client.get("/view?document=a.md&start=3", headers=BROWSER)
    assert (led.status_code, led.headers["location"]) == (
        303,
        "/sign-in?next=%2Fview%3Fdocument%3Da.md%26start%3D3",
    )
    page = client.get(led.headers["location"], headers=BROWSER)
    assert page.status_code == 200 and "/view&#63;" not in page.text
    wanted = re.search(r'name="next" value="([^"]*)"', page.text)
    assert wanted
    done = sign_in(client, next="/view?document=a.md&start=3")
    assert (done.status_code, done.headers["location"]) == (303, "/view?document=a.md&start=3")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Domain" not in cookie
    seen = client.get("/x").json()
    assert seen["who"] == {"name": "ann", "right": "ask", "folders": None} and seen["same"]
    assert client.get("/sign-in", headers=BROWSER).headers["location"] == "/"
    stolen = dict(client.cookies)
    assert client.post("/sign-out", headers={"origin": HOME}).headers["location"] == "/sign-in"
    assert client.get("/x").status_code == 401
    client.cookies.update(stolen)
    assert client.get("/x").status_code == 401


def test_each_sign_in_is_another_session(accounts: Accounts) -> None:
    """A session that somebody planted in the browser is never taken up, and an old one ends."""
    client = guarded(accounts)
    client.cookies.set("askdocs-session", "planted")
    sign_in(client)
    first = client.cookies.get("askdocs-session", domain="127.0.0.1") or ""
    client.cookies.clear()
    client.cookies.set("askdocs-session", first)
    assert client.get("/x").status_code == 200 and first != "planted" and len(first) >= 43
    sign_in(client)
    fresh = guarded(accounts)
    fresh.cookies.set("askdocs-session", first)
    assert fresh.get("/x").status_code == 401


@pytest.mark.parametrize(
    ("peer", "secure"), [("127.0.0.1", True), ("10.0.0.7", False)], ids=["proxy", "anybody"]
)
def test_by_https_the_cookie_is_for_https_only(accounts: Accounts, peer: str, secure: bool) -> None:
    """Behind a proxy that speaks https the cookie is `__Host-` and `Secure`; others cannot say so,
    and the cookie of http is not believed there.
    """
    client = guarded(accounts, peer=peer)
    form, https = {"name": "ann", "password": WORD}, {"x-forwarded-proto": "https"}
    cookie = client.post("/sign-in", data=form, headers=https).headers["set-cookie"]
    assert ("__Host-" in cookie, "Secure" in cookie) == (secure, secure)
    plain = accounts.sessions.begin("ann", 60)
    given = {"cookie": f"askdocs-session={plain}"}
    assert client.get("/x", headers=given).status_code == 200
    assert (client.get("/x", headers=given | https).status_code == 401) is secure


@pytest.mark.parametrize(
    "address",
    [
        *("//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"),
        *("///evil.example", "/\t/evil.example", "\\\\evil.example", "/sign-out", "x", "/%0a\n"),
        *("http:/x", "/\u2028x", " //evil.example", "/sign-in"),
    ],
)
def test_signing_in_leads_nowhere_else(accounts: Accounts, address: str) -> None:
    """What comes after is a page of this server."""
    assert sign_in(guarded(accounts), next=address).headers["location"] == "/"
    page = guarded(accounts).get("/sign-in", params={"next": address})
    assert 'name="next" value="/"' in page.text


def test_a_wrong_password_is_told_without_saying_which(accounts: Accounts) -> None:
    """An unknown name and a wrong password get the same words, and no cookie."""
    accounts.users.add("bob", WORD)
    accounts.users.change("bob", disabled=True)
    client = guarded(accounts)
    tried = [("ann", "wrong"), ("nobody", WORD), ("bob", WORD), ("", "")]
    replies = [sign_in(client, name, word) for name, word in tried]
    assert {reply.status_code for reply in replies} == {401}
    assert len({re.sub(r'value="[^"]*"| autofocus', "", reply.text) for reply in replies}) == 1
    assert not any("set-cookie" in reply.headers for reply in replies)


def test_what_is_typed_is_shown_as_text(accounts: Accounts) -> None:
    """A name that is HTML stays text on the page, and in the foot of the side bar."""
    hostile = '"><script>alert(1)</script>'
    assert "<script>alert" not in sign_in(guarded(accounts), hostile).text
    assert "<script>" not in signed_in(hostile) and "/sign-out" in signed_in("ann")
    assert signed_in("") == ""


def test_the_form_is_not_read_without_end(accounts: Accounts) -> None:
    """A form of a megabyte, or of ten thousand fields, is no way in and no way to keep us busy."""
    client = guarded(accounts)
    assert sign_in(client, word=1_000_000 * "x").status_code == 401
    body = "&".join(f"a{number}=1" for number in range(3_000))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=body, headers=kind).status_code in (401, 400)


def test_the_page_speaks_the_reader_s_language() -> None:
    """Each language has its own words for signing in."""
    said = set()
    for language in LANGUAGES:
        with speaking(language):
            said.add(signed_in("ann"))
    assert len(said) == len(LANGUAGES)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1234"])
def test_no_other_page_signs_in_or_out(accounts: Accounts, origin: str) -> None:
    """Neither does a page of another place sign its reader in as somebody, nor out."""
    client = guarded(accounts)
    form = {"name": "ann", "password": WORD}
    refused = client.post("/sign-in", data=form, headers={"origin": origin})
    assert refused.status_code == 403 and "set-cookie" not in refused.headers
    sign_in(client)
    assert client.post("/sign-out", headers={"origin": origin}).status_code == 403
    assert client.get("/x").status_code == 200


def test_a_link_elsewhere_leads_in(accounts: Accounts) -> None:
    """Browsers keep the cookie back when another page led here: our own page leads on, once."""
    client = guarded(accounts)
    came = {**BROWSER, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    page = client.get("/view?document=a%22.md", headers=came)
    assert page.status_code == 200
    assert "url=/view?document=a%22.md" in page.text.replace("&#63;", "?")
    again = client.get("/view", headers={**came, "sec-fetch-site": "same-origin"})
    assert again.status_code == 303


# -- tokens and passwords of programs ----------------------------------------------------------


def test_a_token_lets_a_program_in(accounts: Accounts) -> None:
    """With its right and folders, until it is revoked; the day of its use is noted."""
    accounts.collections.add("law", ["law"])
    token = accounts.tokens.new("ci", Right.READ, ["law"])
    client, bearer = guarded(accounts), {"authorization": f"Bearer {token}"}
    seen = client.get("/x", headers=bearer).json()
    assert seen["who"] == {"name": "token:ci", "right": "read", "folders": ["law"]}
    accounts.collections.add("law", ["statutes"])
    assert client.get("/x", headers=bearer).json()["who"]["folders"] == ["law", "statutes"]
    wait = threading.Event()
    for _ in range(100):
        if accounts.tokens.all()[0].used:
            break
        wait.wait(0.02)
    assert accounts.tokens.all()[0].used
    accounts.tokens.revoke("ci")
    refused = client.get("/x", headers=bearer)
    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith("application/problem+json")
    told = refused.json()
    assert told["status"] == 401 and told["code"] == "sign_in_needed"
    assert told["type"] and told["title"] and told["detail"]
    assert refused.headers["www-authenticate"].startswith("Bearer")


def test_what_ends_a_user_s_access_ends_it_at_once(accounts: Accounts) -> None:
    """Shut out, with another password, or removed: the next request is refused."""
    ends = (
        lambda: accounts.users.change("ann", disabled=True),
        lambda: accounts.users.set_password("ann", "another horse"),
        lambda: accounts.users.remove("ann"),
    )
    for end in ends:
        client = guarded(accounts)
        accounts.users.change("ann", disabled=False)
        client.cookies.set("askdocs-session", accounts.sessions.begin("ann", 60))
        assert client.get("/x").status_code == 200
        end()
        assert client.get("/x").status_code == 401


def test_a_program_may_bring_name_and_password(accounts: Accounts) -> None:
    """HTTP Basic works for scripts, also with a name in other letters; a wrong one does not."""
    client = guarded(accounts)
    assert client.get("/x", auth=("ANN", WORD)).json()["who"]["name"] == "ann"
    for wrong in (("ann", "x"), ("", WORD), ("bob", WORD)):
        assert client.get("/x", auth=wrong).status_code == 401


@pytest.mark.parametrize(
    "value",
    [
        *("Bearer", "Bearer ", "Bearer x", "bearer\x00", "Basic", "Basic ????", "Basic Og=="),
        *("Digest x", "Negotiate x", "Bearer " + 9_000 * "x", "Basic /////w=="),
    ],
)
def test_a_broken_header_is_nobody(accounts: Accounts, value: str) -> None:
    """It is refused, and a session beside it does not count."""
    client = guarded(accounts)
    client.cookies.set("askdocs-session", accounts.sessions.begin("ann", 60))
    assert client.get("/x", headers={"authorization": value}).status_code == 401


def test_the_owner_s_own_programs_come_in(accounts: Accounts) -> None:
    """The token of this start acts as the owner, on a guarded server; no other does."""
    client = guarded(accounts, local_token="t0ken")
    seen = client.get("/x", headers={"authorization": "Bearer t0ken"}).json()
    assert seen["who"] == {"name": "", "right": "manage", "folders": None}
    assert client.get("/x", headers={"authorization": "Bearer t0keN"}).status_code == 401
    bare = guarded(accounts)  # without one, an empty token is none
    assert bare.get("/x", headers={"authorization": "Bearer "}).status_code == 401


def test_the_first_user_closes_an_open_server(another: Callable[[], Accounts]) -> None:
    """Without accounts everybody is the owner; from the first user on, nobody is."""
    client = guarded(another())
    assert client.get("/x").json()["who"]["right"] == "manage"
    another().users.add("ann", WORD)
    assert client.get("/x").status_code == 401


def test_who_signs_in_at_one_server_is_known_at_all(
    accounts: Accounts, another: Callable[[], Accounts]
) -> None:
    """A session begun at one server counts at another, and ends everywhere; so does a token, and
    what a user sees.
    """
    here, there = guarded(accounts), guarded(another())
    sign_in(here)
    there.cookies.update(dict(here.cookies))
    assert there.get("/x").json()["who"] == {"name": "ann", "right": "ask", "folders": None}
    token = accounts.tokens.new("ci")
    bearer = {"authorization": f"Bearer {token}"}
    assert {one.get("/x", headers=bearer).status_code for one in (here, there)} == {200}
    accounts.collections.add("law", ["law"])
    accounts.users.grant("ann", ["law"])
    assert there.get("/x").json()["who"]["folders"] == ["law"]
    accounts.tokens.revoke("ci")
    assert {one.get("/x", headers=bearer).status_code for one in (here, there)} == {401}
    assert there.post("/sign-out", headers={"origin": HOME}).status_code == 303
    assert here.get("/x").status_code == 401


def test_a_server_of_accounts_that_is_stopped_lets_nobody_in(
    private_postgres: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Within three seconds everybody is told so, whatever they bring; the log has the name of the
    server, the reply has not. The page to sign in on opens. When it is back, all go on.
    """
    with closing(Accounts(tmp_path, store=private_postgres.address("docs"))) as accounts:
        accounts.users.add("ann", WORD)
        client, bare = guarded(accounts), guarded(accounts)
        session, token = accounts.sessions.begin("ann", 60), accounts.tokens.new("ci")
        brought = [
            {"headers": {"cookie": f"askdocs-session={session}"}},
            {"headers": {"authorization": f"Bearer {token}"}},
            {"auth": ("ann", WORD)},
        ]
        assert {client.get("/x", **one).status_code for one in brought} == {200}
        private_postgres.stop()
        began = time.monotonic()
        for one in brought:
            refused = client.get("/x", **one)
            assert refused.status_code == 503
            assert refused.json()["code"] == "store_unreachable"
            assert int(refused.headers["retry-after"]) > 0
            assert "127.0.0.1" not in refused.text
        tried = sign_in(client)
        assert tried.status_code == 503 and "set-cookie" not in tried.headers
        assert int(tried.headers["retry-after"]) > 0 and "127.0.0.1" not in tried.text
        assert time.monotonic() - began < 3
        assert bare.get("/x").status_code == 401  # who brings nothing is not looked up
        assert client.get("/sign-in").status_code == 200
        said = [one.getMessage() for one in caplog.records]
        named = [one for one in said if f"127.0.0.1:{private_postgres.port}" in one]
        assert len(named) == len(brought) + 1
        assert not any(WORD in one or token in one or session in one for one in said)
        private_postgres.start()
        assert {client.get("/x", **one).status_code for one in brought} == {200}
        assert sign_in(client).status_code == 303


def test_others_are_served_while_a_server_of_accounts_is_silent(tmp_path: Path) -> None:
    """Who has to be looked up on a server that says nothing keeps nobody waiting who has not, and
    is told in three seconds.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/docs"
        accounts = Accounts(tmp_path, store=store)
        accounts.was_guarded = True
        app = guarded(accounts).app

        async def measure() -> tuple[float, list[float]]:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
                loop = asyncio.get_running_loop()

                async def one() -> float:
                    begun = loop.time()
                    reply = await client.get("/x", headers={"authorization": "Bearer x"})
                    assert reply.status_code == 503
                    return loop.time() - begun

                tried = [asyncio.create_task(one()) for _ in range(30)]
                begun = loop.time()
                await asyncio.sleep(0.3)
                assert (await client.get("/sign-in")).status_code == 200
                return loop.time() - begun, await asyncio.gather(*tried)

        page, looks = asyncio.run(measure())
        accounts.close()
    assert page < 1.5 and max(looks) < 3.2


def test_a_damaged_file_lets_nobody_in(tmp_path: Path) -> None:
    """It is told as trouble of the server, without a path; the page to sign in on still opens."""
    with closing(Accounts(tmp_path)) as accounts:
        accounts.users.add("ann", WORD, Right.ASK)
    (tmp_path / "access.sqlite3").write_bytes(b"garbage " * 100)
    client = guarded(Accounts(tmp_path))
    refused = client.get("/x")
    assert refused.status_code == 503 and str(tmp_path) not in refused.text
    assert client.get("/sign-in").status_code == 200
    tried = sign_in(client)
    assert tried.status_code >= 500 and "set-cookie" not in tried.headers


# -- a proxy's word ----------------------------------------------------------------------------


def test_a_proxy_s_word_counts_from_the_proxy_only(accounts: Accounts) -> None:
    """The header names a user from a trusted address; from elsewhere, or without the setting, it is
    nothing. It reaches nothing within.
    """
    header = {"x-forwarded-user": "Ann"}
    proxied = {"proxy_header": "X-Forwarded-User", "trusted_proxies": ("10.0.0.0/24",)}
    seen = guarded(accounts, peer="10.0.0.9", **proxied).get("/x", headers=header).json()
    assert seen["who"]["name"] == "ann" and seen["header"] == ""
    for peer in ("10.0.1.9", "127.0.0.1", "testclient", "::1"):
        assert guarded(accounts, peer=peer, **proxied).get("/x", headers=header).status_code == 401
    assert guarded(accounts, peer="10.0.0.9").get("/x", headers=header).status_code == 401


def test_a_proxy_that_names_two_names_nobody(accounts: Accounts) -> None:
    """A client that brings the header itself, through a proxy that adds its own, is nobody."""
    client = guarded(accounts, proxy_header="x-forwarded-user")
    accounts.users.add("*", None)
    twice = httpx.Headers([("x-forwarded-user", "ann"), ("X-Forwarded-User", "bob")])
    for named in (twice, {"x-forwarded-user": "ann, bob"}, {"x-forwarded-user": "*"}):
        assert client.get("/x", headers=named).status_code in (401, 403)
    assert client.get("/x", headers={"x-forwarded-user": ""}).status_code == 401


def test_whom_a_proxy_names_must_be_known(accounts: Accounts) -> None:
    """A name that is no user is told so; with `*` everybody whom it names is let in."""
    client = guarded(accounts, proxy_header="x-forwarded-user")
    refused = client.get("/x", headers={"x-forwarded-user": "cleo"})
    assert refused.status_code == 403 and "users add cleo" in refused.json()["detail"]
    accounts.users.add("*", None, Right.READ)
    seen = client.get("/x", headers={"x-forwarded-user": "Cleo"}).json()
    assert seen["who"] == {"name": "cleo", "right": "read", "folders": None}
    accounts.users.change("ann", disabled=True)
    assert client.get("/x", headers={"x-forwarded-user": "ann"}).status_code == 403


def test_an_address_of_a_proxy_that_is_none_is_told() -> None:
    """A misspelt address never comes to be trusted, nor to be silently left out."""
    with pytest.raises(ServerError, match=r"10\.0\.0\.0/24"):
        Guard(Starlette(), settings=ServerSettings(trusted_proxies=("proxy.local",)))


# -- tries -------------------------------------------------------------------------------------


def test_passwords_are_tried_ten_times_a_minute(accounts: Accounts) -> None:
    """By the page or by Basic, the eleventh try of a name is not looked at, even if it is right."""
    client = guarded(accounts)
    for number in range(PER_MINUTE):
        if number % 2:
            assert client.get("/x", auth=("ann", "wrong")).status_code == 401
        else:
            assert sign_in(client, "ANN", "wrong").status_code == 401
    late = client.get("/x", auth=("ann", WORD))
    assert late.status_code == 429 and 1 <= int(late.headers["retry-after"]) <= 60
    assert late.json()["code"] == "too_many_tries"
    page = sign_in(client)
    assert page.status_code == 429 and "retry-after" in page.headers
    assert "set-cookie" not in page.headers
    client.cookies.set("askdocs-session", accounts.sessions.begin("ann", 60))
    assert client.get("/x").status_code == 200  # whoever is signed in stays so


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", 401), ("10.0.0.9", 429)])
def test_addresses_behind_a_proxy_are_told_apart(
    accounts: Accounts, peer: str, status: int
) -> None:
    """What a trusted proxy says of an address counts; whoever says it of itself gains nothing."""
    client = guarded(accounts, peer=peer)
    for number in range(PER_MINUTE):
        came = {"x-forwarded-for": f"1.2.3.4, 9.9.9.{number}"}
        assert client.get("/x", auth=(f"u{number}", "x"), headers=came).status_code == 401
    late = client.get("/x", auth=("another", "x"), headers={"x-forwarded-for": "1.2.3.4, 9.9.9.99"})
    assert late.status_code == status


def test_others_are_served_while_passwords_are_looked_at(accounts: Accounts) -> None:
    """Twenty passwords under way keep nobody waiting who has signed in: the slowest of the requests
    beside them takes less than half of the time that the passwords take.
    """
    app = guarded(accounts).app
    session = accounts.sessions.begin("ann", 60)

    async def measure() -> tuple[float, float]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            loop = asyncio.get_running_loop()

            async def one(number: int) -> float:
                begun = loop.time()
                await client.get("/x", auth=(f"user{number % 4}", "x"))
                return loop.time() - begun

            begun = loop.time()
            tried = [asyncio.create_task(one(number)) for number in range(20)]
            slowest = 0.0
            while not all(task.done() for task in tried):
                before = loop.time()
                reply = await client.get("/x", headers={"cookie": f"askdocs-session={session}"})
                assert reply.status_code == 200
                slowest = max(slowest, loop.time() - before)
            return slowest, loop.time() - begun

    slowest, whole = asyncio.run(measure())
    assert slowest < whole / 2


# -- what is noted -----------------------------------------------------------------------------


def test_a_request_has_a_number_and_its_question_is_not_in_the_log(
    accounts: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    """Reply and log share the number; the log has no query, no header and no second line."""
    caplog.set_level(logging.INFO, "askdocs.web.peers")
    client = guarded(accounts)
    token = accounts.tokens.new("ci")
    reply = client.get(
        "/a%0Ab?question=secret", headers={"authorization": f"Bearer {token}", "x-request-id": "x"}
    )
    number = reply.headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", number)
    lines = [one.getMessage() for one in caplog.records if number in one.getMessage()]
    assert len(lines) == 1 and "token:ci" in lines[0] and "\n" not in lines[0]
    assert "secret" not in lines[0] and token not in lines[0]
    kept = client.get("/x", headers={"x-request-id": "0f8fad5b-d9cb-469f"}).headers["x-request-id"]
    assert kept == "0f8fad5b-d9cb-469f"


def test_what_is_for_one_person_lies_in_no_shared_cache(accounts: Accounts) -> None:
    """Neither what is served nor the page to sign in on is kept for others."""
    client = guarded(accounts)
    assert "private" in client.get("/x", auth=("ann", WORD)).headers["cache-control"]
    assert client.get("/sign-in").headers["cache-control"] == "no-store"
    assert sign_in(client).headers["cache-control"] == "no-store"


# -- the rule of the server --------------------------------------------------------------------


def test_the_network_is_served_once_somebody_may_use_it(
    tmp_path: Path, another: Callable[[], Accounts], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a password, a user, a token or a proxy an address of the network is refused, and told
    which commands change that; with any of them it is served.
    """

    class Reached(Exception):
        pass

    def reached(*_: object) -> None:
        raise Reached

    monkeypatch.setattr(serving, "listen", reached)
    config = Config(store=place.address)
    with pytest.raises(ServerError, match="askdocs access users add NAME"):
        serving.serve(tmp_path, host="0.0.0.0", config=config)
    for settings in (ServerSettings(host="0.0.0.0", proxy_header="x-user"),):
        with pytest.raises(Reached):
            serving.serve(tmp_path, settings=settings, config=config)
    with pytest.raises(Reached):
        serving.serve(tmp_path, host="0.0.0.0", password="x", config=config)
    another().tokens.new("ci")
    with pytest.raises(Reached):
        serving.serve(tmp_path, host="0.0.0.0", config=config)
