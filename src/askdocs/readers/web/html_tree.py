"""Parse HTML into a flat list of nodes, in which what is within a node stands right behind it.

Nothing here or in those who use it calls itself, so that no page is too deeply nested.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser

_DEEPEST = 250
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s<>/]*)[^<>]*>?")
_NEVER_DEEP = frozenset(
    "area base br col embed hr img input link meta source track wbr p li dt dd tr td th thead tbody"
    " tfoot option optgroup colgroup rp rt html head body script style".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_IS_XML = re.compile(r"\s*<\?xml|<html[^>]*\sxmlns\s*=", re.I)
_SELF_CLOSED = re.compile(r"<([a-zA-Z][\w:-]*)((?:\s[^<>]*)?)/>")
_OPAQUE = frozenset(
    "script style template noscript svg iframe object embed canvas video audio select textarea"
    " map datalist applet frameset annotation annotation-xml".split()
)
"""What holds no text to read; what stands in scripts and styles is kept for those who look."""
_HEAD = 2_000
_MOSTLY_FEW = 2_000
"""Tags below which no page is deep enough to be slow."""


@dataclass(slots=True)
class Tree:
    """Nodes by number: those below node n are n + 1 up to ends[n] - 1. Texts have the tag ""."""

    tags: list[str] = field(default_factory=list)
    attributes: list[Mapping[str, str | None]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    _places: dict[str, list[int]] = field(default_factory=dict)

    def find(self, *tags: str) -> Iterator[int]:
        """The numbers of all elements with one of the tags."""
        wanted = frozenset(tags)
        return (number for number, tag in enumerate(self.tags) if tag in wanted)

    def first(self, number: int, *tags: str) -> int | None:
        """The first element with one of the tags at or below a node."""
        if not self._places:
            for place, tag in enumerate(self.tags):
                self._places.setdefault(tag, []).append(place)
        found = []
        for tag in tags:
            places = self._places.get(tag, ())
            place = bisect_left(places, number)
            if place < len(places) and places[place] < self.ends[number]:
                found.append(places[place])
        return min(found, default=None)

    def above(self, number: int) -> Iterator[int]:
        """The elements around a node, from the innermost on."""
        while (number := self.parents[number]) >= 0:
            yield number

    def children(self, number: int) -> Iterator[int]:
        """The nodes right below a node."""
        below = number + 1
        while below < self.ends[number]:
            yield below
            below = self.ends[below]

    def is_within(self, number: int, *tags: str) -> bool:
        """Whether an element with one of the tags is around a node."""
        return any(self.tags[outer] in tags for outer in self.above(number))

    def get(self, number: int, name: str) -> str:
        """The value of an attribute, or nothing."""
        return self.attributes[number].get(name) or ""

    def words(self, number: int) -> str:
        """The text below a node on one line."""
        return " ".join("".join(self.texts[number : self.ends[number]]).split())


def parse(markup: str) -> Tree:
    """The tree of a page; a page of any nesting is parsed in time proportional to its length."""
    tree = Tree()
    node = LexborHTMLParser(_flattened(_closed(markup))).root
    parent, open_elements = -1, []
    while node is not None:
        number = len(tree.tags)
        tag = node.tag or "-"
        tree.tags.append("" if tag == "-text" else tag)
        tree.parents.append(parent)
        tree.ends.append(number + 1)
        opaque = tag in _OPAQUE
        if tag == "-text":
            tree.texts.append(node.text_content or "")
            tree.attributes.append(_NONE)
        else:
            tree.texts.append("")
            tree.attributes.append(_NONE if tag[0] == "-" else node.attributes or _NONE)
        if tag in {"script", "style"}:
            _keep_source(tree, number, node.text())
        below = None if opaque or tag == "-text" else node.first_child
        if below is not None:
            open_elements.append(node)
            node, parent = below, number
            continue
        while node.next is None and open_elements:
            tree.ends[parent] = len(tree.tags)
            node, parent = open_elements.pop(), tree.parents[parent]
        node = node.next if parent >= 0 else None
    return tree


_NONE: Mapping[str, str | None] = {}


def _keep_source(tree: Tree, number: int, source: str) -> None:
    """What a script or style says, as an attribute, so that it is not among the texts."""
    tree.attributes[number] = {**tree.attributes[number], "-source": source}


def _closed(markup: str) -> str:
    """XHTML with elements such as `<title/>` closed as HTML does it; there they would stay open."""
    if not _IS_XML.search(markup[:_HEAD]):
        return markup
    return _SELF_CLOSED.sub(
        lambda m: m[0] if m[1].lower() in _VOID else f"<{m[1]}{m[2]}></{m[1]}>", markup
    )


def _flattened(markup: str) -> str:
    """The markup without the tags of elements that are too deep: parsers take quadratic time."""
    if markup.count("<") < _MOSTLY_FEW:
        return markup
    depth = too_deep = copied = 0
    pieces: list[str] = []
    for match in _TAG.finditer(markup):
        closes, name = match[1], match[2].lower()
        if name in _NEVER_DEEP or match[0].endswith("/>"):
            continue
        if not closes:
            depth += 1
            drop = depth > _DEEPEST
            too_deep += drop
        else:
            drop = too_deep > 0
            too_deep -= drop
            depth = max(0, depth - 1)
        if drop:
            pieces.append(markup[copied : match.start()])
            copied = match.end()
    return "".join([*pieces, markup[copied:]]) if pieces else markup
