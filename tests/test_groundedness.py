"""The number by which whole texts are compared."""

from __future__ import annotations

import numpy as np

from askdocs.answering.groundedness import FEATURES, features, groundedness
from askdocs.sentences import sentence_spans
from askdocs.types import Passage

TEXT = "Police said 7,939 people were detained in Kazakhstan. Officials said 44 people died."
PASSAGE = Passage("news.txt", 0, len(TEXT), TEXT, "", tuple(sentence_spans(TEXT)))


def test_the_signals_are_shares() -> None:
    """Each is from 0 to 1, whatever the text."""
    for text in ("", "?!", TEXT, "I think so. Do you?", "1 2 3", "Never seen words entirely."):
        for passages in ([], [PASSAGE]):
            signals = features(text, passages)
            assert signals.shape == (len(FEATURES),)
            assert np.all((signals >= 0) & (signals <= 1)), text


def test_texts_are_ordered_by_how_much_is_borne_out() -> None:
    """A quotation before a paraphrase before an invention."""
    said = (
        TEXT,
        "In Kazakhstan 44 people died and 7,939 people were held, police said.",
        "The army of Belarus shot 500 protesters in the capital, I believe.",
    )
    scores = [groundedness(text, [PASSAGE]) for text in said]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.9 > 0.1 > scores[2]
