"""Tables as tables: lines of cells between bars, and rows whose values stand after their names.

Nothing of the text is left out: bars and repeated names are there, but not shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from askdocs.web.render.escaping import escape
from askdocs.web.render.marked import Marked

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?\s*)?\|?\s*")
_NUMBER = re.compile(
    r"[^\w\s]{0,3}\s?\d[\d.,   ' ]*\s?(?:[%)†*]|[a-z]{1,3}\b|bn|million)?\)?", re.I
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NAME = re.compile(r"(?:^|(?<=; ))([^;:]{1,120}): ")
_LONG = 12  # rows: a longer table scrolls by itself, below its header
_SHARE = 0.1  # of the rows: what fewer have before a colon is no column but words


class Line(NamedTuple):
    """A line of the text with its end, and the number of its row, if it is known."""

    start: int
    end: int
    label: str = ""


class _Cell(NamedTuple):
    """Where a cell's words stand; what comes before them since the last cell is not shown."""

    start: int
    end: int


def is_barred(line: str) -> bool:
    """Whether a line is a row of cells between bars.

    >>> is_barred("| a | b |"), is_barred("| a"), is_barred("a | b")
    (True, False, False)
    """
    words = line.strip()
    return len(words) > 2 and words.startswith("|") and words.endswith("|")


