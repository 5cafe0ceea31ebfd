"""How the words of an answer compare with those of a right one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from askdocs.types import MARKER

_PLAIN = str.maketrans("‘’‚‛“”„‟‐‑‒–—−", "''''\"\"\"\"------")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_WORD = re.compile(r"\w+(?:[.,'’-]\w+)*")
_ARTICLES = frozenset(("a", "an", "the"))


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


def token_f1(found: str, wanted: str) -> float:
    """The F1 of the words of two texts, as SQuAD counts it (Rajpurkar et al., 2016): one case, no
    punctuation, no articles; each word as often as it stands in both.

    >>> token_f1("about 7,939 people [1]", "7,939 people")
    0.8
    >>> token_f1("the ferry", "ferry"), token_f1("nobody", "7,939 people"), token_f1("", "")
    (1.0, 0.0, 1.0)
    """
    has, should = (_tokens(text) for text in (found, wanted))
    if not has or not should:
        return float(has == should)
    shared = (has & should).total()
    if not shared:
        return 0.0
    precision, recall = shared / has.total(), shared / should.total()
    return 2 * precision * recall / (precision + recall)


def key_point_recall(text: str, all_of: Sequence[Sequence[str]]) -> float:
    """The share of the key points that the text holds, each in one of its wordings.

    RAGEval (Zhu et al., 2024) calls it completeness. At least one key point.

    >>> key_point_recall("44 died, among them a policeman.", [["44"], ["164", "160"]])
    0.5
    """
    return sum(any(holds(text, way) for way in point) for point in all_of) / len(all_of)


def _tokens(text: str) -> Counter[str]:
    words = _WORD.findall(normalise(text))
    return Counter(word for word in words if word not in _ARTICLES)


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
