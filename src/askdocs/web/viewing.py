"""The addresses that show a document: alone, or as a part of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse

from askdocs.errors import DocumentNotFound
from askdocs.web.render import document as render
from askdocs.web.render import pages
from askdocs.web.render.escaping import seal as seal_of

if TYPE_CHECKING:
    from askdocs.index import Index
    from askdocs.types import Document, Span


def add_view(app: FastAPI, index: Index) -> None:
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
            body = render.view(found, _still_there(found, start, end, seal), near=near)
        except DocumentNotFound as error:
            status, body = 404, render.no_document(str(error))
        text = body if part else pages.page(document, body)
        encodable = text.encode("utf-8", "replace").decode("utf-8")
        return HTMLResponse(encodable, status_code=status)


def _still_there(document: Document, start: int, end: int, sealed: str) -> Span | None:
    """The span to highlight; `None` if the document has other words there than were quoted."""
    if sealed and seal_of(document.text[start:end]) != sealed:
        return None
    return start, end
