"""Whole pages, and what stands in an empty conversation."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.web.render.escaping import escape
from askdocs.web.wording import say, spoken
from askdocs.web.words import plural

_STYLES = "".join(
    f'<link rel="stylesheet" href="/page/{name}.css">'
    for name in ("base", "side", "conversation", "document", "documents", "turns", "settings")
)
HEAD = _STYLES
"""Put at the end by Gradio when its own styles are there, so that ours win."""
_FIRST = '<script src="/page/theme.js"></script><link rel="stylesheet" href="/page/early.css">'
"""No page is seen in another theme than the chosen one."""
EARLY = _FIRST + '<script type="module" src="/page/page.js"></script>'
"""What the chat page has before Gradio's own."""
_COMMANDS = "<p><code>askdocs index DOCUMENTS</code><br><code>askdocs serve</code></p>"


def welcome(count: int, examples: Sequence[str], *, can_add: bool = False) -> str:
    """What stands in an empty conversation: what can be asked here."""
    if not count:
        return addable() if can_add else empty()
    asks = "".join(f'<button type="button" class="ask">{escape(one)}</button>' for one in examples)
    head = f'<p class="head">{escape(say("For example"))}</p>'
    start = f'{head}<div class="asks">{asks}</div>' if asks else ""
    title = say("Ask your {documents}", documents=plural(count, "document"))
    promise = say(
        "Every answer quotes the words it rests on. When the documents do not say, you are told so;"
        " when they disagree, you see who says what."
    )
    return f'<div class="welcome"><h1>{escape(title)}</h1><p>{escape(promise)}</p>{start}</div>'


def reading(count: int) -> str:
    """What stands in the place of a conversation for those who can read, but not ask."""
    title = say("Read {documents}", documents=plural(count, "document"))
    told = say(
        "You can read the documents here, and search for their names. To ask questions, you need"
        " the right to: whoever runs this server can give it to you."
    )
    return f'<div class="welcome reads"><h1>{escape(title)}</h1><p>{escape(told)}</p></div>'


def next_questions(questions: Sequence[str], *, refused: bool) -> str:
    """Questions to go on with, as buttons; after a refusal they are what the documents do say."""
    if not questions:
        return '<div class="next"></div>'
    head = say("The documents do answer") if refused else say("Ask next")
    asks = "".join(f'<button type="button" class="ask">{escape(one)}</button>' for one in questions)
    head = escape(head)
    return f'<div class="next" role="group" aria-label="{head}"><p>{head}</p>{asks}</div>'


def empty() -> str:
    """What stands in the conversation when nothing is indexed: the command that changes it."""
    told = say(
        "This index is empty, so there is nothing to ask. Stop the server, put a folder of"
        " documents into the index, and start again:"
    )
    return (
        f'<div class="welcome empty"><h1>{escape(say("No documents yet"))}</h1>'
        f"<p>{escape(told)}</p>{_COMMANDS}</div>"
    )


def addable() -> str:
    """What stands in the conversation when nothing is indexed, but documents can be added here."""
    told = say("There is nothing to ask yet. Add files, or drop them anywhere on this page.")
    add = escape(say("Add documents"))
    return (
        f'<div class="welcome empty"><h1>{escape(say("No documents yet"))}</h1>'
        f"<p>{escape(told)}</p>"
        f'<div class="asks"><button type="button" class="new" name="add-documents">{add}</button>'
        "</div></div>"
    )


def page(title: str, body: str, *, head: str = "") -> str:
    """A whole page; it needs no script but what `head` brings."""
    return (
        f'<!doctype html><html lang="{spoken()}"><head><meta charset="utf-8"><meta name="viewport"'
        f' content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        '<link rel="icon" href="/page/icon.svg">'
        f'{_FIRST}{_STYLES}{head}</head><body class="alone"><main>{body}</main></body></html>'
    )


def no_index(reason: str) -> str:
    """The page that is served when there is no index to open."""
    title = say("No index yet")
    told = say("Stop the server, read a folder of documents into an index, and start again:")
    return page(
        f"askdocs: {title}",
        f'<div class="welcome"><h1>{escape(title)}</h1><p>{escape(reason)}</p>'
        f"<p>{escape(told)}</p>{_COMMANDS}</div>",
    )
