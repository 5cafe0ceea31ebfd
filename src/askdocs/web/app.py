"""The web app: the chat page, the API and the guard before both, as one FastAPI app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from askdocs.config_server import ServerSettings
from askdocs.errors import (
    AskdocsError,
    ConversationNotFound,
    DocumentNotFound,
    EvaluationNotFound,
    IndexProblem,
    LanguageModelError,
    QuestionError,
)
from askdocs.web.api import add_api
from askdocs.web.conversing import add_conversing
from askdocs.web.render import pages
from askdocs.web.security import Guard
from askdocs.web.service import Service
from askdocs.web.settings import add_settings
from askdocs.web.shelf import Shelf
from askdocs.web.shelving import add_shelving
from askdocs.web.speaking import Speaking
from askdocs.web.viewing import add_view

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index

ASSETS = Path(__file__).parent / "assets"
STATUS: dict[type[AskdocsError], int] = {
    QuestionError: 422,
    DocumentNotFound: 404,
    EvaluationNotFound: 404,
    ConversationNotFound: 404,
    IndexProblem: 503,
    LanguageModelError: 502,
}


def create_app(
    index: Index,
    assistant: Assistant,
    settings: ServerSettings | None = None,
    *,
    password: str = "",
) -> FastAPI:
    """The web app over an open index, which stays the caller's to close.

    It answers to the names of this machine's loopback and to those in `settings`. With a `password`
    every request must bring it (HTTP Basic, any user name).
    """
    # Gradio takes seconds to import, so it is not before a page is wanted.
    from askdocs.web import ui
    from askdocs.web.desk import Desk
    from askdocs.web.quality import Quality
    from askdocs.web.quality_page import add_quality

    settings = settings or ServerSettings()
    app = _bare_app()
    app.state.service = Service(index, assistant, settings)
    add_api(app, index, assistant)
    add_view(app, index)
    add_settings(app, assistant)
    app.state.quality = Quality(index, assistant, tuple(map(Path, settings.gold)))
    add_quality(app, app.state.quality)
    add_conversing(app, index)
    app.state.shelf = Shelf(index, read_only=settings.read_only, folders=settings.folders)
    desk = Desk(index, assistant, settings.examples, app.state.shelf)
    add_shelving(app, app.state.shelf, desk.welcome)
    _add_files(app)
    mounted = ui.mount(app, desk, ASSETS / "icon.svg")
    mounted.add_middleware(Speaking, early=pages.EARLY)
    mounted.add_middleware(Guard, hosts=(settings.host, *settings.names), password=password)
    return mounted


def create_explanation(reason: str, *, hosts: tuple[str, ...] = ()) -> FastAPI:
    """The web app when there is no index: every address says so, and what to run."""
    app = _bare_app()
    _add_files(app)

    @app.get("/health")
    @app.get("/v1/{rest:path}")
    @app.post("/v1/{rest:path}")
    def no_index(rest: str = "") -> JSONResponse:
        return JSONResponse({"error": reason}, status_code=503)

    @app.get("/")
    def explain() -> HTMLResponse:
        return HTMLResponse(pages.no_index(reason))

    app.add_middleware(Speaking)
    app.add_middleware(Guard, hosts=hosts)
    return app


def _bare_app() -> FastAPI:
    """An app that explains errors; FastAPI's documentation pages load from elsewhere: off."""
    app = FastAPI(title="askdocs", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")

    @app.exception_handler(AskdocsError)
    def explain(_: Request, error: AskdocsError) -> JSONResponse:
        statuses = (status for kind, status in STATUS.items() if isinstance(error, kind))
        return JSONResponse({"error": str(error)}, status_code=next(statuses, 500))

    return app


def _add_files(app: FastAPI) -> None:
    """The page's own files, at what no address that was added before has below `/page`."""
    app.mount("/page", StaticFiles(directory=ASSETS))
