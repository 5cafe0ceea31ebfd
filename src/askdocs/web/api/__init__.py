"""The REST API below `/v1`: what the Python contract gives, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from askdocs.web.api.asking import add_asking
from askdocs.web.api.conversations import add_conversations
from askdocs.web.api.documents import add_documents
from askdocs.web.api.evaluations import add_evaluations
from askdocs.web.api.health import add_health
from askdocs.web.api.schema import End, add_schema
from askdocs.web.metrics import Measured, Metrics
from askdocs.web.problems import Shield, add_problems

if TYPE_CHECKING:
    from askdocs.web.quality import Quality
    from askdocs.web.service import Service
    from askdocs.web.shelf import Shelf

__all__ = ["add_api", "end_api"]


def add_api(app: FastAPI, service: Service, shelf: Shelf, quality: Quality) -> None:
    """The REST API of a server; `end_api` is to follow once all other addresses are there."""
    app.state.metrics = Metrics(service)
    service.answered.append(app.state.metrics.answered)
    add_schema(app)
    add_asking(app, service)
    add_documents(app, service, shelf)
    add_conversations(app, service)
    add_evaluations(app, quality)
    add_health(app, service, app.state.metrics)


def end_api(app: FastAPI) -> None:
    """What replies to all that is not there, and what stands before every address."""
    app.router.routes.append(End(app, "/v1", "/health", "/metrics"))
    add_problems(app)
    app.add_middleware(Shield)
    app.add_middleware(Measured, of=app, metrics=app.state.metrics)
