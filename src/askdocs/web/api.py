"""The web app: a small REST API and the chat page in one FastAPI app, and the server for it."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import uvicorn
from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field

from askdocs.errors import (
    AskdocsError,
    DocumentNotFound,
    IndexNotFound,
    IndexProblem,
    LanguageModelError,
    QuestionError,
    ServerError,
)
from askdocs.types import Filter
from askdocs.web import render_page
from askdocs.web.listening import Server, listen
from askdocs.web.render import seal
from askdocs.web.security import Guard, is_loopback

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.config import Config
    from askdocs.index import Index
    from askdocs.types import Document, Hit, Span

ASSETS = Path(__file__).parent / "assets"
STATUS: dict[type[AskdocsError], int] = {
    QuestionError: 422,
    DocumentNotFound: 404,
    IndexProblem: 503,
    LanguageModelError: 502,
}


class Within(BaseModel):
    """Which documents are asked, as in `askdocs.Filter`; a misspelt field may not let in all."""

    model_config = ConfigDict(extra="forbid")

    documents: list[str] = []
    folder: str = ""
    types: list[str] = []
    since: str = ""
    until: str = ""

    def to_filter(self) -> Filter:
        """The filter as Python has it."""
        return Filter(tuple(self.documents), self.folder, tuple(self.types), self.since, self.until)


class AskRequest(BaseModel):
    """A question, after earlier ones, of all documents or some."""

    question: str
    history: list[str] = Field(default=[], max_length=50)
    within: Within = Within()


class RetrieveRequest(AskRequest):
    """A question whose passages are wanted; without `k`, as many as the settings say."""

    k: int | None = Field(default=None, ge=1, le=200)


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
    _add_api(app, index, assistant)
    _add_view(app, index)
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
        return HTMLResponse(render_page.no_index(reason))

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


def _add_api(app: FastAPI, index: Index, assistant: Assistant) -> None:
    """The REST API: what the Python contract gives, as JSON."""

    @app.get("/health")
    def health() -> dict[str, Any]:
        """Whether the index can be asked, and how many documents it has."""
        return {"status": "ok", "documents": len(index.documents())}

    @app.get("/v1/documents")
    def documents() -> dict[str, Any]:
        """The indexed documents, and the files that were skipped, with the reason."""
        known = [
            {
                "id": one.id,
                "title": one.title,
                "date": one.date,
                "author": one.author,
                "remarks": list(one.remarks),
                "sha256": one.sha256,
                "characters": one.characters,
                "passages": one.passages,
                "indexed_at": one.indexed_at,
            }
            for one in index.documents()
        ]
        skipped = [{"path": one.path, "reason": one.reason} for one in index.skipped()]
        return {"documents": known, "skipped": skipped}

    @app.get("/v1/documents/{identifier:path}")
    def document(identifier: str) -> dict[str, Any]:
        """A document's text; the offsets of citations and anchors count its code points."""
        return asdict(index.document(identifier))

    @app.post("/v1/ask")
    def ask(asked: AskRequest) -> dict[str, Any]:
        """The answer to a question, as the README shows it."""
        within = asked.within.to_filter()
        return assistant.ask(asked.question, history=asked.history, within=within).to_dict()

    @app.post("/v1/retrieve")
    def retrieve(asked: RetrieveRequest) -> dict[str, Any]:
        """The passages for a question, best first, with their words."""
        within = asked.within.to_filter()
        hits = index.retrieve(asked.question, k=asked.k, history=asked.history, within=within)
        return {"hits": [_hit(hit) for hit in hits]}


def _hit(hit: Hit) -> dict[str, Any]:
    more = {"text": hit.passage.text, "heading": hit.passage.heading, "parts": dict(hit.parts)}
    return hit.to_dict() | more


def _add_view(app: FastAPI, index: Index) -> None:
    """The address of a document as people read it: alone, or as a part of the page."""

    @app.get("/view", include_in_schema=False)
    def view(
        document: str = "",
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
        seal: str = "",
        near: bool = False,
        part: bool = False,
    ) -> HTMLResponse:
        status = 200
        try:
            found = index.document(document)
            body = render_page.view(found, _still_there(found, start, end, seal), near=near)
        except DocumentNotFound as error:
            status, body = 404, render_page.no_document(str(error))
        text = body if part else render_page.page(document, body)
        encodable = text.encode("utf-8", "replace").decode("utf-8")
        return HTMLResponse(encodable, status_code=status)


def _still_there(document: Document, start: int, end: int, sealed: str) -> Span | None:
    """The span to highlight; `None` if the document has other words there than were quoted."""
    if sealed and seal(document.text[start:end]) != sealed:
        return None
    return start, end


def serve(
    index_path: str | Path = "index/",
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    model: str | None = None,
    config: Config | None = None,
    password: str = "",
    examples: tuple[str, ...] = (),
) -> None:
    """Serve the chat page and the API over an index until Ctrl-C; port 0 takes any free one.

    Where there is no index, the page explains how to make one. Raises `ServerError` if the address
    cannot be used, or would show the documents to the network without a password.
    """
    if not is_loopback(host) and not password:
        raise ServerError(
            f"{host} shows the documents to the network: use 127.0.0.1, or set a password with:"
            f" askdocs serve --host {host} --password-file FILE"
        )
    with listen(host, port) as listener, ExitStack() as opened:
        try:
            index, assistant = _open(Path(index_path), model, config, opened)
            app = create_app(index, assistant, hosts=(host,), password=password, examples=examples)
        except IndexNotFound as error:
            print(f"askdocs: {error}", file=sys.stderr, flush=True)
            app = create_explanation(str(error), hosts=(host,))
        settings = uvicorn.Config(
            app, log_level="warning", server_header=False, timeout_graceful_shutdown=2
        )
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}"
        with suppress(KeyboardInterrupt):  # how uvicorn ends after Ctrl-C
            Server(settings, address).run(sockets=[listener])


def _open(
    path: Path, model: str | None, config: Config | None, opened: ExitStack
) -> tuple[Index, Assistant]:
    """The index, closed with `opened`, and its assistant."""
    from askdocs.assistant import Assistant
    from askdocs.index import Index

    index = opened.enter_context(Index.open(path, config=config))
    return index, Assistant(index, model=model, config=config)
