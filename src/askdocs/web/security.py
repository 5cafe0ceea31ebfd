"""Guards the web app: who may ask (Host, Origin, password) and what a page may load (CSP)."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.access.principal import OWNER, acting_as

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

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
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
    return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuses foreign hosts, origins and wrong passwords, and sets the headers.

    With an empty `password` none is asked for; else it is that of HTTP Basic, with any user name.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str] = (), password: str = "") -> None:
        self.app = app
        self.hosts = tuple(hosts)
        self.password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it; only `http` is served besides the lifespan."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        reason = refusal(headers, self.hosts)
        app: ASGIApp = self.app
        if reason:
            app = PlainTextResponse(reason, status_code=403)
        elif self.password and not self._knows_password(headers.get("authorization", "")):
            challenge = {"www-authenticate": 'Basic realm="askdocs", charset="UTF-8"'}
            app = PlainTextResponse("the password is needed\n", status_code=401, headers=challenge)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        # Events of the page run outside the request's context: they look into its scope.
        scope = {**scope, PRINCIPAL: OWNER}
        with acting_as(OWNER):
            await app(scope, receive, send_guarded)

    def _knows_password(self, authorization: str) -> bool:
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            decoded = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return False
        given = decoded.partition(":")[2]
        return hmac.compare_digest(given.encode("utf-8"), self.password.encode("utf-8"))
