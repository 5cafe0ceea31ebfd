"""The parts of an Office file (Word, PowerPoint, Excel) and how they refer to each other."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote

from askdocs.errors import ReadError
from askdocs.readers.archives import open_archive, parse_xml, read_part
from askdocs.readers.office.legacy import SIGNATURE, reason
from askdocs.readers.properties import Properties, trusted

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_TERMS = "{http://purl.org/dc/terms/}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_MAIN = ("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml")
_STRICT = b"http://purl.oclc.org/ooxml/"
# The strict variant of the format differs in nothing else that matters here.
_SAME = (
    (_STRICT + b"wordprocessingml/main", W),
    (_STRICT + b"presentationml/main", P),
    (_STRICT + b"spreadsheetml/main", S),
    (_STRICT + b"drawingml/main", A),
    (_STRICT + b"drawingml/chart", C),
    (_STRICT + b"drawingml/diagram", DIAGRAM),
    (_STRICT + b"officeDocument/relationships", R),
)


class Relation(NamedTuple):
    """A reference of one part to another: what the other is ("slide"), and its name."""

    kind: str
    target: str


class Package:
    """An Office file; `main` is the name of the part that all others hang on."""

    def __init__(self, data: bytes) -> None:
        if data.startswith(SIGNATURE):
            raise ReadError(reason(data))
        self._archive = open_archive(data)
        self._names = {name.lower(): name for name in self._archive.namelist()}
        roots = self.relations("")
        document = (r.target for r in roots.values() if r.kind == "officeDocument")
        self.main = next((name for name in (*document, *_MAIN) if name in self), "")
        if not self.main:
            raise ReadError("is damaged: it lacks its main part")

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def names(self, prefix: str) -> list[str]:
        """The parts whose names begin so."""
        return [name for lower, name in self._names.items() if lower.startswith(prefix.lower())]

    def bytes(self, name: str) -> bytes:
        """A part as it is, in the usual namespaces."""
        data = read_part(self._archive, self._names.get(name.lower(), name))
        if _STRICT in data:
            for strict, usual in _SAME:
                data = data.replace(strict, usual[1:-1].encode("ascii"))
        return data

    def xml(self, name: str) -> Any:
        """The root element of a part."""
        return parse_xml(self.bytes(name))

    def relations(self, name: str) -> dict[str, Relation]:
        """What a part refers to, by the ids it uses; the package itself is the part ""."""
        folder, _, file = name.rpartition("/")
        path = posixpath.join(folder, "_rels", f"{file}.rels")
        if path not in self:
            return {}
        found = {}
        for element in self.xml(path).iter(f"{_PACKAGE}Relationship"):
            if element.get("TargetMode") == "External":
                continue
            target = posixpath.normpath(
                posixpath.join("/", folder, unquote(element.get("Target", "")))
            )
            kind = element.get("Type", "").rpartition("/")[2]
            found[element.get("Id", "")] = Relation(kind, target.lstrip("/"))
        return found

    def related(self, name: str, kind: str) -> Iterator[str]:
        """The names of the parts of a kind that a part refers to."""
        return (
            r.target for r in self.relations(name).values() if r.kind == kind and r.target in self
        )

    def parts(self, name: str, kind: str) -> Iterator[Any]:
        """The roots of the parts of a kind that a part refers to; damaged ones are passed over."""
        for part in self.related(name, kind):
            with suppress(ReadError):
                yield self.xml(part)

    def properties(self) -> Properties:
        """Title, author and date as the file gives them, if they can be believed."""
        try:
            core = self.xml(next(self.related("", "core-properties")))
        except (StopIteration, ReadError):
            return Properties()

        def value(tag: str) -> str:
            return core.findtext(tag) or ""

        return trusted(
            value(f"{_DUBLIN}title"),
            value(f"{_DUBLIN}creator"),
            value(f"{_TERMS}created"),
            value(f"{_TERMS}modified"),
        )

    def pages(self) -> int:
        """How many pages the file says it has; 0 if it does not."""
        for root in self.parts("", "extended-properties"):
            return whole(next((e.text for e in root.iter("{*}Pages")), ""))
        return 0


def whole(text: str | None, default: int = 0) -> int:
    """A number that a file gives; `default` if it is none, or longer than any that is meant.

    >>> whole("12"), whole("1e400"), whole(None, 7), whole("9" * 5000)
    (12, 0, 7, 0)
    """
    return int(text) if text and text.isdecimal() and len(text) < 10 else default


def is_on(element: Any, attribute: str) -> bool:
    """Whether a switch such as `<w:vanish/>` is there and not turned off."""
    return element is not None and element.get(attribute, "1") not in ("0", "false", "off", "none")
