"""Make questions to start with from the documents, and keep those that get an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from askdocs.errors import AskdocsError
from askdocs.types import Document

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index

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


def suggest(index: Index, assistant: Assistant, count: int) -> tuple[str, ...]:
    """Up to `count` questions, of as many documents as possible, that the documents answer."""
    known = [index.document(info.id) for info in index.documents()[:DOCUMENTS]]
    rows = [[q for q in dict.fromkeys(from_document(one)) if 16 <= len(q) <= 80] for one in known]
    turns = (row[place] for place in range(TRIES) for row in rows if place < len(row))
    chosen: list[str] = []
    for _, question in zip(range(TRIES), dict.fromkeys(turns), strict=False):
        if len(chosen) == count:
            break
        try:
            answer = assistant.ask(question)
        except AskdocsError:
            break
        if not answer.refused and answer.support >= SURE:
            chosen.append(question)
    return tuple(chosen)
