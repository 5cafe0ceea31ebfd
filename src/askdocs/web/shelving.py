"""The addresses that show and manage the documents: parts of the page, and what changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from askdocs.web.receiving import Refused, clean_name, require_size
from askdocs.web.render import documents as render
from askdocs.web.render import shelf as manage
from askdocs.web.shelf import SIDE, TABLE, Shelf

_HERE = "/page/documents"
Words = Annotated[str, Query(max_length=500)]
Places = Annotated[list[str], Query(default_factory=list, max_length=200)]


def add_shelving(app: FastAPI, shelf: Shelf, welcome: Callable[[], str]) -> None:
    """The addresses of the documents; `welcome` makes what stands in an empty conversation."""
    _add_parts(app, shelf, welcome)
    _add_changes(app, shelf)


def _add_parts(app: FastAPI, shelf: Shelf, welcome: Callable[[], str]) -> None:
    @app.get(_HERE, include_in_schema=False)
    def side(search: Words = "") -> HTMLResponse:
        shown = shelf.shown(search, count=SIDE, only_read=True)
        return _html(render.side(shown, () if search else shelf.skipped(), shelf.progress))

    @app.get(f"{_HERE}/table", include_in_schema=False)
    def table(
        search: Words = "",
        sort: str = "name",
        folder: str = "",
        count: Annotated[int, Query(ge=1, le=manage.MOST)] = TABLE,
    ) -> HTMLResponse:
        return _html(manage.table(shelf.shown(search, sort, folder, count=count)))

    @app.get(f"{_HERE}/tools", include_in_schema=False)
    def tools() -> HTMLResponse:
        return _html(manage.tools(shelf.shown(count=0), shelf.folders()))

    @app.get(f"{_HERE}/folders", include_in_schema=False)
    def folders() -> HTMLResponse:
        return _html(manage.folders(shelf.folders()))

    @app.get(f"{_HERE}/progress", include_in_schema=False)
    def progress() -> HTMLResponse:
        return _progress(shelf)

    @app.get(f"{_HERE}/names", include_in_schema=False)
    def names(search: Words = "") -> HTMLResponse:
        return _html(render.options(shelf.names(search)))

    @app.get(f"{_HERE}/chosen", include_in_schema=False)
    def chosen(place: Places) -> HTMLResponse:
        return _html(render.chips(shelf.chosen(place)))

    @app.get(f"{_HERE}/welcome", include_in_schema=False)
    def welcoming() -> HTMLResponse:
        return _html(welcome())


def _add_changes(app: FastAPI, shelf: Shelf) -> None:
    @app.post(f"{_HERE}/upload", include_in_schema=False)
    async def upload(request: Request, name: Words, folder: Words = "") -> Response:
        """Take in the file that is the body of the request."""
        _require_page(request)
        shelf.require_open()
        length = request.headers.get("content-length", "")
        if length.isdecimal():
            require_size(clean_name(name), int(length))
        incoming = await run_in_threadpool(shelf.receive, name, folder)
        try:
            with incoming:
                async for piece in request.stream():
                    await run_in_threadpool(incoming.write, piece)
                identifier = await run_in_threadpool(incoming.keep)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it: the sender has gone
        await run_in_threadpool(shelf.refresh)
        return JSONResponse({"id": identifier}, status_code=201)

    @app.post(f"{_HERE}/remove", include_in_schema=False)
    def remove(request: Request, document: str) -> HTMLResponse:
        _require_page(request)
        shelf.remove(document)
        return _progress(shelf)

    @app.post(f"{_HERE}/restore", include_in_schema=False)
    def restore(request: Request, document: str) -> HTMLResponse:
        _require_page(request)
        shelf.restore(document)
        return _progress(shelf)

    @app.post(f"{_HERE}/refresh", include_in_schema=False)
    def refresh(request: Request) -> HTMLResponse:
        _require_page(request)
        shelf.refresh()
        return _progress(shelf)


def _require_page(request: Request) -> None:
    """Refuse what a form of another page could send: it cannot set a header of ours."""
    if request.headers.get("x-askdocs") != "1":
        raise Refused("this can be done from the page only", 403)


def _progress(shelf: Shelf) -> HTMLResponse:
    progress = shelf.progress
    headers = {"x-running": str(int(progress.running)), "x-state": shelf.state()}
    return HTMLResponse(manage.progress(progress), headers=headers)


def _html(body: str) -> HTMLResponse:
    return HTMLResponse(body.encode("utf-8", "replace").decode("utf-8"))
