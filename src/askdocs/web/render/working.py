"""How an answer came about: how sure it is, what was asked of which documents, what was found."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.types import EVERYTHING, Answer, Filter
from askdocs.web.render.citations import Sources, title_in
from askdocs.web.render.documents import asked_of
from askdocs.web.render.escaping import escape, view_address
from askdocs.web.wording import say
from askdocs.web.words import plural, shortened, support_words

Found = tuple[str, int, int, float]
"""Where a passage stands, and its score: document, start, end, score."""


def working(
    reply: Answer, sources: Sources, *, within: Filter = EVERYTHING, found: Sequence[Found] = ()
) -> str:
    """The line under an answer; opened, it tells each step and explains the estimate."""
    if reply.mode == "conversation":
        return ""
    facts = [f"<span>{fact}</span>" for fact in _facts(reply, sources, within)]
    return (
        f'<details class="working"><summary>{"".join(facts)}</summary>'
        f"{_explained(reply)}<dl>{_steps(reply, sources, found)}</dl></details>"
    )


def _facts(reply: Answer, sources: Sources, within: Filter) -> list[str]:
    """What is said without being asked: how sure, from how much, of what, how fast."""
    facts = []
    if reply.citations:
        words, grade = support_words(reply.support)
        value = f"{reply.support * 100:.0f}"
        told = escape(say("Support: {value} of 100", value=value))
        facts.append(
            f'<meter class="support {grade}" min="0" max="100" value="{value}" title="{told}">'
            f"</meter>{escape(words)}"
        )
        documents = len({citation.document for citation in reply.citations})
        quotes = plural(len(reply.citations), "quote")
        facts.append(escape(f"{quotes} · {plural(documents, 'document')}"))
    else:
        facts.append(escape(say("What was looked at")))
    if of := asked_of(within, sources):
        facts.append(escape(of))
    if reply.timings:
        facts.append(f"{sum(reply.timings.values()):.0f} ms")
    return facts


def _explained(reply: Answer) -> str:
    """What the estimate means, in words."""
    if not reply.citations:
        return ""
    value = f"{reply.support * 100:.0f}"
    told = say(
        "Of 100 answers that look like this one, about {value} are right: that is how it was with"
        " test questions whose answers are known. Your documents may be easier or harder, so read"
        " the quotes.",
        value=value,
    )
    return f"<p>{escape(told)}</p>"


def _steps(reply: Answer, sources: Sources, found: Sequence[Found]) -> str:
    """Each step with what it gave."""
    steps = []
    if reply.query and reply.query != reply.question:
        query = f'<bdi class="searched">{escape(shortened(reply.query, 200))}</bdi>'
        steps.append((say("Understood as"), query))
    if found:
        searched = say("Passages found")
        if taken := reply.timings.get("retrieve_ms"):
            searched += f" ({taken:.0f} ms)"
        steps.append((searched, _passages(found, sources)))
    written = say("quoted word for word, without a language model")
    if reply.mode == "generative":
        written = say("written by the language model, each statement checked against its quotes")
    if taken := reply.timings.get("answer_ms"):
        written += f" ({taken:.0f} ms)"
    steps.append((say("Answer"), escape(written)))
    return "".join(f"<dt>{escape(name)}</dt><dd>{told}</dd>" for name, told in steps)


def _passages(found: Sequence[Found], sources: Sources) -> str:
    """The passages, best first; each opens in its document."""
    best = max(score for *_, score in found) or 1.0
    rows = []
    for document, start, end, score in found:
        title = escape(shortened(title_in(document, sources), 70))
        place = escape(view_address(document) + f"&start={start}&end={end}&near=1")
        share = max(0.0, min(1.0, score / best)) * 100
        rows.append(
            f'<li><meter min="0" max="100" value="{share:.0f}" title="{score:.2f}"></meter>'
            f'<a class="view" href="{place}"><bdi>{title}</bdi></a></li>'
        )
    return f"<ol>{''.join(rows)}</ol>"
