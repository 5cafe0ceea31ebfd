"""Read Markdown: the text as it stands, its headings as anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from askdocs.readers.dates import find_date
from askdocs.readers.encodings import decode
from askdocs.types import Anchor, Extracted

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.S | re.M)
_FIELD = re.compile(r"^(title|date)[ \t]*:[ \t]*(.+?)[ \t]*$", re.I | re.M)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_NOT_A_HEADING = re.compile(r" {0,3}(?:[-+*>|#]|\d+[.)][ \t]|$)|\s{4,}")
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|\[([^\]]*)\]\[[^\]]*\]|(\*\*|__|\*|`)")


class _Heading(NamedTuple):
    start: int
    level: int
    title: str


def extract(data: bytes, stem: str) -> Extracted:
    """The text as it stands; title and date from the front matter or from the text itself."""
    text = decode(data)
    matter = _FRONT_MATTER.match(text)
    fields = {k.lower(): v.strip("\"'") for k, v in _FIELD.findall(matter[1] if matter else "")}
    body = matter.end() if matter else 0
    headings = list(_headings(text, body))
    first = next((heading.title for heading in headings if heading.level == 1), "")
    return Extracted(
        text,
        title=first or fields.get("title", "") or stem,
        date=find_date(fields.get("date", "")) or find_date(text[body:]),
        anchors=tuple(_anchors(headings, len(text))),
    )


def _headings(text: str, start: int) -> Iterator[_Heading]:
    fence = ""
    before = ""  # the line above, if it can be underlined
    position = start
    for line in text[start:].split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" \t`~"):
                fence = ""
            before = ""
        elif mark:
            fence, before = mark[1], ""
        elif heading := _ATX.match(line):
            yield _Heading(position, len(heading[1]), _plain(heading[2] or ""))
            before = ""
        elif before and (underline := _UNDERLINE.match(line)):
            level = 1 if underline[1][0] == "=" else 2
            yield _Heading(position - len(before) - 1, level, _plain(before))
            before = ""
        else:
            before = "" if _NOT_A_HEADING.match(line) else line
        position += len(line) + 1


def _anchors(headings: list[_Heading], length: int) -> Iterator[Anchor]:
    """Each heading with the text up to the next of its level or above, labelled with its path."""
    ends = _ends(headings, length)
    path: list[_Heading] = []
    for heading, end in zip(headings, ends, strict=True):
        path = [*(above for above in path if above.level < heading.level), heading]
        label = " > ".join(step.title for step in path if step.title)
        if label:
            yield Anchor(heading.start, end, "heading", label)


def _ends(headings: list[_Heading], length: int) -> list[int]:
    """Where each heading's text ends: at the next heading of its level or above."""
    ends = []
    next_start: dict[int, int] = {}  # by level, going up the text
    for heading in reversed(headings):
        levels = range(1, heading.level + 1)
        ends.append(min(next_start.get(level, length) for level in levels))
        next_start[heading.level] = heading.start
    return ends[::-1]


def _plain(title: str) -> str:
    """A heading's words without the markup within them."""
    return " ".join(_MARKUP.sub(lambda m: m[1] or m[2] or "", title).split())
