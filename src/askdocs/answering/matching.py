"""How well words match the terms of a question: by stem, by meaning for less."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from askdocs.answering.layout import is_table_row, parent
from askdocs.answering.lexicon import Lexicon
from askdocs.answering.questions import Question
from askdocs.answering.values import Value
from askdocs.cosines import cosines
from askdocs.language import NUMBER_WORDS, STOP_WORDS, stem, words
from askdocs.types import FloatArray, Hit

WordVectors = Callable[[Sequence[str]], FloatArray]

_SOFT_FROM, _SOFT_SPAN, _SOFT_MOST = 0.28, 0.3, 0.9
_NEXT_TO, _IN_PASSAGE = 0.8, 0.6
_CONTEXT = 0.3
_ENOUGH = 0.4
_CLOSE = 4
_CLOSED = frozenset(NUMBER_WORDS) | frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december north south east west northern southern
    eastern western first second third fourth fifth last next left right male female man woman men
    women spring summer autumn winter morning evening afternoon before after""".split()
)
"""Words that resemble one another and never mean the same."""
_ANYONE = frozenset(map(stem, "people person persons individuals humans anybody anyone".split()))
_GROUPS = (
    "die died dead death deaths deadly kill killed toll lives fatal fatalities perished casualties",
    "detain detained arrest arrested custody jailed imprisoned",
    "cost costs price prices fare fee fees charge charged pay paid",
    "begin began start started commence commenced opening opened launch launched",
    "end ended finish finished stop stopped close closed",
    "buy bought purchase purchased acquire acquired",
    "firm company contractor business",
    "charge lead led leads head headed chair chaired run director",
    "pictures picture photo photos photograph photographs photography",
    "allowed permitted forbidden prohibited banned may",
    "sank sink sunk sinking accident wreck capsized",
    "quit resign resigned resignation leave notice",
    "author wrote written writer",
    "built build constructed construction",
    "hit struck strike collided collision ran",
    "cause caused because reason due",
    "size large big",
    "car vehicle automobile",
    "children child kids",
    "staff employees employee workers",
)
"""Words that stand for one another in questions and answers, where vectors are too unsure."""
_ALIKE: dict[str, frozenset[str]] = {}
for _group in _GROUPS:
    _members = frozenset(stem(word) for word in _group.split())
    for _member in _members:
        _ALIKE[_member] = _ALIKE.get(_member, frozenset()) | _members
_HAPPENED = frozenset("died dead killed lost injured wounded missing arrested detained".split())
_ANAPHORIC = frozenset(("of", word) for word in ("which", "whom", "them", "these", "those"))


