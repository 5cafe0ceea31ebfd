"""The sentences of documents, made ready to be asked about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from askdocs.evaluation.drafting.types import Sentence
from askdocs.splitting import LIST_MARK, split
from askdocs.types import Document

_PASSAGE = 200  # words
_ENDED = re.compile(r"[.!?][\"'”’)*_]*\s*$")

_MARKS = re.compile(r"\*+|`+|(?<!\w)_+|_+(?!\w)|^#+\s*")

_LIST = re.compile(rf"^(?:{LIST_MARK}|[•>])\s+")


def every_sentence(documents: Mapping[str, Document]) -> Iterator[Sentence]:
    """All sentences, rows of tables and items of lists, document by document."""
    for identifier, document in documents.items():
        for passage in split(document, _count_words, max_tokens=_PASSAGE):
            for start, end in passage.sentences:
                quote = document.text[start:end]
                yield Sentence(identifier, start, quote, plain(quote))


def sentences(documents: Mapping[str, Document]) -> Iterator[Sentence]:
    """The whole sentences of running text, document by document.

    "The company" is called by its name where the document begins by saying what company it is. A
    first word that is written small elsewhere is written small.
    """
    seen = Counter(w for one in documents.values() for w in re.findall(r"\b[a-z]+\b", one.text))
    about = {identifier: _about(document.text) for identifier, document in documents.items()}
    for one in every_sentence(documents):
        if not _ENDED.search(one.quote) or not 3 < len(one.quote.split()) < 60:
            continue
        text = _with_small_letter(one.text, seen)
        for noun, name in about[one.document].items():
            text = re.sub(rf"\b[Tt]he {noun}\b", name, text)
        yield replace(one, text=text)


def _count_words(text: str) -> int:
    return len(text.split())


def plain(quote: str) -> str:
    r"""A sentence as it is read aloud: one line, no marks of Markdown, no bullet.

    >>> plain("- The **Long\nWalk** is open.")
    'The Long Walk is open.'
    """
    return _MARKS.sub("", _LIST.sub("", " ".join(quote.split()))).strip()


def _about(text: str) -> dict[str, str]:
    """What a document that begins with "Acme is a trading company" calls the company."""
    found = re.match(
        r"\W*(?P<name>(?:[A-Z][\w&.'’-]*\s){1,5}?)is (?:an? )(?:[\w-]+ ){0,6}?"
        r"(?P<noun>company|firm|bank|hospital|school|museum|charity|university|agency)\b",
        text,
    )
    return {found["noun"]: found["name"].strip()} if found else {}


def _with_small_letter(text: str, seen: Mapping[str, int]) -> str:
    first, _, others = text.partition(" ")
    if first.isalpha() and first[1:].islower() and others[:1].islower() and seen.get(first.lower()):
        return text[:1].lower() + text[1:]
    return text
