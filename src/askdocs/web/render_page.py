"""Makes the HTML around the conversation: lists, welcome, the document beside it, whole pages.

With `render` the only place that makes HTML; everything that is not a constant is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from askdocs.types import Document, Span
from askdocs.web.render import escape, view_address
from askdocs.web.words import day, goes_on, plural, shortened, title_of, when

if TYPE_CHECKING:
    from askdocs.store import ConversationInfo, DocumentInfo, Skipped

TOP_BAR = (
    '<button type="button" class="quiet" data-toggle="side" aria-expanded="false"'
    ' aria-controls="side"><span aria-hidden="true">☰</span> Menu</button>'
    '<span class="brand">askdocs</span>'
    '<button type="button" class="quiet" data-action="new">New</button>'
)
BRAND = (
    '<p class="brand">askdocs</p>'
    '<button type="button" class="new" data-action="new">New conversation</button>'
)
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
HEAD = '<link rel="stylesheet" href="/page/style.css"><script src="/page/page.js" defer></script>'


def conversations(known: Sequence[ConversationInfo], current: str = "") -> str:
    """The list of conversations, newest first, below the button for another one."""
    if not known:
        return (
            BRAND
            + '<h2>Conversations</h2><p class="none">None yet. They are kept when you leave.</p>'
        )
    rows = []
    for one in known:
        mark = ' aria-current="true"' if one.id == current else ""
        title = escape(shortened(one.title or "Untitled", 80))
        key = escape(one.id)
        rows.append(
            f'<li{mark}><button type="button" class="entry" data-action="open" data-id="{key}">'
            f'<bdi class="title">{title}</bdi><span class="facts">{escape(when(one.updated_at))} · '
            f"{plural(one.turns, 'question')}</span></button>"
            f'<button type="button" class="delete" data-action="delete" data-id="{key}"'
            f' aria-label="Delete {title}"><span class="ask-again">Delete?</span>'
            f'<span class="cross" aria-hidden="true">✕</span></button></li>'
        )
    listed = "".join(rows)
    return f'{BRAND}<h2>Conversations</h2><ul class="conversations">{listed}</ul>'


def documents(known: Sequence[DocumentInfo], skipped: Sequence[Skipped] = ()) -> str:
    """The list of the indexed documents, and of the files that were skipped, with the reason."""
    rows = "".join(_document(one) for one in known)
    listed = (
        f'<ul class="documents">{rows}</ul>' if rows else '<p class="none">None indexed yet.</p>'
    )
    head = f'<h2>Documents <span class="count">{len(known):,}</span></h2>'
    return head + listed + _skipped(skipped)


def _document(one: DocumentInfo) -> str:
    facts = [
        plural(one.passages, "passage"),
        day(one.date) if one.date else f"indexed {day(one.indexed_at)}",
    ]
    name = PurePosixPath(one.id).name
    title = title_of(one.id, one.title)
    facts = [*([name] if name != title else []), *facts]
    title = escape(shortened(title, 90))
    remarks = "; ".join(one.remarks)
    told = f'<span class="remarks">{escape(shortened(remarks, 160))}</span>' if remarks else ""
    return (
        f'<li><a class="view entry" href="{escape(view_address(one.id))}" title="{escape(one.id)}">'
        f'<bdi class="title">{title}</bdi><span class="facts">{escape(" · ".join(facts))}</span>'
        f"{told}</a></li>"
    )


def _skipped(skipped: Sequence[Skipped]) -> str:
    if not skipped:
        return ""
    rows = "".join(
        f"<li><bdi>{escape(one.path)}</bdi><span>{escape(one.reason)}</span></li>"
        for one in skipped
    )
    count = plural(len(skipped), "file")
    return f'<details class="skipped"><summary>{count} skipped</summary><ul>{rows}</ul></details>'


def welcome(count: int, examples: Sequence[str]) -> str:
    """What stands in an empty conversation: what can be asked here."""
    if not count:
        return empty()
    asks = "".join(f'<button type="button" class="ask">{escape(one)}</button>' for one in examples)
    start = f'<p class="head">For example</p><div class="asks">{asks}</div>' if asks else ""
    return (
        f'<div class="welcome"><h1>Ask your {plural(count, "document")}</h1>'
        "<p>Every answer quotes the words it rests on. When the documents do not say, you are told"
        f" so; when they disagree, you see who says what.</p>{start}</div>"
    )


def empty() -> str:
    """What stands in the conversation when nothing is indexed: the command that changes it."""
    return (
        '<div class="welcome empty"><h1>No documents yet</h1><p>This index is empty, so there is'
        " nothing to ask. Stop the server, put a folder of text or Markdown files into the index,"
        " and start again:</p><p><code>askdocs index DOCUMENTS</code><br><code>askdocs serve</code>"
        "</p></div>"
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


def page(title: str, body: str) -> str:
    """A whole page that needs no script."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"'
        f' content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        '<link rel="icon" href="/page/icon.svg"><link rel="stylesheet" href="/page/style.css">'
        f'</head><body class="alone"><main>{body}</main></body></html>'
    )


def no_index(reason: str) -> str:
    """The page that is served when there is no index to open."""
    return page(
        "askdocs: no index yet",
        f'<div class="welcome"><h1>No index yet</h1><p>{escape(reason)}</p><p>Stop the server,'
        " read a folder of text or Markdown files into an index, and start again:</p>"
        "<p><code>askdocs index DOCUMENTS</code><br><code>askdocs serve</code></p></div>",
    )


def no_document(reason: str) -> str:
    """What is shown in the place of a document that is not there any more."""
    return f'<header><h2>Not in the index</h2></header><p class="none">{escape(reason)}</p>'
