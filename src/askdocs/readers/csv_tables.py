"""Read delimited text (CSV, TSV): one line for each row, each value with its column's name."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from askdocs.readers.dates import find_date
from askdocs.readers.encodings import decode_with_remarks
from askdocs.readers.tables import CELL_LIMIT, Row, head_of, row, within_limits, write_table
from askdocs.types import Extracted

# Where two split the lines equally well, the first is right: a comma may be one of decimals.
_DELIMITERS = "\t;|,"
_SAMPLE_LINES = 200
_SAMPLE = 200_000
_MOSTLY = 0.6
_LONGEST_CELL = 100_000
_MOST_LINES = 300
_SAID = re.compile(r"sep=(.)\r?\n", re.I)  # Excel's own way of naming the delimiter


def extract(data: bytes, stem: str) -> Extracted:
    """The rows as lines with an anchor "row" each, numbered as a spreadsheet program does."""
    text, remarks = decode_with_remarks(data)
    said = _SAID.match(text)
    delimiter = said[1] if said else find_delimiter(text)
    rows, is_cut = within_limits(_rows(text, delimiter, skip=1 if said else 0))
    table = write_table(rows)
    head = head_of(rows)
    last = int(table.anchors[-1].label) if table.anchors else 0
    if is_cut or table.rows_left_out:
        remarks = (*remarks, f"cut after row {last} (limit {CELL_LIMIT:,} cells)")
    return Extracted(
        table.text,
        title=head.partition("\n")[0] or stem,
        date=find_date(head),
        anchors=table.anchors,
        remarks=remarks,
    )


def find_delimiter(text: str) -> str:
    r"""What parts the cells: what gives most lines the same number of them, and more than one.

    >>> find_delimiter("name;price\nnail;1,20\nscrew;0,35\n")
    ';'
    """
    sample = text[:_SAMPLE]
    best, found = 0.0, ","
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        widths = Counter(
            len(cells)
            for _, cells in zip(range(_SAMPLE_LINES), _cells(sample, delimiter), strict=False)
            if len(cells) > 1 or (cells and cells[0].strip())
        )
        width, count = max(widths.items(), key=lambda w: (w[0] > 1, w[1]), default=(1, 0))
        share = count / max(1, widths.total()) if width > 1 else 0.0
        if share > best + (0.05 if best >= _MOSTLY else 0.0):
            best, found = share, delimiter
    return found


def _rows(text: str, delimiter: str, *, skip: int) -> Iterator[Row]:
    for number, cells in enumerate(_cells(text, delimiter), start=1 - skip):
        if number > 0:
            yield row(number, cells)


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    """The cells of each row; a quotation mark that is never closed is taken for a letter."""
    position = 0
    lines = io.StringIO(text, newline="")
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            before = reader.line_num
            cells = next(reader, None)
            if cells is None:
                return
            if reader.line_num - before <= _MOST_LINES:
                position = lines.tell()
                yield cells
                continue
        except csv.Error:
            pass
        lines.seek(position)
        line = lines.readline()
        yield line.rstrip("\r\n").split(delimiter)
        position = lines.tell()
        reader = csv.reader(lines, delimiter=delimiter)
