"""The pages of a document as pictures, with the quoted words marked on them."""

from __future__ import annotations

from collections.abc import Container, Sequence

from askdocs.readers.sandbox import PageSize
from askdocs.types import Document, Span
from askdocs.web.marking import Rectangle
from askdocs.web.render.escaping import escape
from askdocs.web.render.marked import Marked
from askdocs.web.wording import say

MOST_PAGES = 3_000


def sheets(pages: Sequence[PageSize], address: str, quoted: Container[int]) -> str:
    """The places of all pages, each as high as its page; `address` gives what belongs there."""
    made = "".join(
        f'<section class="sheet{" quoted" if number in quoted else ""}" data-page="{number}"'
        f' aria-label="{escape(_called(page, number, len(pages)))}">'
        f"{_caption(page, number, len(pages))}{_place(page)}</section>"
        for number, page in enumerate(pages[:MOST_PAGES], start=1)
    )
    return f'<div class="pages" data-sheet="{escape(address)}">{made}</div>'


def sheet(
    document: Document,
    pages: Sequence[PageSize],
    number: int,
    *,
    picture: str,
    reason: str,
    marks: Sequence[Rectangle],
    span: Span,
    quoted: Span,
    near: bool = False,
) -> str:
    """One page: its picture (`picture` is its address) with the marks, and below it its words.

    If there is no picture, `reason` says why. `span` is where the words of the page stand.
    """
    page, count = pages[number - 1], len(pages)
    called = _called(page, number, count)
    if reason:
        said = say(
            "This page cannot be shown as a picture: the file {reason}. Its words are below.",
            reason=reason,
        )
        inside = f'<p class="undrawn">{escape(said)}</p>'
    else:
        inside = f'<img src="{escape(picture)}" alt="{escape(called)}">' + _boxes(marks, near=near)
    return f"{_caption(page, number, count)}{_place(page, inside)}" + _words(
        document, span, quoted, near=near, is_open=bool(reason)
    )


def missing(reason: str) -> str:
    """What stands in the place of a page that cannot be shown at all."""
    said = say("This page cannot be shown: {reason}.", reason=reason)
    return f'<p class="undrawn">{escape(said)}</p>'


def _caption(page: PageSize, number: int, count: int) -> str:
    return f'<p class="number">{escape(_called(page, number, count))}</p>' if count > 1 else ""


def _called(page: PageSize, number: int, count: int) -> str:
    if page.label == str(number):
        return say("Page {number} of {count}", number=number, count=count)
    label = page.label[:20]
    return say("Page {label} ({number} of {count})", label=label, number=number, count=count)


def _place(page: PageSize, inside: str = "") -> str:
    ratio = f"{max(page.width, 1.0):.1f} / {max(page.height, 1.0):.1f}"
    return f'<div class="picture" style="aspect-ratio: {ratio}">{inside}</div>'


def _boxes(marks: Sequence[Rectangle], *, near: bool) -> str:
    kind = "box near" if near else "box"
    made = "".join(
        f'<span class="{kind}" style="left:{left:.3%};top:{top:.3%};'
        f'width:{right - left:.3%};height:{bottom - top:.3%}"></span>'
        for left, top, right, bottom in marks
    )
    return f'<div class="boxes">{made}</div>' if made else ""


def _words(document: Document, span: Span, quoted: Span, *, near: bool, is_open: bool) -> str:
    """The words of the page, for those who do not see it, and to search or copy them."""
    if span[0] >= span[1]:
        return ""
    marked = Marked(document.text, quoted, "near" if near else "quoted")
    shown = " open" if is_open else ""
    return (
        f'<details class="words"{shown}><summary>{escape(say("Text of this page"))}</summary>'
        f'<div class="text exact" dir="auto">{marked(*span)}</div></details>'
    )
