"""The addresses that show a document: alone or as a part of the page, its pages, its file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, FastAPI, Query
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from askdocs.errors import DocumentNotFound, ReadError
from askdocs.readers import showing as shown_kinds
from askdocs.types import Document, Span
from askdocs.web import marking
from askdocs.web.page_pictures import Original, PagePictures
from askdocs.web.render import document as render
from askdocs.web.render import pages, sheets
from askdocs.web.render.document import Look, Showing
from askdocs.web.render.escaping import seal as seal_of
from askdocs.web.wording import say, speaking, spoken

if TYPE_CHECKING:
    from askdocs.web.service import Service

_PAGE_CACHED = {
    "cache-control": "private, max-age=3600, immutable",  # its address has the digest of the file
    "vary": "Cookie, Authorization",  # who signs in next at the same browser may see other files
}
_AT_HAND = 3  # documents
Position = Annotated[int, Query(ge=0)]


class Asked:
    """Which document is to be shown and which words of it, as the address says."""

    def __init__(
        self,
        document: str = "",
        start: Position = 0,
        end: Position = 0,
        seal: str = "",
        near: bool = False,
        language: str = "",
    ) -> None:
        self.document, self.near, self.language = document, near, language
        self.start, self.end, self.seal = start, end, seal

    def span(self, document: Document) -> Span | None:
        """The span to highlight; `None` if the document has other words there than were quoted."""
        if self.seal and seal_of(document.text[self.start : self.end]) != self.seal:
            return None
        return self.start, self.end

    def address(self, path: str) -> str:
        """The same question asked at `path`."""
        asked: dict[str, str | int] = {"document": self.document}
        if self.end > self.start:
            asked |= {"start": self.start, "end": self.end, "seal": self.seal}
        if self.near:
            asked["near"] = 1
        return f"{path}?{urlencode(asked, errors='replace')}"


class Viewing:
    """What the addresses below `/view` do."""

    def __init__(self, service: Service, pictures: PagePictures) -> None:
        self._service = service
        self._pictures = pictures
        self._opened: OrderedDict[tuple[str, int], Document] = OrderedDict()

    def document(self, identifier: str) -> Document:
        """A document, the last few of which are at hand. Raises `DocumentNotFound`.

        One that whoever is acting does not see is not there, be it at hand or not.
        """
        self._service.require_seen(identifier)
        key = identifier, self._service.index.store.revision
        found = self._opened.pop(key, None) or self._service.document(identifier)
        self._opened[key] = found
        while len(self._opened) > _AT_HAND:
            self._opened.popitem(last=False)
        return found

    def view(self, asked: Asked, look: str, low: int | None, high: int | None) -> str:
        """The document as HTML. Raises `DocumentNotFound`."""
        document = self.document(asked.document)
        span = asked.span(document)
        original = self._pictures.original(document)
        note, drawn, count = _note(original), "", 0
        if shown_kinds.has_pages(document.id) and original.state == "same":
            try:
                found = self._pictures.pages(document, original.data)
                labels, count = [page.label for page in found], len(found)
                quoted = marking.quoted_pages(document, span or (0, 0), labels)
                drawn = sheets.sheets(found, asked.address("/view/sheet"), quoted)
            except ReadError as error:
                note = say(
                    "No page can be shown: the file {reason}; this is its text as it was read.",
                    reason=error,
                )
        shown = Showing(
            look=_look(look, has_pages=bool(drawn)),
            near=asked.near,
            low=low,
            high=high,
            address=asked.address("/view"),
            note=note,
            pages=drawn,
            page_count=count,
            has_file=original.state in ("same", "changed"),
        )
        return render.view(document, span, shown)

    def sheet(self, asked: Asked, number: int, width: int) -> str:
        """One page of a document as HTML; what cannot be drawn is said in its place."""
        document = self.document(asked.document)
        span = asked.span(document) or (0, 0)
        found = self._pictures.pages(document)
        if not 1 <= number <= len(found):
            raise ReadError(f"has no page {number}")
        labels = [page.label for page in found]
        on_page = marking.page_spans(document, labels).get(number, (0, 0))
        quoted = marking.quoted_pages(document, span, labels).get(number)
        reason, marks = "", list[marking.Rectangle]()
        try:
            self._pictures.picture(document, number, width)
            if quoted:
                marks = self._marks(document, number, on_page, quoted)
        except ReadError as error:
            reason = str(error)
        wanted = {"document": asked.document, "page": number, "width": width}
        wanted["digest"] = document.sha256[:12]
        return sheets.sheet(
            document,
            found,
            number,
            picture=f"/view/page?{urlencode(wanted, errors='replace')}",
            reason=reason,
            marks=marks,
            span=on_page,
            quoted=quoted or (0, 0),
            near=asked.near,
        )

    def _marks(
        self, document: Document, number: int, on_page: Span, quoted: Span
    ) -> list[marking.Rectangle]:
        words = self._pictures.words(document, number)
        place = (quoted[0] - on_page[0]) / max(1, on_page[1] - on_page[0])
        return marking.mark(document.text[slice(*quoted)], words, place)

    def picture(self, identifier: str, number: int, width: int) -> bytes:
        """A page as PNG. Raises `DocumentNotFound` or `ReadError`."""
        return self._pictures.picture(self.document(identifier), number, width)

    def file(self, identifier: str) -> Original:
        """The document's own file. Raises `DocumentNotFound`."""
        return self._pictures.original(self.document(identifier))


