"""Title, author and date of a PDF: its properties where they can be believed, else its page 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from askdocs.readers.pdf.blocks import Block
from askdocs.readers.properties import Properties, trusted
from askdocs.readers.writing import one_line

_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")
_JUNK_TITLE = re.compile(
    r"\S+_\S+|\S+\.\w{2,4}|[a-z]{0,4}\d+\w*|layout \d+|about:blank|https?://.*|print.*|scan\S*|"
    r".*[\\/]\S*\.\w{2,4}|\W*(?:anonymous|unspecified)\W*",
    re.I,
)
_JUNK_AUTHOR = re.compile(
    r"\W*(?:anonymous|unspecified)\W*|.*\b(?:scanner|converter|edgar online)\b.*|"
    r".*\w\.(?:com|io|net)",
    re.I,
)
_LONGEST_TITLE = 200
_LEAST_LETTERS = 4


def properties_of(metadata: Mapping[str, str]) -> Properties:
    """What of the properties a person may have written."""
    title, author = metadata.get("Title", ""), metadata.get("Author", "")
    return trusted(
        "" if _JUNK_TITLE.fullmatch(title.strip()) else title,
        "" if _JUNK_AUTHOR.fullmatch(author.strip()) else author,
        _iso(metadata.get("CreationDate", "")),
        _iso(metadata.get("ModDate", "")),
    )


def title_on_page(blocks: Sequence[Block]) -> str:
    """The largest text of the first page if it is a heading; may be empty."""
    headings = [block for block in blocks if block.kind == "heading"]
    if not headings:
        return ""
    largest = max(round(block.size) for block in headings)
    for number, block in enumerate(headings):
        text = one_line(" ".join(block.lines))
        if round(block.size) < largest or sum(map(str.isalpha, text)) < _LEAST_LETTERS:
            continue
        for following in headings[number + 1 :]:  # a title in several blocks
            if round(following.size) < largest:
                break
            text = f"{text} {one_line(' '.join(following.lines))}"
        return text if len(text) <= _LONGEST_TITLE else one_line(" ".join(block.lines))
    return ""


def _iso(written: str) -> str:
    """A date of the file's, such as "D:20230117185754Z", as 2023-01-17; else as it is."""
    found = _DATE.match(written)
    return f"{found[1]}-{found[2] or '01'}-{found[3] or '01'}" if found else written
