"""A document as it is read beside the conversation: its frame, its head and its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from askdocs.readers.kinds import kind_by_name
from askdocs.types import Document, Span
from askdocs.web import windows
from askdocs.web.render.escaping import escape
from askdocs.web.render.marked import Marked
from askdocs.web.render.reading import has_a_look, reading
from askdocs.web.wording import say
from askdocs.web.words import day, shortened, title_of

Look = Literal["pages", "reading", "text"]
_LOOKS: dict[Look, str] = {"pages": "Pages", "reading": "Reading", "text": "Text"}
_TABLES = ("CSV", "Excel")
CHANGED = (
    "This document has changed since the answer was given: the quoted words do not stand there any"
    " more, so nothing is highlighted. Ask again to see what it says now."
)
SCRIPT = '<script type="module" src="/page/alone.js"></script>'
"""What a document opened alone does in the browser."""


@dataclass(frozen=True, slots=True)
class Showing:
    """How a document is shown, and what else is known of it.

    `address` shows the same with another look when that is added to it; `note` is a remark on the
    file that the text is of; `pages` is the HTML of its pages, if they can be shown; `has_file`
    says whether the file can be downloaded.
    """

    look: Look = "reading"
    near: bool = False
    low: int | None = None
    high: int | None = None
    address: str = ""
    note: str = ""
    pages: str = ""
    page_count: int = 0
    has_file: bool = False


def frame() -> str:
    """The panel that documents are shown in, with its bar."""
    say_quote = escape(say("Quote {number} of {count}", number="{number}", count="{count}"))
    quiet = 'type="button" class="quiet'
    return (
        f'<aside id="document" aria-label="{escape(say("Document"))}" hidden><div class="bar">'
        f'<p class="bar-title">{escape(say("Document"))}</p>'
        f'<span class="quotes" data-form="{say_quote}" hidden>'
        f'<button {quiet} step" data-quote="-1" aria-label="{escape(say("Previous quote"))}">'
        '<span aria-hidden="true">‹</span></button><span class="which" aria-live="polite"></span>'
        f'<button {quiet} step" data-quote="1" aria-label="{escape(say("Next quote"))}">'
        '<span aria-hidden="true">›</span></button></span>'
        f'<a class="quiet download" href="/view/file" download hidden'
        f' title="{escape(say("Download the original file"))}">{escape(say("Download"))}</a>'
        f'<a class="quiet alone" target="_blank" rel="noopener" href="/view">'
        f"{escape(say('Open alone'))}</a>"
        f'<button {quiet} help" data-toggle="keyboard" aria-label="{escape(say("Keyboard"))}"'
        f' title="{escape(say("Keyboard"))}">?</button>'
        f'<button {quiet}" data-toggle="document">{escape(say("Close"))}'
        ' <span aria-hidden="true">✕</span></button></div>'
        f'<div class="body" tabindex="0" role="region"'
        f' aria-label="{escape(say("Text of the document"))}"></div></aside>'
    )


def view(document: Document, span: Span | None = (0, 0), showing: Showing | None = None) -> str:
    """A document with the words of `span` highlighted.

    `None` stands for words that the document does not have any more.
    """
    showing = showing or Showing()
    start, end = span or (0, 0)
    quoted = end > start
    places = (document.place(start), document.anchor(start, "heading")) if quoted else ()
    facts = [document.id, day(document.date or ""), document.author, *places]
    said = " · ".join(f"<bdi>{escape(shortened(fact, 120))}</bdi>" for fact in facts if fact)
    changed = "" if span else f'<p class="changed">{escape(say(CHANGED))}</p>'
    note = f'<p class="note">{escape(showing.note)}</p>' if showing.note else ""
    body = showing.pages if showing.look == "pages" else _text(document, (start, end), showing)
    return (
        f'{_tools(document, showing)}<header><h2 dir="auto">'
        f'{escape(title_of(document.id, document.title))}</h2><p class="facts">{said}</p></header>'
        f"{changed}{note}{body}"
    )


def _tools(document: Document, showing: Showing) -> str:
    """The switch between the looks, if there are several, and the way from page to page."""
    looks: list[Look] = ["pages"] if showing.pages else []
    looks += ["reading", "text"] if has_a_look(document) else ["reading"]
    if not showing.address:
        return ""
    made = []
    for look in looks if len(looks) > 1 else ():
        current = ' aria-current="true"' if look == showing.look else ""
        name = _LOOKS[look]
        if look == "reading":
            name = _name_of_reading(document, is_only="text" not in looks)
        made.append(
            f'<a class="look" data-look="{look}" href="{escape(f"{showing.address}&look={look}")}"'
            f"{current}>{escape(say(name))}</a>"
        )
    has_steps = showing.look == "pages" and showing.page_count > 1
    steps = _page_steps() if has_steps else ""
    label = escape(say("How the document is shown"))
    return (
        f'<div class="tools" data-file="{int(showing.has_file)}"><nav class="looks"'
        f' aria-label="{label}">{"".join(made)}</nav>{steps}</div>'
    )


def _name_of_reading(document: Document, *, is_only: bool) -> str:
    kind = kind_by_name(document.id)
    if is_only:
        return _LOOKS["text"]
    return "Table" if kind is not None and kind.name in _TABLES else _LOOKS["reading"]


def _page_steps() -> str:
    quiet = '<button type="button" class="quiet step" data-page-step='
    return (
        f'<span class="page-steps">{quiet}"-1" aria-label="{escape(say("Previous page"))}">'
        '<span aria-hidden="true">↑</span></button><span class="which"></span>'
        f'{quiet}"1" aria-label="{escape(say("Next page"))}">'
        '<span aria-hidden="true">↓</span></button></span>'
    )


def _text(document: Document, span: Span, showing: Showing) -> str:
    """The text, or of a long one the part around what is quoted, with a way to see more."""
    shown = windows.window(document.text, span, showing.low, showing.high)
    marked = Marked(document.text, span, "near" if showing.near else "quoted")
    look = "exact" if showing.look == "text" else "styled"
    words = marked(*shown) if showing.look == "text" else reading(document, marked, shown)
    before, after = "", ""
    if shown[0] > 0:
        before = _more(showing, "earlier", say("Show earlier"), windows.earlier(shown))
    if shown[1] < len(document.text):
        wanted = windows.later(shown, len(document.text))
        after = _more(showing, "later", say("Show later"), wanted)
    return f'{before}<div class="text {look}" dir="auto">{words}</div>{after}'


def _more(showing: Showing, side: str, words: str, wanted: Span) -> str:
    low, high = wanted
    address = f"{showing.address}&look={showing.look}&low={low}&high={high}"
    return f'<a class="more {side}" data-more="{side}" href="{escape(address)}">{escape(words)}</a>'


def no_document(reason: str) -> str:
    """What is shown in the place of a document that is not there any more."""
    return (
        f"<header><h2>{escape(say('Not in the index'))}</h2></header>"
        f'<p class="none">{escape(reason)}</p>'
    )


_KEYS = (
    (("→", "n"), "Next quote of the answer, in the document"),
    (("←", "p"), "Previous quote"),
    (("Alt + ↓",), "Next citation, in the conversation"),
    (("Alt + ↑",), "Previous citation"),
    (("Enter",), "Ask, or open a citation"),
    (("Esc",), "Close the document"),
    (("?",), "Show these keys"),
)


def keyboard() -> str:
    """What the keys do, for a dialog."""
    rows = "".join(
        f"<dt>{' '.join(f'<kbd>{escape(key)}</kbd>' for key in keys)}</dt>"
        f"<dd>{escape(say(what))}</dd>"
        for keys, what in _KEYS
    )
    return (
        f'<h2>{escape(say("Keyboard"))}</h2><dl>{rows}</dl><form method="dialog">'
        f'<button class="quiet">{escape(say("Close"))}</button></form>'
    )
