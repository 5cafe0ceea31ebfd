"""Read JSON and JSON lines: each record one line `key: value; key: value`, nested keys dotted.

Numbers and dates stand as they are written. A text longer than a line is a paragraph of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from askdocs.errors import ReadError
from askdocs.readers.dates import find_date
from askdocs.readers.encodings import decode_with_remarks
from askdocs.readers.properties import trusted
from askdocs.types import Anchor, Extracted

_DEPTH = 100
_VALUES = 200_000
_TEXT = 10_000_000
_LONG = 200
"""Characters from which on a text of several sentences is a paragraph of its own."""
_PARAGRAPHS = re.compile(r"\n\s*\n")
_TOO_DEEP = f"is nested deeper than {_DEPTH} levels"
_TITLES = ("title", "name", "headline", "subject")
_AUTHORS = ("author", "creator", "byline")
_DATES = ("date", "published", "publishedAt", "datePublished", "created", "created_at", "timestamp")

_Path: TypeAlias = tuple[str, ...]


class _Object(list[tuple[str, Any]]):
    """The members of an object in their order, with names that occur twice."""


class _Field(NamedTuple):
    """A value that is no list or object, and the keys that lead to it."""

    path: _Path
    value: str


class _Writer:
    """Collects lines and the anchors of records until a limit is reached."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.anchors: list[Anchor] = []
        self.left_out = 0
        self._length = self._values = 0

    def record(self, label: str, fields: list[_Field], between: str = "; ") -> None:
        """Write the fields of a record, with an anchor if it has a label."""
        paragraphs = list(_paragraphs(fields, between))
        text = "\n\n".join(paragraphs)
        if not text:
            return
        gap = 2 * bool(self.pieces)
        self._values += len(fields)
        if self.left_out or self._values > _VALUES or self._length + gap + len(text) > _TEXT:
            self.left_out += 1
            return
        start = self._length + gap
        self._length = start + len(text)
        self.pieces.append(text)
        if label:
            self.anchors.append(Anchor(start, self._length, "row", label))


def extract(data: bytes, stem: str) -> Extracted:
    """The values of a JSON document or of JSON lines, with an anchor "row" for each record."""
    text, remarks = decode_with_remarks(data)
    writer = _Writer()
    head: list[_Field] = []
    try:
        whole = _parse(text)
    except ValueError as error:
        broken = _write_lines(text, writer)
        if broken is None:
            raise ReadError(f"is not valid JSON: {error}") from error
        remarks = (*remarks, *_told(broken))
    else:
        head = _write_whole(whole, writer)
    if writer.left_out:
        remarks = (*remarks, f"left out: {writer.left_out} records beyond {_VALUES:,} values")
    about = {field.path[-1].lower(): field.value for field in reversed(head) if field.path}
    title = next((about[name] for name in _TITLES if about.get(name)), "")
    author = next((about[name] for name in _AUTHORS if about.get(name)), "")
    dates = (find_date(about[name.lower()]) or "" for name in _DATES if name.lower() in about)
    believed = trusted(title, author, *dates)
    return Extracted(
        "\n\n".join(writer.pieces),
        title=believed.title or stem,
        date=believed.date,
        anchors=tuple(writer.anchors),
        author=believed.author,
        remarks=remarks,
    )


def _parse(text: str) -> Any:
    """The value, its numbers as they are written. Raises `ValueError`, and `ReadError` if deep."""
    try:
        return json.loads(
            text,
            strict=False,
            object_pairs_hook=_Object,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
    except RecursionError as error:
        raise ReadError(_TOO_DEEP) from error


def _write_whole(whole: Any, writer: _Writer) -> list[_Field]:
    """Write a document; the fields that stand in it once, which may say what it is."""
    if isinstance(whole, list) and not isinstance(whole, _Object):
        _write_list((), whole, writer)
        return []
    if not isinstance(whole, _Object):
        writer.record("", list(_fields((), whole)))
        return []
    single: list[_Field] = []
    lists: list[tuple[_Path, list[Any]]] = []
    for name, value in whole:
        if _is_table(value):
            lists.append(((name,), value))
        else:
            single += _fields((name,), value)
    writer.record("", single, between="\n")
    for path, records in lists:
        _write_list(path if len(lists) > 1 else (), records, writer)
    return [field for field in single if len(field.path) == 1]


def _is_table(value: Any) -> bool:
    """Whether a value is a list of records."""
    is_list = isinstance(value, list) and not isinstance(value, _Object)
    return is_list and bool(value) and all(isinstance(item, _Object) for item in value)


def _write_list(path: _Path, items: list[Any], writer: _Writer) -> None:
    for number, item in enumerate(items, start=1):
        if writer.left_out:
            writer.left_out += len(items) - number + 1
            return
        writer.record(str(number), list(_fields(path, item)))


def _write_lines(text: str, writer: _Writer) -> list[int] | None:
    """Write JSON lines; the numbers of those that are broken, or `None` if most are."""
    broken: list[int] = []
    good = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = list(_fields((), _parse(line)))
        except (ValueError, ReadError):
            broken.append(number)
            if len(broken) > 100 and good < len(broken):
                return None
        else:
            good += 1
            writer.record(str(number), fields)
    return broken if good > len(broken) or (good and len(broken) == 1) else None


def _told(broken: list[int]) -> list[str]:
    if not broken:
        return []
    shown = ", ".join(map(str, broken[:5])) + (", …" if len(broken) > 5 else "")
    lines = "line is" if len(broken) == 1 else "lines are"
    return [f"left out: {len(broken)} {lines} not valid JSON ({shown})"]


def _fields(path: _Path, value: Any) -> Iterator[_Field]:
    """The values below `value` in their order; simple values of a list are one. No recursion."""
    waiting: list[tuple[_Path, Any]] = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > _DEPTH:
            raise ReadError(_TOO_DEEP)
        if isinstance(value, _Object):
            waiting += [((*path, name), below) for name, below in reversed(value)]
        elif isinstance(value, list):
            if any(isinstance(item, list) for item in value):
                waiting += [((*path, str(n + 1)), value[n]) for n in reversed(range(len(value)))]
            else:
                yield _Field(path, ", ".join(filter(None, map(_written, value))))
        else:
            yield _Field(path, _written(value))


def _written(value: Any) -> str:
    """A simple value as JSON writes it; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("\0", "")


def _paragraphs(fields: list[_Field], between: str) -> Iterator[str]:
    """The short values of a record with `between` in between, then each long one by itself."""
    short = [f for f in fields if f.value.strip() and not _is_long(f.value)]
    if short:
        yield between.join(_labelled(f.path, " ".join(f.value.split())) for f in short)
    for field in fields:
        if _is_long(field.value):
            first, *rest = (" ".join(p.split()) for p in _PARAGRAPHS.split(field.value.strip()))
            yield _labelled(field.path, first)
            yield from filter(None, rest)


def _is_long(value: str) -> bool:
    return len(value) > _LONG or bool(_PARAGRAPHS.search(value.strip()))


def _labelled(path: _Path, value: str) -> str:
    key = " ".join(".".join(path).split())
    return f"{key}: {value}" if key else value
