"""Look at the pages of a PDF: as pictures, as words with their boxes, and which are scans."""

from __future__ import annotations

import re

import pypdfium2

from askdocs.errors import ReadError
from askdocs.readers.pdf.pictures import PIXEL_LIMIT, covered_by_pictures, is_drawn, pixels, png
from askdocs.readers.pdf.words import PageWords, page_words

_FEW_WORDS = 8  # on a scan: a stamp, a page number
_MOSTLY = 0.5
_MOST_UNKNOWN = 0.3  # of the characters
_UNKNOWN = re.compile("[\x00-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
_CODE_LENGTH = len("(cid:12)")


def open_pdf(data: bytes) -> pypdfium2.PdfDocument:
    """The document. Raises `ReadError`; one with a cause may still be readable by other means."""
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except (pypdfium2.PdfiumError, ValueError) as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise ReadError("is encrypted; give a copy without password") from None
        raise ReadError("is not a valid PDF") from error
    if count == 0:
        document.close()
        raise ReadError("has no pages")
    return document


def render_page(data: bytes, number: int, *, width: int) -> bytes:
    """Page `number`, from 1, as a PNG picture `width` pixels wide. Raises `ReadError`.

    A picture beyond 25 million pixels is made smaller.
    """
    if not 0 < width <= PIXEL_LIMIT:
        raise ValueError(f"width is {width}; it must be between 1 and {PIXEL_LIMIT}")
    with open_pdf(data) as document:
        page = _page(document, number)
        return png(pixels(page, width / max(1.0, page.get_width())))


def word_boxes(data: bytes, number: int) -> list[tuple[str, float, float, float, float]]:
    """The words of page `number`, from 1, each with its box (left, top, right, bottom).

    The box is in fractions of the page as it is shown. Raises `ReadError`.
    """
    with open_pdf(data) as document:
        page = _page(document, number)
        try:
            found = page_words(page)
        except pypdfium2.PdfiumError as error:
            raise ReadError(f"is damaged on page {number}") from error
    wide, high = max(1.0, found.width), max(1.0, found.height)
    return [
        (w.text, w.x0 / wide, w.top / high, w.x1 / wide, w.bottom / high)
        for words in found.words.values()
        for w in words
    ]


def pages(data: bytes) -> list[tuple[str, float, float]]:
    """The label of each page and its width and height as it is shown, in points.

    Raises `ReadError`.
    """
    with open_pdf(data) as document:
        return [
            (document.get_page_label(n).strip() or str(n + 1), *document.get_page_size(n))
            for n in range(len(document))
        ]


def is_picture(page: pypdfium2.PdfPage, words: PageWords) -> bool:
    """Whether there is something to see on a page but hardly a word."""
    count = sum(map(len, words.words.values()))
    if count == 0:
        return is_drawn(page)
    few = count < _FEW_WORDS and not words.recognised
    return few and covered_by_pictures(page) >= _MOSTLY


def is_unreadable(words: PageWords) -> bool:
    """Whether the fonts of a page do not tell what their letters mean."""
    text = "".join(word.text for found in words.words.values() for word in found)
    unknown = len(_UNKNOWN.findall(text)) + _CODE_LENGTH * text.count("(cid:")
    return unknown > _MOST_UNKNOWN * len(text)


def _page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    if not 1 <= number <= len(document):
        raise ReadError(f"has no page {number}")
    try:
        return document[number - 1]
    except pypdfium2.PdfiumError as error:
        raise ReadError(f"is damaged on page {number}") from error
