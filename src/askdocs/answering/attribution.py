"""Who says what a sentence says, as the sentence itself names them."""

from __future__ import annotations

import re

_SAYS = re.compile(
    r"\b(?:(?:said|says|say|reported|reports|announced|announces|stated|states|told|tells|"
    r"estimated|estimates|confirmed|confirms|claimed|claims|counted|declared|declares|admitted|"
    r"admits|wrote|writes|insisted|insists|acknowledged|maintains|maintained|noted|concluded|"
    r"concludes|revised|corrected|retracted|retracts|withdrew|withdraws|cited|cites)"
    # What these give, find and put has to be a figure: a museum gives visitors a map.
    r"|(?:put|puts|gave|gives|found|finds)(?=\s(?:\w+\s){0,4}?(?:figure|number|toll|total|count|"
    r"sum|cost|date)s?\b))\b"
)
_BESIDES = re.compile(
    r"(?:\s+(?:has|have|had|later|also|then|now|already|since|still|again|itself|themselves|first|"
    r"initially|officially|meanwhile|finally))+$"
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|to|not)$")
_ASIDE = re.compile(r"^(.*[^,\s]),(?:[^,.;]{1,70}),$")  # "the ministry, which posted it, said"
_AFTER = re.compile(
    r"(?:\b[Aa]ccording to|\b[Aa]s (?:reported|stated|told) by|[,”\"]\s*said)\s+(.+)"
)
_STARTS = re.compile(
    r".*(?:[.;,:”“\"(]\s*|\b(?:that|but|and|while|when|because|although|as|which|who)\s+)",
    re.DOTALL | re.IGNORECASE,
)
_WHEN = re.compile(
    r"^(?:(?:[Oo]n|[Ii]n|[Aa]t|[Bb]y|[Ee]arlier|[Ll]ater|[Yy]esterday)\s+)?(?:(?:\d{1,2}\s+)?"
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|"
    r"August|September|October|November|December)(?:\s+\d{1,4})*\s+)+|^(?:[Ii]n\s+\d{4}|[Ee]arlier|"
    r"[Ll]ater|[Yy]esterday|[Tt]oday)\s+"
)
_OFFICE = re.compile(
    r"(?:ministr|police|official|authorit|government|spokes|president|court|council|committee|"
    r"agenc|bureau|company|union|hospital|investigator|inquiry|report|researcher|scientist|doctor|"
    r"witness|resident|lawyer|prosecutor|army|military|navy|coastguard|observer|organi[sz]er|owner|"
    r"captain|author|stud|survey|newspaper|statement|clerk|treasurer|chair|secretary|operator|"
    r"director|manager|mayor|office|group|board|firm|party|school|university|channel|broadcaster|team|expert)\w*$",
    re.IGNORECASE,
)
_ABOUT_WHEN = re.compile(
    r"(?:in|on|at|by|for|from|with|after|before|during|since|until|of|to)\s", re.IGNORECASE
)
_PRONOUN = re.compile(
    r"^(?:he|she|it|they|we|i|you|who|this|that|these|those|there|what|which|it's)$", re.IGNORECASE
)
_ARTICLES = ("the", "a", "an")
_MOST_WORDS = 9


def attributed_to(sentence: str) -> str:
    """Who says it, in the sentence's own words; empty if it does not tell.

    >>> attributed_to("On Sunday the Interior Ministry said that 164 people had died.")
    'the Interior Ministry'
    >>> attributed_to("Nine people died, according to local officials.")
    'local officials'
    >>> attributed_to("The ferry sank at noon.")
    ''
    """
    text = " ".join(sentence.split())
    if (after := _AFTER.search(text)) and (who := _somebody(_first_part(after.group(1)))):
        return who
    for verb in _SAYS.finditer(text):
        before = _BESIDES.sub("", text[: verb.start()].rstrip())
        if _PASSIVE.search(before):
            continue
        if aside := _ASIDE.match(before):
            before = aside.group(1)
        if who := _somebody(_STARTS.sub("", before)):
            return who
    return ""


def _first_part(text: str) -> str:
    """What is named after "according to": up to the next verb or punctuation mark."""
    kept: list[str] = []
    for word in re.split(
        r"[,;:”\"(]|(?<!\b[A-Z][a-z])\.(?:\s|$)|\s(?:who|which|that|as|on|in a|at)\s", text
    )[0].split():
        if _SAYS.fullmatch(word) or word in ("was", "were", "is", "are", "had", "has", "have"):
            break
        kept.append(word)
    return " ".join(kept)


def _somebody(words: str) -> str:
    """`words` without the time in front of them, if they name somebody who can say something."""
    who = _WHEN.sub("", words.strip(" ,'’"))
    parts = who.split()
    if not parts or len(parts) > _MOST_WORDS or _ABOUT_WHEN.match(who):
        return ""
    if _PRONOUN.match(parts[0]) or _PRONOUN.match(parts[-1]):
        return ""
    named = any(part[:1].isupper() for part in parts)
    return who if named or parts[0] in _ARTICLES or _OFFICE.match(parts[-1]) else ""
