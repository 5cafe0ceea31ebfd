"""Read Markdown: the text as it stands, its headings as anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from askdocs.readers.dates import find_date
from askdocs.readers.encodings import decode_with_remarks
from askdocs.readers.headings import Heading, heading_anchors
from askdocs.types import Extracted

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.S | re.M)
_FIELD = re.compile(r"^(title|date)[ \t]*:[ \t]*(.+?)[ \t]*$", re.I | re.M)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_NOT_A_HEADING = re.compile(r" {0,3}(?:[-+*>|#]|\d+[.)][ \t]|$)|\s{4,}")
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|\[([^\]]*)\]\[[^\]]*\]|(\*\*|__|\*|`)")


def extract(data: bytes, stem: str) -> Extracted:
    """The text as it stands; title and date from the front matter or from the text itself."""
    text, remarks = decode_with_remarks(data)
    matter = _FRONT_MATTER.match(text)
    fields = {k.lower(): v.strip("\"'") for k, v in _FIELD.findall(matter[1] if matter else "")}
    body = matter.end() if matter else 0
    headings = list(_headings(text, body))
    first = next((heading.title for heading in headings if heading.level == 1), "")
    return Extracted(
        text,
        title=first or fields.get("title", "") or stem,
        date=find_date(fields.get("date", "")) or find_date(text[body:]),
        anchors=tuple(heading_anchors(headings, len(text))),
        remarks=remarks,
    )


def _headings(text: str, start: int) -> Iterator[Heading]:
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
            yield Heading(position, len(heading[1]), _plain(heading[2] or ""))
            before = ""
        elif before and (underline := _UNDERLINE.match(line)):
            level = 1 if underline[1][0] == "=" else 2
            yield Heading(position - len(before) - 1, level, _plain(before))
            before = ""
        else:
            before = "" if _NOT_A_HEADING.match(line) else line
        position += len(line) + 1


def _plain(title: str) -> str:
    """A heading's words without the markup within them."""
    return " ".join(_MARKUP.sub(lambda m: m[1] or m[2] or "", title).split())
