"""How the headings of a PDF nest: by its outline where it has one, else by how they are set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pypdfium2

from askdocs.readers.pdf.blocks import Block

_ENTRIES = 3_000
_DEPTH = 8
_BELOW_OUTLINE = 10
_STYLES = 6
_LONGEST = 200
_NOT_LETTERS = re.compile(r"[\W_]+")


class Entry(NamedTuple):
    """A title in the outline, its letters and digits alone, and how deep it stands from 1."""

    title: str
    level: int


def outline(document: pypdfium2.PdfDocument) -> dict[int, list[Entry]]:
    """The entries of the outline by the number of their page, from 0."""
    entries: dict[int, list[Entry]] = {}
    try:
        for count, mark in enumerate(document.get_toc(max_depth=_DEPTH)):
            if count >= _ENTRIES:
                break
            target, title = mark.get_dest(), _plain(mark.get_title() or "")
            page = target.get_index() if target else None
            if page is not None and title:
                entries.setdefault(page, []).append(Entry(title, mark.level + 1))
    except (pypdfium2.PdfiumError, ValueError, UnicodeDecodeError):
        return entries  # an outline is a help, no need
    return entries


def split_titles(blocks: Sequence[Block], entries: Sequence[Entry]) -> list[Block]:
    """The blocks of a page with headings parted where the outline has two: "Part II", "Item 5"."""
    titles = {entry.title for entry in entries}
    made: list[Block] = []
    for block in blocks:
        first = _plain(block.lines[0]) if block.kind == "heading" and block.lines[1:] else ""
        rest = _plain(" ".join(block.lines[1:]))
        if first in titles and any(rest.startswith(title) for title in titles - {first}):
            made += [replace(block, lines=block.lines[:1]), replace(block, lines=block.lines[1:])]
        else:
            made.append(block)
    return made


def find_outlined(blocks: Sequence[Block], entries: Sequence[Entry]) -> dict[int, int]:
    """The blocks of a page that the outline names, by number, with their levels."""
    found: dict[int, int] = {}
    for entry in entries:
        for number, block in enumerate(blocks):
            if number in found or block.kind == "table":
                continue
            text = " ".join((block.mark, *block.lines)) if block.mark else " ".join(block.lines)
            if len(text) <= _LONGEST and _names(entry.title, _plain(text), block.kind):
                found[number] = entry.level
                break
    return found


def style_levels(pages: Sequence[Sequence[Block]]) -> Mapping[tuple[float, bool, bool], int]:
    """The level of each way in which headings are set, from the largest: 1 to 6."""
    styles = {style_key(block) for blocks in pages for block in blocks if block.kind == "heading"}
    ordered = sorted(styles, reverse=True)
    return {style: min(_STYLES, number) for number, style in enumerate(ordered, start=1)}


def style_key(block: Block) -> tuple[float, bool, bool]:
    """How a heading is set: size, bold, capitals."""
    return round(block.size), block.bold, "".join(block.lines).isupper()


def level_below_outline(level: int) -> int:
    """The level of a heading that the outline does not name: below all that it does."""
    return _BELOW_OUTLINE + level


def _names(title: str, text: str, kind: str) -> bool:
    if title == text:
        return True
    # A heading may have lines, or a number, that the outline leaves out.
    near = len(title) > 4 and len(text) <= 2 * len(title) + 20
    return kind == "heading" and near and (title in text or (len(text) > 8 and text in title))


def _plain(text: str) -> str:
    return _NOT_LETTERS.sub("", text).lower()
