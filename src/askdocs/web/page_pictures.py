"""The pages of the documents' own files as pictures, drawn in a child process and kept for a while.

A file is shown only while it is still the one that was read: its digest is compared.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, cast

from askdocs.errors import ReadError
from askdocs.readers import load, showing
from askdocs.readers.sandbox import PageSize, Sandbox, WordBox
from askdocs.types import Document

KEPT_BYTES = 64_000_000
"""The most bytes of drawn pages that are kept."""

DRAW_SECONDS = 10.0
"""Seconds that drawing a page of a small file may take."""

_WAIT = 20.0  # seconds for the pages that others want
_WIDTHS = range(200, 2401, 200)

Made = TypeVar("Made")
State = Literal["same", "changed", "gone", "unknown"]


class Original(NamedTuple):
    """A document's own file as it is now: `same` as it was read, `changed`, `gone` or `unknown`.

    `reason` says why it cannot be read, if it is there and cannot.
    """

    state: State
    data: bytes = b""
    reason: str = ""


class PagePictures:
    """Draws pages, one at a time, and remembers them; for several threads."""

    def __init__(
        self, folder: Callable[[], str], *, sandbox: Sandbox | None = None, kept: int = KEPT_BYTES
    ) -> None:
        """`folder` tells where the documents are at present; empty if that is not known."""
        self._folder = folder
        self._sandbox = sandbox or Sandbox(seconds=DRAW_SECONDS)
        self._drawing = threading.Lock()
        self._kept = _Kept(kept)

    def original(self, document: Document) -> Original:
        """The file that the document was read from."""
        folder = self._folder()
        if not folder:
            return Original("unknown")
        root = Path(folder)
        try:
            data = load(root / document.id, root=root)
        except ReadError as error:
            missing = isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError))
            return Original("gone") if missing else Original("unknown", reason=str(error))
        same = hashlib.sha256(data).hexdigest() == document.sha256
        return Original("same" if same else "changed", data)

    def pages(self, document: Document, data: bytes | None = None) -> list[PageSize]:
        """The pages of its file, which is read if `data` is not given. Raises `ReadError`."""
        return self._made(document, ("pages",), data, self._sandbox.pages)

    def picture(self, document: Document, number: int, width: int) -> bytes:
        """Page `number`, from 1, as PNG, about `width` pixels wide. Raises `ReadError`."""
        width = nearest_width(width)

        def draw(name: str, data: bytes) -> bytes:
            return self._sandbox.show_page(name, data, number, width=width)

        return self._made(document, ("picture", number, width), None, draw)

    def words(self, document: Document, number: int) -> list[WordBox]:
        """The words of a page with their places. Raises `ReadError`."""

        def find(name: str, data: bytes) -> list[WordBox]:
            return self._sandbox.word_boxes(name, data, number)

        return self._made(document, ("words", number), None, find)

    def close(self) -> None:
        """End the child process, and whatever waits for it."""
        self._sandbox.stop()
        with self._drawing:
            self._sandbox.close()

    def _made(
        self,
        document: Document,
        what: tuple[object, ...],
        data: bytes | None,
        make: Callable[[str, bytes], Made],
    ) -> Made:
        """What is kept, or made now. A file that cannot be shown is not tried again and again."""
        key = (document.sha256, *what)
        if (known := self._kept.get(key)) is None:
            known = self._make(document, key, data, make)
        if isinstance(known, ReadError):
            raise ReadError(str(known))
        return cast("Made", known)

    def _make(
        self,
        document: Document,
        key: tuple[object, ...],
        data: bytes | None,
        make: Callable[[str, bytes], object],
    ) -> object:
        if not showing.has_pages(document.id):
            raise ReadError("has no pages that can be shown as pictures")
        if not self._drawing.acquire(timeout=_WAIT):
            raise ReadError("has to wait for other pages; try again in a moment")
        try:
            if (known := self._kept.get(key)) is not None:
                return known
            if data is None:
                original = self.original(document)
                if original.state != "same":
                    raise ReadError(original.reason or "is not the file that was indexed any more")
                data = original.data
            made: object
            try:
                made = make(Path(document.id).name, data)
            except ReadError as error:
                made = error
            self._kept.put(key, made)
            return made
        finally:
            self._drawing.release()


def nearest_width(width: int) -> int:
    """The width that is drawn for a wanted one: few different ones are.

    >>> nearest_width(650), nearest_width(99_999), nearest_width(-1)
    (800, 2400, 200)
    """
    return next((step for step in _WIDTHS if step >= width), _WIDTHS[-1])


class _Kept:
    """What was made last, within a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._things: OrderedDict[tuple[object, ...], tuple[object, int]] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, key: tuple[object, ...]) -> object | None:
        with self._changing:
            if key not in self._things:
                return None
            self._things.move_to_end(key)
            return self._things[key][0]

    def put(self, key: tuple[object, ...], thing: object) -> None:
        size = _size(thing)
        with self._changing:
            self._used += size - self._things.pop(key, (None, 0))[1]
            self._things[key] = (thing, size)
            while self._used > self._limit and len(self._things) > 1:
                _, (_, freed) = self._things.popitem(last=False)
                self._used -= freed


def _size(thing: object) -> int:
    """About how many bytes something takes."""
    if isinstance(thing, bytes):
        return len(thing)
    return 200 * (len(thing) + 1) if isinstance(thing, list) else 500
