"""`POST /v1/ask` and `/v1/retrieve`: answers and passages, at once or as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from askdocs.errors import IndexProblem, QuestionError, Stopped, StoreUnreachable
from askdocs.stopping import Stop
from askdocs.types import Answer, Hit
from askdocs.web.api.answers import Hits, KeptAnswer
from askdocs.web.api.asked import AskRequest, RetrieveRequest
from askdocs.web.api.replying import errors, give
from askdocs.web.asked import Asked
from askdocs.web.line import Place
from askdocs.web.problems import problem_of
from askdocs.web.service import Service

SILENCE = 10.0
"""Seconds without an event after which a comment says that the server is still there."""

_AT_ONCE = 3.0
"""Seconds that a stream waits for its first event: an error till then is a reply of its own."""


class NotKept(IndexProblem):
    """An answer was made, and could not be kept: no other server is to make it again."""


_EVENTS = {
    200: {
        "description": "The answer; or, if a stream is wanted, events: `waiting` with the place in"
        " the line, `answer` with an answer that still grows, and at the end `done` with the"
        " complete one, or `error` with a problem.",
        "content": {
            "text/event-stream": {
                "itemSchema": {
                    "type": "object",
                    "properties": {
                        "event": {"enum": ["waiting", "answer", "done", "error"]},
                        "data": {"type": "string", "contentMediaType": "application/json"},
                    },
                    "required": ["event", "data"],
                },
                "example": 'event: waiting\ndata: {"ahead":1,"seconds":2.5}\n\n',
            }
        },
    }
}


def add_asking(app: FastAPI, service: Service) -> None:
    """The addresses that questions are sent to."""

    @app.post(
        "/v1/ask",
        response_model=KeptAnswer,
        responses=errors(404, 413, 415, 502, 504) | _EVENTS,
        tags=["questions"],
        operation_id="ask",
    )
    async def ask(request: Request, asked: AskRequest) -> Response:
        """Answer a question, as `askdocs ask --json` does.

        Whoever closes the connection ends the work.
        """
        # Only what must be read from the store is worth the way to a thread and back.
        meant = (
            await run_in_threadpool(_meant, service, asked)
            if asked.conversation
            else _meant(service, asked)
        )
        if asked.stream or "text/event-stream" in request.headers.get("accept", ""):
            return await _stream(request, service, asked, meant)
        stop = Stop(service.settings.deadline)
        try:
            async with leaving(request, stop):
                answer = await service.answer(meant, stop=stop)
        except Stopped:
            return Response(status_code=499)  # nobody reads it
        return give(await run_in_threadpool(_kept, service, asked, answer))

    @app.post(
        "/v1/retrieve",
        response_model=Hits,
        responses=errors(413, 415, 504),
        tags=["questions"],
        operation_id="retrieve",
    )
    async def retrieve(request: Request, asked: RetrieveRequest) -> Response:
        """The passages for a question, best first, with their words."""
        meant = Asked(asked.question, tuple(asked.history), asked.within.to_filter(), asked.k)
        stop = Stop(service.settings.deadline)
        try:
            async with leaving(request, stop):
                hits = await service.passages(meant, stop=stop)
        except Stopped:
            return Response(status_code=499)  # nobody reads it
        return give({"hits": [_hit(hit) for hit in hits]})


@asynccontextmanager
async def leaving(request: Request, stop: Stop) -> AsyncIterator[None]:
    """Meanwhile the work is stopped as soon as whoever sent the request closes the connection."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        stop.stop()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        stop.stop()
        raise
    finally:
        watching.cancel()


def _meant(service: Service, asked: AskRequest) -> Asked:
    """What is asked, with the turns of the conversation that it goes on with."""
    history: tuple[Answer | str, ...] = tuple(asked.history)
    if asked.conversation:
        if asked.history:
            raise QuestionError("give a conversation or a history, not both")
        turns = service.conversations.turns(asked.conversation)
        history = tuple(turn.answer for turn in turns)
    within = asked.within.to_filter()
    return Asked(asked.question, history, within, asked.k, asked.threshold, asked.quoted)


def _kept(service: Service, asked: AskRequest, answer: Answer) -> dict[str, Any]:
    """The answer as JSON; with where it was kept, if it was to be."""
    if not (asked.keep or asked.conversation):
        return answer.to_dict()
    within = asked.within.to_filter()
    try:
        conversation, turn = service.conversations.keep(asked.conversation, answer, within)
    except StoreUnreachable as error:
        raise NotKept(f"the answer is written but not kept: {error}") from error
    return answer.to_dict() | {"conversation": conversation, "turn": turn}


async def _stream(request: Request, service: Service, asked: AskRequest, meant: Asked) -> Response:
    """The events of an answer; what fails at once is a reply with its status instead."""
    stop = Stop(service.settings.deadline)
    steps = service.answers(meant, stop=stop)
    first = asyncio.ensure_future(anext(steps))
    async with leaving(request, stop):
        await asyncio.wait({first}, timeout=_AT_ONCE)
    if first.done() and (error := first.exception()) is not None:
        return problem_of(error)
    return StreamingResponse(
        _events(service, asked, steps, first, stop),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _events(
    service: Service,
    asked: AskRequest,
    steps: AsyncIterator[Answer | Place],
    coming: asyncio.Future[Answer | Place],
    stop: Stop,
) -> AsyncIterator[str]:
    """The events, with comments between them while there are none."""
    answer: Answer | None = None
    try:
        while True:
            await asyncio.wait({coming}, timeout=SILENCE)
            if not coming.done():
                yield ": still here\n\n"
                continue
            try:
                step = coming.result()
            except StopAsyncIteration:
                break
            if isinstance(step, Place):
                yield _event("waiting", {"ahead": step.ahead, "seconds": step.seconds})
            else:
                answer = step
                yield _event("answer", answer.to_dict())
            coming = asyncio.ensure_future(anext(steps))
        assert answer is not None
        yield _event("done", await run_in_threadpool(_kept, service, asked, answer))
    except Stopped:
        return  # nobody reads it
    except Exception as error:  # the boundary: what is sent already cannot become an error reply
        yield _event("error", json.loads(problem_of(error).body))
    finally:
        stop.stop()
        coming.cancel()


def _event(kind: str, data: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"


def _hit(hit: Hit) -> dict[str, Any]:
    more = {"text": hit.passage.text, "heading": hit.passage.heading, "parts": dict(hit.parts)}
    return hit.to_dict() | more
