"""The chat API of OpenAI below `/v1`, so that any chat client can ask the documents.

The folder is the "model"; what a client sends as messages becomes a question and earlier ones.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from askdocs.access.principal import Right, require
from askdocs.errors import Stopped
from askdocs.types import Answer
from askdocs.web import openai_reply
from askdocs.web.asked import Asked
from askdocs.web.line import Place
from askdocs.web.openai_errors import BadRequest, described, refusal, written
from askdocs.web.openai_reply import Reply
from askdocs.web.openai_request import MODEL, QUOTED, Wanted, understood
from askdocs.web.service import Service

_SILENCE = 10.0
"""Seconds without words after which a stream says that it is still there."""


def add_openai_api(app: FastAPI, service: Service) -> None:
    """The addresses of OpenAI's chat API; its own reference describes them."""
    since = int(time.time())

    @app.get("/v1/models", include_in_schema=False)
    def models() -> Response:
        return _told(lambda: {"object": "list", "data": _models(service, since)})

    @app.get("/v1/models/{identifier}", include_in_schema=False)
    def model(identifier: str) -> Response:
        return _told(lambda: _model(service, since, identifier))

    @app.post("/v1/chat/completions", include_in_schema=False)
    async def complete(request: Request) -> Response:
        try:
            require(Right.ASK)
            wanted = understood(
                await _body(request), longest=service.assistant.config.question_limit
            )
            _model(service, since, wanted.model)
            return await _reply(request, service, wanted)
        except Stopped:
            return Response(status_code=499)  # nobody reads it
        except Exception as error:  # every client of this API expects its shape of errors
            return refusal(error)


async def _reply(request: Request, service: Service, wanted: Wanted) -> Response:
    """The whole reply, or a stream of it once there is something to send or an error to tell."""
    reply = Reply(wanted, service.document, lambda text: service.index.embedder.count_tokens(text))
    asked = Asked(
        wanted.question,
        wanted.history,
        wanted.within,
        wanted.k,
        wanted.threshold,
        quoted=wanted.model == QUOTED,
    )
    if not wanted.stream:
        answer = await service.answer(asked, gone=request.is_disconnected)
        return written(await run_in_threadpool(reply.whole, answer))
    steps = service.answers(asked, gone=request.is_disconnected)
    first = await _first(steps)
    return StreamingResponse(
        _streamed(reply, first, steps),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
    )


async def _first(steps: AsyncIterator[Answer | Place]) -> Answer | Place:
    """The first answer, so that an error before it has its status; a place if that takes long."""
    step = await anext(steps)
    while isinstance(step, Place) and step.seconds < _SILENCE:
        step = await anext(steps)
    return step


async def _streamed(
    reply: Reply, first: Answer | Place, steps: AsyncIterator[Answer | Place]
) -> AsyncIterator[str]:
    """The events of a stream. After they have begun an error is an event, too."""
    step, spoke = first, time.monotonic()
    try:
        async with aclosing(steps):  # type: ignore[type-var]  # a generator, which has aclose
            yield reply.start() + _more(reply, first)
            async for step in steps:
                if event := _more(reply, step):
                    yield event
                elif time.monotonic() - spoke < _SILENCE:
                    continue
                else:
                    yield openai_reply.STILL_HERE
                spoke = time.monotonic()
        assert isinstance(step, Answer)
        yield await run_in_threadpool(reply.end, step)
    except Stopped:
        return  # nobody reads it
    except Exception as error:  # the boundary: what is sent already cannot become an error reply
        yield openai_reply.failed(described(error))


def _more(reply: Reply, step: Answer | Place) -> str:
    """What can be sent now; of a question that waits for its turn only that it does."""
    return reply.more(step) if isinstance(step, Answer) else openai_reply.STILL_HERE


def _models(service: Service, since: int) -> list[dict[str, Any]]:
    require(Right.READ)
    names = [MODEL, QUOTED] if service.assistant.generates else [MODEL]
    return [
        {"id": name, "object": "model", "created": since, "owned_by": "askdocs"} for name in names
    ]


def _model(service: Service, since: int, name: str) -> dict[str, Any]:
    known = _models(service, since)
    for one in known:
        if one["id"] == name:
            return one
    names = " or ".join(one["id"] for one in known)
    raise BadRequest(
        f"there is no model {name[:100]!r} here; use {names}",
        "model",
        status=404,
        code="model_not_found",
    )


def _told(make: Callable[[], dict[str, Any]]) -> Response:
    try:
        return written(make())
    except Exception as error:  # every client of this API expects its shape of errors
        return refusal(error)


async def _body(request: Request) -> bytes:
    """The body of a request; the server's limits hold for it, told in this API's own shape."""
    try:
        return bytes(await request.body())
    except HTTPException as error:
        raise BadRequest(str(error.detail), status=error.status_code) from error
