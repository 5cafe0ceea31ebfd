"""The parts of a statement that a source must give too: words, numbers, names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from askdocs.answering.naming import names
from askdocs.answering.quantities import Quantity, quantities
from askdocs.language import NUMBER_WORDS, STOP_WORDS, stem, words

# They tie an answer together or turn to the reader; no document has to have them.
_FRAME = frozenset(
    """yes yeah yep no nope ok okay well sure indeed actually oh so however therefore thus hence
    additionally also overall furthermore moreover besides generally typically usually
    specifically essentially basically finally similarly likewise instead according provided
    mentioned document documents passage passages text source sources context information
    question answer unfortunately definitely absolutely apparently interestingly""".split()
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says, taken apart: the stems of its content words, its numbers, its names."""

    words: frozenset[str]
    numbers: tuple[Quantity, ...]
    names: frozenset[str]


@lru_cache(maxsize=8192)
def facts(text: str) -> Facts:
    """The facts of a text.

    >>> found = facts("However, in Almaty 7,939 people were detained.")
    >>> sorted(found.words), [str(n) for n in found.numbers], sorted(found.names)
    (['almati', 'detain', 'peopl'], ['7939'], ['almaty'])
    """
    content = frozenset(stem(word) for word in words(text) if _is_content(word))
    return Facts(content, quantities(text), names(text))


def _is_content(word: str) -> bool:
    return not (word in STOP_WORDS or word in _FRAME or word in NUMBER_WORDS or word[0].isdigit())
