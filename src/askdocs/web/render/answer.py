"""Messages: the question, the answer as it grows and whole, the refusal, the failure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from askdocs.answering.prompts import REFUSAL
from askdocs.types import EVERYTHING, MARKER, Answer, Citation, Filter, Hit
from askdocs.web.render import conflict
from askdocs.web.render.citations import Sources, chip, origins, title_in
from askdocs.web.render.escaping import escape, view_address
from askdocs.web.render.working import Found, working
from askdocs.web.wording import say
from askdocs.web.words import best_sentence, number, plural, runs, shortened, unbulleted

_EMPHASIS = re.compile(r"\*\*(?=\S)(?P<strong>[^*\n]+)(?<=\S)\*\*|`(?P<code>[^`\n]+)`")
_TRAILING_MARKERS = re.compile(r"(?:\s*\[\d+\])+\s*$")


def question(text: str) -> str:
    """A question as it stands in the conversation."""
    return f'<div class="said" dir="auto">{escape(text)}</div>'


def waiting(documents: int) -> str:
    """What stands in the answer's place until its first words come."""
    looking = escape(say("Looking in {documents}", documents=plural(documents, "document")))
    return f'<div class="partial waiting"><span class="dots"></span>{looking}</div>'


def queued(ahead: int, seconds: float) -> str:
    """What stands in the answer's place while others have their turn."""
    told = say("Waiting for others to finish: yours is next")
    if ahead:
        before = plural(ahead, "question")
        told = say("Waiting for your turn: {questions} before yours", questions=before)
    soon = say("about {n} s", n=number(max(1.0, seconds)))
    shown = escape(f"{told}, {soon}" if seconds >= 1 else told)
    return f'<div class="partial waiting queued"><span class="dots"></span>{shown}</div>'


def failure(message: str) -> str:
    """An error, as a sentence in the conversation."""
    head = escape(say("That did not work."))
    return f'<div class="failure"><strong>{head}</strong> {escape(message)}</div>'


def stopped(content: str) -> str:
    """A message as it stands when the reader stops the answer."""
    note = f'<p class="meta">{escape(say("Stopped. This answer is not kept."))}</p>'
    return content.replace('<div class="partial', '<div class="stopped', 1) + note


def answer(
    reply: Answer,
    sources: Sources,
    *,
    near: Sequence[Hit] = (),
    within: Filter = EVERYTHING,
    found: Sequence[Found] = (),
    partial: bool = False,
) -> str:
    """An answer, a refusal with what was found nearest, or a disagreement.

    `found` is where the passages stand that it was made from, `within` what was asked.
    """
    how = "" if partial else working(reply, sources, within=within, found=found)
    if reply.refused:
        return _refusal(reply, sources, near) + how
    body = "".join(_blocks(reply, sources))
    conflicts = "".join(conflict.card(one, reply, sources) for one in reply.conflicts)
    if partial:
        return f'<div class="partial answer">{conflicts}{body}</div>'
    return f'<div class="answer">{conflicts}{body}{how}</div>'


def _blocks(reply: Answer, sources: Sources) -> Iterable[str]:
    """The answer's text: a lead line, quotes, lists and paragraphs."""
    cited = {citation.number: citation for citation in reply.citations}
    rich = reply.mode == "generative"  # what is quoted stays as it is, asterisks and all
    blocks = [block for block in re.split(r"\n\s*\n", reply.text.strip()) if block.strip()]
    for at, block in enumerate(blocks):
        if at == 0 and reply.conflicts and reply.mode == "extractive":
            continue  # the card of the disagreement says what this line says
        for lines, kind in runs(block.split("\n")):
            if kind == "quote":
                yield from (_quote(line, cited, sources) for line in lines)
            elif kind == "item":
                items = "".join(
                    f"<li>{_line(unbulleted(line), cited, sources, rich=rich)}</li>"
                    for line in lines
                )
                yield f"<ul>{items}</ul>"
            else:
                text = _line(" ".join(lines), cited, sources, rich=rich)
                lead = at == 0 and len(MARKER.sub("", " ".join(lines))) <= 90
                yield (
                    f'<p class="lead" dir="auto">{text}</p>'
                    if lead
                    else f'<p dir="auto">{text}</p>'
                )


def _line(text: str, cited: Mapping[int, Citation], sources: Sources, *, rich: bool = False) -> str:
    """A line of the answer; a marker that stands for a citation becomes its chip."""
    shown = emphasised if rich else escape
    pieces: list[str] = []
    position = 0
    for marker in MARKER.finditer(text):
        citation = cited.get(int(marker[1]))
        if citation is None:
            continue  # the words of a document may look like a marker: they stay words
        pieces += [shown(text[position : marker.start()].rstrip()), chip(citation, sources)]
        position = marker.end()
    return "".join([*pieces, shown(text[position:])])


def emphasised(text: str) -> str:
    """Words with the two marks of Markdown that are allowed: strong and code. No link, no picture.

    >>> emphasised("**44** died, `a_b` and [x](https://a.example)")
    '<strong>44</strong> died, <code>a&#95;b</code> and &#91;x&#93;&#40;https&#58;//a.example&#41;'
    """
    pieces: list[str] = []
    position = 0
    for mark in _EMPHASIS.finditer(text):
        name = "strong" if mark["strong"] else "code"
        words = escape(mark["strong"] or mark["code"])
        pieces += [escape(text[position : mark.start()]), f"<{name}>{words}</{name}>"]
        position = mark.end()
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
        f"<figcaption>{origins(known, sources)}</figcaption></figure>"
    )


def _refusal(reply: Answer, sources: Sources, near: Sequence[Hit]) -> str:
    """The card of a refusal: what was found nearest is shown as such, not as an answer."""
    more = reply.text.removeprefix(REFUSAL).strip()
    found = "".join(_near(hit, sources) for hit in near)
    if found:
        rest = f'<p class="head">{escape(say("Nearest passages"))}</p><ul class="near">{found}</ul>'
    else:
        rest = f"<p>{escape(more)}</p>" if more else ""
    return f'<div class="refusal"><p class="lead">{escape(say(REFUSAL))}</p>{rest}</div>'


def _near(hit: Hit, sources: Sources) -> str:
    start, end = best_sentence(hit)
    quote = hit.passage.slice((start, end))
    words = shortened(" ".join(quote.split()), 180)
    place = escape(view_address(hit.passage.document, start, end, quote) + "&near=1")
    title = escape(shortened(title_in(hit.passage.document, sources), 80))
    return (
        f'<li><a class="view" href="{place}"><span dir="auto">{escape(words)}</span></a>'
        f'<span class="origin"><bdi>{title}</bdi></span></li>'
    )
