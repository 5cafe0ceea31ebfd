"""What is known of words and documents beside the passages that were found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from askdocs.store import Store
from askdocs.types import Embedder, Hit

TermWeight = Callable[[str], float]

_LEAST_WEIGHT = 0.3
_OPENING = 300


@dataclass(frozen=True)
class Lexicon:
    """What words mean, how much each says, and what the documents begin with.

    `weight` gives what a word says, about 1. The beginning of a document (`openings`, by its id)
    mostly names what it is about.
    """

    embedder: Embedder
    weight: TermWeight
    openings: Mapping[str, str] = field(default_factory=dict)


def lexicon_for(hits: Sequence[Hit], store: Store, embedder: Embedder) -> Lexicon:
    """What the store and the embedder know of the words and documents of some hits."""
    total = store.passage_count()
    openings = store.openings({hit.passage.document for hit in hits})
    return Lexicon(
        embedder,
        lambda word: term_weight(total, store.document_frequency(word)),
        {document: text[:_OPENING] for document, text in openings.items()},
    )


def term_weight(total: int, frequency: int) -> float:
    """How much a word says that is in `frequency` of `total` passages: about 1, less if in many.

    >>> round(term_weight(100, 0), 2), round(term_weight(100, 100), 2)
    (1.45, 0.3)
    """
    return _LEAST_WEIGHT + math.log((total + 1) / (frequency + 0.5)) / math.log(total + 2)
