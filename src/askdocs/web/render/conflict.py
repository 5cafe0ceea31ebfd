"""The card of a disagreement: each claim, who makes it, where and when, and whether it stands."""

from __future__ import annotations

from collections.abc import Mapping

from askdocs.types import Answer, Citation, Claim, Conflict
from askdocs.web.render.citations import Sources, chip, origins
from askdocs.web.render.escaping import escape
from askdocs.web.wording import say

_STATUSES = ("current", "retracted", "disputed")


def card(conflict: Conflict, reply: Answer, sources: Sources) -> str:
    """The figure that stands, if one does, and the card of all claims with who makes them."""
    cited = {citation.number: citation for citation in reply.citations}
    disputed = any(claim.status == "disputed" for claim in conflict.claims)
    head = escape(say("The documents disagree") if disputed else say("A figure was taken back"))
    about = "" if conflict.about in ("", reply.question, reply.query) else escape(conflict.about)
    claims = "".join(_claim(claim, cited, sources) for claim in conflict.claims)
    return (
        ("" if disputed else _standing(conflict, cited, sources))
        + f'<section class="conflict"><p class="head">{head}</p>'
        + (f'<p class="about">{about}</p>' if about else "")
        + f"<ul>{claims}</ul></section>"
    )


def _standing(conflict: Conflict, cited: Mapping[int, Citation], sources: Sources) -> str:
    """The claims that stand, as direct answers."""
    return "".join(
        f'<p class="lead" dir="auto">{escape(claim.value)}'
        + "".join(chip(cited[number], sources) for number in claim.citations if number in cited)
        + "</p>"
        for claim in conflict.claims
        if claim.status == "current"
    )


def _standing_of(status: str) -> str:
    words = {
        "current": say("stands"),
        "retracted": say("taken back"),
        "disputed": say("disputed"),
    }
    return words[status]


def _claim(claim: Claim, cited: Mapping[int, Citation], sources: Sources) -> str:
    """One value of a disagreement: its standing, and who says it, where and when."""
    status = claim.status if claim.status in _STATUSES else "disputed"
    element = "s" if status == "retracted" else "strong"
    by_whom = (
        f'<span dir="auto">{escape(say("says {source}", source=claim.source))}</span>'
        if claim.source
        else ""
    )
    who = origins([cited[number] for number in claim.citations if number in cited], sources)
    return (
        f'<li class="claim {status}"><span class="value" dir="auto">'
        f"<{element}>{escape(claim.value)}</{element}></span>"
        f'<span class="status">{escape(_standing_of(status))}</span><span class="origins">'
        f"{by_whom}{who}</span></li>"
    )
