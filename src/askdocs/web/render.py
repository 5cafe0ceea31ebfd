"""Makes all the HTML of the page. Everything that is not a constant here goes through `escape`.

Nothing here loads from anywhere: no pictures, no styles, no links but to this server's `/view`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from askdocs.answering.prompts import REFUSAL
from askdocs.types import MARKER, Answer, Citation, Claim, Conflict, Hit
from askdocs.web.words import (
    best_sentence,
    day,
    plural,
    runs,
    shortened,
    support_words,
    title_of,
    unbulleted,
)

if TYPE_CHECKING:
    from askdocs.store import DocumentInfo

# What HTML gives a meaning, and Markdown: the chat reads messages as Markdown before it sanitises.
_ESCAPES = {ord(character): f"&#{ord(character)};" for character in "&<>\"'\\`*_[]()#!$~|:\n"}
_TRAILING_MARKERS = re.compile(r"(?:\s*\[\d+\])+\s*$")
_STATUS = {"current": "stands", "retracted": "taken back", "disputed": "disputed"}

Sources = Mapping[str, "DocumentInfo"]


def escape(text: str) -> str:
    """`text` as HTML that means nothing else, neither to a browser nor to Markdown, on one line.

    >>> escape("<img src=x> *a* [b](c)")
    '&#60;img src=x&#62; &#42;a&#42; &#91;b&#93;&#40;c&#41;'
    """
    return text.encode("utf-8", "replace").decode("utf-8").translate(_ESCAPES)


def seal(quote: str) -> str:
    """A short digest of a quote: it tells whether a document still has these words there."""
    return hashlib.sha256(quote.encode("utf-8", "replace")).hexdigest()[:12]


def view_address(document: str, start: int = 0, end: int = 0, quote: str = "") -> str:
    """The address that shows a document, with the words from `start` to `end` highlighted."""
    asked: dict[str, str | int] = {"document": document}
    if end > start:
        asked |= {"start": start, "end": end, "seal": seal(quote)}
    return f"/view?{urlencode(asked, errors='replace')}"


def question(text: str) -> str:
    """A question as it stands in the conversation."""
    return f'<div class="said" dir="auto">{escape(text)}</div>'


def waiting(documents: int) -> str:
    """What stands in the answer's place until its first words come."""
    count = plural(documents, "document")
    return f'<div class="partial waiting"><span class="dots"></span>Looking in {count}</div>'


def failure(message: str) -> str:
    """An error, as a sentence in the conversation."""
    return f'<div class="failure"><strong>That did not work.</strong> {escape(message)}</div>'


def stopped(content: str) -> str:
    """A message as it stands when the reader stops the answer."""
    note = '<p class="meta">Stopped. This answer is not kept.</p>'
    return content.replace('<div class="partial', '<div class="stopped', 1) + note


def answer(
    reply: Answer, sources: Sources, *, near: Sequence[Hit] = (), partial: bool = False
) -> str:
    """An answer, a refusal with what was found nearest, or a disagreement."""
    if reply.refused:
        return _refusal(reply, sources, near)
    body = "".join(_blocks(reply, sources))
    conflicts = "".join(_conflict(conflict, reply, sources) for conflict in reply.conflicts)
    if partial:
        return f'<div class="partial answer">{conflicts}{body}</div>'
    return f'<div class="answer">{conflicts}{body}{_meta(reply)}</div>'


def _blocks(reply: Answer, sources: Sources) -> Iterable[str]:
    """The answer's text: a lead line, quotes, lists and paragraphs."""
    cited = {citation.number: citation for citation in reply.citations}
    blocks = [block for block in re.split(r"\n\s*\n", reply.text.strip()) if block.strip()]
    for number, block in enumerate(blocks):
        if number == 0 and reply.conflicts and reply.mode == "extractive":
            continue  # the card of the disagreement says what this line says
        for lines, kind in runs(block.split("\n")):
            if kind == "quote":
                yield from (_quote(line, cited, sources) for line in lines)
            elif kind == "item":
                items = "".join(
                    f"<li>{_line(unbulleted(line), cited, sources)}</li>" for line in lines
                )
                yield f"<ul>{items}</ul>"
            else:
                text = _line(" ".join(lines), cited, sources)
                lead = number == 0 and len(MARKER.sub("", " ".join(lines))) <= 90
                yield (
                    f'<p class="lead" dir="auto">{text}</p>'
                    if lead
                    else f'<p dir="auto">{text}</p>'
                )


def _line(text: str, cited: Mapping[int, Citation], sources: Sources) -> str:
    """A line of the answer; a marker that stands for a citation becomes its chip."""
    pieces: list[str] = []
    position = 0
    for marker in MARKER.finditer(text):
        citation = cited.get(int(marker[1]))
        if citation is None:
            continue  # the words of a document may look like a marker: they stay words
        pieces += [escape(text[position : marker.start()].rstrip()), chip(citation, sources)]
        position = marker.end()
    return "".join([*pieces, escape(text[position:])])


