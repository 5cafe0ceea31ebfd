"""The guard: foreign hosts and origins are refused, and every reply carries the policy."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from askdocs.web.security import CONTENT_SECURITY_POLICY, Guard, allowed_host, is_loopback


def client(*hosts: str, password: str = "") -> TestClient:
    """A guarded app that says `hello` to GET and POST, as a client on this machine sees it."""

    def hello(_: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", hello, methods=["GET", "POST"])])
    app.add_middleware(Guard, hosts=hosts, password=password)
    return TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:80", "[::1]:7860"])
def test_the_names_of_this_machine_are_served(host: str) -> None:
    """A request for a name of the loopback is answered."""
    assert client().get("/", headers={"host": host}).text == "hello"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7860", "", "10.0.0.7"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_names_are_refused(method: str, host: str) -> None:
    """A page that rebinds its own name to this machine gets nothing."""
    reply = client().request(method, "/", headers={"host": host})
    assert reply.status_code == 403
    assert "hello" not in reply.text


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost:1234", "http://127.0.0.1", "file://", "x"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_pages_are_refused(method: str, origin: str) -> None:
    """A request that a foreign page sends is refused, whether it reads or writes."""
    assert client().request(method, "/", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_page_fetches_is_refused(site: str) -> None:
    """A picture, a script or a fetch without an origin is refused; a link may lead here."""
    fetched = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors"}
    assert client().get("/", headers=fetched).status_code == 403
    followed = {"sec-fetch-site": site, "sec-fetch-mode": "navigate"}
    assert client().get("/", headers=followed).text == "hello"
    own = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
    assert client().get("/", headers=own).text == "hello"


def test_the_page_itself_and_programs_are_served() -> None:
    """The server's own origin passes, and so does a client that names none."""
    assert client().post("/", headers={"origin": "http://127.0.0.1:7860"}).text == "hello"
    assert client().post("/").text == "hello"


def test_a_configured_host_is_served() -> None:
    """The name that the server was started with is one of its names."""
    assert client("docs.home").get("/", headers={"host": "docs.home:7860"}).text == "hello"


def test_a_server_on_every_address_answers_addresses_and_no_foreign_name() -> None:
    """Bound to 0.0.0.0, any address of the machine will do; a foreign name will not."""
    assert allowed_host("192.168.1.5:7860", ["0.0.0.0"])
    assert not allowed_host("evil.example", ["0.0.0.0"])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_reply_carries_the_policy(method: str) -> None:
    """Replies and refusals say what a page may load, and that nobody may frame it."""
    for host in ("127.0.0.1:7860", "evil.example"):
        headers = client().request(method, "/", headers={"host": host}).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_the_policy_allows_no_other_host_and_no_frame() -> None:
    """The policy names no host at all."""
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert "default-src 'self'" in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY


def test_a_password_is_asked_for_when_there_is_one() -> None:
    """Without the password, or with a wrong or broken one, nothing is served."""
    guarded = client(password="käse")
    refused = guarded.get("/")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert guarded.get("/", auth=("me", "brie")).status_code == 401
    assert guarded.get("/", headers={"authorization": "Basic ???"}).status_code == 401
    assert guarded.get("/", headers={"authorization": "Bearer käse".encode()}).status_code == 401
    assert guarded.get("/", auth=(b"me", "käse".encode())).text == "hello"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("Localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.org", False),
    ],
)
def test_loopback_is_known(host: str, loopback: bool) -> None:
    """An address is on the loopback or it is not."""
    assert is_loopback(host) is loopback
