"""Tell by a file's content, and by its name where that says more, which reader reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from askdocs.errors import ReadError
from askdocs.readers import code


class Kind(NamedTuple):
    """A kind of file: what people call it, the module that reads it, how its names end."""

    name: str
    module: str
    suffixes: tuple[str, ...]
    is_text: bool = True
    contains_files: bool = False
    """Whether its `extract` takes the depth as a third value, and reads the files within."""


_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")
_KINDS = (
    Kind("text", "plain", (".txt", ".text", ".log")),
    Kind("Markdown", "markdown", (".md", ".markdown", ".mdown", ".mkd")),
    Kind("reStructuredText", "restructured", (".rst", ".rest")),
    Kind("HTML", "web.html", (".html", ".htm", ".xhtml")),
    Kind("CSV", "csv_tables", (".csv", ".tsv", ".tab")),
    Kind("JSON", "json_text", (".json", ".jsonl", ".ndjson")),
    Kind("mail", "mail", (".eml", ".mbox"), contains_files=True),
    Kind("source code", "code", tuple(sorted(code.SUFFIXES))),
    Kind("RTF", "rtf", (".rtf",), is_text=False),
    Kind("PDF", "pdf", (".pdf",), is_text=False),
    Kind("Word", "office.docx", (".docx", ".docm", ".dotx", ".dotm"), is_text=False),
    Kind("PowerPoint", "office.pptx", (".pptx", ".pptm", ".ppsx", ".potx"), is_text=False),
    Kind("Excel", "office.spreadsheet", (".xlsx", ".xlsm", ".xltx", ".xltm"), is_text=False),
    Kind("OpenDocument", "office.opendocument", (".odt", ".ods", ".odp", ".ott"), is_text=False),
    Kind("EPUB", "web.epub", (".epub",), is_text=False),
    Kind("picture", "picture", _PICTURES, is_text=False),
    Kind("old Office", "office.legacy", (".doc", ".xls", ".ppt"), is_text=False),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}
"""The kinds by their names."""

_BY_SUFFIX = {suffix: kind for kind in _KINDS for suffix in kind.suffixes}
_BY_NAME = {
    **dict.fromkeys(("readme", "license", "licence", "copying", "changelog", "changes"), "text"),
    **dict.fromkeys(("authors", "contributing", "notice", "todo", "news", "install"), "text"),
    **dict.fromkeys(("makefile", "dockerfile", "jenkinsfile", "rakefile"), "source code"),
}

SUFFIXES = frozenset(_BY_SUFFIX)
"""How the names of files that can be read end, in lower case."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\x1f\x8b", "an archive"),
    (b"BZh", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!\x1a\x07", "an archive"),
    (b"\xfd7zXZ\x00", "an archive"),
    (b"\x28\xb5\x2f\xfd", "an archive"),
    (b"SQLite format 3\x00", "a database"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"\x1aE\xdf\xa3", "a film"),
)
_PICTURE = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_PARTS = (
    ("word/document.xml", "Word"),
    ("xl/workbook.xml", "Excel"),
    ("ppt/presentation.xml", "PowerPoint"),
)
_MEDIA_TYPES = (
    (b"application/epub+zip", "EPUB"),
    (b"application/vnd.oasis.opendocument.", "OpenDocument"),
)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*(?:<!doctype html|<html[\s>])", re.I | re.S)
_HEAD = 1024


def kind_by_name(name: str) -> Kind | None:
    """The kind that a file's name promises."""
    path = PurePosixPath(name.lower())
    return _BY_SUFFIX.get(path.suffix) or KINDS.get(_BY_NAME.get(path.name, ""))


def kind_of(name: str, data: bytes) -> Kind:
    """Which kind a file is. Raises `ReadError` if it is none that can be read.

    What stands in the file decides; the name does so among the kinds that are plain text.
    """
    promised = kind_by_name(name)
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    found = _binary_kind(head, data, promised)
    if found is not None:
        return found
    if promised is None:
        raise ReadError(f"has {_suffix(name)}, which is not a type that can be read")
    if not promised.is_text:
        raise ReadError(f"is not a valid {promised.name} file: it does not begin like one")
    if promised.name == "text" and _HTML.match(head):
        return KINDS["HTML"]
    return promised


def _binary_kind(head: bytes, data: bytes, promised: Kind | None) -> Kind | None:
    begins = head.lstrip()
    if begins.startswith(b"%PDF-") or (promised == KINDS["PDF"] and b"%PDF-" in head):
        return KINDS["PDF"]
    if begins.startswith(b"{\\rtf"):
        return KINDS["RTF"]
    if head.startswith(_ZIP):
        return _kind_of_zip(data)
    if head.startswith(_PICTURE) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return KINDS["picture"]
    if head.startswith(b"BM") and promised == KINDS["picture"]:
        return promised
    if head.startswith(_OLE):
        return KINDS["old Office"]
    for signature, what in _FOREIGN:
        if head.startswith(signature) and not (promised and promised.is_text and _is_text(head)):
            raise ReadError(f"is {what}, not a document, whatever its name says")
    return None


def _is_text(head: bytes) -> bool:
    """Whether this could be words: "MZ" and "ID3" are letters, too."""
    return b"\0" not in head and not any(byte < 9 for byte in head)


def _kind_of_zip(data: bytes) -> Kind:
    """Which kind of document a zip archive is, by its directory alone."""
    from askdocs.readers.archives import open_archive, read_part

    with open_archive(data) as archive:
        names = set(archive.namelist())
        if "mimetype" in names and archive.getinfo("mimetype").file_size < _HEAD:
            media_type = read_part(archive, "mimetype")
            for beginning, kind in _MEDIA_TYPES:
                if media_type.startswith(beginning):
                    return KINDS[kind]
    for part, kind in _PARTS:
        if part in names:
            return KINDS[kind]
    if "META-INF/container.xml" in names:
        return KINDS["EPUB"]
    raise ReadError("is an archive; unpack it, so that the files within can be read")


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return f"the suffix {suffix}" if suffix else "no suffix"