def _quote(line: str, cited: Mapping[int, Citation], sources: Sources) -> str:
    """A quoted sentence with the sources it stands in; only markers at its end are citations."""
    words = line.removeprefix("> ")
    trailing = _TRAILING_MARKERS.search(words)
    numbers = [int(number) for number in MARKER.findall(trailing[0])] if trailing else []
    known = [cited[number] for number in numbers if number in cited]
    if trailing and len(known) == len(numbers):
        words = words[: trailing.start()]
    return (
        f'<figure class="quote"><blockquote dir="auto">{escape(words)}</blockquote>'
        f"<figcaption>{_origins(known, sources)}</figcaption></figure>"
    )


def chip(citation: Citation, sources: Sources) -> str:
    """A numbered link that opens the document with the quote highlighted."""
    title = _title(citation.document, sources)
    place = view_address(citation.document, citation.start, citation.end, citation.quote)
    return (
        f'<a class="view cite" href="{escape(place)}"'
        f' title="{escape(shortened(citation.quote, 300))}"><span class="unseen">Citation </span>'
        f'{citation.number}<span class="unseen">, {escape(title)}</span></a>'
    )


def _origin(citation: Citation, sources: Sources) -> str:
    """Who says it, where and when."""
    known = sources.get(citation.document)
    facts = [
        _title(citation.document, sources),
        citation.place,
        day(known.date or "") if known else "",
    ]
    return " · ".join(f"<bdi>{escape(shortened(str(fact), 80))}</bdi>" for fact in facts if fact)


def _title(document: str, sources: Sources) -> str:
    known = sources.get(document)
    return title_of(document, known.title if known else "")


def _conflict(conflict: Conflict, reply: Answer, sources: Sources) -> str:
    """The figure that stands, if one does, and the card of all claims with who makes them."""
    cited = {citation.number: citation for citation in reply.citations}
    disputed = any(claim.status == "disputed" for claim in conflict.claims)
    head = "The documents disagree" if disputed else "A figure was taken back"
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


def _claim(claim: Claim, cited: Mapping[int, Citation], sources: Sources) -> str:
    """One value of a disagreement: its standing, and who says it, where and when."""
    status = claim.status if claim.status in _STATUS else "disputed"
    element = "s" if status == "retracted" else "strong"
    by_whom = f'<span dir="auto">says {escape(claim.source)}</span>' if claim.source else ""
    origins = _origins([cited[number] for number in claim.citations if number in cited], sources)
    return (
        f'<li class="claim {status}"><span class="value" dir="auto">'
        f"<{element}>{escape(claim.value)}</{element}></span>"
        f'<span class="status">{_STATUS[status]}</span><span class="origins">'
        f"{by_whom}{origins}</span></li>"
    )


def _origins(citations: Iterable[Citation], sources: Sources) -> str:
    """Each source once, after the chips of all that is cited from it."""
    chips: dict[str, str] = {}
    for citation in citations:
        origin = _origin(citation, sources)
        chips[origin] = chips.get(origin, "") + chip(citation, sources)
    return "".join(
        f'<span class="from"><span class="chips">{linked}</span><span>{origin}</span></span>'
        for origin, linked in chips.items()
    )


def _meta(reply: Answer) -> str:
    """The line under an answer: how well it is supported, by how much, and how long it took."""
    if not reply.citations:
        return ""  # small talk
    words, grade = support_words(reply.support)
    documents = len({citation.document for citation in reply.citations})
    facts = [
        f'<span class="support {grade}" tabindex="0" title="Estimated chance that this answer is'
        f' right: {reply.support * 100:.0f} &#37;">{words}</span>',
        f"{plural(len(reply.citations), 'quote')} from {plural(documents, 'document')}",
    ]
    if reply.timings:
        facts.append(f"{sum(reply.timings.values()):.0f} ms")
    searched = ""
    if reply.query and reply.query != reply.question:
        query = escape(shortened(reply.query, 200))
        searched = f'<p class="meta">Searched for <bdi class="searched">{query}</bdi></p>'
    said = "".join(f"<span>{fact}</span>" for fact in facts)
    return f'<p class="meta">{said}</p>{searched}'


def _refusal(reply: Answer, sources: Sources, near: Sequence[Hit]) -> str:
    """The card of a refusal: what was found nearest is shown as such, not as an answer."""
    more = reply.text.removeprefix(REFUSAL).strip()
    found = "".join(_near(hit, sources) for hit in near)
    if found:
        rest = f'<p class="head">Nearest passages</p><ul class="near">{found}</ul>'
    else:
        rest = f"<p>{escape(more)}</p>" if more else ""
    return f'<div class="refusal"><p class="lead">{escape(REFUSAL)}</p>{rest}</div>'


def _near(hit: Hit, sources: Sources) -> str:
    start, end = best_sentence(hit)
    quote = hit.passage.slice((start, end))
    words = shortened(" ".join(quote.split()), 180)
    place = escape(view_address(hit.passage.document, start, end, quote) + "&near=1")
    title = escape(shortened(_title(hit.passage.document, sources), 80))
    return (
        f'<li><a class="view" href="{place}"><span dir="auto">{escape(words)}</span></a>'
        f'<span class="origin"><bdi>{title}</bdi></span></li>'
    )
