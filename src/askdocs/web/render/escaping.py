"""The one gate between words and HTML, and the addresses that HTML leads to."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

# What HTML gives a meaning, and Markdown: the chat reads messages as Markdown before it sanitises.
_ESCAPES = {ord(character): f"&#{ord(character)};" for character in "&<>\"'\\`*_[]()#!$~|:\n"}


def escape(text: str) -> str:
    """`text` as HTML that means nothing else, neither to a browser nor to Markdown, on one line.

    >>> escape("<img src=x> *a* [b](c)")
    '&#60;img src=x&#62; &#42;a&#42; &#91;b&#93;&#40;c&#41;'
    """
    return text.encode("utf-8", "replace").decode("utf-8").translate(_ESCAPES)


def seal(quote: str) -> str:
    """A short digest of a quote: it tells whether a document still has these words there."""
    return hashlib.sha256(quote.encode("utf-8", "replace")).hexdigest()[:12]


def view_address(document: str, start: int = 0, end: int = 0, quote: str = "") -> str:
    """The address that shows a document, with the words from `start` to `end` highlighted."""
    asked: dict[str, str | int] = {"document": document}
    if end > start:
        asked |= {"start": start, "end": end, "seal": seal(quote)}
    return f"/view?{urlencode(asked, errors='replace')}"
