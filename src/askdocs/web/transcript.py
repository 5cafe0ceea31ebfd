"""A conversation as a file: Markdown for people, JSON for programs, an answer as plain text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from askdocs.types import MARKER, Answer, Citation, Claim
from askdocs.web.wording import say
from askdocs.web.words import day, plural, runs, unbulleted

if TYPE_CHECKING:
    from askdocs.store import ConversationInfo
    from askdocs.store_conversations import Turn
    from askdocs.store_feedback import Opinion

Titles = Callable[[str], str]
"""What a document is called, by its id."""

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INLINE = re.compile(r"[\\`*\[\]|~$]|(?<!\w)_|_(?!\w)")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_START = re.compile(r"^(\d{0,9})(?=[.)#+\-=>:])")
_QUOTED = re.compile(r"^> (.*?)((?: ?\[\d+\])*)$")
_STANDING = {"current": "stands", "retracted": "taken back", "disputed": "disputed"}


def markdown_words(text: str) -> str:
    r"""`text` so that Markdown shows these words and nothing else: no markup, no HTML.

    Ordinary sentences stay as they are.

    >>> markdown_words("44 died, officials said."), markdown_words("# <i>*x*</i> [y](z)")
    ('44 died, officials said.', '\\# &lt;i>\\*x\\*&lt;/i> \\[y\\](z)')
    """
    return "\n".join(_begun(_harmless(line.strip())) for line in text.splitlines())


def _harmless(words: str) -> str:
    """Words within a line."""
    words = _ENTITY.sub("&amp;", _INLINE.sub(r"\\\g<0>", _CONTROLS.sub("\ufffd", words)))
    return words.replace("<", "&lt;")


def _begun(line: str) -> str:
    """A harmless line whose first characters begin nothing but the line: no item, no heading."""
    return _LINE_START.sub(r"\1\\", line)


def _heading(text: str) -> str:
    return _harmless(" ".join(text.split())).replace("#", "\\#")


def _one_line(text: str) -> str:
    return _begun(_harmless(" ".join(text.split())))


def as_markdown(info: ConversationInfo, turns: list[Turn], titles: Titles) -> str:
    """A conversation for people: every question, its answer, and the words it quotes."""
    facts = f"{day(info.updated_at)} · {plural(len(turns), 'question')} · askdocs"
    parts = [f"# {_heading(info.title or say('Conversation'))}", facts]
    for number, turn in enumerate(turns, start=1):
        parts.append(f"## {number}. {_heading(turn.answer.question)}")
        parts += _answer_parts(turn.answer, titles)
    return "\n\n".join(parts) + "\n"


def _answer_parts(answer: Answer, titles: Titles) -> Iterator[str]:
    """The blocks of an answer: what it says, what the documents disagree on, what it quotes."""
    numbers = {citation.number for citation in answer.citations}
    for block in re.split(r"\n\s*\n", answer.text.strip()):
        for lines, kind in runs(block.split("\n")):
            if kind == "quote":
                yield from (f"> {_answer_line(line[2:], numbers)}" for line in lines)
            elif kind == "item":
                items = (_answer_line(unbulleted(line), numbers) for line in lines)
                yield "\n".join(f"- {item}" for item in items)
            else:
                yield "\n".join(_answer_line(line, numbers) for line in lines)
    for conflict in answer.conflicts:
        claims = "\n".join(_claim(claim) for claim in conflict.claims)
        yield say("The documents give more than one value:") + f"\n\n{claims}"
    for citation in answer.citations:
        yield f"**\\[{citation.number}\\]** {_origin(citation, titles)}"
        quote = markdown_words(citation.quote).split("\n")
        yield "\n".join(f"> {line}".rstrip() for line in quote)


def _answer_line(line: str, numbers: set[int]) -> str:
    """A line of an answer; the markers of its citations stay what they are."""
    shown, last, words = "", 0, line.strip()
    for marker in MARKER.finditer(words):
        if int(marker[1]) in numbers:
            shown += _harmless(words[last : marker.start()]) + f"\\[{marker[1]}\\]"
            last = marker.end()
    return _begun(shown + _harmless(words[last:]))


def _claim(claim: Claim) -> str:
    by_whom = ", " + say("says {source}", source=_one_line(claim.source)) if claim.source else ""
    cited = "".join(f" \\[{number}\\]" for number in claim.citations)
    return f"- {_one_line(claim.value)}: {say(_STANDING[claim.status])}{by_whom}{cited}"


def _origin(citation: Citation, titles: Titles) -> str:
    title = titles(citation.document)
    facts = [title] if title == citation.document else [title, citation.document]
    if place := citation.place or (citation.page and f"page {citation.page}"):
        facts.append(place)
    facts.append(say("characters {start} to {end}", start=citation.start, end=citation.end))
    return ", ".join(map(_one_line, facts))


def as_json(
    info: ConversationInfo, turns: list[Turn], opinions: Mapping[int, Opinion], titles: Titles
) -> bytes:
    """A conversation for programs: its turns as the API gives answers, with what was asked of."""
    whole = {
        "title": info.title,
        "created_at": info.created_at,
        "updated_at": info.updated_at,
        "turns": [_turn(turn, opinions.get(at), titles) for at, turn in enumerate(turns)],
    }
    # Half a character of a broken document becomes an escape, which JSON knows too.
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def _turn(turn: Turn, opinion: Opinion | None, titles: Titles) -> dict[str, Any]:
    whole = turn.answer.to_dict()
    del whole["hits"]
    for citation in whole["citations"]:
        citation["title"] = titles(citation["document"])
    if not turn.within.admits_all:
        whole["within"] = {"documents": list(turn.within.documents), "folder": turn.within.folder}
    if opinion:
        whole["feedback"] = {"verdict": opinion.verdict, "note": opinion.note}
    return whole


def as_text(answer: Answer, titles: Titles) -> str:
    r"""An answer to be pasted elsewhere, with its sources numbered below.

    >>> cited = (Citation(1, "a.txt", 0, 8, "It rains", place="page 2"),)
    >>> as_text(Answer("q", "Rain [1]\n> It rains [1]", citations=cited), str.upper)
    'Rain [1]\n“It rains” [1]\n\n[1] A.TXT, a.txt, page 2'
    """
    said = "\n".join(_QUOTED.sub(r"“\1”\2", line) for line in answer.text.strip().split("\n"))
    sources = []
    for one in answer.citations:
        facts = dict.fromkeys((titles(one.document), one.document, one.place))
        sources.append(f"[{one.number}] " + ", ".join(filter(None, facts)))
    return "\n".join([said, "", *sources]) if sources else said


def file_name(title: str, ending: str) -> str:
    """A name for the file, of letters, digits and hyphens that every system takes.

    >>> file_name("How many were detained?", "md"), file_name("../../", "json")
    ('how-many-were-detained.md', 'conversation.json')
    """
    words = re.findall(r"[a-z0-9]+", title.lower())
    return ("-".join(words)[:60].strip("-") or "conversation") + f".{ending}"
