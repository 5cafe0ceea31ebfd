"""Whether a sentence speaks of the time that a question asks about."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MONTHS = "january february march april may june july august september october november december"
_TIME = re.compile(
    rf"\b(?P<month>{_MONTHS.replace(' ', '|')})\b|\b(?P<year>1[0-9]\d\d|20\d\d)\b"
    r"|\b(?P<quarter>q[1-4]|(?:first|second|third|fourth) quarter)\b",
    re.IGNORECASE,
)
_MAY_IS_A_MONTH = re.compile(r"\b(?i:in|of|since|by|last|early|late|mid|\d{1,2}) May\b|\bMay \d")
_UNTOLD = 0.5
_BEFORE = 0.8


def agreement(question: str, sentences: Sequence[str]) -> list[float]:
    """For each sentence of a passage how well its time fits the question's.

    1 if it names all that the question names (or that names none), 0 if it names another month or
    year; between them if the sentences before it do, or nobody says.

    >>> agreement("Who left in May 2021?", ["In 2021 Ada left.", "In June Bo left.", "Cy left."])
    [0.75, 0.4, 0.525]
    """
    asked = _times(question)
    if not asked:
        return [1.0] * len(sentences)
    shares = []
    before: dict[str, set[str]] = {}
    for sentence in sentences:
        told = _times(sentence)
        shares.append(sum(_fit(k, v, told, before) for k, v in asked.items()) / len(asked))
        before |= told
    return shares


def _fit(
    kind: str, wanted: set[str], told: dict[str, set[str]], before: dict[str, set[str]]
) -> float:
    if kind in told:
        return 1.0 if wanted <= told[kind] else 0.0
    if kind in before:
        return _BEFORE if wanted <= before[kind] else _UNTOLD / 2
    return _UNTOLD


def _times(text: str) -> dict[str, set[str]]:
    """The months, years and quarters named in a text."""
    found: dict[str, set[str]] = {}
    for match in _TIME.finditer(text):
        kind, value = match.lastgroup or "", match.group().lower()
        if value == "may" and (match.group() != "May" or not _MAY_IS_A_MONTH.search(text)):
            continue
        found.setdefault(kind, set()).add(value)
    return found
