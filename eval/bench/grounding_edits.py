"""Edits that make a supported sentence wrong: a number, a name, a negation, a unit, a direction.

Each edit changes one thing and leaves the rest, so that a check which only counts words is blind
to it. All choices come from the random number generator that is given.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Edit = Callable[[str, str, random.Random], str]
"""Statement, passages, chance -> the edited statement, or "" where there is nothing to edit."""

_NUMBER = re.compile(r"(?<![\w.,/:\-\[(])\d{1,3}(?:,\d{3})+(?![\w,.-]*\d)|"
                     r"(?<![\w.,/:\-\[(])\d+(?:\.\d+)?(?![\w,/:-]*\d|\.\d)")  # fmt: skip
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s|\s\d{1,2}[.)]?\s*$")
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z]+|[A-Z]{2,5})(?: [A-Z][a-z]+)*\b")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|can|could|will|would|should|must|may|might|does|did)\b"
    r"(?! not\b|n['’]t\b)"
)
_NEGATION = re.compile(
    r"\b(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should) "
    r"?(?:not|n ?['’]t|never)\b|\b(can)not\b|\bnever\b|\bno (?=[a-z])"
)
_UNITS = (
    ("million", "billion"), ("thousand", "million"), ("hundred", "thousand"),
    ("percent", "million"), ("%", " million"), ("kilometers", "miles"), ("km", "miles"),
    ("miles", "metres"), ("feet", "metres"), ("foot", "metre"), ("metres", "miles"),
    ("meters", "miles"), ("inches", "feet"), ("years", "months"), ("year", "month"),
    ("months", "weeks"), ("month", "year"), ("weeks", "days"), ("days", "hours"),
    ("day", "month"), ("hours", "minutes"), ("minutes", "hours"), ("seconds", "minutes"),
    ("dollars", "euros"), ("pounds", "dollars"), ("tons", "grams"), ("kg", "tons"),
    ("acres", "hectares"), ("decades", "years"), ("centuries", "years"),
)  # fmt: skip
_DIRECTIONS = (
    ("increase", "decrease"), ("increased", "decreased"), ("increases", "decreases"),
    ("rose", "fell"), ("more", "less"), ("before", "after"), ("won", "lost"), ("higher", "lower"),
    ("above", "below"), ("largest", "smallest"), ("highest", "lowest"), ("began", "ended"),
    ("most", "least"), ("maximum", "minimum"), ("reduce", "increase"), ("north", "south"),
    ("northern", "southern"), ("east", "west"), ("eastern", "western"), ("buy", "sell"),
    ("over", "under"), ("first", "last"), ("longer", "shorter"), ("male", "female"),
)  # fmt: skip


def number_of_the_passage(statement: str, passages: str, chance: random.Random) -> str:
    """A number becomes another one that the passages have."""
    here = _numbers(statement)
    own = {match.group().replace(",", "") for match in _NUMBER.finditer(statement)}
    others = sorted(
        {m.group() for m in _NUMBER.finditer(passages) if m.group().replace(",", "") not in own}
    )
    return _swap(statement, here, others, chance)


def new_number(statement: str, passages: str, chance: random.Random) -> str:
    """A number becomes one that the passages do not have."""
    here = _numbers(statement)
    if not here:
        return ""
    match = chance.choice(here)
    value = float(match.group().replace(",", ""))
    present = {float(m.group().replace(",", "")) for m in _NUMBER.finditer(passages)}
    steps = [value + step for step in (1, 2, 3, 7, 10, 40)] + [value * 2, value * 10]
    fresh = [v for v in steps if v not in present]
    if not fresh:
        return ""
    new = chance.choice(fresh)
    shown = f"{new:,.0f}" if "," in match.group() else f"{new:.10g}"
    return statement[: match.start()] + shown + statement[match.end() :]


def other_name(statement: str, passages: str, chance: random.Random) -> str:
    """A name becomes another one that the passages have."""
    here = list(_NAME.finditer(statement))
    own = set(statement.casefold().replace("'s", "").split())
    others = sorted(
        {m.group() for m in _NAME.finditer(passages)
         if not own & set(m.group().casefold().split())}
    )  # fmt: skip
    return _swap(statement, here, others, chance)


def negated(statement: str, passages: str, chance: random.Random) -> str:
    """A negation comes in after an auxiliary verb."""
    here = list(_AUXILIARY.finditer(statement))
    if not here or _NEGATION.search(statement):
        return ""
    match = here[0]
    return f"{statement[: match.end()]} not{statement[match.end() :]}"


def negation_removed(statement: str, passages: str, chance: random.Random) -> str:
    """A negation goes."""
    here = list(_NEGATION.finditer(statement))
    if not here:
        return ""
    match = chance.choice(here)
    kept = match[1] or match[2] or ""
    edited = statement[: match.start()] + kept + statement[match.end() :]
    return re.sub(r"  +", " ", edited)


def other_unit(statement: str, passages: str, chance: random.Random) -> str:
    """A unit or a scale next to a number becomes another."""
    return _replace(statement, _UNITS, r"(?<=\d)(?: |-)?{}(?!\w)", chance)


def turned_round(statement: str, passages: str, chance: random.Random) -> str:
    """A direction becomes its opposite."""
    pairs = (*_DIRECTIONS, *((b, a) for a, b in _DIRECTIONS))
    return _replace(statement, pairs, r"\b{}\b", chance)


EDITS: dict[str, Edit] = {
    "number of the passage": number_of_the_passage,
    "new number": new_number,
    "other name": other_name,
    "negated": negated,
    "negation removed": negation_removed,
    "other unit": other_unit,
    "turned round": turned_round,
}


def _numbers(statement: str) -> list[re.Match[str]]:
    lists = [match.span() for match in _LIST_NUMBER.finditer(statement)]
    return [
        match
        for match in _NUMBER.finditer(statement)
        if not any(a <= match.start() < b for a, b in lists)
    ]


def _swap(
    statement: str, here: list[re.Match[str]], others: list[str], chance: random.Random
) -> str:
    if not here or not others:
        return ""
    match, new = chance.choice(here), chance.choice(others)
    return statement[: match.start()] + new + statement[match.end() :]


def _replace(
    statement: str, pairs: tuple[tuple[str, str], ...], form: str, chance: random.Random
) -> str:
    found = [
        (match, old, new)
        for old, new in pairs
        for match in re.finditer(form.format(re.escape(old)), statement)
    ]
    if not found:
        return ""
    match, old, new = chance.choice(found)
    return statement[: match.start()] + match.group().replace(old, new) + statement[match.end() :]
