"""Yes and no, said only where the sentence plainly says either."""

from __future__ import annotations

import numpy as np
import pytest

from askdocs import Hit, Passage
from askdocs.answering.evidence import FEATURES, Evidence
from askdocs.answering.yes_no import yes_or_no


def evidence(sentence: str, coverage: float) -> Evidence:
    passage = Passage("a.txt", 0, len(sentence), sentence, "", ((0, len(sentence)),))
    features = np.array(
        [coverage if name in ("coverage", "predicate") else 1.0 for name in FEATURES], np.float32
    )
    return Evidence(Hit(passage, 1.0), 0, features, (), ())


@pytest.mark.parametrize(
    ("question", "sentence", "coverage", "expected"),
    [
        ("Was the mill built of oak?", "The mill was built of oak.", 1.0, "Yes"),
        ("Are dogs allowed on trams?", "Dogs are not allowed on trams.", 1.0, "No"),
        ("Was the mill built of oak?", "The mill was not built of oak.", 1.0, "No"),
        ("Are dogs allowed on trams?", "Dogs are allowed on trams if they are small.", 1.0, ""),
        ("Was the mill built of oak?", "The mill burned down.", 0.5, ""),
        ("Was it oak or pine?", "It was oak or pine.", 1.0, ""),
        ("Who built the mill?", "Ada built the mill.", 1.0, ""),
    ],
    ids=["yes", "no", "denied", "a condition", "too little", "a choice", "no such question"],
)
def test_yes_and_no_are_said_only_where_the_words_do(
    question: str, sentence: str, coverage: float, expected: str
) -> None:
    """A sentence that has the question's words affirms or denies it; a condition leaves it open."""
    assert yes_or_no(question, evidence(sentence, coverage)) == expected
