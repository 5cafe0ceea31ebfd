"""`/health`: whether the server lives and can answer, for what watches over it; `/metrics`."""

from __future__ import annotations

from typing import Any

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.responses import Response

from askdocs.access.principal import Right, acting, require
from askdocs.errors import AskdocsError, SignInNeeded
from askdocs.web.api.given import Health
from askdocs.web.api.replying import errors, give
from askdocs.web.leaving import TOLD
from askdocs.web.metrics import MEDIA_TYPE, Metrics
from askdocs.web.problems import problem
from askdocs.web.service import Service

PATIENCE = 2.0
"""Seconds after which an index that does not say anything counts as not there."""

_TAG = ["server"]
_NOT_READY = "the index cannot be asked at present; the server's log has the details"


def add_health(app: FastAPI, service: Service, metrics: Metrics) -> None:
    """The addresses that tell how the server is. None waits behind questions or uploads."""
    threads = CapacityLimiter(2)

    async def looked() -> dict[str, Any] | None:
        """What the index says of itself; `None` if it cannot be asked."""
        with anyio.move_on_after(PATIENCE):
            try:
                return await run_sync(_look, service, limiter=threads, abandon_on_cancel=True)
            except AskdocsError:
                return None
        return None

    @app.get("/health", response_model=Health, responses=errors(), tags=_TAG, operation_id="health")
    async def health() -> Response:
        """Whether the index can be asked; for whoever is signed in also how many documents."""
        found = await looked()
        return _not_ready() if found is None else give({"status": "ok", **found})

    @app.get(
        "/health/live", response_model=Health, responses=errors(), tags=_TAG, operation_id="live"
    )
    async def live() -> Response:
        """Whether the server runs at all; if this fails, start it again."""
        return give({"status": "alive"})

    @app.get(
        "/health/ready", response_model=Health, responses=errors(), tags=_TAG, operation_id="ready"
    )
    async def ready() -> Response:
        """Whether questions can be sent to it now."""
        if service.leaving.begun:
            return _not_ready(TOLD)
        return _not_ready() if await looked() is None else give({"status": "ready"})

    @app.get(
        "/metrics",
        responses=errors() | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        tags=_TAG,
        operation_id="metrics",
        response_class=Response,
    )
    async def figures() -> Response:
        """The server's figures, for Prometheus."""
        require(Right.READ)
        written = await run_sync(metrics.written, limiter=threads)
        return Response(written, headers={"content-type": MEDIA_TYPE})


def _look(service: Service) -> dict[str, Any]:
    revision = service.index.store.revision
    try:
        who = acting()
    except SignInNeeded:
        return {}
    return {"documents": service.count(revision)} if who.folders is None else {}


def _not_ready(reason: str = _NOT_READY) -> Response:
    return problem(503, "unavailable", reason, headers={"retry-after": "5"})
