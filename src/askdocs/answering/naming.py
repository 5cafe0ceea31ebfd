"""The names of a text, and whether another text has them, in another form perhaps."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache
from itertools import pairwise

from askdocs.language import NUMBER_WORDS, STOP_WORDS, stem, words

_TOKEN = re.compile(r"\d+(?:\.\d+){2,}|\d[\d,]*(?:\.\d+)?|[^\W\d_]+(?:['’.][^\W\d_]+)*|[.,;:!?()]")
_VERSION = re.compile(r"\d+(?:\.\d+){2,}")
_ISO_DATE = re.compile(r"\b\d{4}-(\d{2})-\d{2}\b")
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_CALENDAR = {form: name for name in [*_MONTHS, *_DAYS] for form in (name, name[:3])} | {
    "sept": "september",
    "tues": "tuesday",
    "thurs": "thursday",
}
CALENDAR = frozenset(_CALENDAR.values())
"""The names of the months and the days."""
_TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir madam lord lady president minister judge justice senator"
    " governor king queen prince princess general captain saint st".split()
)
# What a subject of one word is followed by: there the capital is not only the sentence's.
_AFTER_SUBJECT = frozenset("is was has had will would can could does did said says".split())
_PLAIN_ENDINGS = ("s", "ly", "ing", "ion", "ment", "ness", "ity", "ance", "ence", "ed")
_SAME = (
    frozenset({"us", "usa", "united states", "america", "american", "americans"}),
    frozenset({"uk", "united kingdom", "britain", "british", "great britain"}),
    frozenset({"eu", "european union"}),
)
# "Stay Active: children should" is a label, whose capitals make no names.
_LABEL = re.compile(
    r"^\W*(?:[A-Z][\w'’/&-]* (?:(?:and|of|the|for|to|with|on|in|or) )*){0,4}"
    r"[A-Z][\w'’/&-]*:(?= [A-Z])"
)
_INITIALS = 2
_SAME_BEGINNING = 5


@lru_cache(maxsize=8192)
def names(text: str) -> frozenset[str]:
    """The words of a text that are written like names, lower case; months and weekdays in full.

    The first word of a sentence counts only where its spelling or the next word says so, a title
    never.

    >>> sorted(names("The BBC said Mr. Tokayev's team left. Nobody knows. Oslo is cold on Mon."))
    ['bbc', 'monday', 'oslo', 'tokayev']
    """
    found = {_MONTHS[int(month) - 1] for month in _ISO_DATE.findall(text) if 0 < int(month) < 13}
    return frozenset(found.union(*(parts for _, _, parts in name_spans(text))) - _TITLES)


@lru_cache(maxsize=8192)
def name_spans(text: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """Where the names of a text stand, words next to one another together.

    >>> [sorted(parts) for _, _, parts in name_spans("Then Ana Ruiz met Al.")]
    [['ana', 'ruiz'], ['al']]
    """
    found: list[tuple[int, int, frozenset[str]]] = []
    begins, before = True, ""
    label = _LABEL.match(text)
    body = label.end() if label else 0
    matches = list(_TOKEN.finditer(text, body))
    tokens = [*(match.group() for match in matches), ""]
    for match, (token, after) in zip(matches, pairwise(tokens), strict=True):
        if _VERSION.fullmatch(token) or (token[0].isupper() and _is_name(token, after, begins)):
            name = _plain(token)
            part = frozenset({_CALENDAR.get(name, name)})
            if found and text[found[-1][1] : match.start()].isspace():
                start, _, parts = found.pop()
                found.append((start, match.end(), parts | part))
            else:
                found.append((match.start(), match.end(), part))
        begins = token in ".!?:" and not (token == "." and before in _TITLES)
        before = _plain(token)
    return tuple(found)


def has_name(name: str, text: str) -> bool:
    """Whether `text` has `name`, in another form perhaps: Kazakh, Kazakhstan; UN, United Nations.

    >>> has_name("un", "the United Nations said"), has_name("kazakh", "in Kazakhstan")
    (True, True)
    >>> has_name("january", "since Jan. 5"), has_name("america", "the U.S. said")
    (True, True)
    """
    present, short = _forms(text)
    bare = name.replace(".", "")
    if name in present or bare in present or stem(name) in present or bare in short:
        return True
    if any(bare in same and same & present for same in _SAME):
        return True
    beginning = name[:_SAME_BEGINNING]
    return len(beginning) == _SAME_BEGINNING and any(
        word.startswith(beginning) and (word.startswith(name) or name.startswith(word))
        for word in present
    )


def _is_name(token: str, after: str, begins: bool) -> bool:
    lower = token.casefold()
    if lower in STOP_WORDS or lower in NUMBER_WORDS or len(token) == 1:
        return False
    if not begins or token[1:] != token[1:].lower() or after[:1].isupper() or lower in _CALENDAR:
        return True
    return after in _AFTER_SUBJECT and not lower.endswith(_PLAIN_ENDINGS)


def _plain(token: str) -> str:
    return re.sub(r"['’]s$", "", token).casefold().strip(".'’")


@lru_cache(maxsize=8192)
def _forms(text: str) -> tuple[Set[str], Set[str]]:
    """All words of a text, its names of two words, and the initials of its capitalised runs."""
    present: set[str] = set(names(text))
    said = words(text)
    for word in said:
        present |= {word, stem(word), word.replace(".", "")}
        if word in _CALENDAR:
            present.add(_CALENDAR[word])
        present.update(word.split("."))
    present.update(f"{first} {second}" for first, second in pairwise(said))
    return present, initials(text)


def initials(text: str) -> frozenset[str]:
    """The first letters of a text's runs of capitalised words, whole and from the second on."""
    found: set[str] = set()
    run = ""
    for token in [*_TOKEN.findall(text), "."]:
        if token[0].isupper():
            run += token[0].casefold()
        elif token.casefold() not in ("of", "the", "and", "for"):
            found |= {run[a:] for a in range(len(run)) if len(run) - a >= _INITIALS}
            run = ""
    return frozenset(found)
