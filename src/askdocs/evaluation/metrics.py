"""Scores one answer, and sums scores up: pure functions, each with a worked example.

A located span is `(document, start, end)`. A piece of evidence is the list of all places where its
quote stands in its document: finding any one of them finds the evidence.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np

from askdocs.evaluation.gold import ExpectedClaim, GoldQuestion
from askdocs.types import MARKER, Answer, Conflict

Outcome: TypeAlias = Literal["right", "refused", "wrong"]
Located: TypeAlias = tuple[str, int, int]

_PLAIN = str.maketrans("‘’‚‛“”„‟‐‑‒–—−", "''''\"\"\"\"------")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s|\n")


def normalise(text: str) -> str:
    """The text as answers are compared: no markers, one case, plain quotes, dashes and numbers.

    >>> normalise("Around 7,939 people [1] “detained”")
    'around 7939 people "detained"'
    """
    plain = unicodedata.normalize("NFKC", MARKER.sub(" ", text)).translate(_PLAIN).casefold()
    plain = _THOUSANDS.sub(lambda number: number.group().replace(",", ""), plain)
    return " ".join(plain.split())


def holds(text: str, wanted: str) -> bool:
    """Whether `wanted` stands in `text` as whole words, plural or not, and as whole numbers.

    >>> holds("Officials said that 44 died [1].", "44")
    True
    >>> [holds(text, "44") for text in ("144 died", "1,944 died", "44.5 %", "See [44]")]
    [False, False, False, False]
    >>> holds("the network", "two"), holds("two-week", "two"), holds("containers", "container")
    (False, True, True)
    """
    value = normalise(wanted)
    if not value:
        return False
    pattern = _before(value) + re.escape(value) + _after(value)
    return re.search(pattern, normalise(text)) is not None


def _before(value: str) -> str:
    return (r"(?<!\w)" if _has_edge(value[0]) else "") + (
        r"(?<!\d[.,])" if value[0].isdigit() else ""
    )


def _after(value: str) -> str:
    plural = "s?" if value[-1].isalpha() and len(value) > 3 else ""  # but "ten" is not "tens"
    return (plural + r"(?!\w)" if _has_edge(value[-1]) else "") + (
        r"(?![.,]\d)" if value[-1].isdigit() else ""
    )


def _has_edge(character: str) -> bool:
    # From Thai on (U+0E00), most scripts do not set words apart, or join endings to them.
    return (character.isalnum() or character == "_") and character < "\u0e00"


def outcome(question: GoldQuestion, answer: Answer) -> Outcome:
    """Right, refused or wrong.

    Answerable: refused if the answer is; right if one string of every `all_of` group stands in the
    answer's text and its conflicts show every expected claim; else wrong. Unanswerable: right if
    refused, else wrong.

    >>> asked = GoldQuestion("q", "How many died?", True, all_of=(("44",),))
    >>> outcome(asked, Answer("How many died?", "44 [1]"))
    'right'
    >>> outcome(asked, Answer("How many died?", "164 [1]"))
    'wrong'
    >>> outcome(asked, Answer("How many died?", "The documents do not say.", refused=True))
    'refused'
    """
    if not question.answerable:
        return "right" if answer.refused else "wrong"
    if answer.refused:
        return "refused"
    told = all(any(holds(answer.text, way) for way in group) for group in question.all_of)
    _, shown = claim_scores(question.claims, answer.conflicts)
    return "right" if told and shown == 1.0 else "wrong"


def claim_scores(
    expected: Sequence[ExpectedClaim], conflicts: Sequence[Conflict]
) -> tuple[float, float]:
    """Precision and recall of the claims shown; a claim counts if value and status agree.

    With nothing shown precision is 1, with nothing expected recall is 1.

    >>> from askdocs.types import Claim
    >>> shown = Conflict("died", (Claim("44", "current", (1,)), Claim("164", "disputed", (2,))))
    >>> claim_scores([ExpectedClaim("44", "current"), ExpectedClaim("164", "retracted")], [shown])
    (0.5, 0.5)
    """
    shown = [claim for conflict in conflicts for claim in conflict.claims]
    agree = [
        [holds(claim.value, want.value) and claim.status == want.status for want in expected]
        for claim in shown
    ]
    precision = sum(any(row) for row in agree) / len(shown) if shown else 1.0
    found = sum(any(row[i] for row in agree) for i in range(len(expected)))
    return precision, found / len(expected) if expected else 1.0


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


def citation_precision(
    citations: Sequence[Located], evidence: Sequence[Sequence[Located]], texts: Mapping[str, str]
) -> float:
    """The share of citations that overlap a sentence that holds evidence. At least one citation.

    >>> texts = {"a": "One. Two were hurt, 44 died. Three."}
    >>> citation_precision([("a", 5, 18), ("a", 29, 35)], [[("a", 20, 27)]], texts)
    0.5
    """
    sentences = [
        (document, *sentence_around(texts[document], start, end))
        for places in evidence
        for document, start, end in places
    ]
    good = [any(overlaps(citation, sentence) for sentence in sentences) for citation in citations]
    return sum(good) / len(citations)


def evidence_found(spans: Sequence[Located], evidence: Sequence[Sequence[Located]]) -> float:
    """The share of evidence that a span overlaps: recall, of citations or of passages.

    >>> evidence_found([("a", 0, 30)], [[("a", 20, 27)], [("a", 50, 60), ("b", 0, 9)]])
    0.5
    """
    found = [any(overlaps(s, place) for s in spans for place in places) for places in evidence]
    return sum(found) / len(found)


def reciprocal_rank(hits: Sequence[Located], evidence: Sequence[Sequence[Located]]) -> float:
    """One divided by the rank of the first hit that overlaps evidence, 0 if none does.

    >>> reciprocal_rank([("a", 0, 9), ("a", 9, 30)], [[("a", 20, 27)]])
    0.5
    """
    for rank, hit in enumerate(hits, start=1):
        if any(overlaps(hit, place) for places in evidence for place in places):
            return 1 / rank
    return 0.0


def citation_faults(answer: Answer, texts: Mapping[str, str]) -> list[str]:
    """What breaks the promise about citations, in words; empty when every citation is exact.

    >>> citation_faults(Answer("How many?", "44 [1]"), {})
    ['markers (1,) in the text, but citations ()', 'not refused, no citation']
    """
    faults = [
        f"citation {c.number}: {c.document}[{c.start}:{c.end}] is not {c.quote!r}"
        for c in answer.citations
        if not c.quote or texts.get(c.document, "")[c.start : c.end] != c.quote or c.start < 0
    ]
    numbers = tuple(citation.number for citation in answer.citations)
    if answer.markers != numbers or numbers != tuple(range(1, len(numbers) + 1)):
        faults.append(f"markers {answer.markers} in the text, but citations {numbers}")
    if answer.refused == bool(answer.citations):
        faults.append("refused, yet cited" if answer.refused else "not refused, no citation")
    return faults


def mean(values: Sequence[float]) -> float:
    """The mean, not a number for no values. Summed exactly, so that order never matters.

    >>> mean([0.0, 0.5, 1.0])
    0.5
    """
    return math.fsum(values) / len(values) if values else math.nan


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank).

    >>> percentile([10, 20, 30, 40], 0.5), percentile([10, 20, 30, 40], 0.95)
    (20, 40)
    """
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan


def bootstrap_interval(
    values: Sequence[float], *, resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """A 95 % interval of the mean: percentile bootstrap (Efron 1979) over questions, seeded.

    Equal values give an interval without width, which says nothing about other questions.

    >>> low, high = bootstrap_interval([0.0, 1.0] * 50)
    >>> 0.35 < low < 0.45 and 0.55 < high < 0.65
    True
    """
    if not values:
        return math.nan, math.nan
    drawn = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    means = np.asarray(values, dtype=np.float64)[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
