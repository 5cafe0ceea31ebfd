"""What a request says of who sends it, as far as it can be believed, and a line of log about it."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import time
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from askdocs.access.entering import Credentials
from askdocs.config_server import ServerSettings
from askdocs.errors import ServerError

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_COOKIE, _SECURE_COOKIE = "askdocs-session", "__Host-askdocs-session"
_IDENTIFIER = re.compile(r"[A-Za-z0-9-]{8,64}")
_log = logging.getLogger(__name__)


class Peers:
    """Knows which proxies are believed, and what they say of a request."""

    def __init__(self, settings: ServerSettings) -> None:
        self._header = settings.proxy_header.lower()
        self._trusted = tuple(map(_network, settings.trusted_proxies))

    def credentials(self, scope: Scope) -> Credentials:
        """What the request brings to be let in with."""
        headers = Headers(scope=scope)
        named = headers.getlist(self._header) if self._header and self._trusts(scope) else []
        return Credentials(
            authorization=headers.get("authorization", ""),
            session=session_of(headers, secure=self.is_secure(scope)),
            # Two names are one too many: whoever sent the other wants to be somebody else.
            named=named[0].strip() if len(named) == 1 else "",
            address=self._address(scope, headers),
        )

    def cleaned(self, scope: Scope) -> Scope:
        """The request without the header by which a proxy names the user: it has been read."""
        name = self._header.encode("latin-1", "replace")
        kept = [one for one in scope["headers"] if not name or one[0].lower() != name]
        return {**scope, "headers": kept}

    def is_secure(self, scope: Scope) -> bool:
        """Whether the request came by https, here or at a trusted proxy."""
        if scope.get("scheme") == "https":
            return True
        said = Headers(scope=scope).get("x-forwarded-proto", "")
        return self._trusts(scope) and said.rpartition(",")[2].strip().lower() == "https"

    def takes_back(self, scope: Scope) -> bool:
        """Whether a trusted proxy asks another server what this one has not begun to answer."""
        said = Headers(scope=scope).get("x-askdocs-elsewhere", "")
        return said == "may" and self._trusts(scope)

    def _trusts(self, scope: Scope) -> bool:
        return self._is_trusted(_peer(scope))

    def _is_trusted(self, name: str) -> bool:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._trusted)

    def _address(self, scope: Scope, headers: Headers) -> str:
        """Where the request comes from: the last address that no trusted proxy has.

        What stands before that in `X-Forwarded-For` is what the sender says of itself.
        """
        address = _peer(scope)
        said = ",".join(headers.getlist("x-forwarded-for")).split(",")
        while self._is_trusted(address) and said and said[-1].strip():
            address = said.pop().strip()[:100]
        return address


class Noted:
    """A request, as the log has it: its address and its outcome, never what was asked.

    What stands after the question mark of an address is left out, too.
    """

    def __init__(self, scope: Scope) -> None:
        given = Headers(scope=scope).get("x-request-id", "")
        self.identifier = given if _IDENTIFIER.fullmatch(given) else secrets.token_hex(8)
        self.status = 0
        self.name = ""
        self._begun = time.perf_counter()
        self._line = f"{scope['method']} {scope['path'][:200]!a}"

    def finish(self) -> None:
        """Write the line."""
        took = (time.perf_counter() - self._begun) * 1000
        name = ascii(self.name) if self.name else "-"
        _log.info("%s %s %s %d %.0f ms", self.identifier, name, self._line, self.status, took)


def session_of(headers: Headers, *, secure: bool) -> str:
    """The id of the session that the request names."""
    cookies = cookie_parser(headers.get("cookie", ""))
    return str(cookies.get(cookie_name(secure=secure), ""))[:200]


def cookie_name(*, secure: bool) -> str:
    """The name of the cookie of a session. By https it is one that no other host can set."""
    return _SECURE_COOKIE if secure else _COOKIE


def _peer(scope: Scope) -> str:
    """The address of whoever opened the connection."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ServerError(
            f"{text!r} is no address of a proxy; write one such as 10.0.0.2, or 10.0.0.0/24"
        ) from error
