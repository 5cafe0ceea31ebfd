"""A file on its way from a request to the disk, piece by piece: as the body, or within a form."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from askdocs.web.receiving import Incoming, Refused, clean_name, require_size
from askdocs.web.shelf import Shelf

_FRAME = 65_536
"""Bytes that a form may have around its file."""


@dataclass(slots=True)
class Sent:
    """A file that was sent whole; `keep` puts it among the documents."""

    fingerprint: str
    _incoming: Incoming

    def keep(self) -> str:
        """Put it among the documents, and return its id."""
        return self._incoming.keep()


@asynccontextmanager
async def receive(
    request: Request, shelf: Shelf, name: str, folder: str, limit: int
) -> AsyncIterator[Sent]:
    """The file of a request, whose name may be given; gone again unless it is kept.

    Raises `Refused` for a file that is too large, of a type that cannot be read, or not there.
    """
    kind = request.headers.get("content-type", "")
    length = request.headers.get("content-length", "")
    is_form = kind.lower().startswith("multipart/")
    if length.isdecimal():
        require_size(clean_name(name), int(length), limit + (_FRAME if is_form else 0))
    form = _Form(kind) if is_form else None
    digest = hashlib.sha256()
    incoming: Incoming | None = None
    with ExitStack() as opened:
        if form is None:
            incoming = await _begun(opened, shelf, name, folder)
        async for piece in request.stream():
            data = form.feed(piece) if form else piece
            if incoming is None and form and form.name is not None:
                incoming = await _begun(opened, shelf, name or form.name, folder)
            if data and incoming is not None:
                digest.update(data)
                await run_in_threadpool(incoming.write, data)
        if incoming is None or (form and not form.is_whole):
            raise Refused("the form has no whole part called file; send one", 422)
        told = "\0".join((incoming.folder, incoming.name, digest.hexdigest()))
        yield Sent(told, incoming)


async def _begun(opened: ExitStack, shelf: Shelf, name: str, folder: str) -> Incoming:
    if not name.strip():
        raise Refused("the file has no name; give it with: ?name=report.pdf", 422)
    incoming: Incoming = await run_in_threadpool(shelf.receive, name, folder)
    return opened.enter_context(incoming)


@dataclass(slots=True)
class _Form:
    """Finds the file in a form while it comes. Nothing else may be in it, and it is kept nowhere.

    Raises `Refused` for what is not such a form.
    """

    kind: str
    name: str | None = None
    is_whole: bool = False
    _parser: MultipartParser = field(init=False)
    _header: bytes = b""
    _value: bytes = b""
    _disposition: bytes = b""
    _around: int = 0
    _pieces: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        boundary = parse_options_header(self.kind)[1].get(b"boundary")
        if not boundary:
            raise Refused("the form has no boundary; let the program that sends it set one", 422)
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_header,
                "on_header_value": self._add_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_body,
                "on_part_data": self._add_data,
                "on_part_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> bytes:
        """What of the file is in a piece of the body."""
        self._pieces.clear()
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise Refused("the form is damaged; send it again", 422) from error
        found = b"".join(self._pieces)
        self._around += len(piece) - len(found)
        if self._around > _FRAME:
            raise Refused("the form has more in it than a file; send only that", 413)
        return found

    def _begin(self) -> None:
        self._header = self._value = self._disposition = b""

    def _add_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _begin_body(self) -> None:
        options = parse_options_header(self._disposition)[1]
        part = options.get(b"name", b"")
        if part != b"file" or self.name is not None:
            raise Refused("the form is to have one part called file, and no other", 422)
        self.name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(bytes(data[start:end]))

    def _end(self) -> None:
        self.is_whole = True
