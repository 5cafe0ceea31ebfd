"""Whether a statement denies what its source says, or says what its source denies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from askdocs.answering.slots import MARGIN, Slot, likeness, slot
from askdocs.language import NUMBER_WORDS, STOP_WORDS, stem

_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d_]+(?:['’.][^\W\d_]+)*|[.,;:!?()]")
_CLAUSE_ENDS = frozenset(".,;:!?()") | {"but", "although", "while", "because", "and", "which"}
_NEGATIONS = frozenset("not no never nor none neither nobody nothing without cannot".split())
# They deny what follows by their meaning, and can be lost without another word in their place.
_DENIALS = frozenset(
    stem(word)
    for word in """hardly barely rarely seldom scarcely fail failure deny denial refuse refusal
    lack avoid unable impossible prevent prohibit forbid ban reject decline exclude except
    absent absence instead rather unlike""".split()
)
# In a source, these may have been put as a negation.
_HINTS = frozenset(
    stem(word)
    for word in """few little less only limited limit difficult hard until unless free stop cease
    end lose loss minus alone different opposite outside illegal wrong false""".split()
)
_PREFIX = re.compile(r"(?:un|in|im|ir|il|dis|non|mis)(?=[a-z]{3})")
# "not only", "not sure but": nothing is denied.
_NO_DENIAL_BEFORE = frozenset(
    "only just merely sure certain think know necessarily doubt".split()
)  # fmt: skip
_SCOPE = 3  # so many content words stand in the reach of a negation
_NEAR = 0.4  # what a source must share for its silence on a denial to be telling


@dataclass(frozen=True, slots=True)
class _Word:
    """A content word: its stem and place, how far behind a negation it stands (0: behind none)."""

    stem: str
    slot: Slot
    distance: int
    explicit: bool

    @property
    def is_head(self) -> bool:
        """Whether it comes right after a word like "not"."""
        return self.explicit and self.distance == 1


def denied(statement: str, source: str) -> bool:
    """Whether one of the two negates what the other says plainly.

    >>> held = "He did not resign; the others resigned in May."
    >>> denied("He resigned.", held), denied("The others resigned.", held)
    (True, False)
    """
    said, given = _words(statement), _words(source)
    known = {word.stem for word in given}
    is_near = sum(word.stem in known for word in said) >= _NEAR * len(said)
    if any(_says_otherwise(word, given, source, is_near) for word in said if word.is_head):
        return True
    if any(word.distance for word in said):
        return False
    heads = {word.stem for word in given if word.is_head}
    return any(_was_denied(word, given) for word in said if word.stem in heads)


def _says_otherwise(head: _Word, given: Sequence[_Word], source: str, is_near: bool) -> bool:
    """Whether the source says plainly, or does not deny in any way, what a statement denies."""
    same = [word for word in given if word.stem == head.stem]
    if not same:
        return is_near and not _denies(source, given) and not _has_opposite(head.stem, source)
    agreeing = [word for word in same if word.distance]
    plain = [word for word in same if not word.distance]
    if not agreeing:
        return not _has_opposite(head.stem, source)
    return bool(plain) and _best(head, plain) >= _best(head, agreeing) + MARGIN


def _was_denied(word: _Word, given: Sequence[_Word]) -> bool:
    """Whether the source says this word only behind a negation, or does so where it fits best."""
    same = [other for other in given if other.stem == word.stem]
    plain = [other for other in same if not other.distance]
    negated = [other for other in same if other.distance]
    return not plain or _best(word, negated) >= _best(word, plain) + MARGIN


def _best(word: _Word, others: Sequence[_Word]) -> float:
    return max(likeness(word.slot, other.slot) for other in others)


def _denies(source: str, given: Sequence[_Word]) -> bool:
    tokens = {stem(token.casefold()) for token in _TOKEN.findall(source)}
    return any(word.distance for word in given) or bool(tokens & (_HINTS | _DENIALS))


def _has_opposite(word: str, source: str) -> bool:
    """Whether the source has a word such as "unpaid" for "paid"."""
    return any(
        _PREFIX.match(token) and stem(_PREFIX.sub("", token, count=1)) == word
        for token in map(str.casefold, _TOKEN.findall(source))
    )


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[_Word, ...]:
    found = []
    distance, explicit = 0, False
    matches = list(_TOKEN.finditer(text))
    tokens = [match.group().casefold().replace("’", "'") for match in matches]
    for position, (match, token) in enumerate(zip(matches, tokens, strict=True)):
        if token in _NEGATIONS or token.endswith("n't"):
            after = set(tokens[position + 1 : position + 3])
            idle = after & _NO_DENIAL_BEFORE or tokens[position - 1 : position] == ["or"]
            distance, explicit = (0 if idle else 1), True
        elif token in _CLAUSE_ENDS:
            distance = 0
        elif _is_content(token):
            word = stem(token.removesuffix("'s"))
            found.append(_Word(word, slot(text, *match.span()), distance, explicit))
            distance = (distance + 1) % (_SCOPE + 1) if distance else 0
            if word in _DENIALS:
                distance, explicit = 1, False
    return tuple(found)


def _is_content(token: str) -> bool:
    return token[0].isalpha() and not (
        token in STOP_WORDS or token in NUMBER_WORDS or token == "longer"
    )
