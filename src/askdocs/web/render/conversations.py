"""The conversations: what begins and finds one, the list, and what can be done with each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from askdocs.web.render.escaping import escape
from askdocs.web.wording import say
from askdocs.web.words import number, plural, shortened, when

if TYPE_CHECKING:
    from askdocs.store import ConversationInfo
    from askdocs.store_finding import FoundConversation

MANY = 8
"""More conversations than these are listed in groups."""

LISTED = 60
"""No more conversations than these are listed; the search finds all."""


def top_bar(*, can_begin: bool = True) -> str:
    """What a phone has above the conversation, in the place of the side bar."""
    new = f'<button type="button" class="quiet" data-action="new">{escape(say("New"))}</button>'
    return (
        '<button type="button" class="quiet" data-toggle="side" aria-expanded="false"'
        f' aria-controls="side"><span aria-hidden="true">☰</span> {escape(say("Menu"))}</button>'
        f'<span class="brand">askdocs</span>{new if can_begin else "<span></span>"}'
    )


def top(*, can_begin: bool = True) -> str:
    """What stands above the list: another conversation, the search, how many it found."""
    if not can_begin:
        return '<p class="brand">askdocs</p>'
    return (
        '<p class="brand">askdocs</p>'
        f'<button type="button" class="new" data-action="new">{escape(say("New conversation"))}'
        f'</button><input type="search" id="search-talks" autocomplete="off" maxlength="200"'
        f' aria-label="{escape(say("Search conversations"))}"'
        f' placeholder="{escape(say("Search conversations"))}">'
        '<p class="unseen" role="status" id="found-count"></p>'
    )


FOUND = '<div id="found-talks"></div>'
"""Where the conversations that a search found stand, in the place of the list."""


def notice() -> str:
    """Where the page says in a word what it did, with the words it has for that."""
    said = {
        "link": say("Link copied"),
        "answer": say("Answer copied"),
        "kept": say("Thank you, that is kept"),
        "back": say("Taken back"),
        "uncopied": say("This browser did not let the page copy; copy the address by hand"),
        "failed": say("That did not work; is the server still running?"),
    }
    words = "".join(f' data-{name}="{escape(text)}"' for name, text in said.items())
    return f'<p class="notice" role="status"{words}></p>'


def conversations(
    known: Sequence[ConversationInfo], current: str = "", *, can_begin: bool = True
) -> str:
    """The list of conversations, the last used first; many of them in groups."""
    if not known and not can_begin:
        return '<div class="talks"></div>'
    if not known:
        none = escape(say("None yet. They are kept when you leave."))
        return f'<div class="talks">{_head("Conversations")}<p class="none">{none}</p></div>'
    shown = [one for at, one in enumerate(known) if at < LISTED or one.id == current]
    today = [one for one in shown if _is_today(one.updated_at)]
    earlier = [one for one in shown if not _is_today(one.updated_at)]
    groups = [("Conversations", shown)]
    if len(shown) > MANY and today and earlier:
        groups = [("Today", today), ("Earlier", earlier)]
    listed = "".join(_group(*each, current) for each in groups)
    return f'<div class="talks">{listed}{_left_out(len(known) - len(shown))}</div>'


def found(these: Sequence[FoundConversation], words: str, current: str = "") -> str:
    """The conversations that were found for `words`, with what was found in each."""
    if not these:
        none = escape(say("No conversation has these words. Try fewer, or a part of one."))
        return f'{_head("Found")}<p class="none">{none}</p>'
    rows = "".join(
        _row(one.conversation, current, "found-", _marked(one.excerpt, words))
        for one in these[:LISTED]
    )
    left_out = _left_out(len(these) - LISTED)
    return f'{_head("Found", len(these))}<ul class="conversations">{rows}</ul>{left_out}'


def _left_out(count: int) -> str:
    if count <= 0:
        return ""
    said = say("{conversations} more; search finds them", conversations=number(count))
    return f'<p class="none">{escape(said)}</p>'


def _group(name: str, these: Iterable[ConversationInfo], current: str) -> str:
    rows = "".join(_row(one, current) for one in these)
    return f'{_head(name)}<ul class="conversations">{rows}</ul>'


def _head(name: str, count: int | None = None) -> str:
    counted = "" if count is None else f' <span class="count">{number(count)}</span>'
    return f"<h2>{escape(say(name))}{counted}</h2>"


def _row(one: ConversationInfo, current: str, prefix: str = "", excerpt: str = "") -> str:
    """A conversation: opened by a click, renamed in its place, with a menu of what else."""
    mark = ' aria-current="true"' if one.id == current else ""
    whole = one.title or say("Untitled")
    title, key = escape(shortened(whole, 80)), escape(one.id)
    menu = escape(f"{prefix}menu-{one.id}")
    facts = f"{when(one.updated_at)} · {plural(one.turns, 'question')}"
    return (
        f'<li{mark} data-talk="{key}"><button type="button" class="entry" data-action="open"'
        f' data-id="{key}"><bdi class="title">{title}</bdi>{excerpt}'
        f'<span class="facts">{escape(facts)}</span></button>'
        f'<form class="renaming" hidden><input name="title" maxlength="200" autocomplete="off"'
        f' aria-label="{escape(say("New name of the conversation"))}" value="{escape(whole)}">'
        f'</form><button type="button" class="more" popovertarget="{menu}" aria-expanded="false"'
        f' aria-controls="{menu}" aria-label="{escape(say("More about"))} {title}">'
        f'<span aria-hidden="true">⋯</span></button>{_menu(menu, one.id)}</li>'
    )


def _menu(name: str, identifier: str) -> str:
    """What can be done with a conversation."""
    key = escape(identifier)
    files = escape(f"/page/conversations/{quote(identifier, safe='', errors='replace')}/export")
    return (
        f'<div class="menu" id="{name}" popover>'
        f'<button type="button" data-do="rename">{escape(say("Rename"))}</button>'
        f'<button type="button" data-do="link" data-id="{key}">{escape(say("Copy link"))}</button>'
        f'<a href="{files}.md" download>{escape(say("Export Markdown"))}</a>'
        f'<a href="{files}.json" download>{escape(say("Export JSON"))}</a>'
        f'<button type="button" class="delete" data-action="delete" data-id="{key}">'
        f'<span class="once">{escape(say("Delete"))}</span>'
        f'<span class="twice">{escape(say("Delete for good?"))}</span></button></div>'
    )


def _is_today(moment: str) -> bool:
    try:
        return datetime.fromisoformat(moment).astimezone().date() == datetime.now().date()
    except ValueError:
        return False


def _marked(excerpt: str, words: str) -> str:
    """An excerpt with the words that were searched for marked."""
    if not excerpt:
        return ""
    wanted = "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True))
    pieces = re.split(f"({wanted})", excerpt, flags=re.IGNORECASE) if wanted else [excerpt]
    shown = "".join(
        f"<mark>{escape(piece)}</mark>" if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )
    return f'<span class="excerpt" dir="auto">{shown}</span>'
