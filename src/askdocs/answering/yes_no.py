"""Whether a sentence says yes or no to a question, where it plainly says either."""

from __future__ import annotations

import re

from askdocs.answering.evidence import Evidence
from askdocs.answering.negation import denied

_ASKS = re.compile(
    r"^(?:is|are|was|were|do|does|did|can|could|may|must|has|have|had|will|would|should|am)"
    r"(?:n't| not)?\s+(?:there\s+)?",
    re.IGNORECASE,
)
_HEDGES = re.compile(
    r"\b(?:if|unless|except|only|but|however|may|might|could|perhaps|probably|likely|whether|some|"
    r"most|partly|depends?|sometimes|usually|often)\b",
    re.IGNORECASE,
)
_ALL_SAID = 0.85


def yes_or_no(question: str, evidence: Evidence) -> str:
    """Yes or no if the sentence has nearly all words of the question and does not hedge."""
    asked = _ASKS.sub("", question.strip())
    if asked == question.strip() or " or " in asked or _HEDGES.search(evidence.text):
        return ""
    if min(evidence.feature("coverage"), evidence.feature("predicate")) < _ALL_SAID:
        return ""
    return "No" if denied(asked.rstrip("?! ") + ".", evidence.text) else "Yes"
