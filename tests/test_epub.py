"""EPUB: chapters in their order with their titles, and books that are damaged or locked."""

from __future__ import annotations

import io
import zipfile

import pytest

from askdocs.errors import ReadError
from askdocs.readers.web import epub

PAGE = (
    '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "x.dtd">'
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'
)
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf">'
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>The Lake</dc:title><dc:creator>K. Lund</dc:creator><dc:creator>A. Lee</dc:creator>"
    "<dc:date>1971-05-02</dc:date></metadata><manifest>{}"
    '<item id="a" href="text/a%20b.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="b" href="text/c.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="c" href="text/d.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="t"/><itemref idref="b"/><itemref idref="c"/><itemref idref="a"/>'
    "</spine>"
    "</package>"
)
NEW = (
    '<item id="t" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>',
    "OEBPS/nav.xhtml",
    '<html xmlns="http://www.w3.org/1999/xhtml"><body><nav epub:type="toc"><ol>'
    '<li><a href="text/c.xhtml">One: Water</a></li><li><a href="text/a%20b.xhtml#s">Two</a></li>'
    '</ol></nav><nav epub:type="landmarks"><a href="text/d.xhtml">Begin</a></nav></body></html>',
)
OLD = (
    '<item id="t" href="toc.ncx" media-type="application/x-dtbncx+xml"/>',
    "OEBPS/toc.ncx",
    '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx-2005-1.dtd">'
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>'
    '<navPoint><navLabel><text>One: Water</text></navLabel><content src="text/c.xhtml#x"/>'
    "</navPoint><navPoint><navLabel><text>Two</text>"
    '</navLabel><content src="text/a%20b.xhtml"/></navPoint></navMap></ncx>',
)
LOCKED = (
    '<encryption><EncryptedData><CipherData><CipherReference URI="OEBPS/text/c.xhtml"/>'
    "</CipherData></EncryptedData></encryption>"
)


def book(contents: tuple[str, str, str] = NEW, **changes: str | None) -> bytes:
    """A book of three files; `changes` are other contents for parts, None for none at all."""
    entry, path, navigation = contents
    parts: dict[str, str | None] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": PACKAGE.format(entry),
        path: navigation,
        "OEBPS/text/c.xhtml": PAGE.format(
            '<h1>Water</h1><p>It was <i>deep</i>.<a id="x"/> Very.</p>'
            '<aside epub:type="footnote"><p>A note.</p></aside>'
        ),
        "OEBPS/text/d.xhtml": PAGE.format("<p>It went on &#8212; and on.</p>"),
        "OEBPS/text/a b.xhtml": PAGE.format(
            '<h2>The end</h2><nav><a href="x">Home</a></nav><p style="display:none">ghost</p>'
        ),
    }
    parts.update({name.replace("__", "/"): text for name, text in changes.items()})
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if text is not None:
                archive.writestr(name, text)
    return data.getvalue()


@pytest.mark.parametrize("contents", [NEW, OLD], ids=["nav", "ncx"])
def test_chapters(contents: tuple[str, str, str]) -> None:
    """Files are read in the order of the spine; one without an entry continues the chapter."""
    made = epub.extract(book(contents), "stem")
    assert made.text == (
        "Water\n\nIt was deep. Very.\n\nA note.\n\nIt went on — and on.\n\nThe end\n\nHome"
    )
    chapters = [a for a in made.anchors if a.kind == "chapter"]
    assert [(a.label, made.text[a.start : a.end].split("\n")[0]) for a in chapters] == [
        ("One: Water", "Water"),
        ("Two", "The end"),
    ]
    assert made.text[chapters[0].start : chapters[0].end].strip().endswith("and on.")
    headings = [(a.label, made.text[a.start :][:5]) for a in made.anchors if a.kind == "heading"]
    assert headings == [("Water", "Water"), ("The end", "The e")]
    assert (made.title, made.author, made.date) == ("The Lake", "K. Lund, A. Lee", "1971-05-02")
    assert made.remarks == ("hidden text left out: 5 characters",)


def test_a_lost_chapter_costs_itself() -> None:
    """A chapter that is missing is remarked on; the others are read."""
    made = epub.extract(book(**{"OEBPS__text__d.xhtml": None}), "stem")
    assert "The end" in made.text
    assert any("d.xhtml" in remark for remark in made.remarks)


def test_without_contents() -> None:
    """A book without a table of contents names its chapters by their headings."""
    made = epub.extract(book(**{"OEBPS__nav.xhtml": None}), "stem")
    assert [a.label for a in made.anchors if a.kind == "chapter"] == ["Water", "The end"]


REFUSED = {
    "locked": (book(**{"META-INF__encryption.xml": LOCKED}), r"\(DRM\)"),
    "no package": (book(**{"OEBPS__book.opf": None}), "list of chapters"),
    "broken package": (book(**{"OEBPS__book.opf": "<package>"}), "not well formed"),
    "entities": (
        book(**{"OEBPS__book.opf": '<!DOCTYPE p [<!ENTITY a "b">]><p>&a;</p>'}),
        "declares XML entities",
    ),
    "cut": (book()[:-30], "damaged"),
    "no archive": (b"words", "damaged"),
    "no text": (
        book(**{f"OEBPS__text__{name}.xhtml": PAGE.format("") for name in ("a b", "c", "d")}),
        "has no text",
    ),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(data: bytes, reason: str) -> None:
    """A book that cannot be read says why."""
    with pytest.raises(ReadError, match=reason):
        epub.extract(data, "stem")