def barred_table(marked: Marked, lines: Sequence[Line]) -> str:
    """The table of lines such as `| a | b |`; its first row is the header if it looks like one."""
    found = [list(_between_bars(marked.text, line)) for line in lines]
    words = [[marked.text[slice(*cell)] for cell in cells] for cells in found]
    width = max(map(len, found))
    rows = [
        (line, [*cells, *[None] * (width - len(cells))])
        for line, cells in zip(lines, found, strict=True)
    ]
    ruled = len(lines) > 1 and _is_rule(marked.text, lines[1])
    header = 1 if ruled or is_header(words) else 0
    numbers = _number_columns(words[header:])
    made = [
        _row(marked, line, cells, "th" if number < header else "td", numbers=numbers)
        if not _is_rule(marked.text, line)
        else f"<tr hidden><td>{marked.unseen(line.start, line.end)}</td></tr>"
        for number, (line, cells) in enumerate(rows)
    ]
    head = f"<thead>{''.join(made[:header])}</thead>" if header else ""
    return _table(head, made[header:], "")


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: no number in it but years, and some below.

    >>> is_header([["Quarter", "2023"], ["Q1", "12.5"]]), is_header([["Rent", "5"], ["Tax", "2"]])
    (True, False)
    """
    if len(rows) < 2 or not any(cell.strip() for cell in rows[0]):
        return False
    named = not any(_is_number(cell) and not _YEAR.fullmatch(cell.strip()) for cell in rows[0])
    return named and any(_is_number(cell) for row in rows[1:] for cell in row)


def named_table(marked: Marked, lines: Sequence[Line], *, begins: bool) -> str:
    """The table of lines such as `Quarter: Q3; Revenue: 12`, a column for each name.

    `begins` says that its first line is there, and not only lines from its middle.
    """
    text = marked.text
    names = column_names([text[line.start : line.end] for line in lines])
    head, body = "", list(lines)
    numbered = any(line.label for line in lines)
    header = _header(text, lines[0], names) if begins else []
    names = header or names
    values = [_values(text, line, names) for line in lines]
    numbers = _number_columns(
        [[text[slice(*cell)] if cell else "" for cell in row] for row in values if row]
    )
    if header:
        cells = list(_parted(text, lines[0]))
        head = _row(marked, lines[0], cells, "th", numbered=numbered, numbers=numbers)
        body, values = body[1:], values[1:]
    elif names:
        head = _named_head(names, numbers, numbered=numbered)
    made = [
        _named_row(marked, line, row, len(names), numbered=numbered)
        for line, row in zip(body, values, strict=True)
    ]
    return _table(f"<thead>{head}</thead>" if head else "", made, "data")


def column_names(lines: Sequence[str]) -> list[str]:
    """The names before the values of the lines, in the order of the columns.

    >>> column_names(["Item; Sum", "Item: Rent; Sum: 4", "Item: Tax; Sum: 2"])
    ['Item', 'Sum']
    """
    count: Counter[str] = Counter()
    order: dict[str, float] = {}
    for line in lines:
        for place, name in enumerate(match[1] for match in _NAME.finditer(line)):
            count[name] += 1
            order[name] = max(order.get(name, 0), place)
    least = max(1.0, _SHARE * len(lines))
    kept = [name for name in order if count[name] >= least]
    return sorted(kept, key=lambda name: order[name])


def _header(text: str, line: Line, names: Sequence[str]) -> list[str]:
    """The names that a line gives, if it does nothing else; then no other ones are any."""
    words = text[line.start : line.end].rstrip("\n")
    parts = [part.strip()[:120].rstrip(" :") for part in words.split("; ")]
    given = len(set(parts)) == len(parts) and set(parts) <= set(names)
    return parts if given and not _NAME.search(words) else []


def _number_columns(rows: Sequence[Sequence[str]]) -> set[int]:
    """The columns most of whose filled cells are numbers."""
    width = max(map(len, rows), default=0)
    columns = ([row[n] for row in rows if n < len(row) and row[n].strip()] for n in range(width))
    return {n for n, cells in enumerate(columns) if 2 * sum(map(_is_number, cells)) > len(cells)}


def _named_head(names: Sequence[str], numbers: Container[int], *, numbered: bool) -> str:
    """The names of the columns once more, above rows whose own header is elsewhere or nowhere."""
    cells = "".join(
        f'<th scope="col"{_look(place in numbers)} data-label="{escape(name)}"></th>'
        for place, name in enumerate(names)
    )
    return f'<tr class="again">{_NUMBER_HEAD if numbered else ""}{cells}</tr>'


_NUMBER_HEAD = '<td class="row-number"></td>'


def _values(text: str, line: Line, names: Sequence[str]) -> list[_Cell | None]:
    """The value below each name; nothing if the line is not made of names and values."""
    words, offset = text[line.start : line.end], line.start
    starts = [
        (offset + match.start(1), offset + match.end(), match[1])
        for match in _NAME.finditer(words)
        if match[1] in names
    ]
    known = [name for _, _, name in starts]
    in_order = known == [name for name in names if name in known]
    if not starts or not in_order or starts[0][0] != line.start:
        return []
    ends = [start - 2 for start, _, _ in starts[1:]] + [_words_end(text, line)]
    values = dict(zip(known, map(_Cell, (s[1] for s in starts), ends), strict=True))
    return [values.get(name) for name in names]


def _named_row(
    marked: Marked, line: Line, values: Sequence[_Cell | None], columns: int, *, numbered: bool
) -> str:
    """A row with each value below its name; other words take the whole width."""
    if values:
        return _row(marked, line, values, "td", numbered=numbered)
    whole = _Cell(line.start, _words_end(marked.text, line))
    width = f' colspan="{max(1, columns)}"'
    return _row(marked, line, [whole], "td", width, numbered=numbered)


def _row(
    marked: Marked,
    line: Line,
    cells: Sequence[_Cell | None],
    element: str,
    width: str = "",
    *,
    numbered: bool = False,
    numbers: Container[int] = (),
) -> str:
    """A row: what stands between its cells is unseen; so nothing of the line is lost."""
    number = f'<td class="row-number" data-label="{escape(line.label)}"></td>' if numbered else ""
    made, position = [number], line.start
    filled = [place for place, cell in enumerate(cells) if cell]
    scope = ' scope="col"' if element == "th" else ""
    for place, cell in enumerate(cells):
        if cell is None:
            made.append(f"<{element}></{element}>")
            continue
        is_head = element == "th"
        look = _look(place in numbers if is_head else _is_number(marked.text[slice(*cell)]))
        before, inside = marked.unseen(position, cell.start), marked(cell.start, cell.end)
        after = marked.unseen(cell.end, line.end) if place == filled[-1] else ""
        made.append(f"<{element}{scope}{look}{width}>{before}{inside}{after}</{element}>")
        position = cell.end
    if not filled:
        made.append(f"<td>{marked.unseen(line.start, line.end)}</td>")
    quoted = ' class="quoted"' if marked.touches(line.start, line.end) else ""
    return f"<tr{quoted}>{''.join(made)}</tr>"


def _look(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _table(head: str, rows: Sequence[str], kind: str) -> str:
    look = " ".join(filter(None, ("scroll", kind, "long" if len(rows) > _LONG else "")))
    return (
        f'<div class="{look}" tabindex="0" role="group"><table>{head}'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _between_bars(text: str, line: Line) -> Iterator[_Cell]:
    bars = [match.start() for match in _BAR.finditer(text, line.start, line.end)]
    for left, right in pairwise(bars):
        yield _trimmed(text, left + 1, right)


def _parted(text: str, line: Line) -> Iterator[_Cell]:
    """The cells of a line that names columns: what stands between semicolons."""
    position, end = line.start, _words_end(text, line)
    while (place := text.find("; ", position, end)) >= 0:
        yield _Cell(position, place)
        position = place + 2
    yield _Cell(position, end)


def _trimmed(text: str, low: int, high: int) -> _Cell:
    inner = text[low:high]
    start = low + len(inner) - len(inner.lstrip())
    return _Cell(start, max(start, low + len(inner.rstrip())))


def _words_end(text: str, line: Line) -> int:
    return line.start + len(text[line.start : line.end].rstrip("\n"))


def _is_rule(text: str, line: Line) -> bool:
    return bool(_RULE.fullmatch(text[line.start : line.end]))


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell.strip()))
