"""The numbers of list items, which Word does not write into a file but counts when it shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from askdocs.readers.office.package import W, whole

_VAL = f"{W}val"
_PLACEHOLDER = re.compile(r"%([1-9])")
_LEVELS = 9
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_LARGEST_ROMAN = 4_000


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    format: str = "decimal"
    text: str = ""


class Numbering:
    """Counts the items of a file's lists, in the order in which they are asked for."""

    def __init__(self, root: Any | None) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, tuple[str, dict[int, int]]] = {}
        self._counters: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        if root is None:
            return
        for element in root.findall(f"{W}abstractNum"):
            levels = {whole(e.get(f"{W}ilvl")): _level(e) for e in element.findall(f"{W}lvl")}
            self._abstract[element.get(f"{W}abstractNumId", "")] = levels
        for element in root.findall(f"{W}num"):
            abstract = element.find(f"{W}abstractNumId")
            if abstract is not None:
                name = abstract.get(_VAL, "")
                self._lists[element.get(f"{W}numId", "")] = (name, _overrides(element))

    def mark(self, list_id: str, level: int) -> str | None:
        """The next item's mark: its number, "-" or ""; `None` if there is no such list."""
        found = self._lists.get(list_id)
        if found is None or not 0 <= level < _LEVELS:
            return None
        abstract, overrides = found
        levels = self._abstract.get(abstract, {})
        counters = self._counters.setdefault(abstract, {})
        if level in overrides and (list_id, level) not in self._begun:
            self._begun.add((list_id, level))
            counters[level] = overrides[level]
        else:
            start = levels.get(level, _Level()).start
            counters[level] = counters[level] + 1 if level in counters else start
        for deeper in [number for number in counters if number > level]:
            del counters[deeper]
        return self._written(levels, counters, level)

    def _written(self, levels: dict[int, _Level], counters: dict[int, int], level: int) -> str:
        here = levels.get(level, _Level())
        if here.format == "bullet":
            return "-"
        if here.format == "none":
            return ""

        def number(match: re.Match[str]) -> str:
            of = int(match[1]) - 1
            style = levels.get(of, _Level())
            return written(counters.get(of, style.start), style.format)

        return _PLACEHOLDER.sub(number, here.text).strip()


def written(number: int, style: str) -> str:
    """A number as a list's format writes it; in digits where the format is not known.

    >>> [written(4, style) for style in ("lowerRoman", "upperLetter", "decimalZero", "chicago")]
    ['iv', 'D', '04', '4']
    """
    if style in ("lowerRoman", "upperRoman") and 0 < number < _LARGEST_ROMAN:
        roman = _roman(number)
        return roman if style == "lowerRoman" else roman.upper()
    if style in ("lowerLetter", "upperLetter") and number > 0:
        # After z comes aa, then bb.
        repeats = min((number - 1) // 26 + 1, 100)
        letters = chr(ord("a") + (number - 1) % 26) * repeats
        return letters if style == "lowerLetter" else letters.upper()
    if style == "decimalZero":
        return f"{number:02d}"
    return str(number)


def _roman(number: int) -> str:
    letters = ""
    for value, letter in _ROMAN:
        count, number = divmod(number, value)
        letters += letter * count
    return letters


def _level(element: Any) -> _Level:
    def value(tag: str, default: str) -> str:
        child = element.find(f"{W}{tag}")
        return default if child is None else child.get(_VAL, default)

    return _Level(whole(value("start", "1"), 1), value("numFmt", "decimal"), value("lvlText", ""))


def _overrides(element: Any) -> dict[int, int]:
    """The numbers at which the levels of a list begin anew."""
    found = {}
    for override in element.findall(f"{W}lvlOverride"):
        start = override.find(f"{W}startOverride")
        if start is not None:
            found[whole(override.get(f"{W}ilvl"))] = whole(start.get(_VAL), 1)
    return found
