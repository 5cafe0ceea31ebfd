"""Words that say the opposite of one another: up and down, before and after, won and lost."""

from __future__ import annotations

from functools import cache

from askdocs.language import stem

_PAIRS = (
    ("rise rose risen increase grow grew grown climb raise gain",
     "fall fell fallen decrease decline drop shrink shrank reduce lower cut lose lost"),
    ("more greater larger bigger", "less fewer smaller"),
    ("most largest biggest greatest", "least fewest smallest"),
    ("maximum", "minimum"),
    ("before earlier prior", "after later following"),
    ("win won", "lose lost"),
    ("above over exceed", "below under beneath"),
    ("up upward", "down downward"),
    ("high higher highest", "low lower lowest"),
    ("open", "close shut"),
    ("begin began begun start", "end finish stop"),
    ("accept approve", "reject refuse"),
    ("allow permit", "ban forbid forbade prohibit"),
    ("succeed success", "fail failure"),
    ("import", "export"),
    ("buy bought", "sell sold"),
    ("arrive", "leave depart"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("left", "right"),
    ("male men", "female women"),
    ("first", "last"),
    ("new newest", "old oldest"),
    ("young younger youngest", "old older oldest"),
    ("fast faster", "slow slower"),
    ("strong stronger", "weak weaker"),
    ("always", "never"),
    ("all every", "none"),
    ("early", "late"),
    ("positive", "negative"),
    ("public", "private"),
    ("support", "oppose"),
    ("long longer longest", "short shorter shortest"),
    ("true", "false"),
    ("include", "exclude"),
    ("enable", "disable"),
    ("with", "without"),
    ("inside", "outside"),
    ("encourage", "discourage"),
    ("present", "absent"),
    ("better best", "worse worst"),
)  # fmt: skip


@cache
def _sides() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for number, pair in enumerate(_PAIRS, start=1):
        for sign, words in zip(("", "-"), pair, strict=True):
            for word in words.split():
                known = found.get(stem(word), frozenset())
                found[stem(word)] = known | {f"{sign}{number}"}
    return found


def sides(word: str) -> frozenset[str]:
    """The sides of the pairs that a lower-case word belongs to: "3", or "-3" for the other side.

    >>> sides("rises") & sides("grew") != frozenset(), sides("table")
    (True, frozenset())
    """
    return _sides().get(stem(word), frozenset())
