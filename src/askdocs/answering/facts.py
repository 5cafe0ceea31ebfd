"""The parts of a statement that a source must give too: words, numbers, names, negations."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from askdocs.language import NUMBER_WORDS, STOP_WORDS, stem, words

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "m": 1e6, "bn": 1e9}
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d_]+(?:['’.][^\W\d_]+)*|[.,;:!?()]")
_CLAUSE_ENDS = frozenset(".,;:!?()") | {"but", "although", "while", "because", "and", "which"}
_NEGATIONS = frozenset(
    "not no never nor none neither nobody nothing without cannot n't hardly fails failed fail"
    " denied denies refused refuses lacks lacked".split()
)
_SCOPE = 3
_INITIALS = 2
_SAME_BEGINNING = 5
_MONTHS_AND_DAYS = frozenset(
    "january february march april may june july august september october november december monday"
    " tuesday wednesday thursday friday saturday sunday".split()
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says, taken apart.

    `negated` are the content words that stand only in the reach of a negation, `plain` those that
    stand at least once out of it.
    """

    words: frozenset[str]
    numbers: frozenset[float]
    names: frozenset[str]
    plain: frozenset[str]
    negated: frozenset[str]


@lru_cache(maxsize=4096)
def facts(text: str) -> Facts:
    """The facts of a text.

    >>> found = facts("In Almaty 7,939 people were not detained.")
    >>> sorted(found.numbers), sorted(found.names), sorted(found.negated)
    ([7939.0], ['almaty'], ['detain'])
    """
    content = frozenset(stem(word) for word in words(text) if _is_content(word))
    plain, negated = _by_negation(text)
    return Facts(content, numbers(text), names(text), plain, negated - plain)


def numbers(text: str) -> frozenset[float]:
    """The numbers of a text as values; "1.2 million" is one number, "two" is one too.

    >>> sorted(numbers("Two of 1.2 million, in the 21st year"))
    [2.0, 21.0, 1200000.0]
    """
    found = set()
    tokens = [token.casefold() for token in _TOKEN.findall(text)]
    for token, after in pairwise([*tokens, ""]):
        if _NUMBER.fullmatch(token):
            value = float(token.replace(",", ""))
        elif token in NUMBER_WORDS and token not in ("one", "zero") and token not in _SCALES:
            value = float(NUMBER_WORDS[token])
        else:
            continue
        found.add(value * _SCALES.get(after, 1.0))
    return frozenset(found)


def names(text: str) -> frozenset[str]:
    """The words of a text that are written like names, lower case.

    The first word of a sentence counts only where another capital follows or it is no plain word.

    >>> sorted(names("The BBC said Kazakhstan's president left. Nobody knows."))
    ['bbc', 'kazakhstan']
    """
    found = set()
    tokens = _TOKEN.findall(text)
    begins = True
    for token, after in pairwise([*tokens, ""]):
        if token[0].isupper() and _is_name(token, after, begins):
            found.add(_plain_name(token))
        begins = token in ".!?:"
    return frozenset(found)


def has_name(name: str, text: str) -> bool:
    """Whether `text` has `name`, in another form perhaps: Kazakh, Kazakhstan; UN, United Nations.

    >>> has_name("un", "the United Nations said"), has_name("kazakh", "in Kazakhstan")
    (True, True)
    """
    present, initials = _name_forms(text)
    if name in present or stem(name) in present or name.replace(".", "") in initials:
        return True
    beginning = name[:_SAME_BEGINNING]
    return len(beginning) == _SAME_BEGINNING and any(
        word.startswith(beginning) and (word.startswith(name) or name.startswith(word))
        for word in present
    )


def contradicts(statement: Facts, source: Facts) -> bool:
    """Whether one of the two negates what the other says plainly.

    >>> contradicts(facts("He did not resign."), facts("He resigned on Monday."))
    True
    """
    if statement.negated & source.plain:
        return True
    if statement.plain & source.negated and not statement.negated:
        return True
    return bool(statement.negated) and not source.negated


def _is_content(word: str) -> bool:
    return word not in STOP_WORDS and word not in NUMBER_WORDS and not word[0].isdigit()


def _is_name(token: str, after: str, begins: bool) -> bool:
    lower = token.casefold()
    if lower in STOP_WORDS or lower in NUMBER_WORDS or len(token) == 1:
        return False
    if not begins:
        return True
    return token[1:] != token[1:].lower() or after[:1].isupper() or lower in _MONTHS_AND_DAYS


def _plain_name(token: str) -> str:
    return re.sub(r"['’]s$", "", token).casefold().strip(".'’")


@lru_cache(maxsize=4096)
def _name_forms(text: str) -> tuple[Set[str], Set[str]]:
    """All words of a text, and the initials of its runs of capitalised words."""
    present: set[str] = set()
    for word in words(text):
        present |= {word, stem(word), word.replace(".", "")}
    initials = set()
    run = ""
    for token in [*_TOKEN.findall(text), "."]:
        if token[0].isupper():
            run += token[0].casefold()
        elif token.casefold() not in ("of", "the", "and", "for"):
            initials |= {run[a:] for a in range(len(run)) if len(run) - a >= _INITIALS}
            run = ""
    return present, initials


def _by_negation(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of content words out of reach of a negation, and those within it."""
    plain: set[str] = set()
    negated: set[str] = set()
    left = 0
    for token in _TOKEN.findall(text):
        lower = token.casefold().replace("’", "'")
        if lower in _NEGATIONS or lower.endswith("n't"):
            left = _SCOPE
        elif lower in _CLAUSE_ENDS:
            left = 0
        elif _is_content(lower) and lower[0].isalpha():
            (negated if left else plain).add(stem(re.sub(r"'s$", "", lower)))
            left = max(0, left - 1)
    return frozenset(plain), frozenset(negated)
