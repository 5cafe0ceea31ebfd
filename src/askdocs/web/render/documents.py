"""The documents beside the conversation, and the choice of those that a question is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from askdocs.types import Filter
from askdocs.web.render.citations import Sources
from askdocs.web.render.escaping import escape, view_address
from askdocs.web.render.shelf import only, progress, told
from askdocs.web.wording import say
from askdocs.web.words import day, number, plural, shortened, title_of

if TYPE_CHECKING:
    from askdocs.web.catalogue import Choice, Entry, Shown
    from askdocs.web.refreshing import Progress

_SEARCHED_FROM = 8
_SKIPPED_SHOWN = 100


def side(shown: Shown, skipped: Sequence[Entry], reading: Progress) -> str:
    """The list beside the conversation: a search, the documents, the files that were skipped."""
    adding = "" if shown.closed else _button("add", say("Add"), say("Add documents"))
    managing = _button("manage", say("Manage"), say("Manage documents"))
    if shown.closed:
        managing = _button("manage", say("Show all"), say("Show all documents"))
    changeable = "" if shown.closed else " data-changeable"
    finding = "" if shown.documents > _SEARCHED_FROM else " hidden"
    search = told("Search documents")
    return (
        f'<div class="shelf-side" data-state="{escape(shown.state)}"{changeable}>'
        '<div class="shelf-head">'
        f'<h2>{told("Documents")} <span class="count">{number(shown.documents)}</span></h2>'
        f"{adding}{managing}</div>"
        f'<input type="search" class="find" data-find="side" value="{escape(shown.search)}"'
        f' placeholder="{search}" aria-label="{search}" autocomplete="off"{finding}>'
        f"<div data-progress>{progress(reading)}</div>"
        f'<div data-list="side">{listed(shown)}{_skipped(skipped)}</div></div>'
    )


def listed(shown: Shown) -> str:
    """The documents that were found, and how many others there are."""
    if not shown.entries:
        none = (
            say("No document has that in its name.") if shown.search else say("None indexed yet.")
        )
        return f'<p class="none">{escape(none)}</p>'
    rows = "".join(_document(one, asks=shown.asks) for one in shown.entries)
    rest = shown.found - len(shown.entries)
    more = say("and {documents} more: search for them", documents=number(rest))
    told = f'<p class="none">{escape(more)}</p>' if rest else ""
    return f'<ul class="documents">{rows}</ul>{told}'


def _document(one: Entry, *, asks: bool) -> str:
    facts = [
        plural(one.passages, "passage"),
        *([day(one.date)] if one.date else []),
    ]
    facts = [*([one.name] if one.name != one.title else []), *facts]
    title = escape(shortened(one.title, 90))
    told = f'<span class="remarks">{escape(shortened(one.told, 160))}</span>' if one.told else ""
    choosing = only(one.id, one.title, short=True) if asks else ""
    return (
        f'<li><a class="view entry" href="{escape(view_address(one.id))}" title="{escape(one.id)}">'
        f'<bdi class="title">{title}</bdi><span class="facts">{escape(" · ".join(facts))}</span>'
        f"{told}</a>{choosing}</li>"
    )


def _button(does: str, words: str, name: str) -> str:
    return (
        f'<button type="button" class="quiet" data-shelf="{does}" aria-label="{escape(name)}">'
        f"{escape(words)}</button>"
    )


def _skipped(skipped: Sequence[Entry]) -> str:
    if not skipped:
        return ""
    rows = "".join(
        f"<li><bdi>{escape(one.id)}</bdi><span>{escape(one.told)}</span></li>"
        for one in skipped[:_SKIPPED_SHOWN]
    )
    count = told("{files} skipped", files=plural(len(skipped), "file"))
    return f'<details class="skipped"><summary>{count}</summary><ul>{rows}</ul></details>'


def options(choices: Sequence[Choice]) -> str:
    """The documents and folders to choose from, as the options of a list."""
    if not choices:
        return f'<li class="none">{told("No document has that in its name.")}</li>'
    return "".join(
        f'<li role="option" id="choice-{at}" aria-selected="false" data-only="{escape(one.id)}">'
        f'<bdi class="title">{escape(shortened(one.title, 80))}</bdi>'
        f'<span class="facts">{escape(shortened(_what(one), 80))}</span></li>'
        for at, one in enumerate(choices)
    )


def _what(one: Choice) -> str:
    if one.id.endswith("/"):
        return say("folder, {documents}", documents=plural(one.documents, "document"))
    return one.id if one.id != one.title else ""


def chips(choices: Sequence[Choice]) -> str:
    """What the next question is asked of, each with a button that takes it away."""
    if not choices:
        return ""
    shown = "".join(map(_chip, choices))
    every = f'<button type="button" class="quiet" data-drop="">{told("Ask all")}</button>'
    return (
        f'<span id="scope-head">{told("Asking only:")}</span>'
        f'<ul aria-labelledby="scope-head">{shown}</ul>{every if len(choices) > 1 else ""}'
    )


def _chip(one: Choice) -> str:
    slash = "/" if one.id.endswith("/") else ""
    gone = f" {told('(not in the index any more)')}" if one.gone else ""
    name = told("Do not ask only {title}", title=shortened(one.title, 80))
    return (
        f'<li class="{"gone" if one.gone else "chip"}">'
        f"<bdi>{escape(shortened(one.title, 48))}{slash}</bdi>{gone}"
        f'<button type="button" data-drop="{escape(one.id)}" aria-label="{name}">'
        '<span aria-hidden="true">✕</span></button></li>'
    )


def asked_of(within: Filter, sources: Sources) -> str:
    """What an answer's question was asked of, in words; empty if it was all documents.

    A folder stands among the documents of a filter with a `/` at its end.
    """
    places = within.documents or ((f"{within.folder.rstrip('/')}/",) if within.folder else ())
    if not places:
        return ""
    if len(places) == 1 and places[0].endswith("/"):
        return say("Asked of the folder {folder}", folder=shortened(places[0].rstrip("/"), 60))
    if len(places) == 1:
        return say("Asked of {title}", title=shortened(_title(places[0], sources), 60))
    folders = tuple(place for place in places if place.endswith("/"))
    below = {one for one in sources if one.startswith(folders)} if folders else set()
    named = {place for place in places if not place.endswith("/")}
    return say("Asked of {documents}", documents=plural(len(named | below), "document"))


def _title(identifier: str, sources: Sources) -> str:
    known = sources.get(identifier)
    return title_of(identifier, known.title) if known else PurePosixPath(identifier).name