def add_view(app: FastAPI, service: Service, pictures: PagePictures | None = None) -> None:
    """The addresses of a document as people read it."""
    pictures = pictures or PagePictures(lambda: service.index.store.meta.folder)
    viewing = Viewing(service, pictures)
    _close_with(app, pictures.close)
    _add_files(app, viewing)

    @app.get("/view", include_in_schema=False)
    def view(
        asked: Annotated[Asked, Depends(Asked)],
        part: bool = False,
        look: str = "",
        low: Position | None = None,
        high: Position | None = None,
    ) -> HTMLResponse:
        status = 200
        with speaking(asked.language or spoken()):
            try:
                body = viewing.view(asked, look, low, high)
            except DocumentNotFound as error:
                status, body = 404, render.no_document(str(error))
            if not part:
                body = pages.page(asked.document, body, head=render.SCRIPT)
        return _html(body, status)

    @app.get("/view/sheet", include_in_schema=False)
    def sheet(
        asked: Annotated[Asked, Depends(Asked)],
        page: Annotated[int, Query(ge=1)] = 1,
        width: Annotated[int, Query(ge=1)] = 800,
    ) -> HTMLResponse:
        with speaking(asked.language or spoken()):
            try:
                return _html(viewing.sheet(asked, page, width))
            except (DocumentNotFound, ReadError) as error:
                return _html(sheets.missing(str(error)))

    @app.get("/view/keyboard", include_in_schema=False)
    def keyboard(language: str = "") -> HTMLResponse:
        with speaking(language or spoken()):
            return _html(render.keyboard())


def _add_files(app: FastAPI, viewing: Viewing) -> None:
    """The addresses of what is not HTML: the picture of a page, a document's own file."""

    @app.get("/view/page", include_in_schema=False)
    def page(
        document: str,
        page: Annotated[int, Query(ge=1)] = 1,
        width: Annotated[int, Query(ge=1)] = 800,
    ) -> Response:
        try:
            picture = viewing.picture(document, page, width)
        except (DocumentNotFound, ReadError) as error:
            return PlainTextResponse(f"{error}\n", status_code=404)
        return Response(picture, media_type="image/png", headers=_PAGE_CACHED)

    @app.get("/view/file", include_in_schema=False)
    def file(document: str) -> Response:
        try:
            original = viewing.file(document)
        except DocumentNotFound as error:
            return PlainTextResponse(f"{error}\n", status_code=404)
        if original.state not in ("same", "changed"):
            said = _note(original) or say("The folder of the documents is not known.")
            return PlainTextResponse(f"{said}\n", status_code=404)
        name = quote(PurePosixPath(document).name, safe="", errors="replace")
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
            "cache-control": "private, no-store",
        }
        return Response(original.data, media_type="application/octet-stream", headers=headers)


def _html(body: str, status: int = 200) -> HTMLResponse:
    encodable = body.encode("utf-8", "replace").decode("utf-8")
    return HTMLResponse(encodable, status_code=status)


def _look(wanted: str, *, has_pages: bool) -> Look:
    """The look that is wanted, or the nearest that there is."""
    if wanted == "text":
        return "text"
    return "pages" if has_pages and wanted != "reading" else "reading"


def _note(original: Original) -> str:
    """What a reader should know of the file that the text was read from."""
    if original.state == "changed":
        return say("The file has changed since it was indexed; this is its text as it was read.")
    if original.state == "gone":
        return say("The file is not there any more; this is its text as it was read.")
    if original.reason:
        reason = original.reason
        return say("The file {reason}; this is its text as it was read.", reason=reason)
    return ""


def _close_with(app: FastAPI, close: Callable[[], None]) -> None:
    """Have `close` called when the app ends."""
    before = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(scope: FastAPI) -> AsyncIterator[object]:
        async with before(scope) as state:
            try:
                yield state
            finally:
                close()

    app.router.lifespan_context = lifespan
