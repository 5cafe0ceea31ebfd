"""`/v1/openapi.json`, the description that programs are made from, and `/v1`, the list of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from askdocs import __version__
from askdocs.access.principal import OWNER, Right, acting, require
from askdocs.web.api.examples import EXAMPLES
from askdocs.web.api.given import Addresses
from askdocs.web.api.replying import errors, give
from askdocs.web.problems import Problem, problem

ADDRESS = "/v1/openapi.json"
_ABOUT = (
    "Ask questions about a folder of documents; every answer quotes the words it rests on. What"
    " Python gives, as JSON: `document.text[start:end]` is the quote of every citation."
)
_TAGS = {
    "questions": "Answers, and the passages they are made from.",
    "documents": "The documents: what there is, their words, adding and removing them.",
    "conversations": "Kept questions and answers, and what readers think of them.",
    "evaluations": "How many answers are right, refused and wrong.",
    "server": "How the server is, and what it offers.",
}
_SIGN_IN = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token: askdocs token."},
    "basic": {"type": "http", "scheme": "basic", "description": "A user and a password."},
}
_PUBLIC = frozenset({"/health", "/health/live", "/health/ready"})
_METHODS = ("get", "put", "post", "delete", "patch")


def add_schema(app: FastAPI) -> None:
    """The addresses that describe all others."""

    @app.get(
        "/v1",
        response_model=Addresses,
        responses=errors(),
        tags=["server"],
        operation_id="list_api",
    )
    def addresses() -> Response:
        """What there is."""
        require(Right.READ)
        found = [
            {"method": method.upper(), "path": path, "about": _first_line(operation)}
            for path, method, operation in _operations(described(app, signed_in=True))
        ]
        return give(
            {"name": "askdocs", "version": __version__, "openapi": ADDRESS, "addresses": found}
        )

    @app.get(ADDRESS, include_in_schema=False)
    def openapi(request: Request) -> Response:
        signed_in = acting() != OWNER or "authorization" in request.headers
        return give(described(app, signed_in=signed_in))


def described(app: FastAPI, *, signed_in: bool) -> dict[str, Any]:
    """The description by OpenAPI 3.1; `signed_in` is whether this server wants to know who asks."""
    schema: dict[str, Any] = get_openapi(
        title="askdocs",
        version=__version__,
        description=_ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": about} for name, about in _TAGS.items()],
    )
    parts = schema["components"]["schemas"]
    parts["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    schema["components"]["securitySchemes"] = _SIGN_IN
    schema["security"] = [{"bearer": []}, {"basic": []}] if signed_in else [{}]
    for path, _, operation in _operations(schema):
        if path in _PUBLIC:
            operation["security"] = [{}]
        _add_example(operation)
    return schema


class End(BaseRoute):
    """Replies to whatever else is asked below `places`; it is to come after all other routes."""

    def __init__(self, app: FastAPI, *places: str) -> None:
        self.app = app
        self.places = places

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """All that nothing before has matched."""
        path = scope.get("path", "")
        is_here = any(path == place or path.startswith(f"{place}/") for place in self.places)
        return (Match.FULL if scope["type"] == "http" and is_here else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that nothing is there, or by which methods it can be reached."""
        allowed = ", ".join(sorted(self._allowed(scope)))
        if allowed:
            detail = f"this address knows {allowed} only"
            reply = problem(405, "method_not_allowed", detail, headers={"allow": allowed})
        else:
            detail = "there is nothing at this address; GET /v1 lists what there is"
            reply = problem(404, "not_found", detail)
        await reply(scope, receive, send)

    def _allowed(self, scope: Scope) -> set[str]:
        """The methods of the address that comes first for this one."""
        found: set[str] = set()
        first = ""
        for route in self.app.router.routes:
            path, methods = getattr(route, "path", ""), getattr(route, "methods", None)
            if methods and route.matches(scope)[0] is not Match.NONE:
                first = first or path
                found |= set(methods) if path == first else set()
        return found


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield path, method, methods[method]


def _first_line(operation: dict[str, Any]) -> str:
    return str(operation["description"]).splitlines()[0]


def _add_example(operation: dict[str, Any]) -> None:
    """Show what a reply looks like."""
    for status, reply in operation["responses"].items():
        shown = reply.get("content", {}).get("application/json")
        if status.startswith("2") and shown is not None:
            shown["example"] = EXAMPLES[operation["operationId"]]
