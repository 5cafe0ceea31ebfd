"""A document as it is read beside the conversation: its text whole and in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from askdocs.types import Document, Span
from askdocs.web.render.escaping import escape
from askdocs.web.words import day, goes_on, shortened, title_of

VIEWER = (
    '<aside id="document" aria-label="Document" hidden><div class="bar">'
    '<p class="bar-title">Document</p><a class="quiet alone" target="_blank" rel="noopener"'
    ' href="/view">Open alone</a><button type="button" class="quiet" data-toggle="document">'
    'Close <span aria-hidden="true">✕</span></button></div>'
    '<div class="body" tabindex="0" role="region" aria-label="Text of the document"></div></aside>'
)
CHANGED = (
    "This document has changed since the answer was given: the quoted words do not stand there any"
    " more, so nothing is highlighted. Ask again to see what it says now."
)


def view(document: Document, span: Span | None = (0, 0), *, near: bool = False) -> str:
    """A document with the words of `span` highlighted; its text is whole and in order.

    `None` stands for words that the document does not have any more.
    """
    start, end = span or (0, 0)
    quoted = end > start
    places = (document.place(start), document.anchor(start, "heading")) if quoted else ()
    facts = [document.id, day(document.date or ""), document.author, *places]
    said = " · ".join(f"<bdi>{escape(shortened(fact, 120))}</bdi>" for fact in facts if fact)
    text = "".join(_lines(document, start, end, "near" if near else "quoted"))
    changed = "" if span else f'<p class="changed">{CHANGED}</p>'
    return (
        f'<header><h2 dir="auto">{escape(title_of(document.id, document.title))}</h2>'
        f'<p class="facts">{said}</p></header>{changed}<div class="text" dir="auto">{text}</div>'
    )


def _lines(document: Document, start: int, end: int, kind: str) -> Iterator[str]:
    """The text line by line: headings and table rows get their look, no character is changed."""
    headings = {anchor.start for anchor in document.anchors if anchor.kind == "heading"}
    lines = re.split(r"(?<=\n)", document.text)
    position = 0
    name = ' id="quote"'
    for line, after in zip_longest(lines, lines[1:], fillvalue=""):
        low, high = max(start - position, 0), max(min(end - position, len(line)), 0)
        html = escape(line)
        if low < high:
            marked = f'<mark class="{kind}"{name}>{escape(line[low:high])}</mark>'
            html = escape(line[:low]) + marked + escape(line[high:])
            name = ""
        if position in headings:
            html = f'<span class="heading">{html}</span>'
        elif line.lstrip().startswith("|"):
            html = f'<span class="table-row">{html}</span>'
        elif goes_on(line, after):
            html = html.replace("&#10;", '<span class="soft">&#10;</span>')
        yield html
        position += len(line)


def no_document(reason: str) -> str:
    """What is shown in the place of a document that is not there any more."""
    return f'<header><h2>Not in the index</h2></header><p class="none">{escape(reason)}</p>'
