"""The paragraphs of a shape in a PowerPoint file, with their bullets and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from askdocs.readers.office.numbering import written
from askdocs.readers.office.package import A, whole

_BULLETS = frozenset(f"{A}{name}" for name in ("buNone", "buChar", "buAutoNum", "buBlip"))
_TINY = 150
"""Hundredths of a point."""
_NUMBERING = re.compile(r"(arabic|alphaLc|alphaUc|romanLc|romanUc)(Period|ParenR|ParenBoth|Plain)")
_STYLES = {
    "arabic": "",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_SHAPES = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}"}


class Paragraph(NamedTuple):
    """A paragraph; `mark` is its bullet "-" or number, `hidden` counts what cannot be seen."""

    text: str
    mark: str
    hidden: int


def paragraphs_of(body: Any, styles: Sequence[Any]) -> Iterator[Paragraph]:
    """The paragraphs of a text body; `styles` are the list styles that it takes over."""
    own = body.find(f"{A}lstStyle")
    styles = (own, *styles) if own is not None else styles
    counts: dict[int, int] = {}
    for paragraph in body.iterfind(f"{A}p"):
        properties = paragraph.find(f"{A}pPr")
        level = whole(properties.get("lvl")) if properties is not None else 0
        text, hidden = _text(paragraph)
        if not text.strip():
            yield Paragraph("", "", hidden)
            continue
        bullet = _bullet(properties, level, styles)
        for deeper in [number for number in counts if number > level]:
            del counts[deeper]
        if bullet is None or bullet.tag != f"{A}buAutoNum":
            counts.pop(level, None)
            is_item = bullet is not None and bullet.tag != f"{A}buNone"
            yield Paragraph(text, "-" if is_item else "", hidden)
        else:
            start = whole(bullet.get("startAt")) or 1
            counts[level] = counts[level] + 1 if level in counts else start
            yield Paragraph(text, _number(counts[level], bullet.get("type", "")), hidden)


def _text(paragraph: Any) -> tuple[str, int]:
    """The words of a paragraph, and how many characters cannot be seen."""
    pieces = []
    hidden = 0
    for child in paragraph:
        if child.tag in (f"{A}r", f"{A}fld"):
            text = child.findtext(f"{A}t") or ""
            properties = child.find(f"{A}rPr")
            size = properties.get("sz", "") if properties is not None else ""
            if size.isdecimal() and int(size[:9]) <= _TINY:
                hidden += len(text)
            else:
                pieces.append(text)
        elif child.tag == f"{A}br":
            pieces.append(" ")
        elif child.tag.endswith(("}m", "}AlternateContent")):  # a formula
            pieces += [e.text or "" for e in child.iter() if e.tag.endswith("/math}t")]
    return "".join(pieces), hidden


def _bullet(properties: Any | None, level: int, styles: Sequence[Any]) -> Any | None:
    """The element that says how the paragraph is marked, its own or the nearest style's."""
    named = [style.find(f"{A}lvl{level + 1}pPr") for style in styles]
    for place in (properties, *named):
        if place is None:
            continue
        for child in place:
            if child.tag in _BULLETS:
                return child
    return None


def _number(number: int, kind: str) -> str:
    found = _NUMBERING.fullmatch(kind)
    if not found:
        return f"{number}."
    return _SHAPES[found[2]].format(written(number, _STYLES[found[1]]))
