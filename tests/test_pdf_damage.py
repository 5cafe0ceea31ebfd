"""PDFs with rare or hostile parts: each ends as text, as a picture or as a reason, never a crash.

They are read as askdocs reads them, in the child process with its limits.
"""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import pytest
from PIL import Image, ImageDraw, features

from askdocs.errors import ReadError
from askdocs.readers.pdf import plain
from askdocs.readers.sandbox import Sandbox
from askdocs.types import Extracted
from pdf_encryption import HAS_AES, encrypted
from pdf_files import PROSE, as_it_is, by_hand, stream, wrapped

SOON = 15.0
"""Seconds within which each file has ended, on a machine that is busy with other tests."""
CLEAR, END = 256, 257


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def ends(sandbox: Sandbox, data: bytes) -> Extracted | str:
    """What becomes of a file: what is read, or the reason why not."""
    start = time.monotonic()
    try:
        read = sandbox.extract("file.pdf", data)
    except ReadError as error:
        reason = str(error)
        assert reason and "\n" not in reason
        assert "crash" not in reason and "Error:" not in reason
        return reason
    finally:
        assert time.monotonic() - start < SOON
    assert read.text or read.pictures
    read.text.encode()  # no half of a character
    assert "\0" not in read.text
    return read


def shown(text: str) -> bytes:
    """The content of a page with these words in Helvetica."""
    rows = (f"({line}) Tj 0 -12 Td" for line in wrapped(text, 80))
    return b"BT /F1 10 Tf 60 700 Td " + " ".join(rows).encode() + b" ET"


