"""Asked what a document is about -> its most central sentences, quoted in the order of the text.

A sentence is central if its vector lies near the mean of the document's; of sentences that say the
same the second counts for little (maximal marginal relevance: Carbonell and Goldstein, 1998). Of a
whole folder the documents are chosen that stand for the most of the others, with a sentence each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askdocs.answering.summary_request import (
    Request,
    file_named,
    key_stems,
    named_share,
    speaks_of_document,
)
from askdocs.answering.summary_sentences import (
    Sentences,
    form,
    is_sentence,
    mean_of,
    read_sentences,
    spread,
)
from askdocs.index import Index
from askdocs.language import content_words, stem, stems
from askdocs.retrieval_filter import require_filter
from askdocs.types import (
    EVERYTHING,
    MARKER,
    Answer,
    Citation,
    Filter,
    FloatArray,
    Hit,
    Span,
)

_MOST_PASSAGES = 240  # of a document that are looked at
_MOST_DOCUMENTS = 400  # of a folder that are looked at
_OF_A_FOLDER = 6
_BEGINNING = 4  # passages that tell what a document is about
_OF_A_DOCUMENT = (3, 6)
_OF_A_SUBJECT = 6
_LOOKED_AT = 12  # hits
_MOST_TITLES = 5_000
_NAMED_ENOUGH = 0.6
_LEADS = 0.5
_LONGEST_TITLE = 100
# What the passage, the form and being like a chosen one count for beside likeness to the subject.
_PASSAGE, _FORM, _ALIKE = 1.0, 0.1, 2.0
_SENTENCES_EACH = 12  # so many sentences of a document make its summary longer by one


@dataclass(frozen=True)
class Chosen:
    """A sentence that is shown: a hit whose passage holds it, and its span."""

    hit: Hit
    span: Span


@dataclass(frozen=True)
class Summary:
    """The sentences that sum up what was asked for, in the order they are to be read.

    `lead` says of what; `sure` is how surely that is what was meant.
    """

    lead: str
    chosen: tuple[Chosen, ...]
    sure: float

    @property
    def hits(self) -> list[Hit]:
        """The passages of the sentences, each once."""
        return list({chosen.hit.passage.id: chosen.hit for chosen in self.chosen}.values())

    def answer(self, question: str) -> Answer:
        """The summary as an answer: the sentences as quotes."""
        lines = [self.lead, ""]
        citations = []
        for number, chosen in enumerate(self.chosen, start=1):
            passage, quote = chosen.hit.passage, chosen.hit.passage.slice(chosen.span)
            score = round(chosen.hit.score, 4)
            citations.append(Citation(number, passage.document, *chosen.span, quote, score=score))
            # What looks like a marker in the words quoted must not pass for a citation.
            shown = MARKER.sub(r"(\1)", " ".join(quote.split()))
            lines.append(f"> {shown} [{number}]")
        return Answer(
            question=question,
            text="\n".join(lines),
            support=round(self.sure, 3),
            citations=tuple(citations),
            hits=tuple(self.hits),
        )


def summarise(request: Request, index: Index, *, within: Filter = EVERYTHING) -> Summary | None:
    """The summary that is asked for, or `None` if it is not clear of what.

    Raises `QuestionError` for a filter that names what is not there.
    """
    with index.store.snapshot():
        if request.of_folder:
            return _of_folder(index, within)
        if not request.only_subject:
            document, sure = _named_document(request, index, within)
            if document:
                return _of_document(index, document, sure)
        return _of_subject(request.about, index, within) if request.subject else None


def _named_document(request: Request, index: Index, within: Filter) -> tuple[str, float]:
    """The document that is meant, and how surely; an empty id if none is."""
    if request.document:
        return request.document, 1.0
    documents = _documents(index, within)
    if exact := file_named(request.about, documents):
        return exact, 1.0
    hits = index.retrieve(request.about, k=_LOOKED_AT, within=within)
    shares = _shares(hits)
    if len(documents) <= _MOST_TITLES:  # else only what is found is looked at by its title
        names = {info.id: f"{info.id} {info.title}" for info in index.documents()}
    else:
        names = {name: f"{name} {index.document(name).title}" for name in shares}
    named = {name: named_share(request.about, names[name]) for name in names if name in documents}
    best = max(named, key=lambda name: named[name] + shares.get(name, 0.0), default="")
    if best and named[best] >= _NAMED_ENOUGH:
        return best, named[best]
    leading = max(shares, key=lambda name: shares[name], default="")
    if leading and speaks_of_document(request.about) and _answers(request.about, hits):
        return leading, shares[leading]
    return "", 0.0


def _answers(about: str, hits: Sequence[Hit]) -> bool:
    """Whether the best hits have the words that name a subject."""
    wanted = key_stems(about)
    texts = (f"{hit.passage.document} {hit.passage.heading} {hit.passage.text}" for hit in hits[:3])
    have = {stem for text in texts for stem in stems(text)}
    named = sum(weight for word, weight in wanted.items() if word in have)
    return named >= _NAMED_ENOUGH * sum(wanted.values())


def _of_subject(about: str, index: Index, within: Filter) -> Summary | None:
    """The sentences on a subject that say the most that is new, in the order of the text."""
    hits = index.retrieve(about, k=_LOOKED_AT, within=within)
    if not hits or not _answers(about, hits):
        return None
    shares = _shares(hits)
    leading = max(shares, key=lambda name: shares[name])
    if shares[leading] >= _LEADS:
        hits = [hit for hit in hits if hit.passage.document == leading]
    ranked: list[tuple[float, Chosen, frozenset[str]]] = []
    for hit in hits:
        for number, (span, near) in enumerate(
            zip(hit.passage.sentences, hit.similarities, strict=False)
        ):
            if is_sentence(hit.passage, number):
                worth = near + _PASSAGE * hit.score + _FORM * form(hit.passage, number)
                found = frozenset(map(stem, content_words(hit.passage.slice(span))))
                ranked.append((worth, Chosen(hit, span), found))
    chosen = _unlike(ranked, _OF_A_SUBJECT)
    if not chosen:
        return None
    order = {name: place for place, name in enumerate(shares)}
    chosen.sort(key=lambda one: (order[one.hit.passage.document], one.span))
    sure = max(max(hit.similarities, default=0.0) for hit in hits)
    return Summary("The main points that the documents make:", tuple(chosen), min(1.0, sure))


def _unlike(ranked: list[tuple[float, Chosen, frozenset[str]]], count: int) -> list[Chosen]:
    """The best sentences, each with words that those before it do not have."""
    chosen: list[Chosen] = []
    said: list[frozenset[str]] = []

    def worth(one: tuple[float, Chosen, frozenset[str]]) -> float:
        like = max((len(one[2] & other) / len(one[2] | other or {""}) for other in said), default=0)
        return one[0] - _ALIKE * like

    while ranked and len(chosen) < count:
        best = max(ranked, key=worth)
        ranked = [one for one in ranked if one is not best]
        chosen.append(best[1])
        said.append(best[2])
    return chosen


def _shares(hits: Sequence[Hit]) -> dict[str, float]:
    """What part of the hits' scores each document has."""
    found: dict[str, float] = {}
    for hit in hits:
        found[hit.passage.document] = found.get(hit.passage.document, 0.0) + hit.score
    total = max(sum(found.values()), 1e-9)
    return {name: score / total for name, score in found.items()}


