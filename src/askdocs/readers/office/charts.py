"""The words and numbers of charts and diagrams in Office files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from askdocs.errors import ReadError
from askdocs.readers.office.package import A, C, Package
from askdocs.readers.writing import TextWriter

_MOST_POINTS = 2_000


def write_chart(package: Package, part: str, writer: TextWriter) -> None:
    """Write a chart's title and its values as a table; nothing if its part is damaged."""
    try:
        root = package.xml(part)
    except ReadError:
        return
    title = root.find(f".//{C}title")
    if title is not None:
        writer.paragraph(_words(title))
    series = list(root.iter(f"{C}ser"))
    names = [_name(one) for one in series]
    categories: dict[int, str] = {}
    values = []
    for one in series:
        labels = one.find(f"{C}cat") if one.find(f"{C}cat") is not None else one.find(f"{C}xVal")
        categories.update(_points(labels))
        numbers = one.find(f"{C}val") if one.find(f"{C}val") is not None else one.find(f"{C}yVal")
        values.append(_points(numbers))
    writer.end_group()
    if any(names):
        writer.row(["", *names])
    for number in sorted({index for points in [*values, categories] for index in points}):
        writer.row([categories.get(number, ""), *(points.get(number, "") for points in values)])
    writer.end_group()


def write_diagram(package: Package, part: str, writer: TextWriter) -> None:
    """Write the words of a diagram's shapes, one line each; nothing if its part is damaged."""
    try:
        root = package.xml(part)
    except ReadError:
        return
    for paragraph in root.iter(f"{A}p"):
        writer.item("-", "".join(text.text or "" for text in paragraph.iter(f"{A}t")))
    writer.end_group()


def _name(series: Any) -> str:
    name = series.find(f"{C}tx")
    return next((v.text or "" for v in name.iter(f"{C}v")), "") if name is not None else ""


def _words(element: Any) -> str:
    shown = [e.text or "" for e in element.iter(f"{A}t")] or [
        e.text or "" for e in element.iter(f"{C}v")
    ]
    return "".join(shown)


def _points(element: Any | None) -> dict[int, str]:
    """The points that the file keeps of a chart's data, by their numbers."""
    return dict(_numbered(element)) if element is not None else {}


def _numbered(element: Any) -> Iterator[tuple[int, str]]:
    # Labels of several levels: the innermost comes first.
    levels = element.findall(f".//{C}lvl")
    for point in (levels[0] if levels else element).iter(f"{C}pt"):
        number = point.get("idx", "")
        if number.isdecimal() and len(number) < 6 and int(number) < _MOST_POINTS:
            yield int(number), _number(point.findtext(f"{C}v") or "")


def _number(value: str) -> str:
    """A value without the noise of binary fractions: 12.4, not 12.399999999999999."""
    try:
        return f"{float(value):.12g}" if "." in value else value
    except ValueError:
        return value
