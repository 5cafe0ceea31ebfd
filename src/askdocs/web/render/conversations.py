"""The list of conversations and what begins another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from askdocs.web.render.escaping import escape
from askdocs.web.words import plural, shortened, when

if TYPE_CHECKING:
    from askdocs.store import ConversationInfo

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
