"""`/v1/documents` and `/v1/indexing`: the list, one document, its slices; add and remove them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from askdocs.access.principal import Right, require
from askdocs.web.api.given import DocumentReply, Documents, Indexing, Received, Spans
from askdocs.web.api.once import Once
from askdocs.web.api.replying import errors, give, nothing, quoted
from askdocs.web.api.uploading import receive
from askdocs.web.catalogue import fold
from askdocs.web.receiving import LIMIT
from askdocs.web.service import Service
from askdocs.web.shelf import Shelf

_HERE = "/v1/documents"
_ONE = _HERE + "/{identifier:path}"
_SPANS = "/spans"
_TAG = ["documents"]
Words = Annotated[str, Query(max_length=500, description="All of these words are in it.")]
Offset = Annotated[int, Query(ge=0, le=2**53)]
Limit = Annotated[int, Query(ge=1, le=10_000)]
Position = Annotated[int, Query(ge=0, le=2**53)]
_ABOUT_ID = "The document's id: its path below the documents folder."
Id = Annotated[str, Path(description=_ABOUT_ID, examples=["reports/unrest.txt"])]

_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                    "additionalProperties": False,
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def add_documents(app: FastAPI, service: Service, shelf: Shelf) -> None:
    """The addresses of the documents of an index."""
    _add_reading(app, service)
    _add_changing(app, shelf)
    _add_indexing(app, shelf)


def _add_reading(app: FastAPI, service: Service) -> None:
    @app.get(
        _HERE,
        response_model=Documents,
        responses=errors(),
        tags=_TAG,
        operation_id="list_documents",
    )
    def documents(
        search: Words = "",
        folder: Annotated[str, Query(max_length=1_000)] = "",
        offset: Offset = 0,
        limit: Limit = 1_000,
    ) -> Response:
        """The documents, by their ids; and the files that were skipped, with the reason."""
        wanted = fold(search).split()
        below = f"{folder.rstrip('/')}/" if folder else ""

        def is_wanted(identifier: str, title: str = "") -> bool:
            named = fold(f"{identifier}\n{title}")
            return identifier.startswith(below) and all(word in named for word in wanted)

        found = [one for one in service.documents() if is_wanted(one.id, one.title)]
        skipped = [one for one in service.skipped() if is_wanted(one.path)]
        return give(
            {
                "documents": [_listed(one) for one in found[offset : offset + limit]],
                "total": len(found),
                "offset": offset,
                "skipped": [{"path": one.path, "reason": one.reason} for one in skipped[:limit]],
            }
        )

    # Before the address of a document, which would take this one for an id.
    @app.get(
        _ONE + _SPANS,
        response_model=Spans,
        responses=errors(404),
        tags=_TAG,
        operation_id="document_spans",
    )
    def spans(
        identifier: Id,
        start: Position | None = None,
        end: Position | None = None,
        offset: Offset = 0,
        limit: Limit = 1_000,
    ) -> Response:
        """Slices of a document: with `start` or `end` that one, else its passages.

        Positions count as in Python: what lies behind the end is not there.
        """
        document = service.document(identifier)
        if start is None and end is None:
            places = service.places(identifier)
        else:
            first = min(start or 0, len(document.text))
            last = len(document.text) if end is None else min(end, len(document.text))
            places = [(first, max(first, last), "")]
        shown: Sequence[Any] = places[offset : offset + limit]
        return give(
            {
                "document": document.id,
                "sha256": document.sha256,
                "characters": len(document.text),
                "total": len(places),
                "offset": offset,
                "spans": [
                    {
                        "start": first,
                        "end": last,
                        "text": document.text[first:last],
                        "place": document.place(first),
                        "heading": heading,
                    }
                    for first, last, heading in shown
                ],
            }
        )

    @app.get(
        _ONE,
        response_model=DocumentReply,
        responses=errors(404),
        tags=_TAG,
        operation_id="document",
    )
    def document(identifier: Id) -> Response:
        """A document's text; the offsets of citations and anchors count its code points."""
        return give(asdict(service.document(identifier)))


def _add_changing(app: FastAPI, shelf: Shelf) -> None:
    once = Once()

    @app.post(
        _HERE,
        status_code=202,
        response_model=Received,
        responses=errors(409, 413, 415, 507),
        tags=_TAG,
        operation_id="add_document",
        openapi_extra=_FILE,
    )
    async def add(
        request: Request,
        name: Annotated[
            str, Query(max_length=500, description="The file's name; that of a form has its own.")
        ] = "",
        folder: Annotated[
            str, Query(max_length=1_000, description="Where to put it; empty: where uploads go.")
        ] = "",
        idempotency_key: Annotated[
            str,
            Header(
                max_length=200,
                pattern="^[ -~]*$",
                description="Sent again within a day with the same file, the first reply comes"
                " again, and nothing is added.",
            ),
        ] = "",
    ) -> Response:
        """Take in a file: the body, or the part `file` of a form. It is read in the background."""
        principal = require(Right.MANAGE)
        shelf.require_open()
        try:
            async with receive(request, shelf, name, folder, LIMIT) as file:
                identifier = await run_in_threadpool(
                    once.run, principal.name, idempotency_key, file.fingerprint, file.keep
                )
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it: the sender has gone
        await run_in_threadpool(shelf.refresh)
        address = f"{_HERE}/{quoted(identifier)}"
        body = {"id": identifier, "document": address, "progress": "/v1/indexing"}
        return give(body, 202, {"location": address})

    @app.delete(
        _ONE,
        status_code=204,
        responses=errors(404, 409),
        tags=_TAG,
        operation_id="remove_document",
        response_class=Response,
    )
    def remove(
        identifier: Annotated[str, Path(description=_ABOUT_ID, examples=["uploads/report.pdf"])],
    ) -> Response:
        """Delete a file that was sent to the server; leave out any other, which stays on disk."""
        require(Right.MANAGE)
        if identifier.endswith(_SPANS):  # the address of slices, which are not removed
            raise HTTPException(405, headers={"allow": "GET"})
        shelf.remove(identifier)
        return nothing()


def _add_indexing(app: FastAPI, shelf: Shelf) -> None:
    @app.get(
        "/v1/indexing",
        response_model=Indexing,
        responses=errors(),
        tags=_TAG,
        operation_id="indexing",
    )
    def indexing() -> Response:
        """How far the reading of the folder is."""
        require(Right.READ)
        return give(_progress(shelf))

    @app.post(
        "/v1/indexing",
        status_code=202,
        response_model=Indexing,
        responses=errors(409),
        tags=_TAG,
        operation_id="refresh",
    )
    def refresh() -> Response:
        """Read the folder again in the background: only what has changed."""
        require(Right.MANAGE)
        shelf.refresh()
        return give(_progress(shelf), 202)


def _listed(one: Any) -> dict[str, Any]:
    return {
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


def _progress(shelf: Shelf) -> dict[str, Any]:
    now = shelf.progress
    return {
        "running": now.running,
        "what": now.what,
        "done": now.done,
        "total": now.total,
        "seconds_left": round(now.left, 1),
        "turn": now.turn,
        "error": now.error,
        "can_change": not shelf.closed,
    }
