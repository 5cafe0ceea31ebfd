"""How places in documents compare: what was found with what should have been.

A located span is `(document, start, end)`. A piece of evidence is the list of all places where its
quote stands: finding any one of them finds the evidence. So the measures of retrieval depend on no
splitter, and a passage counts when it overlaps evidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Located: TypeAlias = tuple[str, int, int]
Evidence: TypeAlias = Sequence[Sequence[Located]]

_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s|\n")


def overlaps(one: Located, other: Located) -> bool:
    """Whether two located spans share at least one character.

    >>> overlaps(("a", 0, 5), ("a", 4, 9)), overlaps(("a", 0, 5), ("a", 5, 9))
    (True, False)
    """
    return one[0] == other[0] and max(one[1], other[1]) < min(one[2], other[2])


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The span widened to the ends of the sentences, or lines, that it stands in.

    >>> text = "One. Two were hurt, 44 died. Three."
    >>> text[slice(*sentence_around(text, 20, 22))]
    'Two were hurt, 44 died.'
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    left = max((e for e in ends if e <= start), default=0)
    right = min((e for e in ends if e >= end), default=len(text))
    return left, left + len(text[left:right].rstrip())


def evidence_found(spans: Sequence[Located], evidence: Evidence) -> float:
    """The share of evidence that a span overlaps: recall, of citations or of passages.

    >>> evidence_found([("a", 0, 30)], [[("a", 20, 27)], [("a", 50, 60), ("b", 0, 9)]])
    0.5
    """
    found = [any(overlaps(s, place) for s in spans for place in places) for places in evidence]
    return sum(found) / len(found)


def reciprocal_rank(hits: Sequence[Located], evidence: Evidence) -> float:
    """One divided by the rank of the first hit that overlaps evidence, 0 if none does.

    >>> reciprocal_rank([("a", 0, 9), ("a", 9, 30)], [[("a", 20, 27)]])
    0.5
    """
    for rank, hit in enumerate(hits, start=1):
        if any(overlaps(hit, place) for places in evidence for place in places):
            return 1 / rank
    return 0.0


def ndcg(hits: Sequence[Located], evidence: Evidence, k: int) -> float:
    """The normalised discounted cumulative gain of the first `k` hits (Järvelin and Kekäläinen,
    2002), where what counts is new evidence: a second hit on the same piece gains nothing.

    Each piece is discounted by the rank at which it is found; pieces found at one rank stand after
    each other, as in the best list there could be, which finds one piece at each rank.

    >>> evidence = [[("a", 20, 27)], [("b", 0, 9)]]
    >>> ndcg([("a", 0, 30), ("b", 5, 50)], evidence, 5)
    1.0
    >>> round(ndcg([("c", 0, 30), ("a", 0, 30), ("a", 20, 40)], evidence, 5), 3)
    0.387
    """
    ranks = []
    for places in evidence:
        found = (
            rank
            for rank, hit in enumerate(hits[:k], start=1)
            if any(overlaps(hit, place) for place in places)
        )
        ranks.append(next(found, 0))
    at_best = range(1, min(len(evidence), k) + 1)
    found_at = sorted(rank for rank in ranks if rank)[: len(at_best)]
    gained = (max(rank, place) for rank, place in zip(found_at, at_best, strict=False))
    return _discounted(gained) / _discounted(at_best)


def sentences_of(evidence: Evidence, texts: Mapping[str, str]) -> list[list[Located]]:
    """The evidence widened to the sentences that it stands in."""
    return [
        [(document, *sentence_around(texts[document], start, end)) for document, start, end in each]
        for each in evidence
    ]


def characters(spans: Iterable[Located]) -> set[tuple[str, int]]:
    """The positions that the spans cover, each once.

    >>> len(characters([("a", 0, 5), ("a", 3, 8), ("b", 0, 2)]))
    10
    """
    return {(document, at) for document, start, end in spans for at in range(start, end)}


def _discounted(ranks: Iterable[int]) -> float:
    return math.fsum(1 / math.log2(rank + 1) for rank in ranks)
