"""Make questions to start with from the documents, and keep those that get an answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from askdocs.errors import AskdocsError, Busy, DeadlinePassed, DocumentNotFound
from askdocs.language import content_words
from askdocs.types import Answer, Document

if TYPE_CHECKING:
    from askdocs.web.service import Service

DOCUMENTS = 24
TRIES = 24
SURE = 0.75
_VERB = r"(?:were|was|have been|had been|have|had|died|are|will be|can be|must be)"
_COUNTED = re.compile(
    r"\b(?:\d[\d,.]*|(?i:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifty))"
    r" (?P<noun>[a-z]{3,}s|people|children|men|women)"
    rf"(?P<rest>(?: (?:of|in|from) [\w' -]{{3,30}}?)? {_VERB}\b[\w' -]{{0,45}})"
)
_DATED = re.compile(
    r"(?:^|[.!?]\s+)(?P<what>The [a-z][\w' -]{3,45}?) (?P<verb>was|were|is|are)"
    r" (?P<done>\w+(?:ed|en|ld|lt|nk|un))\b[^.!?]{0,40}?\b(?:in|on) (?:\d|[A-Z][a-z]+ \d)"
)
_ASKED = re.compile(
    r"^(?:#+ )?((?:Who|What|When|Where|Why|How|Which|Can|May|Must|Is|Are|Does|Do)"
    r" [^.!?:\n]{8,66}\?)$",
    re.MULTILINE,
)
_NEW_CLAUSE = re.compile(r" (?:and|or|but|who|which|that|when|while|because|after|before|if)\b.*")
_NO_END = re.compile(
    r"\s+(?:the|a|an|of|in|by|to|its|his|her|at|for|with|from|on|as|be|been|throughout|during"
    r"|following|across|over|under|about|than|more|less|up|each|every|this|last)$"
)


def from_document(document: Document) -> Iterator[str]:
    """Questions that sentences of the document look like answers to.

    >>> text = "On Friday 44 individuals died, officials said. The bridge was opened in 1931."
    >>> list(from_document(Document(id="a.txt", text=text, title="A", sha256="")))
    ['How many individuals died?', 'When was the bridge opened?']
    """
    text = document.text.replace("’", "'")
    yield from _ASKED.findall(text)
    for found in _COUNTED.finditer(text):
        yield f"How many {found['noun']}{_trimmed(found['rest'])}?"
    for found in _DATED.finditer(text):
        what = found["what"][0].lower() + found["what"][1:]
        yield f"When {found['verb']} {what} {found['done']}?"


def _trimmed(words: str) -> str:
    """`words` up to the next clause, without a last word that leaves them hanging.

    >>> _trimmed(" were found in the"), _trimmed(" were found and brought home")
    (' were found', ' were found')
    """
    words = _NEW_CLAUSE.sub("", words)
    while _NO_END.search(words):
        words = _NO_END.sub("", words)
    return words.rstrip(" -'")


def suggest(service: Service, count: int) -> tuple[tuple[str, ...], bool]:
    """Up to `count` questions, of as many documents as possible, that the documents answer.

    They are of documents that whoever is acting sees. With them comes whether that is all there
    are: it is not if the server was too busy to try them.
    """
    known = [service.document(info.id) for info in service.documents()[:DOCUMENTS]]
    rows = [_good(from_document(one)) for one in known]
    turns = (row[place] for place in range(TRIES) for row in rows if place < len(row))
    return _answered(service, turns, count)


def related(
    service: Service,
    asked: Sequence[Answer],
    found: Sequence[tuple[str, int, int, float]],
    count: int,
) -> tuple[str, ...]:
    """Up to `count` questions to go on with, that the documents answer and nobody has asked yet.

    `asked` are the turns of the conversation, `found` is where the passages stand that were
    found for the last one: questions come from there, nearest to what was asked first.
    """
    read: dict[str, Document] = {}
    near: list[str] = []
    for document, start, end, _ in found:
        if document not in read:
            try:
                read[document] = service.document(document)
            except DocumentNotFound:
                continue
        whole = read[document]
        near += _good(from_document(replace(whole, text=whole.text[start:end])))
    subject = set(content_words(asked[-1].question))
    known = [set(content_words(one.question)) for one in asked]
    new = [one for one in near if not any(_like(set(content_words(one)), old) for old in known)]
    new.sort(key=lambda one: -len(subject & set(content_words(one))))
    found_now, _ = _answered(service, new, count, told={_gist(one) for one in asked})
    return found_now


def _good(questions: Iterable[str]) -> list[str]:
    """Those of a length that people read, each once."""
    return [one for one in dict.fromkeys(questions) if 16 <= len(one) <= 80]


def _like(words: set[str], others: set[str]) -> bool:
    """Whether two questions ask for nearly the same."""
    return len(words & others) > 0.7 * min(len(words), len(others))


def _gist(answer: Answer) -> tuple[str, int, str]:
    """What an answer says and where it says it: "how many people" and "individuals" agree in it."""
    first = answer.citations[0] if answer.citations else None
    direct = "".join(filter(str.isalnum, answer.direct.lower()))
    return (first.document, first.start, direct) if first else ("", 0, direct)


def _answered(
    service: Service,
    questions: Iterable[str],
    count: int,
    told: Collection[tuple[str, int, str]] = (),
) -> tuple[tuple[str, ...], bool]:
    """The first `count` of the questions that get a sure answer from quotes, and a new one.

    With them comes whether they were all tried that had to be.
    """
    known = set(told)
    quoted = service.assistant.generates
    chosen: list[str] = []
    for _, question in zip(range(TRIES), dict.fromkeys(questions), strict=False):
        if len(chosen) == count:
            break
        try:
            answer = service.ask(question, quoted=quoted)
        except (Busy, DeadlinePassed):
            return tuple(chosen), False
        except AskdocsError:
            break
        if not answer.refused and answer.support >= SURE and _gist(answer) not in known:
            known.add(_gist(answer))
            chosen.append(question)
    return tuple(chosen), True
