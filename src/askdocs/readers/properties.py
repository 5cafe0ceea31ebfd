"""What a file says of itself: title, author, date; and when not to believe it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from askdocs.readers.dates import find_date
from askdocs.readers.writing import one_line

_JUNK_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel|office word)\b.*|(?:untitled|unbenannt|sans titre|"
    r"document|dokument|doc|presentation|präsentation|présentation|powerpoint[- ]pr[äeé]sentation|"
    r"slide|book|mappe|classeur|libro|sheet|workbook|title|titel|template|vorlage|normal|"
    r"word document|default|new|copy of|none|null|no title|test)[ _-]*\d*"
    r"|.*\.(?:docx?|pptx?|xlsx?|od[tsp]|dotx?|potx?|indd|qxd|tmp)|[\W\d_]*)",
    re.I,
)
_JUNK_AUTHOR = re.compile(
    r"(?:python-(?:docx|pptx)|openpyxl|xlsxwriter|apache poi|docx4j|phpword|phpexcel|libreoffice.*|"
    r"microsoft(?: office)?(?: user)?|user|users?\d*|admin(?:istrator)?|owner|author|unknown|"
    r"windows user|default|root|guest|pc|none|null|n/a|\W*)",
    re.I,
)
_TEMPLATE_DATES = frozenset({"2013-12-23", "2013-01-27", "2006-09-16"})
"""When the templates of python-docx, python-pptx and Excel were made: their files keep it."""

_ISO = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Properties:
    """What of a file's own properties can be believed; empty where nothing can."""

    title: str = ""
    author: str = ""
    date: str | None = None


def trusted(title: str, author: str, *dates: str) -> Properties:
    """The properties as far as a person may have set them; the first of `dates` that can be one.

    >>> trusted("Microsoft Word - Document1", "python-docx", "1601-01-01T00:00:00Z")
    Properties(title='', author='', date=None)
    """
    title, author = one_line(title), one_line(author)
    return Properties(
        "" if _JUNK_TITLE.fullmatch(title) else title[:_LONGEST],
        "" if _JUNK_AUTHOR.fullmatch(author) else author[:_LONGEST],
        next((found for found in map(_date, dates) if found), None),
    )


def dated(text: str, properties: Properties) -> str | None:
    """The date that the text gives itself in its head, else that of the properties."""
    return find_date(text) or properties.date


def _date(written: str) -> str | None:
    found = _ISO.match(written)
    if not found:
        return None
    try:
        day = date(*map(int, found.groups()))
    except ValueError:
        return None
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # where it is already tomorrow
    is_possible = date(1970, 1, 2) <= day <= tomorrow
    return day.isoformat() if is_possible and day.isoformat() not in _TEMPLATE_DATES else None
