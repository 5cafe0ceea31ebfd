"""Where the shapes of a slide stand, and in which order a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from askdocs.errors import ReadError
from askdocs.readers.office.package import A, P, Package, whole

_BODIES = frozenset({"", "body", "obj", "subTitle"})
_DEPTH = 20


class Place(NamedTuple):
    """A rectangle in the units of the slide."""

    left: int
    top: int
    right: int
    bottom: int

    def is_off(self, width: int, height: int) -> bool:
        """Whether nothing of it is on a slide of this size."""
        outside = self.right <= 0 or self.bottom <= 0 or self.left >= width or self.top >= height
        return outside and self.right > self.left


class Layout:
    """The placeholders of a slide's layout and master, from which its shapes take over."""

    def __init__(self, layout: Any | None, master: Any | None) -> None:
        self._roots = [root for root in (layout, master) if root is not None]
        styles = master.find(f"{P}txStyles") if master is not None else None
        self._body_style = styles.find(f"{P}bodyStyle") if styles is not None else None

    def alike(self, shape: Any) -> list[Any]:
        """The placeholders that stand for this shape, the nearest first."""
        own = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
        if own is None:
            return []
        index, kind = own.get("idx", "0"), own.get("type", "")
        found = []
        for root in self._roots:
            candidates = list(root.iter(f"{P}ph"))
            same = [c for c in candidates if c.get("idx", "0") == index and root is self._roots[0]]
            same = same or [c for c in candidates if _same_kind(c.get("type", ""), kind)]
            if same:
                found.append(same[0].getparent().getparent().getparent())
        return found

    def styles_for(self, shape: Any) -> tuple[Any, ...]:
        """The list styles that a shape's paragraphs take over, the nearest first."""
        own = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
        if own is None or own.get("type", "") not in _BODIES:
            return ()
        styles = [like.find(f"{P}txBody/{A}lstStyle") for like in self.alike(shape)]
        return tuple(style for style in (*styles, self._body_style) if style is not None)


class Layouts:
    """The layouts of a file by the names of their parts, each read once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._known: dict[str, Layout] = {}

    def get(self, part: str) -> Layout:
        """The layout in a part; one without placeholders if it is missing or damaged."""
        if part not in self._known:
            masters = self._package.related(part, "slideMaster") if part in self._package else ()
            master = next(iter(masters), "")
            self._known[part] = Layout(self._root(part), self._root(master))
        return self._known[part]

    def _root(self, part: str) -> Any | None:
        try:
            return self._package.xml(part) if part in self._package else None
        except ReadError:
            return None


def place_of(shape: Any, layout: Layout) -> Place | None:
    """Where a shape stands, by itself or by its placeholder; `None` if nothing says."""
    for element in (shape, *layout.alike(shape)):
        for frame in (f"{P}spPr/{A}xfrm", f"{P}grpSpPr/{A}xfrm", f"{P}xfrm"):
            found = element.find(frame)
            offset = found.find(f"{A}off") if found is not None else None
            extent = found.find(f"{A}ext") if found is not None else None
            if offset is not None and extent is not None:
                left, top = _signed(offset.get("x")), _signed(offset.get("y"))
                width, height = whole(extent.get("cx")), whole(extent.get("cy"))
                return Place(left, top, left + width, top + height)
    return None


Placed = tuple[Place | None, Any]


def in_reading_order(shapes: Sequence[Placed]) -> Iterator[Placed]:
    """From top to bottom, and where shapes stand side by side, column by column.

    Shapes without a place come first, in the order of the file.
    """
    yield from (shape for shape in shapes if shape[0] is None)
    yield from _cut([shape for shape in shapes if shape[0] is not None], 0)


def _cut(shapes: list[Any], depth: int) -> Iterator[Placed]:
    """Part the shapes at gaps that run across all of them, first by rows, then by columns."""
    if len(shapes) < 2 or depth > _DEPTH:
        yield from sorted(shapes, key=lambda s: (s[0].top, s[0].left))
        return
    for low, high in ((1, 3), (0, 2)):
        groups = _groups(shapes, low, high)
        if len(groups) > 1:
            for group in groups:
                yield from _cut(group, depth + 1)
            return
    yield from sorted(shapes, key=lambda s: (s[0].top, s[0].left))


def _groups(shapes: list[Any], low: int, high: int) -> list[list[Any]]:
    groups: list[list[Any]] = []
    begun = reached = 0
    for shape in sorted(shapes, key=lambda s: s[0][low]):
        start, end = shape[0][low], shape[0][high]
        slack = min(end - start, reached - begun) // 10  # frames are larger than what is in them
        if not groups or start + slack >= reached:
            groups.append([])
            begun = reached = start
        groups[-1].append(shape)
        reached = max(reached, end)
    return groups


def _signed(text: str | None) -> int:
    return -whole(text[1:]) if text and text.startswith("-") else whole(text)


def _same_kind(one: str, other: str) -> bool:
    titles = {"title", "ctrTitle"}
    return one == other or {one, other} <= titles or (one in _BODIES and other in _BODIES)
