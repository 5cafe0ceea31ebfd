"""The documents that gold questions are about, and where words stand in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from askdocs import readers
from askdocs.errors import GoldError, ReadError
from askdocs.evaluation.gold import find_quote
from askdocs.readers.folder import files
from askdocs.readers.sandbox import Sandbox
from askdocs.types import Document, Span

_SAME = {"'": "['‘’]", '"': '["“”]', "-": "[-‐‑‒–—]"}
_SAME |= {other: form for form in list(_SAME.values()) for other in form[1:-1] if other != "-"}


def read_documents(folder: Path) -> dict[str, Document]:
    """Every document of a folder that can be read, by its id.

    Raises `FolderError`, and `GoldError` if there is none.
    """
    found: dict[str, Document] = {}
    listing = files(folder)
    with Sandbox() as sandbox:
        for identifier, path in listing.files:
            try:
                data = readers.load(path, root=listing.root)
                read = sandbox.extract(path.name, data)
            except ReadError:
                continue  # `askdocs index` names it
            title = read.title or path.stem
            found[identifier] = Document(identifier, read.text, title, "", anchors=read.anchors)
    if not found:
        raise GoldError(f"{folder}: no document in it can be read; give another folder")
    return found


def read_texts(folder: Path) -> dict[str, str]:
    """The text of every document of a folder, by its id. Raises as `read_documents` does."""
    return {identifier: document.text for identifier, document in read_documents(folder).items()}


def locate(text: str, quote: str) -> Span | None:
    r"""Where a quote stands in a text, its white space, quotation marks and dashes aside.

    >>> text = "It came\n  to “275”, she said."
    >>> a, b = locate(text, 'came to "275"')
    >>> text[a:b]
    'came\n  to “275”'
    """
    exact = find_quote(text, quote)
    if exact:
        return exact[0]
    pattern = r"\s+".join(_loose(word) for word in quote.split())
    found = re.search(pattern, text) if pattern else None
    return found.span() if found else None


def find_in(texts: Mapping[str, str], quote: str, document: str = "") -> tuple[str, str] | None:
    r"""The document a quote stands in and its words there, character for character.

    `document` is looked through first, or a file of its name. `None` if it stands in none.

    >>> find_in({"a.txt": "Then 44\ndied."}, "44 died")
    ('a.txt', '44\ndied')
    """
    for identifier in sorted(texts, key=lambda one: _unlike(one, document)):
        span = locate(texts[identifier], quote)
        if span:
            return identifier, texts[identifier][slice(*span)]
    return None


def _unlike(identifier: str, document: str) -> int:
    if identifier == document:
        return 0
    return 1 if identifier.rpartition("/")[2] == document.rpartition("/")[2] else 2


def _loose(word: str) -> str:
    return "".join(_SAME.get(character, re.escape(character)) for character in word)
