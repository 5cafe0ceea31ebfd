"""Show the pages of a file as people see them; for the kinds of files that have any.

A module that shows a kind has `pages` and `render_page`, and `word_boxes` if it knows the places of
words.
"""

from __future__ import annotations

import importlib
from typing import Any

from askdocs.errors import ReadError
from askdocs.readers.kinds import kind_by_name, kind_of

_MODULES = {"PDF": "pdf.view", "picture": "picture_view"}


def has_pages(name: str) -> bool:
    """Whether the name is that of a file whose pages can be shown."""
    kind = kind_by_name(name)
    return kind is not None and kind.name in _MODULES


def pages(name: str, data: bytes) -> list[tuple[str, float, float]]:
    """The label of each page, its width and its height. Raises `ReadError`."""
    made: list[tuple[str, float, float]] = _module(name, data).pages(data)
    return made


def show_page(name: str, data: bytes, number: int, *, width: int) -> bytes:
    """Page `number`, from 1, as the bytes of a PNG picture. Raises `ReadError`."""
    made: bytes = _module(name, data).render_page(data, number, width=width)
    return made


def word_boxes(name: str, data: bytes, number: int) -> list[tuple[str, float, float, float, float]]:
    """The words of a page with their boxes, as `pdf.view.word_boxes`. Raises `ReadError`."""
    module = _module(name, data)
    made: list[tuple[str, float, float, float, float]] = (
        module.word_boxes(data, number) if hasattr(module, "word_boxes") else []
    )
    return made


def _module(name: str, data: bytes) -> Any:
    module = _MODULES.get(kind_of(name, data).name)
    if module is None:
        raise ReadError("has no pages that can be shown as pictures")
    return importlib.import_module(f"askdocs.readers.{module}")
