"""Find the headers, footers and page numbers that stand on page after page.

What is repeated is left out after its first time, so that no words are lost; a page number is left
out everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from askdocs.readers.pdf.rows import Row, row_text

_EDGE_ROWS = 4  # at the top and at the bottom of a page that may be running
_MOST_PIECES = 3  # of such a row: more are a table's header
_LEAST_PAGES = 3
_LEAST_IN_PART = 5  # pages, if it stands in a part of the document alone
_MOST = 0.5  # of the pages
_FARTHEST = 2  # pages, in such a part: left pages may differ from right ones
_NUMBER = re.compile(r"(?<![\d.,])\d{1,4}(?![\d.,]*\d)")
_COUNTS = "\0counts "
_ROMAN = re.compile(r"\W*([ivxlc]{1,8})\W*", re.I)
_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ONLY_NUMBER = re.compile(
    r"[\W\d_]*(?:page|p\.|seite)?[\W\d_]*(?:of|von|sur)?[\W\d_]*|\W*[ivxlc]+\W*", re.I
)


def running_rows(pages: Sequence[Sequence[Row]]) -> list[set[int]]:
    """For each page the numbers of the rows to leave out."""
    edges = [list(_edge_rows(rows)) for rows in pages]
    where: dict[str, list[int]] = {}
    for page, found in enumerate(edges):
        for _, text in found:
            for key in _keys(text, page):
                where.setdefault(key, []).append(page)
    running = {key for key, on in where.items() if _is_running(key, sorted(set(on)), len(pages))}
    # Beside a page's number even a chapter of two pages has a running head.
    again = {key for key, on in where.items() if key.count("\0") == 2 and len(set(on)) > 1}
    left_out = []
    seen: set[str] = set()
    for page, (rows, found) in enumerate(zip(pages, edges, strict=True)):
        texts = dict(found)
        out: set[int] = set()
        met: set[int] = set()
        # From the edges inwards, as far as the rows are running ones.
        for direction in (range(len(rows)), range(len(rows) - 1, -1, -1)):
            for number in direction:
                text = texts.get(number, "")
                own = set(_keys(text, page))
                counts = _counting(running & own)
                keys = (running & own) - counts | (again & own if counts else set())
                is_number = bool(counts) and _ONLY_NUMBER.fullmatch(text) is not None
                if number in met or not (keys or is_number):
                    break
                met.add(number)
                if is_number or keys & seen:
                    out.add(number)
                seen |= keys
        left_out.append(out)
    return left_out


def _counting(keys: set[str]) -> set[str]:
    """The keys that say no more than that a row holds the page's number."""
    return {key for key in keys if key.startswith(_COUNTS)}


def _edge_rows(rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
    """The first and the last rows of a page that may be running: number, text."""
    last = len(rows) - _EDGE_ROWS
    for number, row in enumerate(rows):
        if (number < _EDGE_ROWS or number >= last) and len(row) <= _MOST_PIECES:
            yield number, row_text(row)


def _keys(text: str, page: int) -> Iterator[str]:
    """The text as it is, and with each number as its distance from the page's."""
    if not text:
        return
    yield text
    for match in _NUMBER.finditer(text):
        distance = int(match[0]) - page
        yield f"{_COUNTS}{distance}"
        yield f"{text[: match.start()]}\0{distance}\0{text[match.end() :]}"
    roman = _ROMAN.fullmatch(text)
    if roman:
        yield f"{_COUNTS}roman {_roman(roman[1].lower()) - page}"


def _is_running(key: str, on: list[int], pages: int) -> bool:
    is_number = "\0" in key
    if len(on) >= _LEAST_PAGES - is_number and len(on) > _MOST * pages:
        return True
    part = on[:1]
    for page in on[1:]:
        part = [*part, page] if page - part[-1] <= _FARTHEST else [page]
        if len(part) >= _LEAST_IN_PART - 2 * is_number:
            return True
    return False


def _roman(digits: str) -> int:
    values = [_VALUES[digit] for digit in digits]
    return sum(
        -value if value < max(values[i:], default=0) else value for i, value in enumerate(values)
    )
