"""An answer as one text for programs that show nothing but text: its sources follow as a list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from askdocs.errors import DocumentNotFound
from askdocs.types import Answer, Citation, Document

Reading = Callable[[str], Document]
"""Gives the document with an id. Raises `DocumentNotFound`."""


def with_footnotes(answer: Answer, read: Reading) -> str:
    r"""What is said, and below it the sources; the bare text where there are none.

    >>> cited = (Citation(1, "a.txt", 0, 8, "It\nrains", place="page 2"),)
    >>> read = lambda name: Document(name, "It\nrains", "The weather", "")
    >>> with_footnotes(Answer("q", "Rain [1]", citations=cited), read)
    'Rain [1]\n\n[1] The weather (a.txt), page 2: “It rains”'
    """
    return answer.text + footnotes(answer, read)


def footnotes(answer: Answer, read: Reading) -> str:
    """The sources of an answer, one a line, with what parts them from the text; may be empty."""
    titles = {name: _called(name, read) for name in {one.document for one in answer.citations}}
    lines = [_footnote(one, titles[one.document]) for one in answer.citations]
    return "\n".join(["\n", *lines]) if lines else ""


def _footnote(citation: Citation, title: str) -> str:
    place = citation.place or (citation.page and f"page {citation.page}")
    where = ", ".join(filter(None, (title, place)))
    return f"[{citation.number}] {where}: “{' '.join(citation.quote.split())}”"


def _called(identifier: str, read: Reading) -> str:
    """The id of a document, after its title if that says more than the file's name."""
    try:
        title = " ".join(read(identifier).title.split())
    except DocumentNotFound:  # it was removed a moment ago
        return identifier
    path = PurePosixPath(identifier)
    return identifier if title in ("", path.stem, path.name) else f"{title} ({identifier})"
