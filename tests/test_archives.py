"""The gate before archives and XML: bombs are refused by their directory, quickly."""

from __future__ import annotations

import io
import os
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from askdocs.errors import ReadError
from askdocs.readers.archives import iterate_xml, open_archive, parse_xml, read_part
from askdocs.readers.office import docx, opendocument, pptx, spreadsheet
from office_files import (
    excel,
    open_document,
    pack,
    paragraph,
    powerpoint,
    rows,
    shape,
    unpack,
    word,
)

ENTITY = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "lol">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    + b']><a b="&l9;">&l9;</a>'
)


def test_parts_come_out_as_they_went_in() -> None:
    """An honest archive is read."""
    archive = open_archive(pack({"a.xml": "<a/>", "b/c.bin": bytes(range(256))}))
    assert read_part(archive, "a.xml") == b"<a/>"
    assert read_part(archive, "b/c.bin") == bytes(range(256))
    with pytest.raises(ReadError, match="lacks its part d"):
        read_part(archive, "d")


def overlapping() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(3):
            archive.writestr(str(number), os.urandom(50))
        for entry in archive.infolist():
            entry.header_offset = 0
    return made.getvalue()


def encrypted() -> bytes:
    data = pack({"a": "x"})
    entry = data.index(b"PK\x01\x02")
    return data[: entry + 8] + b"\x01\x00" + data[entry + 10 :]


def with_method(method: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("a", "x")
    return made.getvalue()


def quine() -> bytes:
    """An archive in an archive in an archive."""
    data = b"bottom"
    for _ in range(5):
        data = pack({"document.zip": data})
    return data


REFUSED = {
    "ratio": (lambda: pack({"a": bytes(3_000_000)}), "100 times"),
    "large part": (lambda: pack({"a": os.urandom(1_000) * 50_001}), "50 MB in one part"),
    "many parts": (lambda: pack(dict.fromkeys(map(str, range(5_001)), b"")), "5,000 parts"),
    "65,536 parts": (lambda: pack(dict.fromkeys(map(str, range(65_536)), b"")), "5,000 parts"),
    "overlap": (overlapping, "overlap"),
    "encrypted": (encrypted, "is encrypted"),
    "bzip2": (lambda: with_method(zipfile.ZIP_BZIP2), "unusual way"),
    "lzma": (lambda: with_method(zipfile.ZIP_LZMA), "unusual way"),
    "no archive": (lambda: b"PK\x03\x04 and nothing more", "is damaged"),
    "empty": (lambda: b"", "is damaged"),
    "half": (lambda: pack({"a": os.urandom(500)})[:300], "is damaged"),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(make, reason: str) -> None:
    """What is hostile or damaged is refused with the reason, within a second and little memory."""
    data = make()
    tracemalloc.start()
    begun = time.process_time()
    try:
        with pytest.raises(ReadError, match=reason):
            open_archive(data)
        assert time.process_time() - begun < 1
        assert tracemalloc.get_traced_memory()[1] < 150_000_000
    finally:
        tracemalloc.stop()


def test_total_size() -> None:
    """Many parts that are allowed alone are refused together, at the limit and not below."""
    part = os.urandom(1_000) * 41_000  # 41 MB, of which random bytes repeat far apart
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(5):
            archive.writestr(str(number), part)
    with pytest.raises(ReadError, match="200 MB"):
        open_archive(made.getvalue())


@pytest.mark.parametrize("size", [1, 1_000_000], ids=["smaller", "larger"])
def test_lying_sizes(size: int) -> None:
    """An entry is never unpacked beyond what the directory says; one that is cut is damaged."""
    content = os.urandom(2_000)
    data = pack({"a": content})
    entry = data.index(b"PK\x01\x02")
    archive = open_archive(data[: entry + 24] + struct.pack("<I", size) + data[entry + 28 :])
    try:
        assert len(read_part(archive, "a")) <= len(content)
    except ReadError as error:
        assert "cannot be unpacked" in str(error)


def test_archives_within_are_not_opened() -> None:
    """A part that is an archive is bytes like any other."""
    archive = open_archive(quine())
    assert read_part(archive, "document.zip").startswith(b"PK")


XML_REFUSED = {
    "external": (ENTITY + b"<a>&x;</a>", "entities"),
    "laughs": (LAUGHS, "entities"),
    "utf-16": ((ENTITY + b"<a>&x;</a>").decode().encode("utf-16"), "entities"),
    "dtd": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "entities"),
    "deep": (b"<a>" * 101 + b"</a>" * 101, "100"),
    "very deep": (b"<a>" * 100_000 + b"</a>" * 100_000, "nested too deeply"),
    "huge text": (b"<a>" + b"x" * 20_000_000 + b"</a>", "too large"),
    "broken": (b"<a><b></a>", "well formed"),
    "empty": (b"", "well formed"),
}


@pytest.mark.parametrize(("data", "reason"), XML_REFUSED.values(), ids=XML_REFUSED.keys())
def test_xml_refused(data: bytes, reason: str) -> None:
    """XML that reaches out, expands or is nested too deeply is refused within a second."""
    begun = time.process_time()
    with pytest.raises(ReadError, match=reason):
        parse_xml(data)
    assert time.process_time() - begun < 1


def test_xinclude_is_not_followed() -> None:
    """An element that asks to include a file stays an element."""
    root = parse_xml(
        b'<a xmlns:x="http://www.w3.org/2001/XInclude">'
        b'<x:include href="/etc/passwd" parse="text"/></a>'
    )
    assert "".join(root.itertext()) == ""


def test_depth_at_the_limit() -> None:
    """A hundred elements deep is allowed."""
    assert parse_xml(b"<a>" * 100 + b"</a>" * 100).tag == "a"


def test_iterated_xml() -> None:
    """Large parts are read element by element under the same rules."""
    assert [e.text for e in iterate_xml(b"<a><b>1</b><c/><b>2</b></a>", "b")] == ["1", "2"]
    with pytest.raises(ReadError, match="entities"):
        list(iterate_xml(ENTITY + b"<a>&x;</a>", "a"))


SAMPLES = {
    "docx": (docx.extract, word(paragraph("Words."), core="<dc:title>T</dc:title>", styles="")),
    "xlsx": (spreadsheet.extract, excel({"S": rows(("Words.",))}, styles="")),
    "pptx": (pptx.extract, powerpoint([shape("Words.")])),
    "odt": (opendocument.extract, open_document("text", "<text:p>Words.</text:p>")),
    "ods": (
        opendocument.extract,
        open_document(
            "spreadsheet",
            "<table:table><table:table-row><table:table-cell><text:p>Words.</text:p>"
            "</table:table-cell></table:table-row></table:table>",
        ),
    ),
}


@pytest.mark.parametrize(("extract", "data"), SAMPLES.values(), ids=SAMPLES.keys())
def test_no_part_reaches_out(extract, data: bytes, tmp_path: Path) -> None:
    """An entity in any part of a file gives none of what it points to."""
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    parts = unpack(data)
    declared = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode()
    assert "Words." in extract(data, "stem").text
    for name, content in parts.items():
        hostile = declared + content.replace(b"Words.", b"&x;").replace(b"T</", b"&x;</")
        begun = time.process_time()
        try:
            extracted = extract(pack({**parts, name: hostile}), "stem")
            assert "SECRET" not in f"{extracted}"
        except ReadError:
            pass
        assert time.process_time() - begun < 1