class Matcher:
    """How well the question's terms are matched by words: by stem, or by meaning for less."""

    def __init__(
        self,
        question: Question,
        hits: Sequence[Hit],
        lexicon: Lexicon,
    ) -> None:
        weight = lexicon.weight
        self._openings = lexicon.openings
        own, context = question.terms, question.context
        self._terms = (*own, *context)
        self._own = len(own)
        self._stems = tuple(stem(term) for term in self._terms)
        weights = [weight(term) for term in own] + [_CONTEXT * weight(term) for term in context]
        self._weights = np.array(weights, np.float32)
        self._names = np.array([s in question.names for s in self._stems], bool)
        head = {stem(word) for word in question.head}
        self._head = np.array([s in head for s in self._stems], bool)
        texts = [text for hit in hits for text in _texts(hit)]
        vocabulary = sorted({w for text in (*texts, *self._openings.values()) for w in words(text)})
        self._row = {word: row for row, word in enumerate(vocabulary)}
        # One row more, of nothing, so that a text without known words has a row to show.
        self._table = np.zeros((len(vocabulary) + 1, len(self._terms)), np.float32)
        if self._terms and vocabulary:
            self._table[:-1] = self._match(vocabulary, lexicon.embedder.encode_words)

    def _match(self, vocabulary: Sequence[str], vectors: WordVectors) -> FloatArray:
        """The match of each word with each term, shape (words, terms)."""
        known = vectors(vocabulary)
        near = np.stack([cosines(known, term) for term in vectors(self._terms)], axis=1)
        matches = np.clip((near - _SOFT_FROM) / _SOFT_SPAN, 0.0, 1.0) * _SOFT_MOST
        matches[:, self._names | np.array([_is_closed(term) for term in self._terms])] = 0.0
        matches[np.array([_is_closed(word) or word in STOP_WORDS for word in vocabulary])] = 0.0
        stemmed = [stem(word) for word in vocabulary]
        for column, term in enumerate(self._stems):
            alike = _ALIKE.get(term, frozenset())
            matches[[row for row, s in enumerate(stemmed) if s in alike], column] = _SOFT_MOST
            matches[[row for row, s in enumerate(stemmed) if s == term], column] = 1.0
        return np.asarray(matches, np.float32)

    def _best(self, text: str) -> FloatArray:
        rows = [self._row.get(word, -1) for word in words(text)]
        best: FloatArray = self._table[rows or [-1]].max(axis=0)
        return best

    def matches(self, hit: Hit) -> tuple[FloatArray, FloatArray]:
        """The match of each term with each sentence, and with it and what stands around it.

        Both of shape (sentences, terms). A name counts only from the sentence back: what comes
        after it is about something else.
        """
        passage = hit.passage
        here = np.array([self._best(passage.slice(span)) for span in passage.sentences])
        here = here.reshape(len(passage.sentences), len(self._terms))
        context = here.copy()
        if not len(here):
            return here, context
        around = np.maximum(here, _NEXT_TO * self._best(_around(hit)))
        # Deep in a document on Alder Ltd. it is "the company".
        opening = _NEXT_TO * self._best(self._openings.get(passage.document, ""))
        around[:, self._names] = np.maximum(around, opening)[:, self._names]
        before = np.maximum(around, _IN_PASSAGE * np.maximum.accumulate(here, axis=0))
        for number in range(len(here)):
            near = [n for n in (number - 1, number + 1) if 0 <= n < len(here)]
            above = parent(passage, number)
            rows = [above] if above is not None else near
            context[number] = np.maximum(
                around[number], _NEXT_TO * here[rows].max(axis=0, initial=0)
            )
            if not is_table_row(passage, number):  # what stands in other rows is not said here
                rest = _IN_PASSAGE * here.max(axis=0)
                context[number] = np.maximum(context[number], rest)
        context[:, self._names] = np.minimum(context, before)[:, self._names]
        return here, context

    def phrases(self, hit: Hit, pairs: Sequence[tuple[int, int]]) -> FloatArray:
        """The share of pairs of terms that stand close together in each sentence or beside it.

        `pairs` are places among the question's terms: "shareholder equity" is not said where
        shareholders are in one place and equity in another.
        """
        passage = hit.passage
        if not pairs or not passage.sentences:
            return np.ones(len(passage.sentences), np.float32)
        texts = [passage.heading, *(passage.slice(span) for span in passage.sentences)]
        found = np.array([[self._is_close(text, *pair) for pair in pairs] for text in texts])
        here = found[1:].astype(np.float32)
        near = here.copy()
        near[1:] = np.maximum(near[1:], _NEXT_TO * here[:-1])
        near[:-1] = np.maximum(near[:-1], _NEXT_TO * here[1:])
        return np.asarray(np.maximum(near, _NEXT_TO * found[0]).mean(axis=1), np.float32)

    def _is_close(self, text: str, one: int, other: int) -> bool:
        rows = [self._row.get(word, -1) for word in words(text)]
        places = [np.flatnonzero(self._table[rows][:, term] >= _ENOUGH) for term in (one, other)]
        if not rows or not all(map(len, places)):
            return False
        return bool(np.abs(places[0][:, np.newaxis] - places[1]).min() <= _CLOSE)

    def covered(self, matches: FloatArray) -> FloatArray:
        """The share of the terms' weight that is matched, for each row."""
        total = float(self._weights.sum())
        share = matches @ self._weights / total if total else np.zeros(len(matches))
        return np.asarray(share, np.float32)

    def worst(self, matches: FloatArray) -> FloatArray:
        """The share of the weight of the one own term that is missed the most, for each row."""
        weights = self._weights[: self._own]
        if not weights.sum():
            return np.zeros(len(matches), np.float32)
        missing: FloatArray = (weights * (1.0 - matches[:, : self._own])).max(axis=1)
        return np.asarray(missing / weights.sum(), np.float32)

    def share_of_names(self, matches: FloatArray) -> FloatArray:
        """The share of the question's names and numbers that occur, for each row."""
        if not self._names.any():
            return np.ones(len(matches), np.float32)
        return np.asarray((matches[:, self._names] >= _ENOUGH).mean(axis=1), np.float32)

    def share_of_head(self, matches: FloatArray) -> FloatArray:
        """How far the thing asked for occurs, for each row."""
        if not self._head.any():
            return np.ones(len(matches), np.float32)
        return np.asarray(matches[:, self._head].mean(axis=1), np.float32)

    def share_of_predicate(self, matches: FloatArray) -> FloatArray:
        """The share of the own terms' weight beside the thing asked for and names that is matched
        in a sentence or, for less, in the one before it.
        """
        own = ~(self._head | self._names)
        own[self._own :] = False
        total = float(self._weights[own].sum())
        if not total:
            return np.ones(len(matches), np.float32)
        matches = matches.copy()
        matches[1:] = np.maximum(matches[1:], _NEXT_TO * matches[:-1])
        return np.asarray(matches[:, own] @ self._weights[own] / total, np.float32)

    def speaks_of_it(self, value: Value) -> float:
        """How well a value's clause matches what is asked beside the counted thing and names."""
        wanted = ~(self._head | self._names)
        wanted[self._own :] = False
        if not wanted.any() or not value.clause:
            return 0.0
        rows = [self._row.get(word, -1) for word in value.clause]
        return float(self._table[rows][:, wanted].max())

    def counts_head(self, value: Value) -> bool:
        """Whether the words after a number name the thing that the question counts."""
        if not self._head.any():
            return True
        if not value.noun or value.noun[:2] in _ANAPHORIC:
            return True
        asked = {s for s, is_head in zip(self._stems, self._head, strict=True) if is_head}
        if asked <= _ANYONE:
            anyone = any(stem(word) in _ANYONE for word in value.noun[:2])
            return anyone or value.noun[0] in _HAPPENED
        rows = [self._row.get(word, -1) for word in value.noun]
        return float(self._table[rows][:, self._head].max()) >= _ENOUGH


def _texts(hit: Hit) -> Iterator[str]:
    yield _around(hit)
    for span in hit.passage.sentences:
        yield hit.passage.slice(span)


def _around(hit: Hit) -> str:
    """What names the place of a passage: its heading and its document."""
    return f"{hit.passage.heading} {hit.passage.document.replace('_', ' ')}"


def _is_closed(word: str) -> bool:
    return word in _CLOSED or word[:1].isdigit()
