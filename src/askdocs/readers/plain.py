"""Read plain text."""

from __future__ import annotations

from askdocs.readers.dates import find_date
from askdocs.readers.encodings import decode_with_remarks
from askdocs.types import Extracted

_TITLE_LENGTH = 120


def extract(data: bytes, stem: str) -> Extracted:
    """The text as it stands; a short first line with a blank one below is the title."""
    text, remarks = decode_with_remarks(data)
    return Extracted(text, title=_title(text) or stem, date=find_date(text), remarks=remarks)


def _title(text: str) -> str:
    first, _, rest = text.lstrip("\n").partition("\n")
    alone = rest.split("\n", 1)[0].strip() == "" and rest.strip() != ""
    title = first.strip()
    # A first line that ends like a sentence is one.
    is_title = alone and 0 < len(title) <= _TITLE_LENGTH and title[-1] not in ".,;:!"
    return title if is_title else ""
