"""The web app: the chat page, the API and the guard before both, as one FastAPI app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from askdocs.errors import (
    AskdocsError,
    DocumentNotFound,
    IndexProblem,
    LanguageModelError,
    QuestionError,
)
from askdocs.web.api import add_api
from askdocs.web.render import pages
from askdocs.web.security import Guard
from askdocs.web.viewing import add_view

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index

ASSETS = Path(__file__).parent / "assets"
STATUS: dict[type[AskdocsError], int] = {
    QuestionError: 422,
    DocumentNotFound: 404,
    IndexProblem: 503,
    LanguageModelError: 502,
}


def create_app(
    index: Index,
    assistant: Assistant,
    *,
    hosts: tuple[str, ...] = (),
    password: str = "",
    examples: tuple[str, ...] = (),
) -> FastAPI:
    """The web app over an open index, which stays the caller's to close.

    It answers to the names of this machine's loopback and to `hosts`. With a `password` every
    request must bring it (HTTP Basic, any user name).
    """
    # Gradio takes seconds to import, so it is not before a page is wanted.
    from askdocs.web import ui
    from askdocs.web.desk import Desk

    app = _bare_app()
    add_api(app, index, assistant)
    add_view(app, index)
    mounted = ui.mount(app, Desk(index, assistant, examples), ASSETS / "icon.svg")
    mounted.add_middleware(Guard, hosts=hosts, password=password)
    return mounted


def create_explanation(reason: str, *, hosts: tuple[str, ...] = ()) -> FastAPI:
    """The web app when there is no index: every address says so, and what to run."""
    app = _bare_app()

    @app.get("/health")
    @app.get("/v1/{rest:path}")
    @app.post("/v1/{rest:path}")
    def no_index(rest: str = "") -> JSONResponse:
        return JSONResponse({"error": reason}, status_code=503)

    @app.get("/")
    def explain() -> HTMLResponse:
        return HTMLResponse(pages.no_index(reason))

    app.add_middleware(Guard, hosts=hosts)
    return app


def _bare_app() -> FastAPI:
    """An app with the page's own files; FastAPI's documentation pages load from elsewhere: off."""
    app = FastAPI(title="askdocs", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    app.mount("/page", StaticFiles(directory=ASSETS))

    @app.exception_handler(AskdocsError)
    def explain(_: Request, error: AskdocsError) -> JSONResponse:
        statuses = (status for kind, status in STATUS.items() if isinstance(error, kind))
        return JSONResponse({"error": str(error)}, status_code=next(statuses, 500))

    return app
