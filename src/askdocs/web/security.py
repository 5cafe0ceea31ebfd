"""Guards the web app: who may ask (Host, Origin, account) and what a page may load (CSP)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.access.entering import Entrance
from askdocs.access.principal import acting_as
from askdocs.config_server import ServerSettings
from askdocs.errors import AskdocsError, SignInNeeded
from askdocs.web.peers import Noted, Peers
from askdocs.web.problems import UNBEGUN, problem, problem_of
from askdocs.web.signing_in import is_open, to_sign_in, wants_page

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})

# Gradio's page needs inline styles and scripts and `eval`; all else may come only from this server.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",  # Gradio sets its own address as the base
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

PRINCIPAL = "askdocs.principal"
"""Where the scope of a request says who made it."""

REQUEST = "askdocs.request"
"""Where it says the number of the request, which the log and the reply have, too."""

ELSEWHERE = "@elsewhere"
"""Where nginx asks another server: see deploy/nginx.conf."""

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # Not "no-referrer": with that, a browser hides from us that our own forms are our own.
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def host_name(netloc: str) -> str:
    """The host of a `Host` header, in lower case and without its port.

    >>> host_name("LOCALHOST:7860"), host_name("[::1]:7860"), host_name("::1")
    ('localhost', '::1', '::1')
    """
    netloc = netloc.strip().lower()
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0]
    return netloc if netloc.count(":") > 1 else netloc.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Whether `host` is reached from this machine only.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return host.lower() in LOOPBACK or (
        _is_address(host) and ipaddress.ip_address(host).is_loopback
    )


def allowed_host(netloc: str, hosts: Iterable[str]) -> bool:
    """Whether a request for `netloc` is meant for a server that goes by `hosts`.

    A server bound to every address also answers to any address, never to a foreign name: a page
    that rebinds its own name to this machine still sends that name.
    """
    name = host_name(netloc)
    known = {host.lower() for host in hosts} | LOOPBACK
    return name in known or (bool(known & EVERYWHERE) and _is_address(name))


def same_origin(origin: str, netloc: str) -> bool:
    """Whether a request with this `Origin` comes from a page of the server itself.

    >>> same_origin("http://127.0.0.1:7860", "127.0.0.1:7860"), same_origin("null", "127.0.0.1")
    (True, False)
    """
    scheme, separator, place = origin.strip().lower().partition("://")
    return bool(separator) and scheme in ("http", "https") and place == netloc.strip().lower()


def refusal(headers: Headers, hosts: Iterable[str]) -> str:
    """Why a request with these headers is refused; empty if it is not."""
    host = headers.get("host", "")
    if not allowed_host(host, hosts):
        return f"this server does not go by the name {host[:100]!r}; use the address it printed\n"
    origin = headers.get("origin")
    if origin is not None and not same_origin(origin, host):
        return f"a page of {origin[:100]!r} may not use this server\n"
    # Browsers say so of what they fetch for another page, as its pictures. A link may lead here.
    foreign = headers.get("sec-fetch-site", "") in ("cross-site", "same-site")
    if foreign and headers.get("sec-fetch-mode", "") != "navigate":
        return "another page may not use this server\n"
    return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, lets in who may come in, sets headers.

    Who may, `entrance` says; without one, everybody is the owner, or whoever has `password`.
    Whatever is served within knows whom it is for. What does not say who it comes from reaches
    nothing but the health of the server and the page to sign in on.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Iterable[str] = (),
        password: str = "",
        entrance: Entrance | None = None,
        settings: ServerSettings | None = None,
    ) -> None:
        self.app = app
        self.hosts = tuple(hosts)
        self.entrance = entrance or Entrance(password=password)
        self.peers = Peers(settings or ServerSettings())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it; only `http` is served besides the lifespan."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        noted = Noted(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["x-request-id"] = noted.identifier
                if UNBEGUN in headers:
                    del headers[UNBEGUN]
                    if self.peers.takes_back(scope):
                        headers["x-accel-redirect"] = ELSEWHERE
                # What is for one person shall lie in no cache that others use.
                headers.setdefault("cache-control", "private, no-cache")
                noted.status = message["status"]
            await send(message)

        reason = refusal(Headers(scope=scope), self.hosts)
        try:
            if reason:
                await PlainTextResponse(reason, status_code=403)(scope, receive, send_guarded)
            else:
                await self._serve(noted, scope, receive, send_guarded)
        finally:
            noted.finish()

    async def _serve(self, noted: Noted, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on for whoever makes it, or reply that nobody may."""
        brought = self.peers.credentials(scope)
        scope = {**self.peers.cleaned(scope), REQUEST: noted.identifier}
        try:
            principal = await self.entrance.enter(brought)
        except AskdocsError as error:
            scope.pop(PRINCIPAL, None)
            app = self.app if is_open(scope) else self._refused(error, scope)
            await app(scope, receive, send)
            return
        noted.name = principal.name
        # Events of the page run outside the request's context: they look into its scope.
        with acting_as(principal):
            await self.app({**scope, PRINCIPAL: principal}, receive, send)

    def _refused(self, error: AskdocsError, scope: Scope) -> ASGIApp:
        """What is told to who does not come in."""
        if not isinstance(error, SignInNeeded):
            return problem_of(error)
        headers = Headers(scope=scope)
        if not self._by_name():
            challenge = 'Basic realm="askdocs", charset="UTF-8"'
        elif wants_page(scope["method"], headers):
            return to_sign_in(scope, headers)
        else:
            challenge = 'Bearer realm="askdocs"'  # with Basic, the browser itself would ask
        told = {"www-authenticate": challenge}
        return problem(401, error.code, str(error), headers=told)

    def _by_name(self) -> bool:
        try:
            return self.entrance.has_accounts
        except AskdocsError:
            return True
