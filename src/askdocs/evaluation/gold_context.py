"""Shows where the evidence of a draft stands, as HTML. Documents are strangers': all is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from html import escape
from typing import Any

from askdocs.evaluation.drafting import CHECK, CHECK_MISSING
from askdocs.evaluation.drafting.choice import Corpus, terms
from askdocs.evaluation.drafting.sentences import every_sentence
from askdocs.evaluation.gold_documents import locate
from askdocs.types import Document

_AROUND = 300  # characters on either side
_NEAREST = 4
_SPEAKS_OF_IT = 0.4


class Context:
    """The documents, to look a draft's evidence up in."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents

    @cached_property
    def _corpus(self) -> Corpus:
        return Corpus(list(every_sentence(self._documents)))

    def show(self, row: Mapping[str, Any]) -> str:
        """The evidence where it stands; without any, the sentences nearest to the question."""
        evidence = [item for item in row.get("evidence", []) if isinstance(item, dict)]
        groups = [group for group in row.get("all_of", []) if isinstance(group, list)]
        answers = [value for group in groups for value in group if isinstance(value, str)]
        if evidence:
            shown = [
                self._place(str(item.get("document")), str(item.get("quote")), answers)
                for item in evidence
            ]
        else:
            shown = self._nearest(row["question"])
        return f'<div class="evidence">{"".join(shown)}</div>'

    def _place(self, identifier: str, quote: str, answers: Iterable[str]) -> str:
        document = self._documents.get(identifier)
        span = locate(document.text, quote) if document else None
        if document is None or span is None:
            return _article(identifier, f"<p>Not found: “{escape(quote)}”</p>")
        start, end = span
        before = document.text[max(0, start - _AROUND) : start]
        after = document.text[end : end + _AROUND]
        if start > _AROUND:
            before = f"… {before.partition(' ')[2]}"
        if end + _AROUND < len(document.text):
            after = f"{after.rpartition(' ')[0]} …"
        marked = _marked(_unwrapped(document.text[start:end]), answers)
        around = [escape(_unwrapped(text)) for text in (before, after)]
        text = f"{around[0].lstrip()}<mark>{marked}</mark>{around[1].rstrip()}"
        return _article(identifier, f"<p>{text}</p>", document.place(start))

    def _nearest(self, question: str) -> list[str]:
        found = sorted(self._corpus.speaking_of(terms(question)), key=lambda pair: -pair[0])
        near = [one for share, one in found[:_NEAREST] if share >= _SPEAKS_OF_IT]
        told = "The sentences nearest to the question:" if near else "No sentence is near to it."
        items = [_article(one.document, f"<p>{escape(one.text)}</p>") for one in near]
        return [f'<p class="told">{told}</p>', *items]


def told(position: int, total: int, row: Mapping[str, Any], warnings: Iterable[str]) -> str:
    """Where in the drafts one is, what kind of draft it is, and what to look at in it."""
    items = "".join(f"<li>{escape(one)}</li>" for one in warnings)
    history = "".join(f"<li>{escape(str(one))}</li>" for one in row.get("history", []))
    asked_before = f"<p>Asked before:</p><ol>{history}</ol>" if history else ""
    said = str(row.get("note", ""))
    for usual in (CHECK, CHECK_MISSING):
        said = said.replace(usual, "").strip("; ")
    note = f'<p class="told">{escape(said)}</p>' if said else ""
    kind = escape(str(row.get("type", "")) or "no type")
    return (
        f'<div class="told-of"><p><strong>Draft {position} of {total}</strong> · {kind}</p>'
        f"{note}{asked_before}{f'<ul>{items}</ul>' if items else ''}</div>"
    )


def _article(identifier: str, body: str, place: str = "") -> str:
    where = f", {escape(place)}" if place else ""
    return f"<article><h3>{escape(identifier)}{where}</h3>{body}</article>"


def _unwrapped(text: str) -> str:
    r"""The text without the line breaks that only wrap it.

    >>> _unwrapped("one\ntwo\n\n- three\n- four")
    'one two\n\n- three\n- four'
    """
    return re.sub(r"(?<!\n)\n(?=\w|[“\"(])", " ", text)


def _marked(quote: str, answers: Iterable[str]) -> str:
    """The quote with the answers in it set off; both escaped.

    >>> _marked("44 <died>", ["44"])
    '<strong>44</strong> &lt;died&gt;'
    """
    forms = [re.escape(answer) for answer in sorted(answers, key=len, reverse=True) if answer]
    if not forms:
        return escape(quote)
    parts = re.split(f"({'|'.join(forms)})", quote, flags=re.IGNORECASE)
    return "".join(
        f"<strong>{escape(part)}</strong>" if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
