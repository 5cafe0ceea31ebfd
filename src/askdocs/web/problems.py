"""Errors as `application/problem+json` (RFC 9457): what a program needs, nothing from inside."""

from __future__ import annotations

import json
import logging
import math
import secrets
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.access.principal import Right, acting
from askdocs.errors import (
    AccessError,
    AskdocsError,
    Busy,
    ConversationNotFound,
    DeadlinePassed,
    DocumentNotFound,
    EvaluationNotFound,
    IndexProblem,
    LanguageModelError,
    NotAllowed,
    QuestionError,
    SignInNeeded,
    Stopped,
    StoreUnreachable,
)

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[AskdocsError], int] = {
    QuestionError: 422,
    DocumentNotFound: 404,
    EvaluationNotFound: 404,
    ConversationNotFound: 404,
    SignInNeeded: 401,
    NotAllowed: 403,
    Busy: 503,
    DeadlinePassed: 504,
    Stopped: 499,  # nobody reads it: whoever asked has gone
    IndexProblem: 503,
    LanguageModelError: 502,
}
CODES = {
    400: "malformed_request",
    401: "sign_in_needed",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "too_many_requests",
    431: "head_too_large",
    503: "unavailable",
    507: "disk_full",
}
UNBEGUN = "x-askdocs-unbegun"
"""Header of a reply to a request that left nothing behind: another server may be sent it. The guard
takes it out, and tells the proxy before it."""

_TOLD_TO_ALL = (Busy, DeadlinePassed, Stopped, AccessError)
_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """What is wrong with a request, or was with the server."""

    type: str = Field(description="A name of the problem that never changes, as a URI.")
    title: str = Field(description="The problem in a few words, the same each time.")
    status: int = Field(description="The status of HTTP.", ge=400, le=599)
    detail: str = Field(description="What was wrong this time, and what to do.")
    code: str = Field(description="The problem's name for programs, such as `question_error`.")
    error: str = Field(description="The same as `detail`.")
    errors: list[dict[str, str]] = Field(
        default=[], description="For a request that is malformed: `at` which field, and `why`."
    )
    id: str = Field(default="", description="Where the server's log has more: what it notes there.")


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    identifier: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The reply that tells of a problem."""
    said: dict[str, Any] = {
        "type": f"urn:askdocs:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        "error": detail,
    }
    if errors:
        said["errors"] = list(errors)
    if identifier:
        said["id"] = identifier
    # ASCII: what was sent and is quoted here may hold what no encoding has.
    return Response(
        json.dumps(said, ensure_ascii=True),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def add_problems(app: FastAPI) -> None:
    """Have the app reply to every error with a problem."""
    app.add_exception_handler(AskdocsError, _of_askdocs)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)


def status_of(error: AskdocsError) -> int:
    """What HTTP calls the error."""
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return status
    return next((known for kind, known in STATUS.items() if isinstance(error, kind)), 500)


def problem_of(error: BaseException) -> Response:
    """The reply for an error that was raised while a request was served.

    What is wrong with the server itself, such as a damaged index, is told in full only to those who
    manage it; others get the number under which the log has it.
    """
    if not isinstance(error, AskdocsError):
        identifier = note_unexpected(error)
        detail = f"something went wrong in the server; its log has the details under {identifier}"
        return problem(500, "internal_error", detail, identifier=identifier)
    status, headers = status_of(error), {}
    if isinstance(error, Busy):
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after)))
    if isinstance(error, StoreUnreachable):
        headers |= {"retry-after": "5", UNBEGUN: "yes"}
    if isinstance(error, SignInNeeded):
        headers["www-authenticate"] = 'Basic realm="askdocs", charset="UTF-8"'
    if status < 500 or isinstance(error, _TOLD_TO_ALL) or _manages():
        return problem(status, error.code, str(error), headers=headers)
    if isinstance(error, StoreUnreachable):  # it names a server and a reason, nothing that is kept
        identifier = secrets.token_hex(6)
        _log.error("%s: %s", identifier, error)
        said = "the database that keeps the documents does not answer; ask again in a moment"
    else:
        identifier, said = note_unexpected(error), "the server cannot do that at present"
    detail = f"{said}; the server's log has the details under {identifier}"
    return problem(status, error.code, detail, identifier=identifier, headers=headers)


def note_unexpected(error: BaseException) -> str:
    """Note in the log where an error came from, and return the number it has there.

    Neither its message nor any line of the source is noted: a path, a key or words of a document
    may stand in them.
    """
    identifier = secrets.token_hex(6)
    chain: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        chain.append(_place(cause))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    _log.error("unexpected error %s: %s", identifier, "; caused by ".join(chain))
    return identifier


def _place(error: BaseException) -> str:
    """The kind of an error and the functions it went through, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__, limit=-8)
    where = " > ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames)
    return f"{type(error).__name__} at {where or 'an unknown place'}"


def _manages() -> bool:
    try:
        return acting().right >= Right.MANAGE
    except SignInNeeded:
        return False


async def _of_askdocs(_: Request, error: Exception) -> Response:
    return problem_of(error)


async def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    detail = (
        error.detail
        if error.detail and error.detail != phrase
        else _SAID.get(error.status_code, phrase)
    )
    code = CODES.get(error.status_code, phrase.lower().replace(" ", "_"))
    return problem(error.status_code, code, detail, headers=error.headers)


_SAID = {
    404: "there is nothing at this address; GET /v1 lists what there is",
    405: "this address does not know that method; the header Allow says which it knows",
}


async def _of_validation(request: Request, error: Exception) -> Response:
    """What is wrong with the fields of a request, without the values that were sent."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    is_json = "json" in request.headers.get("content-type", "").lower()
    if any(one["loc"] == ("body",) for one in found) and not is_json:
        detail = "the body is to be JSON; send it with: Content-Type: application/json"
        return problem(415, CODES[415], detail)
    if any(one["type"] == "json_invalid" for one in found):
        return problem(400, CODES[400], "the body is not JSON; check it with: python -m json.tool")
    errors = [
        {"at": _ascii(".".join(map(str, one["loc"]))), "why": _ascii(one["msg"])} for one in found
    ]
    detail = "; ".join(f"{one['at']}: {one['why']}" for one in errors[:3])
    return problem(422, CODES[422], detail, errors=errors[:20])


def _ascii(text: str) -> str:
    """At most 200 characters that can be sent."""
    return text[:200].encode("utf-8", "replace").decode()


class Shield:
    """ASGI middleware: whatever else fails becomes a problem, and leaves nothing in the log.

    Starlette's own would raise it again, so that the web server would log it with its message.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; reply with a problem if it fails before a reply has begun."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except HTTPException:  # that a middleware before this one has raised, and waits for
            raise
        except Exception as error:  # the boundary of the app
            if scope["type"] != "http" or begun:
                note_unexpected(error)
                return
            await problem_of(error)(scope, receive, send)
