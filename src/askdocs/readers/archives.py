"""The gate before zip archives and XML: what could exhaust memory or reach outside is refused.

Office files, OpenDocument and EPUB are zip archives of XML. The directory of an archive is checked
before anything is unpacked; `zipfile` then never unpacks more of an entry than the directory says.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lxml import etree

from askdocs.errors import ReadError

ENTRY_LIMIT = 50_000_000
TOTAL_LIMIT = 200_000_000
RATIO_LIMIT = 100
RATIO_FROM = 1_000_000
"""Small parts may shrink as much as they like: an empty sheet does by more than a hundred times."""
ENTRIES_LIMIT = 5_000
DEPTH_LIMIT = 100

_DAMAGED = "is damaged: its zip archive cannot be read"
_ENTITIES = "is not allowed: it declares XML entities"
_END = b"PK\x05\x06"
_END_LENGTH = 22
_LONGEST_COMMENT = 65_535
_LOCAL = b"PK\x03\x04"
_LOCAL_LENGTH = 30
_DIRECTORY_LENGTH = 46  # of an entry, at least
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DOCTYPES = tuple(
    "<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")
)


@contextmanager
def damage_as(reason: str) -> Iterator[None]:
    """Turn whatever a damaged file makes a library raise into a `ReadError` with this reason."""
    try:
        yield
    except (ReadError, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise ReadError(reason) from error


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The archive, after its directory was checked. Raises `ReadError` with the reason."""
    _check_count(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, struct.error, OSError, NotImplementedError) as error:
        raise ReadError(_DAMAGED) from error
    entries = archive.infolist()
    _check_sizes(entries)
    _check_places(data, entries, archive.start_dir)
    return archive


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of one part. Raises `ReadError` if it is missing, damaged or not as announced."""
    try:
        with archive.open(name) as part:
            data = part.read(ENTRY_LIMIT + 1)
    except KeyError as error:
        raise ReadError(f"is damaged: it lacks its part {name}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as error:
        raise ReadError(f"is damaged: its part {name} cannot be unpacked") from error
    if len(data) > ENTRY_LIMIT:
        raise ReadError(_too_large(ENTRY_LIMIT))
    return data


def parse_xml(data: bytes) -> etree._Element:
    """The root of an XML document without entities. Raises `ReadError` with the reason."""
    _check_declarations(data)
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        if getattr(error, "code", 0) == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise ReadError("is not allowed: its XML is too large or nested too deeply") from error
        raise ReadError("is damaged: it holds XML that is not well formed") from error
    if root.getroottree().docinfo.doctype:
        raise ReadError(_ENTITIES)
    if _is_too_deep(root):
        raise ReadError(f"is not allowed: its XML is nested deeper than {DEPTH_LIMIT}")
    return root


def iterate_xml(data: bytes, *tags: str) -> Iterator[Any]:
    """The elements of these tags as they end, for parts too large to keep as a tree.

    The caller clears each. What follows damage is lost: an `XMLSyntaxError` ends the iteration.
    """
    _check_declarations(data)
    parser = etree.iterparse(
        io.BytesIO(data),
        events=("end",),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in parser:
        yield element


def _parser() -> etree.XMLParser:
    # Made anew each time: a parser keeps names of the documents it has read.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _check_declarations(data: bytes) -> None:
    if any(doctype in data for doctype in _DOCTYPES):
        raise ReadError(_ENTITIES)


def _is_too_deep(root: etree._Element) -> bool:
    # A path of XPath is walked in C, level by level; in Python it would take longer than parsing.
    return bool(root.xpath(f"boolean({'/*' * (DEPTH_LIMIT + 1)})"))


def _check_count(data: bytes) -> None:
    """Refuse a directory of too many entries before an object is made for each of them."""
    end = data.rfind(_END, max(0, len(data) - _END_LENGTH - _LONGEST_COMMENT))
    if end < 0 or len(data) < end + _END_LENGTH:
        raise ReadError(_DAMAGED)
    # The count in the record may lie, and zipfile goes by the size.
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    start = max(0, end - size)
    if data.count(b"PK\x01\x02", start, end) > ENTRIES_LIMIT:
        raise ReadError(f"is too large when unpacked (more than {ENTRIES_LIMIT:,} parts)")


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > ENTRIES_LIMIT:
        raise ReadError(f"is too large when unpacked (more than {ENTRIES_LIMIT:,} parts)")
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise ReadError("is encrypted; give a copy without password")
        if entry.compress_type not in _METHODS:
            raise ReadError(f"is packed in an unusual way (zip method {entry.compress_type})")
        if entry.file_size > ENTRY_LIMIT:
            raise ReadError(_too_large(ENTRY_LIMIT, "in one part"))
        packed = max(1, entry.compress_size)
        if entry.file_size > RATIO_FROM and entry.file_size > RATIO_LIMIT * packed:
            raise ReadError(
                f"is not allowed: a part unpacks to more than {RATIO_LIMIT} times its size"
            )
    if sum(entry.file_size for entry in entries) > TOTAL_LIMIT:
        raise ReadError(_too_large(TOTAL_LIMIT))


def _too_large(limit: int, where: str = "") -> str:
    place = f" {where}" if where else ""
    return f"is too large when unpacked (more than {limit // 1_000_000} MB{place})"


def _check_places(data: bytes, entries: list[zipfile.ZipInfo], directory: int) -> None:
    """Refuse entries that share bytes, with which a small file unpacks to a huge one."""
    reached = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        start = entry.header_offset
        header = data[start : start + _LOCAL_LENGTH]
        if len(header) < _LOCAL_LENGTH or not header.startswith(_LOCAL):
            raise ReadError(_DAMAGED)
        name, extra = struct.unpack("<HH", header[26:30])
        end = start + _LOCAL_LENGTH + name + extra + entry.compress_size
        if start < reached or end > directory:
            raise ReadError("is not allowed: parts of its zip archive overlap")
        reached = end
