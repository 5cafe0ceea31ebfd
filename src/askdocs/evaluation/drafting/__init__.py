"""Drafts gold questions from documents, without a model: numbers, names, dates, definitions.

Every draft has its evidence, word for word, and what a right answer must hold. One in five asks
what the documents do not say. They are drafts: somebody reads them before they are asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from askdocs.evaluation.drafting.choice import Corpus, judged, spread, without_contradictions
from askdocs.evaluation.drafting.facts import from_facts, from_fields, from_tables
from askdocs.evaluation.drafting.patterns import from_sentence
from askdocs.evaluation.drafting.sentences import sentences
from askdocs.evaluation.drafting.types import Drafted
from askdocs.evaluation.drafting.unanswerable import unanswerable
from askdocs.types import Document

ANSWERABLE_SHARE = 0.8
CHECK = "drafted; check question and answer, then take draft out"
CHECK_MISSING = "drafted; make sure that the documents do not say, then take draft out"


def draft_rows(
    documents: Mapping[str, Document],
    count: int = 40,
    *,
    seed: int = 0,
    asked: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Rows of a gold file, all of them drafts, the same for the same seed.

    They are as many as `count` lacks beside those that are `asked` already, if the documents give
    that many.
    """
    return [as_row(one) for one in draft(documents, count, seed=seed, asked=asked)]


def draft(
    documents: Mapping[str, Document], count: int, *, seed: int = 0, asked: Sequence[str] = ()
) -> list[Drafted]:
    """The questions of `draft_rows`: of many types and about many documents."""
    found = list(sentences(documents))
    corpus = Corpus(found)
    made = [one for sentence in found for one in (*from_facts(sentence), *from_sentence(sentence))]
    made += [*from_fields(documents), *from_tables(documents)]
    good = judged(without_contradictions(made), corpus)
    wanted = round(count * (1 - ANSWERABLE_SHARE))
    gaps = spread(unanswerable(documents, found, good), wanted, seed)
    gaps = [replace(gap, type="unanswerable") for gap in gaps]
    return [*spread(good, count - len(gaps) - len(asked), seed, asked=asked), *gaps]


def as_row(draft: Drafted) -> dict[str, Any]:
    """A draft as a row of a gold file."""
    row: dict[str, Any] = {
        "id": identifier(draft.question),
        "question": draft.question,
        "answerable": bool(draft.all_of),
    }
    if draft.all_of:
        quoted = {"document": draft.sentence.document, "quote": draft.sentence.quote}
        row |= {"all_of": [list(group) for group in draft.all_of], "evidence": [quoted]}
    note = "; ".join(filter(None, [CHECK if draft.all_of else CHECK_MISSING, draft.note]))
    return row | {"type": draft.type, "draft": True, "note": note}


def identifier(question: str, history: Iterable[str] = ()) -> str:
    """The same whenever the same is asked after the same questions."""
    key = "\0".join([question, *history])
    return "draft-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
