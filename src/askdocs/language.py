"""Words, stems and numbers of a text: what retrieval and answering count and compare."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:[.,:/’'\-][^\W_]+)*")
_PARTS = re.compile(r"[\-/:]")
_POSSESSIVE = re.compile(r"['’]s?$")
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_CJK_CHARACTER = re.compile(f"([{_CJK}])")

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below
    between both but by can cannot could did do does doing down during each either else ever few for
    from further get gets got had has have having he her here hers herself him himself his how i if
    in into is it its itself just let may me might more most much must my myself neither no nor not
    of off on once only onto or other our ours ourselves out over own per please same shall she
    should so some such tell than that the their theirs them themselves then there these they this
    those though through thus to too under until up upon us very was we were what when where whether
    which while who whom whose why will with within without would yet you your yours yourself
    i'm it's that's what's who's where's there's don't doesn't didn't isn't aren't wasn't weren't
    can't couldn't won't wouldn't""".split()
)
"""Words that say nothing about the subject of a question."""

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
}


def search_copy(text: str) -> str:
    """`text` as it is searched: compatibility forms folded, Chinese and Japanese characters apart.

    >>> search_copy("ﬁne 東京")
    'fine  東  京 '
    """
    return _CJK_CHARACTER.sub(r" \1 ", unicodedata.normalize("NFKC", text))


def words(text: str) -> list[str]:
    """The words of a text, lower case, as they are compared.

    >>> words("The U.S. café's 7,939 guests (ten-day stay)")
    ['the', 'u.s', 'café', '7,939', 'guests', 'ten', 'day', 'stay']
    """
    return list(_words(text))


# The same sentences are compared with question after question.
@lru_cache(maxsize=50_000)
def _words(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for match in _WORD.finditer(search_copy(text).casefold()):
        word = _POSSESSIVE.sub("", match.group())
        found.extend(part for part in _PARTS.split(word) if part)
    return tuple(found)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Snowball (Porter2) stem of a lower-case word.

    >>> [stem(word) for word in ("detained", "killing", "7,939")]
    ['detain', 'kill', '7939']
    """
    if word[:1].isdigit():
        return word.replace(",", "")
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]  # PyStemmer has no types
    import Stemmer

    return Stemmer.Stemmer("english")


def stems(text: str) -> list[str]:
    """The stems of all words of a text, in order."""
    return [stem(word) for word in words(text)]


def content_words(text: str) -> list[str]:
    """The words of a text that say what it is about, each once, in order.

    >>> content_words("How many people were detained in the city?")
    ['many', 'people', 'detained', 'city']
    """
    return list(dict.fromkeys(word for word in words(text) if word not in STOP_WORDS))
