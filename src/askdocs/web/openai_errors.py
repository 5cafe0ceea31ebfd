"""Errors in the shape that OpenAI's clients understand."""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.errors import AskdocsError, QuestionError
from askdocs.web.problems import UNBEGUN, problem_of

PATHS = ("/v1/models", "/v1/chat/")
"""Where this API is."""
_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


class BadRequest(AskdocsError):
    """A request that cannot be answered as it is meant; `param` is what is wrong in it."""

    def __init__(
        self,
        message: str,
        param: str | None = None,
        *,
        status: int = 400,
        code: str = "invalid_value",
    ) -> None:
        super().__init__(message)
        self.param = param
        self.status = status
        self._code = code

    @property
    def code(self) -> str:
        """The name of what is wrong."""
        return self._code


def described(error: Exception) -> dict[str, Any]:
    """What is said of an error: as much as by the other ways in, in OpenAI's shape.

    >>> described(QuestionError("the question is empty; ask something"))["error"]["code"]
    'question_error'
    """
    return _translated(problem_of(error), error)


def refusal(error: Exception) -> Response:
    """The response that tells of an error."""
    problem = problem_of(error)
    status = 400 if isinstance(error, QuestionError) else problem.status_code
    kept = ("retry-after", "www-authenticate", UNBEGUN)
    headers = {name: value for name, value in problem.headers.items() if name in kept}
    return written(_translated(problem, error), status, headers)


def written(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON; half a character of a broken document becomes an escape, which JSON knows."""
    return Response(json.dumps(content), status, headers, "application/json")


class OpenAIShape:
    """ASGI middleware: gives OpenAI's shape to what is refused before its addresses are reached.

    Such are the guard's words to who may not come in, and the limits of a request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; another error than this API's own is said in its shape."""
        if scope["type"] != "http" or not scope["path"].startswith(PATHS):
            await self.app(scope, receive, send)
            return
        refused: Message | None = None
        body = b""

        async def translated(message: Message) -> None:
            nonlocal refused, body
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if message["status"] >= 400 and not kind.startswith("application/json"):
                    refused = message
                    return
            elif refused is not None:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _again(refused, body, scope, receive, send)
                return
            await send(message)

        await self.app(scope, receive, translated)


async def _again(start: Message, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a refusal in OpenAI's shape, with all its headers but those about the body."""
    try:
        said = json.loads(body)
        message, code = said["detail"], said["code"]
    except (ValueError, KeyError, TypeError):  # plain words
        message, code = body.decode("utf-8", "replace").strip(), None
    headers = {
        name: value
        for name, value in Headers(raw=start["headers"]).items()
        if name not in ("content-type", "content-length")
    }
    reply = written(_error(start["status"], message, code), start["status"], headers)
    await reply(scope, receive, send)


def _translated(problem: Response, error: Exception) -> dict[str, Any]:
    said = json.loads(bytes(problem.body))
    param = getattr(error, "param", None)
    return _error(problem.status_code, said["detail"], said["code"], param)


def _error(status: int, message: str, code: str | None, param: str | None = None) -> dict[str, Any]:
    kind = _KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
