"""The styles and lists of OpenDocument files: what is hidden, which items are numbered and how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from askdocs.readers.office.numbering import written

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE = f"{{{_URN}office:1.0}}"
TEXT = f"{{{_URN}text:1.0}}"
TABLE = f"{{{_URN}table:1.0}}"
STYLE = f"{{{_URN}style:1.0}}"
DRAW = f"{{{_URN}drawing:1.0}}"
PRESENTATION = f"{{{_URN}presentation:1.0}}"
SVG = f"{{{_URN}svg-compatible:1.0}}"
META = f"{{{_URN}meta:1.0}}"
_FO = f"{{{_URN}xsl-fo-compatible:1.0}}"

OUTLINE = "\0outline"
"""The name under which the numbering of the headings is kept among the list styles."""

_LENGTH = re.compile(r"(-?\d{1,6}(?:\.\d{1,9})?)(cm|mm|in|pt|pc|px)?")
_POINTS = {"cm": 28.35, "mm": 2.835, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_TINY = 1.5
_LONGEST_CHAIN = 20
_FORMATS = {"1": "", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


@dataclass(frozen=True, slots=True)
class Look:
    """What a style says that decides whether its text is seen, and where it stands."""

    hidden: bool = False
    white: bool = False
    tiny: bool = False
    shaded: bool = False
    bold: bool = False
    is_title: bool = False
    opens_page: bool = False
    outline: int = 0

    @property
    def is_seen(self) -> bool:
        """Whether letters of this look can be seen."""
        return not (self.hidden or self.tiny or (self.white and not self.shaded))


class Styles:
    """The styles of a file by family and name, and its list styles."""

    def __init__(self, *roots: Any) -> None:
        self._elements: dict[tuple[str, str], Any] = {}
        self._lists: dict[str, Any] = {}
        for root in roots:
            for element in root.iter(f"{STYLE}style"):
                key = (element.get(f"{STYLE}family", ""), element.get(f"{STYLE}name", ""))
                self._elements[key] = element
            for element in root.iter(f"{TEXT}list-style"):
                self._lists[element.get(f"{STYLE}name", "")] = element
            for element in root.iter(f"{TEXT}outline-style"):
                self._lists[OUTLINE] = element
        self._known: dict[tuple[str, str], Look] = {}

    def look(self, family: str, name: str | None, depth: int = 0) -> Look:
        """What the style of this name says, with what it takes over from its parents."""
        key = (family, name or "")
        if key not in self._known:
            element = self._elements.get(key)
            if element is None or depth > _LONGEST_CHAIN:
                return Look(is_title=name == "Title")
            parent = element.get(f"{STYLE}parent-style-name")
            base = self.look(family, parent, depth + 1) if parent else Look()
            # An automatic style is what a person changed by hand in one of the named ones.
            is_title = name == "Title" or (
                base.is_title and bool(re.fullmatch(r"P\d+", name or ""))
            )
            self._known[key] = replace(_changed(base, element), is_title=is_title)
        return self._known[key]

    def element(self, family: str, name: str | None) -> Any | None:
        """A style itself."""
        return self._elements.get((family, name or ""))

    def list_level(self, name: str, level: int) -> Any | None:
        """How a list style marks the items of a level, which is counted from 1."""
        style = self._lists.get(name)
        if style is None:
            return None
        levels = (e for e in style if e.get(f"{TEXT}level") == str(level))
        return next(levels, None)


def marks(styles: Styles, name: str, level: int, counters: list[int]) -> str:
    """The mark of an item or heading; `counters` are the numbers of its level and those above."""
    element = styles.list_level(name, level)
    if element is None or element.tag.endswith(("-bullet", "-image")):
        return "-"
    shown = element.get(f"{TEXT}display-levels", "1")
    first = max(1, level + 1 - (int(shown) if shown.isdecimal() and len(shown) < 3 else 1))
    parts = []
    for number in range(first, level + 1):
        of = styles.list_level(name, number)
        style = of.get(f"{STYLE}num-format", "") if of is not None else "1"
        if style:
            parts.append(written(counters[number - 1], _FORMATS.get(style, "")))
    if not parts:
        return ""
    before, after = element.get(f"{STYLE}num-prefix", ""), element.get(f"{STYLE}num-suffix", "")
    return f"{before}{'.'.join(parts)}{after}".strip()


def start_of(styles: Styles, name: str, level: int) -> int:
    """The number of a list's first item."""
    element = styles.list_level(name, level)
    start = element.get(f"{TEXT}start-value", "1") if element is not None else "1"
    return int(start) if start.isdecimal() and len(start) < 6 else 1


def points(length: str | None) -> float | None:
    """A length such as "2.5cm" in points; `None` if it is none.

    >>> points("1in"), points("100%")
    (72.0, None)
    """
    found = _LENGTH.fullmatch(length or "")
    return float(found[1]) * _POINTS[found[2] or "px"] if found else None


def _changed(base: Look, element: Any) -> Look:
    changes: dict[str, Any] = {"opens_page": False}
    for properties in element:
        changes.update(_changes(properties))
    level = element.get(f"{STYLE}default-outline-level", "")
    if level.isdecimal() and len(level) < 3:
        changes["outline"] = int(level)
    return replace(base, **changes)


def _changes(properties: Any) -> Iterator[tuple[str, bool]]:
    """What the properties of a style change in the look of its text."""
    if properties.get(f"{TEXT}display"):
        yield "hidden", properties.get(f"{TEXT}display") == "none"
    color = properties.get(f"{_FO}color")
    if color:
        yield "white", color.lower() in ("#ffffff", "#fff", "white")
    size = points(properties.get(f"{_FO}font-size"))
    if size is not None:
        yield "tiny", size <= _TINY
    background = properties.get(f"{_FO}background-color")
    if background:
        yield "shaded", background.lower() not in ("transparent", "#ffffff")
    if properties.get(f"{_FO}font-weight"):
        yield "bold", properties.get(f"{_FO}font-weight") == "bold"
    if properties.get(f"{_FO}break-before"):
        yield "opens_page", properties.get(f"{_FO}break-before") == "page"
