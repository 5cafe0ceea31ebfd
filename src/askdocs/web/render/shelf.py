"""The dialog that manages the documents, what is dropped where, and how far the reading is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from askdocs.readers.kinds import SUFFIXES
from askdocs.web.receiving import LIMIT
from askdocs.web.render.escaping import escape, view_address
from askdocs.web.wording import say
from askdocs.web.words import day, number, plural, shortened

if TYPE_CHECKING:
    from askdocs.web.catalogue import Choice, Entry, Shown
    from askdocs.web.refreshing import Progress

MOST = 200
"""So many rows are shown at most."""

_STATES = {
    "indexed": "Indexed",
    "partly": "Read in part",
    "earlier": "Earlier version kept",
    "skipped": "Skipped",
    "left-out": "Left out",
}
_SORTS = {"name": "Name", "date": "Date", "kind": "Type", "state": "Problems first"}
_COLUMNS = ("Document", "Type", "Length", "Date", "Passages", "State")


def told(english: str, **values: object) -> str:
    """The wording, as HTML."""
    return escape(say(english, **values))


def tools(shown: Shown, offered: Sequence[Choice]) -> str:
    """What the page keeps ready for documents: the dialog, the place to drop files, the choice."""
    sorts = "".join(f'<option value="{key}">{told(word)}</option>' for key, word in _SORTS.items())
    adding = ""
    if not shown.closed:
        adding = (
            f'<button type="button" class="strong" data-shelf="add">{told("Add files")}</button>'
            f'<button type="button" class="quiet" data-shelf="refresh">'
            f"{told('Look for changes')}</button>"
        )
    closed = f'<p class="closed">{told(shown.closed)}</p>' if shown.closed else ""
    large = told(
        "{name} is larger than {size} MB; split it, and add the parts.",
        name="{name}",
        size=number(LIMIT / 1e6),
    )
    return (
        '<div id="drop" popover="manual">'
        f"<p>{told('Drop files here to add them to the documents')}</p></div>"
        f'<input type="file" id="files" multiple hidden accept="{",".join(sorted(SUFFIXES))}"'
        f' aria-label="{told("Files to add")}" data-limit="{LIMIT}" data-large="{large}"'
        f' data-into="{escape(shown.into)}"'
        f' data-sending="{told("Sending {name}", name="{name}")}"'
        f' data-offline="{told("The server does not answer; is it still running?")}">'
        f'<div id="asking"><div id="scope" aria-live="polite" hidden></div><ul id="choices"'
        f' role="listbox" hidden aria-label="{told("Documents and folders")}"></ul></div>'
        f'<dialog id="shelf" aria-labelledby="shelf-title"><header><h2 id="shelf-title">'
        f'{told("Documents")}</h2><button type="button" class="quiet" data-shelf="close"'
        f' aria-label="{told("Close")}"><span aria-hidden="true">✕</span></button></header>'
        f'<div class="look" role="search"><input type="search" class="find" data-find="table"'
        f' placeholder="{told("Search names and titles")}" aria-label="{told("Search documents")}"'
        f' autocomplete="off"><label>{told("Sort by")} <select data-sort>{sorts}</select></label>'
        f"<span data-folders>{folders(offered, asks=shown.asks)}</span>{adding}</div>{closed}"
        '<div data-progress></div><p class="note" role="alert" data-note></p>'
        '<div data-list="table"></div></dialog>'
    )


def folders(offered: Sequence[Choice], *, asks: bool = True) -> str:
    """The choice of a folder; it also says where added files go."""
    if not offered:
        return ""
    rows = "".join(
        f'<option value="{escape(one.id)}">{escape(shortened(one.title, 60))}'
        f" ({number(one.documents)})</option>"
        for one in offered
    )
    choice = (
        f"<label>{told('Folder')} <select data-folder>"
        f'<option value="">{told("All")}</option>{rows}</select></label>'
    )
    if not asks:
        return choice
    return (
        f'{choice}<button type="button" class="quiet" data-ask-folder hidden>'
        f"{told('Ask only this folder')}</button>"
    )


def table(shown: Shown) -> str:
    """The files with all that is known of them, and what can be done with each."""
    if not shown.entries:
        none = "No file has that in its name." if shown.search else "There are no files here yet."
        return f'<p class="none">{told(none)}</p>'
    heads = "".join(f'<th scope="col">{told(word)}</th>' for word in _COLUMNS)
    rows = "".join(_row(one, changeable=not shown.closed, asks=shown.asks) for one in shown.entries)
    files = plural(shown.found, "file")
    where = shown.folder.rstrip("/") or shown.into
    facts = [files, say("{documents} indexed", documents=plural(shown.documents, "document"))]
    if not shown.closed:
        facts.append(say("added files go to {folder}/", folder=where))
    more = ""
    if shown.found > len(shown.entries):
        words = say("{shown} of {files} are shown", shown=len(shown.entries), files=files)
        button = f'<button type="button" class="quiet" data-more>{told("Show more")}</button>'
        if len(shown.entries) >= MOST:
            button = told("search for the others")
        more = f'<p class="more">{escape(words)} · {button}</p>'
    return (
        f'<p class="count">{escape(" · ".join(facts))}</p><table class="files"><thead><tr>{heads}'
        f'<th scope="col"><span class="unseen">{told("Actions")}</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{more}"
    )


def _row(one: Entry, *, changeable: bool, asks: bool) -> str:
    title = f'<bdi class="title">{escape(shortened(one.title, 120))}</bdi>'
    if one.readable:
        title = f'<a class="view" href="{escape(view_address(one.id))}">{title}</a>'
    path = f'<bdi class="path">{escape(one.id)}</bdi>' if one.id != one.title else ""
    state = told(_STATES[one.state])
    why = f'<span class="told">{escape(shortened(one.told, 300))}</span>' if one.told else ""
    cells = (
        told(one.kind[:1].upper() + one.kind[1:]) if one.kind else "",
        escape(_length(one)),
        escape(day(one.date)) if one.date else "",
        number(one.passages) if one.readable else "",
    )
    named = zip(_COLUMNS[1:], cells, strict=False)
    shown = "".join(
        f'<td data-name="{told(name)}">{cell}</td>' if cell else "<td></td>" for name, cell in named
    )
    return (
        f'<tr data-state="{one.state}"><th scope="row">{title}{path}</th>{shown}'
        f'<td class="state"><span class="is">{state}</span>{why}</td>'
        f'<td class="does">{_actions(one, changeable=changeable, asks=asks)}</td></tr>'
    )


def _length(one: Entry) -> str:
    """How many pages, slides or sheets; whichever the document has."""
    counts = one.places or {}
    return ", ".join(plural(counts[kind], kind) for kind in counts)


def _actions(one: Entry, *, changeable: bool, asks: bool) -> str:
    name = shortened(one.title, 80)
    key = escape(one.id)
    actions = []
    if one.readable:
        address = escape(view_address(one.id).replace("/view?", "/view/file?"))
        label = told("Download {title}", title=name)
        actions = [
            *([only(one.id, one.title)] if asks else []),
            f'<a class="quiet" href="{address}" download aria-label="{label}">'
            f"{told('Download')}</a>",
        ]
    if changeable and one.state == "left-out":
        label = told("Put {title} back", title=name)
        actions.append(
            f'<button type="button" class="quiet" data-restore="{key}" aria-label="{label}">'
            f"{told('Put back')}</button>"
        )
    elif changeable:
        sure = told("Delete the file for good?" if one.uploaded else "Leave out? The file stays.")
        actions.append(
            f'<button type="button" class="quiet remove" data-remove="{key}">'
            f'<span class="once">{told("Remove")}</span><span class="twice">{sure}</span>'
            f'<span class="unseen"> {escape(name)}</span></button>'
        )
    return "".join(actions)


def only(identifier: str, title: str, *, short: bool = False) -> str:
    """The button that has questions asked of a document or folder only."""
    name = told("Ask only {title}", title=shortened(title, 80))
    words = "&#64;" if short else told("Ask only this")
    return (
        f'<button type="button" class="{"only" if short else "quiet"}"'
        f' data-only="{escape(identifier)}" aria-label="{name}" title="{name}">{words}</button>'
    )


def progress(now: Progress) -> str:
    """How far the reading of the folder is, or how the last one ended."""
    if now.running:
        value = f' max="{now.total}" value="{now.done}"' if now.total else ""
        label = told("Reading the documents")
        return (
            f'<p class="reading"><progress{value} aria-label="{label}"></progress>'
            f"<bdi>{escape(_reading(now))}</bdi></p>"
        )
    if now.error:
        return (
            f'<p class="reading failed">{told("Not brought up to date:")} {escape(now.error)}</p>'
        )
    if now.summary is None:
        return ""
    done = now.summary
    counts = {"{n} added": done.added, "{n} changed": done.changed, "{n} removed": done.removed}
    facts = [say(words, n=number(count)) for words, count in counts.items() if count]
    said = told("Up to date: {said}", said=", ".join(facts)) if facts else told("Up to date")
    return f'<p class="reading">{said}</p>'


def _reading(now: Progress) -> str:
    """What is being done, in a line."""
    if not now.total:
        return say("Looking through the folder…")
    steps = {"done": number(now.done), "total": number(now.total)}
    if now.what != "files":
        return say("Making the search ready: {done} of {total}", **steps)
    facts = [say("{done} of {total} files", **steps)]
    if now.rate:
        minutes = say("{n} min left", n=number(now.left / 60))
        left = minutes if now.left >= 90 else say("{n} s left", n=number(now.left))
        facts += [say("{n}/s", n=f"{now.rate:.3g}"), left]
    file = (
        say("Reading {name}", name=shortened(now.file.rpartition("/")[2], 40)) if now.file else ""
    )
    return " · ".join(filter(None, [*facts, file]))
