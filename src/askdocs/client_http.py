"""What both clients share over httpx: how they connect, and what they make of what fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx

from askdocs import __version__, client_requests
from askdocs.client_errors import error_from, late, stranger, unreachable
from askdocs.errors import Busy, ServerError

_SECONDS_TO_CONNECT = 5.0


@dataclass(slots=True)
class Patience:
    """How many seconds are left to wait for a server that is busy."""

    left: float

    def pause(self, busy: Busy) -> float:
        """The seconds to wait now. Raises `busy` again if that would take too long."""
        if busy.retry_after > self.left:
            raise busy
        self.left -= max(busy.retry_after, 0.05)
        return busy.retry_after


def connection_options(address: str, headers: dict[str, str], timeout: float) -> dict[str, Any]:
    """How httpx is to connect: to this machine past any proxy, and never on to elsewhere."""
    return {
        "base_url": address,
        "headers": {"accept": "application/json", **headers},
        "timeout": httpx.Timeout(timeout, connect=min(timeout, _SECONDS_TO_CONNECT)),
        "follow_redirects": False,
        "trust_env": not _is_here(address),
    }


def sending(request: client_requests.Request) -> dict[str, Any]:
    """The request as httpx takes it."""
    body = request.body
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    return {
        "method": request.method,
        "url": request.path,
        "headers": request.headers,
        **({} if body is None else content),
    }


@contextmanager
def telling(address: str) -> Iterator[None]:
    """Whatever fails meanwhile is told as an error of askdocs that names the address."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise late(address) from error
    except (KeyError, TypeError, ValueError, httpx.RemoteProtocolError) as error:
        raise stranger(address) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(address, error) from error


def require_success(address: str, reply: httpx.Response, body: bytes) -> None:
    """Raise what the reply says is wrong, if it does."""
    if not reply.is_success:
        raise error_from(address, reply.status_code, reply.headers, body)


def other_version(address: str, about: Any) -> ServerError | None:
    """The error for a server that says in its list of addresses that it is of another version."""
    version = about.get("version") if isinstance(about, dict) else None
    if version is None or version == __version__:
        return None
    return ServerError(
        f"{address} is askdocs {version}, and this is {__version__}; install the same version here"
    )


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
