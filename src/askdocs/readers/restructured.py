"""Read reStructuredText: the text as it stands, its headings as anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from askdocs.readers.dates import find_date
from askdocs.readers.encodings import decode_with_remarks
from askdocs.readers.headings import Heading, heading_anchors
from askdocs.types import Extracted

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*$")
_FIELD = re.compile(r"^:(title|author|authors|date)s?:[ \t]*(\S.*)$", re.I | re.M)
_ROLE = re.compile(r":[\w.:-]+:`([^`<]*?)(?:\s*<[^`>]*>)?`|`([^`<]*?)(?:\s*<[^`>]*>)?`_{0,2}")
_MARKUP = re.compile(r"\*\*|``|\*|\|(?=\S)|(?<=\S)\|_{0,2}")
_FIELDS = 2_000
_SHORTEST = 3
"""An underline shorter than its title counts from this length on only if it is long enough."""


def extract(data: bytes, stem: str) -> Extracted:
    """The text as it stands; title, author and date from its head."""
    text, remarks = decode_with_remarks(data)
    headings = list(_headings(text))
    fields = {name.lower(): value for name, value in reversed(_FIELD.findall(text[:_FIELDS]))}
    author = fields.get("author") or fields.get("authors") or ""
    return Extracted(
        text,
        title=headings[0].title if headings else fields.get("title", stem),
        date=find_date(fields.get("date", "")) or find_date(text),
        anchors=tuple(heading_anchors(headings, len(text))),
        author=author.strip(),
        remarks=remarks,
    )


def _headings(text: str) -> Iterator[Heading]:
    """Titles with a line of one sign below, or above and below; each new kind is a level deeper."""
    levels: list[tuple[str, bool]] = []
    lines = text.split("\n")
    position = 0
    done = 0  # lines that belong to a heading already
    for number, line in enumerate(lines):
        start, position = position, position + len(line) + 1
        if number < done:
            continue
        over = _sign(line)
        titled = number + 1 if over else number
        below = lines[titled + 1] if titled + 1 < len(lines) else ""
        title = lines[titled] if titled < len(lines) else ""
        if not _is_title(title, below, line if over else "", lines[number - 1] if number else ""):
            continue
        style = (below[0], bool(over))
        if style not in levels:
            levels.append(style)
        yield Heading(start, levels.index(style) + 1, _plain(title))
        done = titled + 2


def _sign(line: str) -> str:
    """The sign that a line consists of, if it does of one alone."""
    found = _ADORNMENT.match(line)
    return found[1] if found and len(line.rstrip()) >= 2 else ""


def _is_title(title: str, below: str, above: str, before: str) -> bool:
    """Whether `title` stands above the line `below`, and below the line `above` if there is one."""
    if not title.strip() or not _sign(below) or _sign(title):
        return False
    if above:
        return _sign(above) == _sign(below) and len(below.rstrip()) >= len(title.strip())
    if title[0].isspace() or before.strip():
        return False
    length = len(below.rstrip())
    return length >= len(title.rstrip()) or (
        length > _SHORTEST and 2 * length >= len(title.rstrip())
    )


def _plain(title: str) -> str:
    """A heading's words without the markup within them."""
    words = _ROLE.sub(lambda m: m[1] or m[2] or "", title)
    return " ".join(_MARKUP.sub("", words).split())
