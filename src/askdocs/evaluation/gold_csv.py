"""Gold rows as cells of a table and back: what is written is read again as it was.

A list is a line for each item, its parts set apart by " | ": a group of `all_of` is
"7,939 | nearly 8,000", a piece of evidence "a.txt | the quote". What could not be read back like
that (a line break in a quote), and what a spreadsheet would take for a formula, is written as JSON.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from askdocs.errors import GoldError
from askdocs.evaluation.gold import FIELDS

_BETWEEN = " | "
_PAIRS = {"evidence": ("document", "quote"), "claims": ("value", "status")}
_FORMULA = tuple("=+-@\t\r")
_BOM = "\ufeff"  # without it, spreadsheets take UTF-8 for something else


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Gold rows as a table with a column for each field; an empty cell is no field."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: cell(name, value) for name, value in row.items()})
    return _BOM + out.getvalue()


def from_csv(text: str, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a table, each with its `file:line`, by the names in the first row.

    Raises `GoldError` for what is not a table.
    """
    before = csv.field_size_limit(sys.maxsize)
    try:
        reader = csv.DictReader(io.StringIO(text.removeprefix(_BOM), newline=""), strict=True)
        for row in reader:
            place = f"{name}:{reader.line_num}"
            if None in row:
                raise GoldError(f"{place}: more cells than the first row has; quote the commas")
            if any(value and value.strip() for value in row.values()):
                yield place, {key.strip(): value or "" for key, value in row.items()}
    except csv.Error as error:
        raise GoldError(f"{name}: not a table ({error}); save it as CSV") from error
    finally:
        csv.field_size_limit(before)


def row_from(cells: Mapping[str, str], place: str) -> dict[str, Any]:
    """The gold row that `as_csv` wrote into these cells. Raises `GoldError`."""
    row: dict[str, Any] = {}
    for name, kind in FIELDS.items():
        if cells.get(name, ""):
            try:
                row[name] = value_of(name, kind, cells[name])
            except (ValueError, TypeError) as error:
                reason = f'"{name}" cannot be read ({error}); see: askdocs gold export'
                raise GoldError(f"{place}: {json.dumps(cells[name])[:80]}: {reason}") from error
    return row


def cell(name: str, value: Any) -> str:
    r"""One field as a cell.

    >>> cell("all_of", [["7,939", "nearly 8,000"], ["police"]])
    '7,939 | nearly 8,000\npolice'
    >>> cell("question", "=1+1")
    '"=1+1"'
    """
    plain = _plain(name, value)
    safe = plain and plain == plain.strip() and not plain.startswith((*_FORMULA, '"', "["))
    try:
        plain.encode()
        if safe and value_of(name, FIELDS[name], plain) == value:
            return plain
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except ValueError:  # a half of a surrogate pair, or nothing that can be read back
        return json.dumps(value, ensure_ascii=True)
    return text


def value_of(name: str, kind: type, text: str) -> Any:
    """The field that a cell holds. Raises `ValueError`.

    >>> value_of("evidence", list, "a.txt | 44 died")
    [{'document': 'a.txt', 'quote': '44 died'}]
    """
    if kind is bool:
        return _truth(text)
    if text.startswith('"' if kind is str else "["):
        try:
            return json.loads(text)
        except ValueError:  # a question that begins with a quotation mark, as people write it
            if kind is list and text.startswith("[["):
                raise
    if kind is str:
        return text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if name == "history":
        return lines
    parts = [line.split(_BETWEEN) for line in lines]
    if name not in _PAIRS:
        return parts
    names = _PAIRS[name]
    return [dict(zip(names, _two(line, name), strict=True)) for line in lines]


def _two(line: str, name: str) -> tuple[str, str]:
    """The two parts of a line; a quote may hold what sets them apart, a status does not."""
    cut = line.partition if name == "evidence" else line.rpartition
    first, between, second = cut(_BETWEEN)
    if not between:
        raise ValueError(f"write {_BETWEEN.join(_PAIRS[name])}")
    return first, second


def _plain(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    try:
        if name == "history":
            return "\n".join(value)
        if name in _PAIRS:
            value = [[item[part] for part in _PAIRS[name]] for item in value]
        return "\n".join(_BETWEEN.join(parts) for parts in value)
    except (TypeError, KeyError):  # a draft may hold anything
        return ""


def _truth(text: str) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    try:
        return known[text.strip().lower()]
    except KeyError:
        raise ValueError("write true or false") from None
