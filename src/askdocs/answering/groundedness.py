"""How much of a whole text its passages bear out: one number to compare answers by.

It says less than the check of each statement (`grounding`), which sees what an edit changed, but it
orders texts as people do. The weights stand in `groundedness.json`, which
`eval/bench/grounding.py` makes from texts that people judged.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from askdocs.answering.facts import facts
from askdocs.answering.grounding import ground
from askdocs.answering.statements import clean, segments, statement
from askdocs.language import stems
from askdocs.types import FloatArray, Passage

FEATURES = ("content", "words", "pairs", "triples", "missing", "speaker", "questions")
"""Shares of a text: of its content words, all words, pairs and triples of words those that the
passages have; of its words those in sentences with a number or name that no passage has, and those
in which its writer speaks of himself; of its sentences those that ask."""
_SPEAKER = frozenset(stems("I me my mine we I'm I've"))
_SENTENCE_END = re.compile(r"[.!?]+")


def groundedness(text: str, passages: Sequence[Passage], *, question: str = "") -> float:
    """The estimated probability that a reader finds `text` borne out by `passages`, from 0 to 1.

    >>> cats = Passage("a.txt", 0, 33, "Two cats slept in the barn today.", "", ((0, 33),))
    >>> said, invented = "Two cats slept in the barn.", "I believe that nine dogs barked."
    >>> groundedness(said, [cats]) > 0.9 > 0.1 > groundedness(invented, [cats])
    True
    """
    weights, intercept = _fitted()
    logit = float(weights @ features(text, passages, question=question)) + intercept
    return 1.0 / (1.0 + math.exp(-logit))


def features(text: str, passages: Sequence[Passage], *, question: str = "") -> FloatArray:
    """The signals of `FEATURES`, each from 0 to 1."""
    text = clean(text)
    said = stems(text)
    given = [stems(passage.text) for passage in passages]
    content = facts(text).words
    known = {word for words in given for word in words}
    ends = _SENTENCE_END.findall(text)
    return np.array(
        [
            _share(len(content & known), len(content)),
            _share(sum(word in known for word in said), len(said)),
            _shared_runs(said, given, 2),
            _shared_runs(said, given, 3),
            _missing(text, passages, question),
            _share(sum(word in _SPEAKER for word in said), len(said), empty=0.0),
            _share(sum("?" in end for end in ends), len(ends), empty=0.0),
        ],
        np.float32,
    )


def _share(part: int, whole: int, *, empty: float = 1.0) -> float:
    return part / whole if whole else empty


def _shared_runs(said: Sequence[str], given: Sequence[Sequence[str]], length: int) -> float:
    """The share of the runs of so many words that the passages have too."""
    own = _runs(said, length)
    have = {run for words in given for run in _runs(words, length)}
    return _share(len(own & have), len(own))


def _runs(words: Sequence[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


def _missing(text: str, passages: Sequence[Passage], question: str) -> float:
    """The share of the words that stand in sentences with a number or name no passage has."""
    lacking = total = 0
    for said in map(statement, segments(text)):
        if not said.text or said.is_neutral:
            continue
        weight = max(1, len(facts(said.text).words))
        total += weight
        groundings = [ground(said.text, passage, question=question) for passage in passages]
        best = max(groundings, key=lambda g: g.coverage - 0.3 * bool(g.missing), default=None)
        lacking += weight * (best is None or bool(best.missing))
    return _share(lacking, total, empty=0.0)


@cache
def _fitted() -> tuple[FloatArray, float]:
    fitted = json.loads((files(__package__) / "groundedness.json").read_text(encoding="utf-8"))
    return np.array([fitted[name] for name in FEATURES], np.float32), float(fitted["intercept"])
