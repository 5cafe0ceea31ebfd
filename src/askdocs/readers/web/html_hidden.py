"""Find what a page holds but does not show: `display: none`, the `hidden` attribute, no size.

Of style sheets the plain rules count: those for an element, a class, an id or several of these at
once, outside of `@media`. What is hidden from screen readers only is visible.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from askdocs.readers.web.html_tree import Tree

_NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.I)
_INVISIBLE = re.compile(
    r"(?:^|;)\s*(?:font-size\s*:\s*[01](?:\.\d+)?(?:px|pt|em|%)?|opacity\s*:\s*0(?:\.0+)?|"
    r"(?:left|top|text-indent)\s*:\s*-\d{3,}(?:px|em|pt)|color\s*:\s*transparent)\s*(?:;|!|$)",
    re.I,
)
_SHOWS = re.compile(r"(?:^|;)\s*(display|visibility)\s*:\s*([a-z-]+)\s*(!\s*important)?", re.I)
_COLOUR = re.compile(
    r"(?:^|;)\s*(?P<what>color|background(?:-color)?)\s*:\s*(?P<value>[^;!]+)", re.I
)
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_COMPOUND = re.compile(r"([a-z][\w-]*|\*)?((?:[.#][\w-]+)*)", re.I)
_PART = re.compile(r"([.#])([\w-]+)")
_WHITE = {"white": "#ffffff", "#fff": "#ffffff", "black": "#000000", "#000": "#000000"}
_LONGEST_SHEET = 1_000_000


class _Rule(NamedTuple):
    """What an element needs for a rule to apply, and what the rule then sets."""

    tag: str
    identifier: str
    classes: frozenset[str]
    declared: Mapping[str, str]
    weight: int


def hidden_elements(tree: Tree) -> Iterator[int]:
    """The outermost elements that are not shown, in order."""
    rules = _rules(tree)
    shown_from = 0
    for number, attributes in enumerate(tree.attributes):
        if number < shown_from:
            continue
        tag = tree.tags[number]
        if not (attributes or tag in rules or tag == "dialog"):
            continue
        if _is_hidden(tree, number, rules):
            yield number
            shown_from = tree.ends[number]


def _is_hidden(tree: Tree, number: int, rules: Mapping[str, list[_Rule]]) -> bool:
    attributes = tree.attributes[number]
    tag = tree.tags[number]
    style = attributes.get("style") or ""
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    if (tag == "dialog" and "open" not in attributes) or "popover" in attributes:
        return True
    if style and (_INVISIBLE.search(style) or _is_one_colour(style)):
        return True
    declared = _declared(tree, number, rules) if rules else {}
    for name, value, _ in _SHOWS.findall(style):
        declared[name.lower()] = value.lower()
    return declared.get("display") == "none" or declared.get("visibility") in {
        "hidden",
        "collapse",
    }


def _is_one_colour(style: str) -> bool:
    colours = {m["what"][:5].lower(): _colour(m["value"]) for m in _COLOUR.finditer(style)}
    return "color" in colours and colours["color"] == colours.get("backg")


def _colour(value: str) -> str:
    value = value.strip().lower()
    return _WHITE.get(value, value)


def _declared(tree: Tree, number: int, rules: Mapping[str, list[_Rule]]) -> dict[str, str]:
    """What the style sheets set for an element; the heavier and later rule wins."""
    attributes = tree.attributes[number]
    classes = frozenset((attributes.get("class") or "").split())
    identifier = attributes.get("id") or ""
    tag = tree.tags[number]
    keys = {tag, *(f".{name}" for name in classes), f"#{identifier}"}
    matching = [
        rule
        for key in keys
        for rule in rules.get(key, ())
        if rule.tag in {"", tag} and rule.identifier in {"", identifier} and rule.classes <= classes
    ]
    declared: dict[str, str] = {}
    for rule in sorted(matching, key=lambda rule: rule.weight):
        declared.update(rule.declared)
    return declared


def _rules(tree: Tree) -> dict[str, list[_Rule]]:
    """The plain rules about what is shown, each under one of the things it needs."""
    sheet = "\n".join(tree.get(number, "-source") for number in tree.find("style"))
    rules: dict[str, list[_Rule]] = defaultdict(list)
    sheet = sheet[:_LONGEST_SHEET]
    if not _NOT_SHOWN.search(sheet):
        return rules
    for order, match in enumerate(_RULE.finditer(_without_blocks(_COMMENT.sub("", sheet)))):
        for selector in match[1].split(","):
            rule = _rule(selector.strip(), match[2], order)
            if rule is None or not rule.declared:
                continue
            key = f"#{rule.identifier}" if rule.identifier else rule.tag
            rules[f".{min(rule.classes)}" if rule.classes else key].append(rule)
    return rules


def _without_blocks(sheet: str) -> str:
    """The sheet without what stands in blocks such as `@media`, which may not apply."""
    kept: list[str] = []
    depth = start = 0
    conditional = False
    for match in re.finditer(r"[{}]", sheet):
        if match[0] == "{":
            if depth == 0:
                conditional = sheet[start : match.start()].rsplit(";", 1)[-1].strip()[:1] == "@"
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                if not conditional:
                    kept.append(sheet[start : match.end()])
                start = match.end()
    return "".join(kept)


def _rule(selector: str, body: str, order: int) -> _Rule | None:
    compound = _COMPOUND.fullmatch(selector)
    if compound is None or not selector:
        return None
    parts = _PART.findall(compound[2])
    identifiers = [name for mark, name in parts if mark == "#"]
    classes = frozenset(name for mark, name in parts if mark == ".")
    declared = {name.lower(): value.lower() for name, value, _ in _SHOWS.findall(body)}
    important = 1_000_000_000 if "important" in body else 0
    weight = 100_000_000 * len(identifiers) + 1_000_000 * len(classes) + order + important
    tag = (compound[1] or "").lower().strip("*")
    return _Rule(tag, "".join(identifiers[:1]), classes, declared, weight)