def packed(codes: Sequence[int]) -> bytes:
    """LZW codes as bytes: they get longer one code before they must."""
    bits, width, last = [], 9, END
    for code in codes:
        bits.append(f"{code:0{width}b}")
        if code == CLEAR:
            width, last = 9, END
            continue
        last += 1
        width = min(12, width + (last == 2**width - 1))
    whole = "".join(bits)
    whole += "0" * (-len(whole) % 8)
    return int(whole, 2).to_bytes(len(whole) // 8, "big")


def lzw(data: bytes) -> list[int]:
    """The codes that say `data`."""
    codes, known, phrase = [CLEAR], {bytes([n]): n for n in range(256)}, b""
    for byte in data:
        longer = phrase + bytes([byte])
        if longer in known:
            phrase = longer
            continue
        codes.append(known[phrase])
        known[longer] = len(known) + 2
        phrase = bytes([byte])
        if len(known) + 2 > 4094:
            codes.append(CLEAR)
            known = {bytes([n]): n for n in range(256)}
    return [*codes, known[phrase], END] if phrase else [*codes, END]


def test_lzw_is_read(sandbox: Sandbox) -> None:
    """A page packed the old way has the same text as one that is packed as today."""
    text = " ".join(f"{number}. {PROSE}" for number in range(12))
    codes = lzw(shown(text))
    assert codes.count(CLEAR) == 1 and max(codes) > 1023, "three lengths of codes are tried"
    old = ends(sandbox, by_hand(b"", raw=as_it_is(packed(codes), b"/Filter /LZWDecode")))
    new = ends(sandbox, by_hand(shown(text)))
    assert isinstance(old, Extracted) and isinstance(new, Extracted)
    assert "northern fields had given so little grain" in new.text
    assert old.text == new.text


WHOLE = packed(lzw(shown(PROSE)))
DAMAGED_LZW = {
    "cut": WHOLE[: len(WHOLE) // 2],
    "nothing": b"",
    "noise": bytes(range(256)) * 20,
    "a-code-that-is-not-there-yet": packed([CLEAR, 65, 4000, 300, END]),
    "only-clearing": packed([CLEAR] * 50_000),
    "without-an-end": packed(lzw(shown(PROSE))[:-1]),
    "a-bit-turned": WHOLE[:99] + bytes([WHOLE[99] ^ 16]) + WHOLE[100:],
    "bomb": packed([*chain.from_iterable([CLEAR, 32, *range(258, 4094)] for _ in range(40)), END]),
}


@pytest.mark.parametrize("data", DAMAGED_LZW.values(), ids=DAMAGED_LZW.keys())
def test_damaged_lzw(sandbox: Sandbox, data: bytes) -> None:
    """Whatever the codes say, even 290 megabytes of spaces, the file ends soon."""
    assert len(DAMAGED_LZW["bomb"]) < 300_000
    ends(sandbox, by_hand(b"", raw=as_it_is(data, b"/Filter /LZWDecode")))


def test_packed_again_and_again(sandbox: Sandbox) -> None:
    """300 megabytes of spaces packed three times over, in a few hundred bytes, end soon."""
    spaces = b" " * 300_000_000
    for _ in range(3):
        spaces = zlib.compress(spaces)
    assert len(spaces) < 5_000
    filters = b"/Filter [/FlateDecode /FlateDecode /FlateDecode]"
    ends(sandbox, by_hand(b"", raw=as_it_is(spaces, filters)))


def segment(number: int, kind: int, data: bytes, length: int | None = None) -> bytes:
    """A segment of JBIG2, of page 1."""
    size = len(data) if length is None else length
    return struct.pack(">IBBBI", number, kind, 0, 1, size) + data


def page_information(width: int, height: int) -> bytes:
    return segment(0, 48, struct.pack(">IIIIBH", width, height, 0, 0, 0, 0))


def region(width: int, height: int, rows: bytes, length: int | None = None) -> bytes:
    """A picture in the coding of fax machines, group 4."""
    return segment(1, 38, struct.pack(">IIIIBB", width, height, 0, 0, 0, 1) + rows, length)


def fax(drawn: Image.Image) -> bytes:
    """The rows of a picture as fax machines send them; its ink is 1."""
    file = io.BytesIO()
    drawn.save(file, "TIFF", compression="group4", tiffinfo={278: drawn.height})
    with Image.open(file) as saved:
        ((offset,), (size,)) = saved.tag_v2[273], saved.tag_v2[279]
    return file.getvalue()[offset : offset + size]


def scanned(data: bytes, *, width: int = 300, height: int = 400, common: bytes = b"") -> bytes:
    """A page that is a picture in JBIG2; what its parts have in `common` is another object."""
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 1 " % (
        width,
        height,
    )
    entries += b"/ColorSpace /DeviceGray /Filter /JBIG2Decode"
    entries += b" /DecodeParms << /JBIG2Globals 7 0 R >>" if common else b""
    picture = as_it_is(data, entries)
    content = b"q 600 0 0 800 0 0 cm /I Do Q"
    more = [picture, common] if common else [picture]
    return by_hand(content, resources=b"/XObject << /I 6 0 R >>", more=more)


@pytest.fixture(scope="module")
def scan() -> Image.Image:
    """A black bar in the upper half of a white page, ink being 1."""
    if not features.check("libtiff"):
        pytest.skip("needs a Pillow with libtiff")
    drawn = Image.new("1", (300, 400), 0)
    ImageDraw.Draw(drawn).rectangle((60, 80, 239, 119), fill=1)
    return drawn


def test_jbig2_is_a_picture(sandbox: Sandbox, scan: Image.Image) -> None:
    """A scan in JBIG2 is known for a page that is a picture, and is shown with its ink in place."""
    data = scanned(page_information(300, 400) + region(300, 400, fax(scan)))
    read = ends(sandbox, data)
    assert isinstance(read, Extracted)
    assert [one.number for one in read.pictures] == [1]
    png = sandbox.render_page("file.pdf", data, 1, width=300)
    with Image.open(io.BytesIO(png)) as page:
        ink = np.asarray(page.convert("L")) < 128
    assert (ink == np.asarray(scan)).mean() > 0.99


HUGE = 0xFFFF_FFFF
SYMBOLS = struct.pack(">HBBBBBBBBII", 0, 3, 255, 253, 255, 2, 254, 254, 254, HUGE, HUGE)
DAMAGED_JBIG2 = {
    "nothing": b"",
    "noise": bytes(range(256)) * 20,
    "no-page-information": region(300, 400, b"\x26\xa0" * 40),
    "half-a-header": page_information(300, 400)[:9],
    "rows-cut": page_information(300, 400) + region(300, 400, b"\x26"),
    "noise-for-rows": page_information(300, 400) + region(300, 400, bytes(range(256)) * 9),
    "a-page-without-end": page_information(HUGE, HUGE) + region(300, 400, b"\x26\xa0" * 40),
    "a-region-without-end": page_information(300, 400) + region(HUGE, HUGE, b"\x26\xa0" * 40),
    "a-tall-region": page_information(300, 400) + region(60_000, 60_000, b"\x26\xa0" * 40),
    "longer-than-it-is": page_information(300, 400) + region(300, 400, b"\x26\xa0", HUGE - 1),
    "four-billion-symbols": page_information(300, 400) + segment(1, 0, SYMBOLS + bytes(64)),
    "text-of-no-symbols": page_information(300, 400) + segment(1, 6, bytes(64)),
    "a-kind-that-is-none": page_information(300, 400) + segment(1, 63, bytes(64)),
}  # fmt: skip


@pytest.mark.parametrize("data", DAMAGED_JBIG2.values(), ids=DAMAGED_JBIG2.keys())
def test_damaged_jbig2(sandbox: Sandbox, data: bytes) -> None:
    """A picture that cannot be made is at most an empty one, and shown as such or refused."""
    file = scanned(data)
    ends(sandbox, file)
    start = time.monotonic()
    try:
        png = sandbox.render_page("file.pdf", file, 1, width=300)
    except ReadError as error:
        assert "crash" not in str(error)
    else:
        assert png.startswith(b"\x89PNG")
    assert time.monotonic() - start < SOON


def test_jbig2_whose_parts_contain_each_other(sandbox: Sandbox) -> None:
    """What its parts have in common needs itself to be unpacked."""
    common = as_it_is(b"x", b"/Filter /JBIG2Decode /DecodeParms << /JBIG2Globals 7 0 R >>")
    ends(sandbox, scanned(page_information(300, 400), common=common))


def lettered(font: bytes, to_unicode: bytes = b"", letters: bytes = b"(Letters) Tj") -> bytes:
    """A page in a font of its own, with what it says of its letters."""
    content = b"BT /F2 10 Tf 60 600 Td %s ET BT /F1 10 Tf 60 500 Td (Plain words.) Tj ET" % letters
    return by_hand(content, fonts=b"/F2 6 0 R", more=[font, to_unicode or b"null"])


def mapping(entries: bytes) -> bytes:
    return stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> "
        b"endcodespacerange " + entries + b" endcmap end"
    )


