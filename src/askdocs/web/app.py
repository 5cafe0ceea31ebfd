"""The web app: the chat page, the API and the guard before both, as one FastAPI app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from askdocs.access.accounts import Accounts
from askdocs.access.entering import Entrance
from askdocs.config_server import ServerSettings
from askdocs.web.api import add_api, end_api
from askdocs.web.conversing import add_conversing
from askdocs.web.limits import Limits
from askdocs.web.mcp_http import add_mcp
from askdocs.web.openai_api import add_openai_api
from askdocs.web.openai_errors import OpenAIShape
from askdocs.web.problems import add_problems, problem
from askdocs.web.render import pages
from askdocs.web.security import Guard
from askdocs.web.service import Service
from askdocs.web.settings import add_settings
from askdocs.web.shelf import Shelf
from askdocs.web.shelving import add_shelving
from askdocs.web.signing_in import add_signing_in
from askdocs.web.speaking import Speaking
from askdocs.web.viewing import add_view
from askdocs.web.visitors import Visitors

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index

ASSETS = Path(__file__).parent / "assets"


def create_app(
    index: Index,
    assistant: Assistant,
    settings: ServerSettings | None = None,
    *,
    password: str = "",
    accounts: Accounts | None = None,
    local_token: str = "",
) -> FastAPI:
    """The web app over an open index, which stays the caller's to close.

    It answers to the names of this machine's loopback and to those in `settings`. With a `password`
    every request must bring it (HTTP Basic, any user name); with `accounts` that hold anybody, or a
    proxy that names users, everybody signs in. `local_token` lets the owner in all the same.
    """
    # Gradio takes seconds to import, so it is not before a page is wanted.
    from askdocs.web import ui
    from askdocs.web.desk import Desk
    from askdocs.web.quality import Quality
    from askdocs.web.quality_page import add_quality

    settings = settings or ServerSettings()
    entrance = Entrance(
        accounts, password=password, local_token=local_token, proxied=bool(settings.proxy_header)
    )
    app = _bare_app()
    app.state.service = Service(index, assistant, settings)
    add_openai_api(app, app.state.service)
    add_mcp(app, app.state.service)
    add_view(app, app.state.service)
    add_settings(app, assistant)
    app.state.quality = Quality(index, assistant, tuple(map(Path, settings.gold)))
    add_quality(app, app.state.quality)
    add_conversing(app, app.state.service)
    app.state.shelf = Shelf(index, read_only=settings.read_only, folders=settings.folders)
    desk = Desk(app.state.service, settings.examples, app.state.shelf)
    add_shelving(app, app.state.shelf, desk.welcome)
    add_api(app, app.state.service, app.state.shelf, app.state.quality)
    end_api(app)  # after all that is below /v1: from here on nothing else is there
    add_signing_in(app, entrance, settings)
    _add_files(app)
    mounted = ui.mount(app, desk, ASSETS / "icon.svg")
    mounted.add_middleware(Speaking, early=pages.EARLY)
    mounted.add_middleware(Limits)
    mounted.add_middleware(Visitors, settings=settings)
    names = (settings.host, *settings.names)
    mounted.add_middleware(Guard, hosts=names, entrance=entrance, settings=settings)
    mounted.add_middleware(OpenAIShape)  # also to what the guard says
    return mounted


def create_explanation(reason: str, *, hosts: tuple[str, ...] = ()) -> FastAPI:
    """The web app when there is no index: every address says so, and what to run."""
    app = _bare_app()
    _add_files(app)

    @app.get("/health/live")
    def live() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/health")
    @app.get("/health/ready")
    @app.get("/v1/{rest:path}")
    @app.post("/v1/{rest:path}")
    def no_index(rest: str = "") -> Response:
        return problem(503, "index_not_found", reason)

    @app.get("/")
    def explain() -> HTMLResponse:
        return HTMLResponse(pages.no_index(reason))

    app.add_middleware(Speaking)
    app.add_middleware(Guard, hosts=hosts)
    app.add_middleware(OpenAIShape)
    return app


def _bare_app() -> FastAPI:
    """An app that explains errors; FastAPI's documentation pages load from elsewhere: off."""
    app = FastAPI(title="askdocs", docs_url=None, redoc_url=None, openapi_url=None)
    add_problems(app)
    return app


def _add_files(app: FastAPI) -> None:
    """The page's own files, at what no address that was added before has below `/page`."""
    app.mount("/page", StaticFiles(directory=ASSETS))
