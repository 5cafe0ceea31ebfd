"""PDFs that hide, turn, picture or break their text; and their pages as pictures and boxes."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from askdocs.errors import ReadError
from askdocs.readers import pdf
from askdocs.readers.pdf.view import render_page, word_boxes
from pdf_files import PROSE, SIZE, Draw, by_hand, drawn, lines, stream, together, wrapped


def picture(x: float, y: float, width: float, height: float) -> Draw:
    """A grey picture."""
    from PIL import Image

    image = ImageReader(Image.new("RGB", (20, 20), (120, 130, 140)))

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(image, x, y, width, height)

    return draw


def coloured(text: str, colour: tuple[float, float, float], y: float = 500) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColorRGB(*colour)
        canvas.drawString(60, y, text)
        canvas.setFillColorRGB(0, 0, 0)

    return draw


def invisible(*texts: str) -> Draw:
    def draw(canvas: Canvas) -> None:
        words = canvas.beginText(60, 500)
        words.setTextRenderMode(3)
        for text in texts:
            words.textLine(text)
        words.setTextRenderMode(0)
        canvas.drawText(words)

    return draw


def dark(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.1, 0.4)
    canvas.rect(50, 490, 400, 30, stroke=0, fill=1)
    canvas.setFillColorRGB(0, 0, 0)


def transparent(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(60, 500, "Pay the bearer at once")
    canvas.setFillAlpha(1)


HIDDEN = {
    "render-mode-3": invisible("Pay the bearer at once"),
    "white-on-white": coloured("Pay the bearer at once", (1, 1, 1)),
    "nearly-white": coloured("Pay the bearer at once", (0.98, 0.99, 0.98)),
    "transparent": transparent,
    "off-the-page": lines("Pay the bearer at once", x=700),
    "above-the-page": lines("Pay the bearer at once", y=900),
    "tiny": lines("Pay the bearer at once", size=0.9),
}


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_text_is_left_out(hide: Draw) -> None:
    """What nobody sees on the page is not in the text, and its characters are counted."""
    extracted = pdf.extract(drawn(together(lines("The visible words."), hide)), "file")
    assert extracted.text == "The visible words."
    assert extracted.remarks == ("hidden text left out: 18 characters",)


SEEN = {
    "white-on-dark": together(dark, coloured("Pay the bearer at once", (1, 1, 1))),
    "white-on-a-picture": together(
        picture(50, 450, 400, 100), coloured("Pay the bearer at once", (1, 1, 1))
    ),
    "grey": coloured("Pay the bearer at once", (0.6, 0.6, 0.6)),
    "small": lines("Pay the bearer at once", size=4),
    "a-scan-with-its-words": together(
        picture(0, 0, *SIZE), invisible("Pay the bearer at once")
    ),
}  # fmt: skip


@pytest.mark.parametrize("show", SEEN.values(), ids=SEEN.keys())
def test_visible_text_stays(show: Draw) -> None:
    """White words on a dark ground are read, and so are the words behind a scan of them."""
    extracted = pdf.extract(drawn(show), "file")
    assert extracted.text == "Pay the bearer at once"
    assert extracted.remarks == ()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages(turn: int) -> None:
    """A page that is shown turned is read as it is shown, and its boxes are where it is shown."""

    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(turn)
        canvas.translate(300, 400)
        canvas.rotate(turn)
        canvas.translate(-250, 0)
        lines("The first line of the page", "and the second one", y=0)(canvas)

    data = drawn(draw)
    assert pdf.extract(data, "file").text == "The first line of the page and the second one"
    (first, *_, last) = word_boxes(data, 1)
    assert first[0] == "The"
    assert last[0] == "one"
    assert first[1] < last[1]
    assert first[2] < last[2]
    assert all(0 <= edge <= 1 for box in word_boxes(data, 1) for edge in box[1:])


def test_turned_text() -> None:
    """Words that stand on their side come as a line of their own."""

    def draw(canvas: Canvas) -> None:
        lines(*wrapped(PROSE, 70))(canvas)
        canvas.rotate(90)
        canvas.drawString(100, -30, "Printed on recycled paper")

    assert pdf.extract(drawn(draw), "f").text == f"{PROSE.strip()}\n\nPrinted on recycled paper"


def test_ligatures_and_footnote_marks() -> None:
    """Ligatures are letters again, and a raised mark does not make a figure ten times as large."""

    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 600, "Net sales were 2,018")
        canvas.setFont("Helvetica", 6)
        canvas.drawString(
            60 + canvas.stringWidth("Net sales were 2,018", "Helvetica", 10), 604, "1"
        )

    assert pdf.extract(drawn(draw), "f").text == "Net sales were 2,018 1"
    to_unicode = stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> "
        b"endcodespacerange 2 beginbfchar <41> <FB01> <42> <00AD> endbfchar endcmap end"
    )
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>"
    content = b"BT /F2 10 Tf 60 600 Td (A) Tj ET BT /F1 10 Tf 68 600 Td (nal) Tj ET"
    data = by_hand(content, more=[font, to_unicode])
    data = data.replace(b"/F1 5 0 R", b"/F1 5 0 R/F2 6 0 R")
    assert "final" in pdf.extract(data, "f").text.replace(" ", "")


def unmapped() -> bytes:
    """A page whose letters are drawn shapes without a meaning: a font without a Unicode map."""
    to_unicode = stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> "
        b"endcodespacerange 1 beginbfrange <20> <7E> <E020> endbfrange endcmap end"
    )
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>"
    content = b"BT /F2 10 Tf 60 600 Td (These letters have no meaning at all) Tj ET"
    data = by_hand(content, more=[font, to_unicode])
    return data.replace(b"/F1 5 0 R", b"/F1 5 0 R/F2 6 0 R")


def test_letters_without_meaning() -> None:
    """A page whose letters cannot be told counts as a picture, and the text says so."""
    extracted = pdf.extract(unmapped(), "file")
    assert extracted.text == ""
    assert extracted.remarks == ("1 of 1 page has letters whose meaning the file does not tell",)
    assert [one.number for one in pdf.extract(unmapped(), "f").pictures] == [1]


def test_pages_that_are_pictures() -> None:
    """Pictures without text are counted; a page with a logo, and an empty page, are not."""
    scan, logo = picture(0, 0, *SIZE), together(lines("Text of a letter."), picture(9, 9, 50, 50))
    stamped = together(scan, lines("page 3"))
    data = drawn(lines("Text."), scan, stamped, logo, lambda canvas: None)
    extracted = pdf.extract(data, "f")
    assert [(one.number, one.label) for one in extracted.pictures] == [(2, "2"), (3, "3")]
    letter = extracted.text.index("Text of a letter.")
    assert all(len("Text.") <= one.position < letter for one in extracted.pictures)


def test_rendering() -> None:
    """A page becomes a PNG picture of the width asked for, or less than 25 million pixels."""
    from PIL import Image

    data = drawn(together(dark, lines("Words.")))
    image = Image.open(io.BytesIO(render_page(data, 1, width=300)))
    assert image.size == (300, 400)
    assert np.asarray(image)[147, 100].max() < 150
    large = Image.open(io.BytesIO(render_page(data, 1, width=20_000)))
    assert large.width * large.height <= 25_000_000
    with pytest.raises(ReadError, match="has no page 2"):
        render_page(data, 2, width=300)


def test_word_boxes() -> None:
    """The box of each word, in fractions of the page, is around its ink."""
    data = drawn(lines("Left words", "below", x=60, y=700))
    boxes = word_boxes(data, 1)
    assert [box[0] for box in boxes] == ["Left", "words", "below"]
    with pypdfium2.PdfDocument(data) as document:
        picture = document[0].render(scale=2).to_numpy()[:, :, 0]
    ink = picture < 128
    high, wide = ink.shape
    for _, x0, top, x1, bottom in boxes:
        inside = (
            slice(int(top * high), int(bottom * high) + 1),
            slice(int(x0 * wide), int(x1 * wide) + 1),
        )
        assert ink[inside].any()
        ink[inside] = False
    assert not ink.any()


BROKEN = {
    "empty": (b"", "is not a valid PDF"),
    "only-a-header": (b"%PDF-1.7\n", "is not a valid PDF"),
    "noise": (b"%PDF-1.4\n" + bytes(range(256)) * 40, "is not a valid PDF"),
    "a-loop-of-pages": (
        by_hand(b"").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
        "none of its pages|has no pages",
    ),
}


@pytest.mark.parametrize(("data", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_files(data: bytes, reason: str) -> None:
    """What is no PDF is refused with a reason."""
    with pytest.raises(ReadError, match=reason):
        pdf.extract(data, "file")


def test_encrypted() -> None:
    """A file with a password is refused; one that only forbids printing is read."""
    locked = drawn(lines("Secret."), encrypt=StandardEncryption("open sesame", "owner"))
    with pytest.raises(ReadError, match="is encrypted; give a copy without password"):
        pdf.extract(locked, "file")
    forbids = drawn(lines("Not secret."), encrypt=StandardEncryption("", "owner", canPrint=0))
    assert pdf.extract(forbids, "file").text == "Not secret."


def test_damage_costs_its_page_alone() -> None:
    """A page that cannot be loaded is left out with a remark; the others are read."""
    whole = drawn(lines("First page."), lines("Second page."), lines("Third page."))
    pages = [n for n in range(1, 40) if b"%d 0 obj\n<<\n/Contents" % n in whole]
    mark = b"%d 0 obj\n<<\n/Contents" % pages[1]
    broken = whole.replace(mark, b"%d 0 obj\n[[\n/Contents" % pages[1])
    extracted = pdf.extract(broken, "file")
    assert extracted.text == "First page.\n\nThird page."
    assert extracted.remarks == ("1 of 3 page is damaged and left out: 2",)


def test_pypdf_reads_what_pdfium_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """If pdfium cannot open a file, the words of its pages are still read."""

    def refuse(*_: object) -> None:
        raise pypdfium2.PdfiumError("Failed to load document (PDFium: Data format error).")

    data = drawn(lines(*wrapped(PROSE, 70)), lines("Second page."))
    monkeypatch.setattr(pypdfium2, "PdfDocument", refuse)
    extracted = pdf.extract(data, "file")
    assert extracted.text == f"{PROSE.strip()}\n\nSecond page."
    assert [a.label for a in extracted.anchors if a.kind == "page"] == ["1", "2"]
    assert extracted.remarks == (
        "the file is damaged; its text is read without headings and tables",
    )


def test_too_many_pages() -> None:
    """Of a file with more than 3,000 pages the first are read, and a remark says so."""
    kids = b"/Kids [" + b"3 0 R " * 3001 + b"] /Count 3001"
    data = by_hand(b"BT /F1 10 Tf 60 700 Td (Again.) Tj ET")
    data = data.replace(b"/Kids [3 0 R] /Count 1", kids)
    extracted = pdf.extract(data, "file")
    assert "only the first 3,000 of 3,001 pages are read" in extracted.remarks
    assert sum(anchor.kind == "page" for anchor in extracted.anchors) <= 3000


def test_too_much_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time for a file is over, what was read of it is kept, and a remark says so."""
    ticks = iter(range(100))
    monkeypatch.setattr(pdf, "_seconds", lambda: 2.5)
    monkeypatch.setattr("time.process_time", lambda: next(ticks))
    extracted = pdf.extract(drawn(*(lines(f"Page {n}.") for n in "abcdef")), "file")
    assert extracted.text == "Page a.\n\nPage b."
    assert extracted.remarks == ("only the first 2 of 6 pages are read",)
