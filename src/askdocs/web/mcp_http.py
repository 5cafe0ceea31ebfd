"""The MCP server at `/mcp`, over streamable HTTP, for whoever each request acts for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from askdocs.access.principal import Principal, Right, require
from askdocs.errors import AskdocsError, SignInNeeded
from askdocs.web.problems import problem, problem_of
from askdocs.web.security import PRINCIPAL
from askdocs.web.service import Service

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server


def add_mcp(app: FastAPI, service: Service) -> None:
    """The address of the MCP server; the guard before it settles who asks, and from where."""
    app.router.routes.append(Route("/mcp", McpOverHttp(service), include_in_schema=False))


class McpOverHttp:
    """ASGI app: each request stands for itself, and there are no sessions that one could take over.

    The package `mcp` is imported when the first request comes.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._server: Server[Any] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; its work ends when the client hangs up."""
        try:
            require(Right.READ)
        except AskdocsError as error:
            await problem_of(error)(scope, receive, send)
            return
        if scope["method"] != "POST":  # there is nothing to listen to, and no session to end
            response: Response = problem(
                405, "method_not_allowed", "send MCP messages by POST", headers={"allow": "POST"}
            )
            await response(scope, receive, send)
            return
        if self._server is None:
            self._server = await run_sync(_make, self.service)
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        # The guard has looked at Host and Origin by the rules of the whole server. What still runs
        # when the request ends, such as the work for a client that has left, ends with `run`.
        manager = StreamableHTTPSessionManager(self._server, stateless=True)
        async with manager.run():
            await manager.handle_request(scope, receive, send)


def _make(service: Service) -> Server[Any]:
    from sse_starlette.sse import AppStatus

    from askdocs.integrations.mcp import make_server

    # What replies are sent with would break all of them off when the server is told to end, and
    # would let none begin from then on; but they are to be finished.
    AppStatus.enable_automatic_graceful_drain = False
    AppStatus.should_exit = False
    return make_server(service, _who, _told)


def _who(request: Any) -> Principal:
    """For whom a request acts, as the guard noted in it."""
    principal = request.scope.get(PRINCIPAL) if request is not None else None
    if not isinstance(principal, Principal):
        raise SignInNeeded("sign in first")
    return principal


def _told(error: Exception) -> str:
    """As much of an error as the other ways in tell whoever is acting."""
    return str(json.loads(bytes(problem_of(error).body))["detail"])