MAPPED = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>"
ITSELF = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
ABSENT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 99 0 R >>"
UNKNOWN_NAMES = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+Own /FirstChar 32 /LastChar 34 "
    b"/Encoding << /Differences [32 /g1 /g2 /g3] >> >>"
)
NUMBERED = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+Own /Encoding /Identity-H "
    b"/DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ABCDEF+Own "
    b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>] >>"
)
LETTERS = {
    "missing": lettered(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"),
    "not-a-stream": lettered(MAPPED, b"[1 2 3]"),
    "itself": lettered(ITSELF),
    "absent": lettered(ABSENT),
    "noise": lettered(MAPPED, as_it_is(bytes(range(256)) * 9)),
    "cut": lettered(MAPPED, mapping(b"1 beginbfrange <20> <7")),
    "turned-around": lettered(MAPPED, mapping(b"1 beginbfrange <7E> <20> <0041> endbfrange")),
    "four-billion": lettered(
        MAPPED, mapping(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange")
    ),
    "list-too-short": lettered(MAPPED, mapping(b"1 beginbfrange <41> <7E> [<0041>] endbfrange")),
    "used-by-itself": lettered(MAPPED, stream(b"/Own usecmap begincmap", b"/UseCMap 7 0 R")),
    "half-a-character": lettered(
        MAPPED, mapping(b"2 beginbfchar <4C> <D800> <65> <DC00> endbfchar")
    ),
    "nothing-for-a-letter": lettered(MAPPED, mapping(b"1 beginbfchar <4C> <> endbfchar")),
    "the-character-zero": lettered(MAPPED, mapping(b"1 beginbfchar <4C> <0000> endbfchar")),
    "a-novel-for-a-letter": lettered(
        MAPPED, mapping(b"1 beginbfchar <4C> <" + b"0041" * 100_000 + b"> endbfchar")
    ),
    "many-entries": lettered(
        MAPPED, mapping(b"100000 beginbfchar " + b"<4C> <0041> " * 100_000 + b"endbfchar")
    ),
    "names-of-its-own": lettered(UNKNOWN_NAMES, letters=b'( !") Tj'),
    "numbers-of-its-own": lettered(NUMBERED, letters=b"<000100020003000400050006> Tj"),
}


@pytest.mark.parametrize("data", LETTERS.values(), ids=LETTERS.keys())
def test_letters_that_are_badly_explained(sandbox: Sandbox, data: bytes) -> None:
    """A font that says nothing, or nonsense, of its letters leaves the other words as they are."""
    read = ends(sandbox, data)
    assert isinstance(read, Extracted)
    assert "Plain words." in read.text or read.pictures


def test_letters_without_an_explanation_are_read_by_their_encoding(sandbox: Sandbox) -> None:
    """Where there is no map, or one that is no map, the font's own encoding tells its letters."""
    for name in ("missing", "not-a-stream", "absent"):
        read = ends(sandbox, LETTERS[name])
        assert isinstance(read, Extracted)
        assert "Letters" in read.text, name


XMP = (
    '{entities}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title><rdf:Alt><rdf:li>{title}</rdf:li></rdf:Alt></dc:title>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
ENTITIES = "<!DOCTYPE a [<!ENTITY a 'lol'>{more}]>".format(
    more="".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
)
OUTSIDE = "<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
DESCRIPTIONS = {
    "plain": XMP.format(entities="", title="Another title").encode(),
    "utf-16": XMP.format(entities="", title="Another title").encode("utf-16"),
    "bomb": XMP.format(entities=ENTITIES, title="&i;").encode(),
    "another-file": XMP.format(entities=OUTSIDE, title="&a;").encode(),
    "cut": XMP.format(entities="", title="Another title").encode()[:150],
    "noise": bytes(range(256)) * 20,
    "deep": b"<a>" * 200_000,
    "nothing": b"",
}


@pytest.mark.parametrize("description", DESCRIPTIONS.values(), ids=DESCRIPTIONS.keys())
def test_a_description_in_xml_does_no_harm(sandbox: Sandbox, description: bytes) -> None:
    """Whatever a file says of itself in XMP, its text and the title in its properties are read.

    By pdfium, and by pypdf, which reads the files that pdfium refuses.
    """
    packet = as_it_is(description, b"/Type /Metadata /Subtype /XML")
    data = by_hand(
        shown(PROSE),
        catalog=b"/Metadata 6 0 R",
        trailer=b"/Info 7 0 R",
        more=[packet, b"<< /Title (The harvest of the north) >>"],
    )
    for read in (ends(sandbox, data), plain.extract(data, "file")):
        assert isinstance(read, Extracted)
        assert " ".join(read.text.split()) == PROSE.strip()
        assert read.title == "The harvest of the north"


@pytest.mark.skipif(not HAS_AES, reason="needs a Python with a shared libcrypto")
@pytest.mark.parametrize("rounds", [64, 85])
def test_a_costly_key(sandbox: Sandbox, rounds: int) -> None:
    """However often the key has to be stirred, a file that only forbids printing is read.

    The format itself bounds the stirring: from round 288 on any last byte ends it.
    """
    data, stirred = encrypted(shown(PROSE), b"", least_rounds=rounds)
    assert stirred >= rounds
    read = ends(sandbox, data)
    assert isinstance(read, Extracted)
    assert read.text == PROSE.strip()


@pytest.mark.skipif(not HAS_AES, reason="needs a Python with a shared libcrypto")
def test_a_costly_key_with_a_password(sandbox: Sandbox) -> None:
    """Without the password the file is refused in a sentence that says what to do."""
    data, _ = encrypted(shown(PROSE), b"open sesame", least_rounds=80)
    assert ends(sandbox, data) == "is encrypted; give a copy without password"


NONSENSE_KEYS = {
    "nothing-in-it": b"<< /Filter /Standard >>",
    "itself": b"6 0 R",
    "a-version-of-the-future": b"<< /Filter /Standard /V 99 /R 99 /O () /U () /P -4 >>",
    "short-texts": b"<< /Filter /Standard /V 5 /R 6 /Length 256 /O (a) /U (b) /P -4 /OE () /UE () "
    b"/Perms () >>",
    "a-long-key": b"<< /Filter /Standard /V 2 /R 3 /Length 2147483647 /O <%s> /U <%s> /P -4 >>"
    % (b"41" * 32, b"42" * 32),
    "a-negative-key": b"<< /Filter /Standard /V 2 /R 3 /Length -8 /O <%s> /U <%s> /P -4 >>"
    % (b"41" * 32, b"42" * 32),
    "another-handler": b"<< /Filter /Somebodys.Own /V 4 /R 4 >>",
    "long-texts": b"<< /Filter /Standard /V 5 /R 6 /Length 256 /O <%s> /U <%s> /P -4 /OE <%s> "
    b"/UE <%s> /Perms <%s> >>" % ((b"41" * 200_000,) * 5),
}


@pytest.mark.parametrize("key", NONSENSE_KEYS.values(), ids=NONSENSE_KEYS.keys())
def test_nonsense_about_the_key(sandbox: Sandbox, key: bytes) -> None:
    """A file whose encryption makes no sense is refused with a reason, or read as it stands."""
    identity = b"/Encrypt 6 0 R /ID [<0011> <0011>]"
    ends(sandbox, by_hand(shown(PROSE), trailer=identity, more=[key]))