def _of_document(index: Index, document: str, sure: float) -> Summary | None:
    sentences = read_sentences(index, document, _MOST_PASSAGES)
    if not sentences.places:
        return None
    least, most = _OF_A_DOCUMENT
    count = min(most, max(least, 2 + len(sentences.places) // _SENTENCES_EACH))
    title = " ".join(index.document(document).title.split()) or document
    worth = sentences.worth(index.embedder.encode_query(title))
    chosen = _chosen(sentences, sorted(sentences.choose(worth, count)))
    if not chosen:
        return None
    return Summary(f"The main points of “{title[:_LONGEST_TITLE]}”:", tuple(chosen), sure)


def _of_folder(index: Index, within: Filter) -> Summary | None:
    documents = _documents(index, within)
    beginnings = {
        name: index.store.numbers_of(name)[:_BEGINNING]
        for name in spread(documents, _MOST_DOCUMENTS)
    }
    beginnings = {name: numbers for name, numbers in beginnings.items() if numbers}
    if not beginnings:
        return None
    means = [mean_of(index.store.vectors_of(numbers)[1]) for numbers in beginnings.values()]
    names = list(beginnings)
    chosen: list[Chosen] = []
    for place in central(np.array(means), _OF_A_FOLDER):
        sentences = read_sentences(index, names[place], _MOST_PASSAGES)
        chosen += _chosen(sentences, sentences.choose(sentences.worth(), 1))
    if not chosen:
        return None
    return Summary(_folder_lead(len(documents), len(chosen)), tuple(chosen), 1.0)


def _folder_lead(documents: int, shown: int) -> str:
    if documents == 1:
        return "There is one document. It says:"
    if documents == shown:
        return f"There are {documents} documents. What each is about:"
    return f"There are {documents:,} documents. From {shown} that stand for most of them:"


def _chosen(sentences: Sentences, numbers: Sequence[int]) -> list[Chosen]:
    found = (sentences.span(number) for number in numbers)
    return [Chosen(Hit(passage, 1.0), span) for passage, span in found]


def _documents(index: Index, within: Filter) -> list[str]:
    """The ids of the documents that are asked. Raises `QuestionError`."""
    found = [one for one in index.store.document_dates() if within.in_scope(one[1])]
    require_filter(within, [identifier for _, identifier, _ in found])
    return [identifier for _, identifier, date in found if within.admits(identifier, date)]


def central(vectors: FloatArray, count: int) -> list[int]:
    """The rows that stand for the most of the others: each adds what those before it do not cover.

    A greedy solution of the facility location problem, at least 63 % as good as the best
    (Nemhauser, Wolsey and Fisher, 1978).
    """
    near = np.maximum(vectors @ vectors.T, 0)
    covered = np.zeros(len(vectors), np.float32)
    chosen: list[int] = []
    for _ in range(min(count, len(vectors))):
        gains = np.maximum(near - covered, 0).sum(axis=1)
        gains[chosen] = -1
        best = int(np.argmax(gains))
        chosen.append(best)
        covered = np.maximum(covered, near[best])
    return chosen
