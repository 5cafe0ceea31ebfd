"""Whole pages, and what stands in an empty conversation."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.web.render.escaping import escape
from askdocs.web.words import plural

_STYLES = "".join(
    f'<link rel="stylesheet" href="/page/{name}.css">'
    for name in ("base", "side", "conversation", "document")
)
HEAD = _STYLES + '<script type="module" src="/page/page.js"></script>'


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


def page(title: str, body: str) -> str:
    """A whole page that needs no script."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"'
        f' content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        '<link rel="icon" href="/page/icon.svg">'
        f'{_STYLES}</head><body class="alone"><main>{body}</main></body></html>'
    )


def no_index(reason: str) -> str:
    """The page that is served when there is no index to open."""
    return page(
        "askdocs: no index yet",
        f'<div class="welcome"><h1>No index yet</h1><p>{escape(reason)}</p><p>Stop the server,'
        " read a folder of text or Markdown files into an index, and start again:</p>"
        "<p><code>askdocs index DOCUMENTS</code><br><code>askdocs serve</code></p></div>",
    )
