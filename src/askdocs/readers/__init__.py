"""Read files of many kinds into text with named places; one module for each family.

A reader is a function `extract` from the bytes of a file and its stem to `Extracted`. To add one,
write its module and enter it in `kinds`. Readers run in a child process: see `sandbox`.
"""

from __future__ import annotations

import importlib
from pathlib import Path, PurePosixPath

from askdocs.errors import ReadError
from askdocs.readers.hidden import without_hidden
from askdocs.readers.kinds import SUFFIXES as SUFFIXES
from askdocs.readers.kinds import Kind, kind_of
from askdocs.readers.opening import load as load
from askdocs.types import Extracted

VERSION = "2"
"""Raised when a reader gives another text for the same bytes, so that files are read again."""

KINDS_READ = "PDF, Word, PowerPoint, Excel, OpenDocument, EPUB, HTML, mail, CSV, JSON, text"
"""What can be read, in a few words."""

TEXT_LIMIT = 10_000_000
"""The longest text of one file, in characters."""

_DEPTH = 3


def read(path: Path) -> Extracted:
    """The text of a file and the places in it. Raises `ReadError` with the reason."""
    return extract(path.name, load(path))


def extract(name: str, data: bytes) -> Extracted:
    """What the reader for a file makes of its bytes. Raises `ReadError` with the reason."""
    extracted = without_hidden(extract_named(name, data))
    if not extracted.text.strip() and not extracted.pictures:
        remarks = f" ({'; '.join(extracted.remarks)})" if extracted.remarks else ""
        raise ReadError(f"has no text{remarks}" if data.strip() else "is empty")
    if len(extracted.text) > TEXT_LIMIT:
        raise ReadError(f"has more than {TEXT_LIMIT:,} characters; split it")
    return extracted


def extract_named(name: str, data: bytes, depth: int = 0) -> Extracted:
    """What a reader makes of a file that is `depth` files deep in another: a mail's attachment.

    Raises `ReadError`.
    """
    if depth > _DEPTH:
        raise ReadError(f"is more than {_DEPTH} files deep in others")
    kind = kind_of(name, data)
    reader = importlib.import_module(f"askdocs.readers.{kind.module}")
    return _extract(kind, reader.extract, data, PurePosixPath(name).stem, depth)


def render_page(name: str, data: bytes, number: int, *, width: int = 1700) -> bytes:
    """A page of a file as the bytes of a PNG picture. Raises `ReadError`."""
    module = importlib.import_module(f"askdocs.readers.{kind_of(name, data).module}")
    if not hasattr(module, "render_page"):
        raise ReadError("has no pages that can be shown as pictures")
    made: bytes = module.render_page(data, number, width=width)
    return made


def _extract(kind: Kind, reader: object, data: bytes, stem: str, depth: int) -> Extracted:
    assert callable(reader)
    made = reader(data, stem, depth) if kind.contains_files else reader(data, stem)
    assert isinstance(made, Extracted)
    return made
