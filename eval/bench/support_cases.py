"""Cases of questions from which `fit_support.py` learns when to answer and when to refuse.

Beside a question as it is asked, with the passages that askdocs finds: the sentences that answer
cut out of these passages, so that the right subject is found without the fact; the passages taken
away; a name in the question replaced by another question's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from answer_sets import SETS, Question
from retrieval_sets import Place

from askdocs import Hit, Index
from askdocs.answering import questions
from askdocs.answering.evidence import Evidence, collect
from askdocs.answering.lexicon import Lexicon, lexicon_for
from askdocs.answering.questions import analyse, parts_of
from askdocs.retrieval_query import leans_on
from askdocs.types import Passage

NAME = re.compile(r"(?<=\w )(?:[A-Z][\w'’-]+)(?: (?:of )?[A-Z][\w'’-]+)*")
K = 12
READ = 8  # as many as the assistant reads


@dataclass(frozen=True)
class Row:
    """A case of a question: the sentences found for it and for its parts, and which answer."""

    data: str
    case: str
    half: int
    answerable: bool
    asked: questions.Question
    found: list[Evidence]
    right: np.ndarray
    lexicon: Lexicon
    parts: tuple[tuple[questions.Question, list[Evidence]], ...] = ()


def rows(name: str, data: Path, place: Path) -> Iterator[Row]:
    """All cases of all questions of a set. Deterministic."""
    folder = place / name / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    asked = SETS[name](data, folder)
    chance = random.Random(0)
    pool = sorted({found for question in asked for found in NAME.findall(question.text)})
    with Index.build(folder, place / name / "index") as index:
        for question in asked:
            yield from _cases(index, name, question, pool, chance)


def _cases(
    index: Index, name: str, question: Question, pool: Sequence[str], chance: random.Random
) -> Iterator[Row]:
    hits = index.retrieve(question.text, k=K, history=question.history, within=question.within)
    whole = _row(index, name, "asked", question, hits[:READ])
    yield whole
    if not question.places:
        return
    answering = [e for e, right in zip(whole.found, whole.right, strict=True) if right]
    cut = list(_cut(index, question, hits[:READ]))
    yield _row(index, name, "no sentence", question, cut, answering)
    if question.within.documents:
        return  # asked of one passage alone
    elsewhere = [hit for hit in hits if not any(_holds(hit, place) for place in question.places)]
    yield _row(index, name, "no passage", question, elsewhere[:READ])
    if own := NAME.findall(question.text):
        swapped = question.text.replace(own[-1], chance.choice(pool))
        if swapped != question.text:
            other = replace(question, text=swapped, places=(), answerable=False)
            yield _row(index, name, "other name", other, index.retrieve(swapped, k=READ))


def _cut(index: Index, question: Question, hits: Sequence[Hit]) -> Iterator[Hit]:
    """The hits without the sentences that answer, each passage embedded as it is then."""
    asked = index.embedder.encode_query(question.text)
    for hit in hits:
        passage = hit.passage
        kept = [
            number
            for number, span in enumerate(passage.sentences)
            if not any(_overlap((passage.document, *span), place) for place in question.places)
        ]
        if len(kept) == len(passage.sentences):
            yield hit
        elif kept:
            cut = _of_sentences(passage, kept)
            dense = float(index.embedder.encode_passages([cut])[0].vector @ asked)
            similarities = tuple(hit.similarities[number] for number in kept)
            parts = {**hit.parts, "dense": dense}
            yield replace(hit, passage=cut, parts=parts, similarities=similarities)


def _of_sentences(passage: Passage, kept: Sequence[int]) -> Passage:
    """A passage of some of another's sentences, each in a line of its own."""
    text, spans = "", []
    for number in kept:
        start = len(text)
        text += passage.slice(passage.sentences[number])
        spans.append((start, len(text)))
        text += "\n"
    return Passage(passage.document, 0, len(text), text, passage.heading, tuple(spans))


def _row(
    index: Index,
    name: str,
    case: str,
    question: Question,
    hits: Sequence[Hit],
    gone: Sequence[Evidence] = (),
) -> Row:
    lexicon = lexicon_for(hits, index.store, index.embedder)
    openings = dict(lexicon.openings)
    for evidence in gone:
        document = evidence.hit.passage.document
        openings[document] = openings.get(document, "").replace(evidence.text, "")
    lexicon = replace(lexicon, openings=openings)
    asked = analyse(question.text, leans_on(question.text, question.history))
    found = collect(asked, hits, lexicon)
    right = [case == "asked" and _answers(e, question) for e in found]
    parts = tuple((part, collect(part, hits, lexicon)) for part in parts_of(asked))
    answerable = question.answerable and case == "asked"
    return Row(
        name, case, question.half, answerable, asked, found, np.array(right, bool), lexicon, parts
    )


def _answers(evidence: Evidence, question: Question) -> bool:
    here = (evidence.hit.passage.document, *evidence.span)
    return any(_overlap(here, place) for place in question.places)


def _holds(hit: Hit, place: Place) -> bool:
    return _overlap((hit.passage.document, hit.passage.start, hit.passage.end), place)


def _overlap(one: Place, other: Place) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
