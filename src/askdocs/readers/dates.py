"""Find the date that a document gives itself near its beginning."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|"
        "september sep sept|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? ({_MONTH})\.?,? (\d{{4}})\b", re.I)
_MONTH_FIRST = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b", re.I)
_LABELLED = re.compile(r"^\W*(?:date|published|updated|posted|last updated)\W*:(.*)", re.I | re.M)
_LINES = 5
_HEAD = 20
_LONGEST_HEADING = 80


def find_date(text: str) -> str | None:
    r"""The first ISO date of a "Date:" line near the top, else of a heading among the first five.

    >>> find_date("Title\nDate: 9 March 2021\nText")
    '2021-03-09'
    """
    lines = [line for line in text[:10_000].split("\n") if line.strip()]
    for labelled in _LABELLED.findall("\n".join(lines[:_HEAD])):
        found = _first(labelled)
        if found:
            return found
    # A date within a sentence is what the text tells of, not when it was written.
    return _first("\n".join(line for line in lines[:_LINES] if _is_heading(line)))


def _is_heading(line: str) -> bool:
    return len(line) <= _LONGEST_HEADING and not line.rstrip().endswith((".", "!", "?", ",", ";"))


def _first(text: str) -> str | None:
    candidates = [
        *((m.start(), m[1], m[2], m[3]) for m in _ISO.finditer(text)),
        *((m.start(), m[3], m[2], m[1]) for m in _DAY_FIRST.finditer(text)),
        *((m.start(), m[3], m[1], m[2]) for m in _MONTH_FIRST.finditer(text)),
    ]
    for _, year, month, day in sorted(candidates):
        try:
            return date(int(year), _month(month), int(day)).isoformat()
        except ValueError:  # the 30th of February
            continue
    return None


def _month(written: str) -> int:
    return _MONTHS.get(written.lower()) or int(written)
