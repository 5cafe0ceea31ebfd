"""Right, refused or wrong; and the claims of a disagreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from askdocs.evaluation.gold import ExpectedClaim, GoldQuestion
from askdocs.evaluation.metrics.words import holds
from askdocs.types import Answer, Conflict

Outcome: TypeAlias = Literal["right", "refused", "wrong"]


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
