"""One connection to a server by the standard library alone: quick to load, for the command line."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from askdocs.client_errors import error_from, stranger, unreachable
from askdocs.client_requests import Request

_SECONDS_TO_CONNECT = 5.0


class Connection:
    """Sends requests one after the other; use it in a `with` statement.

    With `trusting` the certificate of an https server is not looked at: for one that is on this
    machine, and that the files of its user name.
    """

    def __init__(
        self, address: str, headers: Mapping[str, str], *, timeout: float, trusting: bool = False
    ) -> None:
        self.address = address
        self.timeout = timeout
        self._headers = {"accept": "application/json", **headers}
        parts = urlsplit(address)
        self._prefix = parts.path
        host, port = parts.hostname or "", parts.port
        self._http: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            if trusting:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._http = http.client.HTTPSConnection(
                host, port, timeout=_SECONDS_TO_CONNECT, context=context
            )
        else:
            self._http = http.client.HTTPConnection(host, port, timeout=_SECONDS_TO_CONNECT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def json(self, request: Request, *, timeout: float | None = None) -> Any:
        """What the server answers to a request. Raises as the library would."""
        body = request.body if isinstance(request.body, bytes) else _encoded(request.body)
        kind = {"content-type": "application/json"} if body is not None else {}
        headers = {**self._headers, **kind, **request.headers}
        try:
            if self._http.sock is None:
                self._http.connect()
            self._http.sock.settimeout(timeout or self.timeout)
            self._http.request(request.method, self._prefix + request.path, body, headers)
            reply = self._http.getresponse()
            said = reply.read()
        except http.client.HTTPException as error:
            raise stranger(self.address) from error
        except OSError as error:
            raise unreachable(self.address, error) from error
        if reply.status // 100 != 2:
            told = {name.lower(): value for name, value in reply.getheaders()}
            raise error_from(self.address, reply.status, told, said)
        return parsed(self.address, said)


def parsed(address: str, said: bytes) -> Any:
    """The JSON of a reply. Raises `ServerError` for what is none."""
    try:
        return json.loads(said)
    except ValueError as error:
        raise stranger(address) from error


def _encoded(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body).encode()
