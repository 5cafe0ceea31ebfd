"""The list of the documents, and of the files that were left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from askdocs.web.render.escaping import escape, view_address
from askdocs.web.words import day, plural, shortened, title_of

if TYPE_CHECKING:
    from askdocs.store import DocumentInfo, Skipped


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
