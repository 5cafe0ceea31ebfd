"""The chips that lead to what is quoted, and who says it, where and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from askdocs.types import Citation
from askdocs.web.render.escaping import escape, view_address
from askdocs.web.wording import say
from askdocs.web.words import day, shortened, title_of

if TYPE_CHECKING:
    from askdocs.store import DocumentInfo

Sources = Mapping[str, "DocumentInfo"]


def chip(citation: Citation, sources: Sources) -> str:
    """A numbered link that opens the document with the quote highlighted.

    It carries what its card shows, unseen: the quote, and whose it is. (The conversation's cleaning
    of HTML takes out attributes with data, and labels.)
    """
    known = sources.get(citation.document)
    title = title_in(citation.document, sources)
    place = view_address(citation.document, citation.start, citation.end, citation.quote)
    date = day(known.date or "") if known else ""
    facts = (shortened(title, 120), shortened(citation.place, 80), date)
    origin = " · ".join(fact for fact in facts if fact)
    return (
        f'<a class="view cite" href="{escape(place)}"><span class="unseen">'
        f"{escape(say('Citation'))} </span>{citation.number}"
        f'<span class="unseen">, {escape(title)}</span>'
        f'<span class="carried"><span>{escape(shortened(citation.quote, 300))}</span>'
        f"<span>{escape(origin)}</span></span></a>"
    )


def origins(citations: Iterable[Citation], sources: Sources) -> str:
    """Each source once, after the chips of all that is cited from it."""
    chips: dict[str, str] = {}
    for citation in citations:
        origin = _origin(citation, sources)
        chips[origin] = chips.get(origin, "") + chip(citation, sources)
    return "".join(
        f'<span class="from"><span class="chips">{linked}</span><span>{origin}</span></span>'
        for origin, linked in chips.items()
    )


def _origin(citation: Citation, sources: Sources) -> str:
    """Who says it, where and when."""
    known = sources.get(citation.document)
    facts = [
        title_in(citation.document, sources),
        citation.place,
        day(known.date or "") if known else "",
    ]
    return " · ".join(f"<bdi>{escape(shortened(str(fact), 80))}</bdi>" for fact in facts if fact)


def title_in(document: str, sources: Sources) -> str:
    """What a document is called among `sources`; by its file name if it is gone."""
    known = sources.get(document)
    return title_of(document, known.title if known else "")
