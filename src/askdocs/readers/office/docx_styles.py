"""What the styles of a Word file say: which paragraphs are headings or items, what is hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from askdocs.readers.office.package import W, is_on, whole

Properties: TypeAlias = Mapping[str, Any]

_VAL = f"{W}val"
_CONTENT = frozenset({f"{W}r", f"{W}t", f"{W}p"})
_NONE: Properties = {}
_HEADING_NAME = re.compile(
    r"(?:heading|überschrift|titre|título|titulo|titolo|kop|rubrik|overskrift|otsikko|nagłówek|"
    r"nadpis|заголовок|başlık|標題|标题|見出し) ?(\d)\b",
    re.I,
)
_CONTENTS_NAME = re.compile(r"(?:toc|verzeichnis|tm|table of figures) ?\d*", re.I)
_TINY = 3
"""Half-points; text of 1 pt cannot be read."""
_BODY_LEVEL = 9
_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Look:
    """How letters look, as far as it decides whether they can be seen."""

    hidden: bool = False
    white: bool = False
    tiny: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it takes over from those it is based on. Levels of headings start at 1."""

    level: int | None = None
    is_title: bool = False
    is_contents: bool = False
    list_id: str = ""
    list_level: int = 0
    look: Look = Look()


PLAIN = Style()


class Styles:
    """The styles of a file by their ids."""

    def __init__(self, root: Any | None) -> None:
        elements = root.findall(f"{W}style") if root is not None else []
        self._elements = {element.get(f"{W}styleId"): element for element in elements}
        self._known: dict[str, Style] = {}
        default = (e for e in elements if e.get(f"{W}default") in ("1", "true"))
        paragraphs = (e for e in default if e.get(f"{W}type") == "paragraph")
        self.default = next((e.get(f"{W}styleId") for e in paragraphs), "")

    def get(self, identifier: str | None, depth: int = 0) -> Style:
        """The style of this id; a plain one if there is none."""
        identifier = identifier or ""
        if identifier not in self._known:
            element = self._elements.get(identifier)
            if element is None or depth > _LONGEST_CHAIN:
                return _named(PLAIN, identifier)
            based_on = element.find(f"{W}basedOn")
            base = self.get(based_on.get(_VAL), depth + 1) if based_on is not None else PLAIN
            self._known[identifier] = _style(element, identifier, base)
        return self._known[identifier]


def properties_of(element: Any, tag: str) -> Properties:
    """The properties of a paragraph, run, cell or style by their tags: `tag` is what holds them."""
    # They come first, and asking for them by path would take longer than all else.
    for child in element:
        if child.tag == tag:
            return {one.tag: one for one in child}
        if child.tag in _CONTENT:
            break
    return _NONE


def look_of(properties: Properties, base: Look) -> Look:
    """The look that a run's properties make of that of its style."""
    changes: dict[str, bool] = {}
    for tag, element in properties.items():
        if tag == f"{W}vanish":
            changes["hidden"] = is_on(element, _VAL)
        elif tag == f"{W}b":
            changes["bold"] = is_on(element, _VAL)
        elif tag == f"{W}color":
            changes["white"] = (element.get(_VAL) or "").upper() == "FFFFFF"
        elif tag == f"{W}sz":
            changes["tiny"] = 0 < whole(element.get(_VAL)) <= _TINY
    return replace(base, **changes) if changes else base


def outline_level(properties: Properties) -> int | None:
    """The level that a paragraph's properties give it in the outline; 0 says that it has none."""
    element = properties.get(f"{W}outlineLvl")
    if element is None:
        return None
    level = whole(element.get(_VAL), _BODY_LEVEL)
    return level + 1 if level < _BODY_LEVEL else 0


def list_of(properties: Properties) -> tuple[str | None, int | None]:
    """The id of the list that a paragraph is an item of, and its level; `None` if not said."""
    element = properties.get(f"{W}numPr")
    if element is None:
        return None, None
    number, level = element.find(f"{W}numId"), element.find(f"{W}ilvl")
    return (
        number.get(_VAL, "") if number is not None else None,
        whole(level.get(_VAL)) if level is not None else None,
    )


def _style(element: Any, identifier: str, base: Style) -> Style:
    properties = properties_of(element, f"{W}pPr")
    number, level = list_of(properties)
    outline = outline_level(properties)
    style = replace(
        base,
        is_title=False,  # a subtitle may be based on the title
        level=base.level if outline is None else outline or None,
        list_id=base.list_id if number is None else number,
        list_level=base.list_level if level is None else level,
        look=look_of(properties_of(element, f"{W}rPr"), base.look),
    )
    name = element.find(f"{W}name")
    return _named(style, name.get(_VAL, "") if name is not None else identifier)


def _named(style: Style, name: str) -> Style:
    """The style with what only its name says: programs other than Word give no outline levels."""
    heading = _HEADING_NAME.fullmatch(name.strip())
    if heading and style.level is None and heading[1] != "0":
        style = replace(style, level=int(heading[1]))
    if name.lower() in ("title", "titel", "titre", "título", "titolo"):
        style = replace(style, is_title=True)
    if _CONTENTS_NAME.fullmatch(name.strip()):
        style = replace(style, is_contents=True)
    return style
