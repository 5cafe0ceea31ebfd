"""Replies as JSON, and the words for the errors that an address may reply with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from askdocs.web.problems import CODES, MEDIA_TYPE

_WHEN = {
    400: "The request is not HTTP or not JSON.",
    401: "Sign in: with a token, or a user and a password.",
    403: "Whoever is signed in may not do that, or the server only reads.",
    404: "There is no such thing, or not for whoever asks.",
    405: "The address does not know this method; see the header Allow.",
    409: "That cannot be done at present.",
    413: "What was sent is too large.",
    415: "What was sent is not of a type that is known here.",
    422: "What was sent cannot be meant; `errors` says which field and why.",
    429: "Passwords were tried too often; see the header Retry-After.",
    500: "Something is wrong in the server; its log has more under `id`.",
    502: "The language model does not answer as it should.",
    503: "The server is busy, or its index cannot be used; see the header Retry-After.",
    504: "The answer took longer than it may.",
    507: "The disk of the server is full.",
}
_ALWAYS = (400, 401, 403, 422, 429, 500, 503)


def give(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The reply with this body, in UTF-8.

    Texts of documents may hold halves of characters, which no UTF-8 has: they are written as JSON
    escapes, so that offsets still count what they count.
    """
    try:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        content = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return Response(
        content, status_code=status, media_type="application/json", headers=dict(headers or {})
    )


def nothing() -> Response:
    """The reply that has no body: it is done."""
    return Response(status_code=204)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the schema says of the errors of an address, with those that any may reply with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": _WHEN[status],
            "content": {MEDIA_TYPE: {"schema": schema, "example": _example(status)}},
        }
        for status in sorted({*_ALWAYS, *statuses})
    }


def _example(status: int) -> dict[str, Any]:
    code = {500: "internal_error", 502: "language_model_error", 503: "busy", 504: "deadline_passed"}
    name = code.get(status) or CODES[status]
    said = {
        "type": f"urn:askdocs:problem:{name}",
        "title": name.replace("_", " ").capitalize(),
        "status": status,
        "detail": _WHEN[status],
        "code": name,
        "error": _WHEN[status],
    }
    if status == 422:
        said["errors"] = [{"at": "body.question", "why": "Field required"}]
    return said


def quoted(identifier: str) -> str:
    """An id as a part of an address."""
    return quote(identifier, errors="surrogatepass")
