"""Find the rows of a table that name its columns, by how they differ from the rows below."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

Cells: TypeAlias = Mapping[int, str]

_SAMPLE = 40
_DEEPEST = 3
_LONGEST_PREAMBLE = 12
_LONGEST_NAME = 60
_MOSTLY = 0.7
_SENTENCE_ENDS = (".", "!", "?")

_NUMBER = re.compile(
    r"[(+\-−–~<>≈]*\s*[$€£¥₸₽]?\s*[+\-−]?\d[\d.,'’\s  ]*(?:[eE][+-]?\d+)?\s*"
    r"(?:%|‰|[$€£¥₸₽]|[A-Z]{3}|[kKmM]|bn|[a-zA-Zµ°]{1,4})?\)?"
)
_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d(?:[/–-]\d{2,4}|[a-zA-Z])?")
_DATE = re.compile(
    r"\d{4}-\d\d?(?:-\d\d?)?(?:[T ]\d\d?:\d\d.*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
    r"|\d\d?:\d\d(?::\d\d)?"
)
_LONGEST_VALUE = 40  # of a number or date with its unit
_MISSING = frozenset(
    "- – — . … ? n/a na n.a. #n/a nan null none nil tbd tba unknown true false yes no x".split()
)


class Merge(NamedTuple):
    """Cells shown as one; all four numbers are included."""

    top: int
    bottom: int
    left: int
    right: int


def find_header(
    table: Sequence[Cells], merged: Sequence[Merge] = (), *, known: Cells | None = None
) -> tuple[int, int]:
    """Where the header rows of a table begin and end; equal if there are none.

    What stands above them are titles. `known` are the columns' names in the table above, to which
    this one may belong.

    >>> find_header([{0: "Budget 2024"}, {0: "Item", 1: "EUR"}, {0: "Rent", 1: "410"}])
    (1, 2)
    """
    first = _preamble(table, merged)
    rows = table[first : first + _DEEPEST + _SAMPLE]
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return first, first
    depth = 0
    for deeper in range(1, min(_DEEPEST, len(rows) - 1) + 1):
        if deeper > 1 and not _continues(rows, deeper, first, merged):
            break
        if not _is_name_row(rows[deeper - 1]):
            break
        if _contrast(rows[deeper - 1], rows[deeper:]) > 0:
            depth = deeper
    if not depth and not known and _is_plain_header(rows):
        depth = 1
    return first, first + depth


def columns_named(header: Sequence[Cells], merged: Sequence[Merge] = ()) -> dict[int, str]:
    """The names of the columns; a name that stands over several is put before theirs.

    >>> columns_named([{0: "Item", 1: "2023"}, {1: "Plan", 2: "Actual"}])
    {0: 'Item', 1: '2023 Plan', 2: '2023 Actual'}
    """
    columns = sorted({column for cells in header for column in cells})
    spread = [
        _spread(cells, header[number + 1 :], [m for m in merged if m.top == number], columns)
        for number, cells in enumerate(header)
    ]
    names = {}
    for column in sorted({column for cells in spread for column in cells}):
        parts = dict.fromkeys(cells[column] for cells in spread if column in cells)
        names[column] = " ".join(parts)
    return names


def _spread(
    cells: Cells, below: Sequence[Cells], merged: Sequence[Merge], columns: Sequence[int]
) -> dict[int, str]:
    """The names of a header row, each over all the columns it stands for."""
    if not below:
        return dict(cells)
    named = dict(cells)
    if any(m.right > m.left for m in merged):
        for m in merged:
            if m.left in cells:
                named.update(
                    dict.fromkeys(range(m.left, min(m.right, columns[-1]) + 1), cells[m.left])
                )
        return named
    current = ""
    for column in columns:
        current = cells.get(column, current)
        if current and any(column in row for row in below):
            named.setdefault(column, current)
    return named


def _preamble(table: Sequence[Cells], merged: Sequence[Merge]) -> int:
    """How many rows of titles and notes stand above the table proper."""
    width = max(map(len, table[:_SAMPLE]), default=0)
    left = min((column for cells in table[:_SAMPLE] for column in cells), default=0)
    for number, cells in enumerate(table[:_LONGEST_PREAMBLE]):
        if not _is_title(number, cells, left, width, merged):
            return number
    return 0


def _is_title(number: int, cells: Cells, left: int, width: int, merged: Sequence[Merge]) -> bool:
    if width < 2:
        return False
    if len(cells) == 1:
        (column,) = cells
        spans = [m for m in merged if m.top == number and m.left == column and m.right > m.left]
        # A name merged over some columns, not the first, is a header's upper row.
        return not (spans and column > left)
    return len(cells) == 2 and width > 3 and set(cells) == {left, left + 1}


def _continues(rows: Sequence[Cells], depth: int, first: int, merged: Sequence[Merge]) -> bool:
    """Whether a row may be a further header row below those before it."""
    above, here = rows[depth - 2], rows[depth - 1]
    if len(here) < 2:
        return False
    grouped = any(m.top == first + depth - 2 and m.right > m.left for m in merged)
    left = min(column for cells in rows for column in cells)
    return grouped or not (left in above and left in here)


def _is_name_row(cells: Cells) -> bool:
    kinds = {column: kind(text) for column, text in cells.items()}
    if any(len(text) > 3 * _LONGEST_NAME for text in cells.values()) or "missing" in kinds.values():
        return False
    numbers = [cells[column] for column in sorted(cells) if kinds[column] == "number"]
    return not numbers or (len(numbers) > 2 and "text" in kinds.values() and _count_up(numbers))


def _count_up(numbers: Sequence[str]) -> bool:
    """Whether these are 1, 2, 3 and so on: days of a month, numbers of matches."""
    if not all(number.isdecimal() and len(number) < 4 for number in numbers):
        return False
    first = int(numbers[0])
    return [int(number) for number in numbers] == list(range(first, first + len(numbers)))


def _contrast(header: Cells, body: Sequence[Cells]) -> int:
    """How many columns hold other things than their would-be names, less those that do not."""
    votes = 0
    for column, name in header.items():
        values = [cells[column] for cells in body[:_SAMPLE] if column in cells]
        if not values:
            continue
        main, count = Counter(map(kind, values)).most_common(1)[0]
        name_kind = kind(name)
        uniform = main in {"number", "date", "year"} and count >= _MOSTLY * len(values)
        if name_kind == "text":
            votes += 1 if uniform else -1 if name in values else 0
        else:
            votes += 1 if uniform and main == "number" else -1
    return votes


def _is_plain_header(rows: Sequence[Cells]) -> bool:
    """Whether the first row of a table that is all words names its columns.

    With two columns it is as likely that the left one names what stands in the right one.
    """
    header, body = rows[0], rows[1:]
    columns = {column for cells in rows for column in cells}
    names = list(header.values())
    return (
        len(columns) > 2
        and header.keys() >= columns
        and len(set(names)) == len(names)
        and all(kind(n) == "text" and len(n) <= _LONGEST_NAME for n in names)
        and not any(name.endswith(_SENTENCE_ENDS) for name in names)
        and _contrast(header, body) == 0
    )


def kind(text: str) -> str:
    """What a cell holds: "number", "year", "date", "missing" or "text".

    >>> [kind(cell) for cell in ("1,204.50 €", "2023", "2023-04-01", "n/a", "Q3")]
    ['number', 'year', 'date', 'missing', 'text']
    """
    if len(text) > _LONGEST_VALUE:
        return "text"
    if text.lower() in _MISSING:
        return "missing"
    if _YEAR.fullmatch(text):
        return "year"
    if _DATE.fullmatch(text):
        return "date"
    return "number" if _NUMBER.fullmatch(text) else "text"
