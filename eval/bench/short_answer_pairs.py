"""Questions with the sentences that answer them, for `fit_short_answers.py`.

A pair is "gold" if its sentence is known to give the answer, "first" if askdocs itself, asked over
all documents (XQuAD) or over one (RAMDocs), puts it first; many are both.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from answer_sets import write_xquad

from askdocs import Hit, Index
from askdocs.answering import span_context, span_features, support
from askdocs.answering.evidence import Evidence, collect
from askdocs.answering.lexicon import lexicon_for
from askdocs.answering.questions import analyse
from askdocs.answering.searched import Searched
from askdocs.answering.short_answers import LEFT_OUT
from askdocs.answering.span_context import Context
from askdocs.answering.wanted import wanted
from askdocs.splitting import sentence_spans
from askdocs.types import Embedder, Filter

K, LOOKED_AT = 12, 8
_NOT_SPANS = frozenset("yes no true false".split())


@dataclass(frozen=True)
class Pair:
    """A question, a sentence, the answer; `group` holds together what may not be torn apart."""

    data: str
    half: int
    group: int
    question: str
    sentence: str
    answer: str
    gold: bool
    first: bool

    @property
    def left_out(self) -> bool:
        """Whether no short answer is looked for."""
        return analyse(self.question).kind in LEFT_OUT


@dataclass(frozen=True)
class Example:
    """A pair as the ranker sees it; `agrees` is each candidate's F1 with the answer."""

    pair: Pair
    searched: Searched
    context: Context
    found: dict[str, np.ndarray]
    agrees: np.ndarray

    def columns(self, names: Iterable[str]) -> np.ndarray:
        """The features of these names, shape (candidates, features)."""
        return np.stack([self.found[name] for name in names], axis=1).astype(np.float32)


def pairs(data: Path, place: Path) -> Iterator[Pair]:
    """All pairs; the indexes that askdocs is asked over are made or found in `place`."""
    for made in (_xquad, _ramdocs, _poisonedrag):
        seen: dict[tuple[str, str, str], Pair] = {}
        for pair in made(data, place):
            key = (pair.question, pair.sentence, pair.answer)
            known = seen.get(key, pair)
            seen[key] = replace(
                known, gold=known.gold or pair.gold, first=known.first or pair.first
            )
        yield from seen.values()


def examples(known: Iterable[Pair], embedder: Embedder) -> Iterator[Example]:
    """The pairs for which a short answer is looked for, read by the model."""
    for pair in known:
        searched = Searched.read(pair.sentence, wanted(pair.question), embedder.encode_words)
        if pair.left_out or not len(searched.first):
            continue
        context = span_context.read(pair.question, searched, embedder)
        found = span_features.features(searched) | span_context.likeness(searched, context)
        spans = [searched.span(candidate) for candidate in range(len(searched.first))]
        agrees = [agreement(pair.sentence[a:b], pair.answer) for a, b in spans]
        yield Example(pair, searched, context, found, np.array(agrees, np.float32))


def agreement(said: str, answer: str) -> float:
    """The F1 of the words, without articles and punctuation, as SQuAD's script compares them."""
    ours, theirs = Counter(_normal(said)), Counter(_normal(answer))
    shared = (ours & theirs).total()
    return 2 * shared / (ours.total() + theirs.total()) if shared else 0.0


def _normal(text: str) -> list[str]:
    bare = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return re.sub(r"\b(?:a|an|the)\b", " ", bare).split()


def _xquad(data: Path, place: Path) -> Iterator[Pair]:
    documents = place / "xquad" / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    asked = write_xquad(data, documents)
    groups: dict[str, int] = {}
    with Index.build(documents, place / "xquad" / "index") as index:
        for item in asked:
            name, start, _ = item.places[0]
            article = name.rpartition("-")[0]
            group = groups.setdefault(article, len(groups)) // 2
            pair = Pair("xquad", item.half, group, item.text, "", item.answers[0], False, False)
            hits = index.retrieve(item.text, k=K)
            yield replace(pair, sentence=_ranked(index, item.text, hits)[0].text, first=True)
            within = Filter(documents=(name,))
            places = [*hits, *index.retrieve(item.text, k=100, within=within)]
            yield replace(pair, sentence=_sentence_at(places, name, start), gold=True)


def _sentence_at(hits: Iterable[Hit], document: str, position: int) -> str:
    passages = (hit.passage for hit in hits if hit.passage.document == document)
    return next(
        passage.slice(span)
        for passage in passages
        for span in passage.sentences
        if span[0] <= position < span[1]
    )


def _ramdocs(data: Path, place: Path) -> Iterator[Pair]:
    lines = (data / "ramdocs" / "ramdocs.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    documents = place / "ramdocs-apart" / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    asked: list[tuple[str, Pair]] = []
    for number, row in enumerate(rows):
        for part, document in enumerate(row["documents"]):
            name = f"{number}-{part}.txt"
            (documents / name).write_text(document["text"], encoding="utf-8")
            if document["type"] in ("correct", "misinfo"):
                told = (row["question"], "", document["answer"])
                asked.append((name, Pair("ramdocs", number % 2, number // 2, *told, False, False)))
    with Index.build(documents, place / "ramdocs-apart" / "index") as index:
        for name, pair in asked:
            hits = index.retrieve(pair.question, k=K, within=Filter(documents=(name,)))
            sentences = [evidence.text for evidence in _ranked(index, pair.question, hits)]
            for first in sentences[:1]:
                yield replace(pair, sentence=first, first=True)
            for telling in [s for s in sentences if pair.answer.lower() in s.lower()][:1]:
                yield replace(pair, sentence=telling, gold=True)


def _ranked(index: Index, question: str, hits: list[Hit]) -> list[Evidence]:
    lexicon = lexicon_for(hits[:LOOKED_AT], index.store, index.embedder)
    found = collect(analyse(question), hits[:LOOKED_AT], lexicon)
    return sorted(found, key=support.selection_score, reverse=True)


def _poisonedrag(data: Path, place: Path) -> Iterator[Pair]:
    """The first sentence that tells the answer; all of them serve to fit."""
    for name in ("hotpotqa", "msmarco", "nq"):
        file = data / "security" / "poisonedrag" / f"{name}.json"
        for row in json.loads(file.read_text(encoding="utf-8")).values():
            answer, text = str(row["incorrect answer"]), row["adv_texts"][0]
            if answer.lower() in _NOT_SPANS:
                continue
            told = re.compile(rf"\b{re.escape(answer)}\b", re.IGNORECASE)
            sentences = [text[a:b] for a, b in sentence_spans(text)]
            for sentence in [s for s in sentences if told.search(s)][:1]:
                yield Pair("poisonedrag", 0, 0, row["question"], sentence, answer, True, False)
