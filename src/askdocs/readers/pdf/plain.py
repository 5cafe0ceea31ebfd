"""Read a PDF that pdfium refuses, with pypdf: the words of its pages without their layout."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

from askdocs.errors import ReadError
from askdocs.readers.pdf.facts import properties_of
from askdocs.readers.properties import dated
from askdocs.readers.writing import TextWriter
from askdocs.types import Extracted

_PAGE_LIMIT = 1_000
_ENDS = (".", "!", "?", ":", ";")
_FULL = 0.75  # of the longest line: the paragraph goes on below


def extract(data: bytes, stem: str) -> Extracted | None:
    """The text with its pages, or `None` if pypdf cannot read it, either. Raises `ReadError`."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ReadError("is encrypted; give a copy without password")
        count = min(len(reader.pages), _PAGE_LIMIT)
        metadata = {key.lstrip("/"): str(value) for key, value in (reader.metadata or {}).items()}
    except (ReadError, MemoryError):
        raise
    except Exception:  # a damaged file makes it raise what it likes
        return None
    writer = TextWriter()
    damaged = 0
    for number in range(count):
        try:
            text = reader.pages[number].extract_text()
            label = reader.page_labels[number]
        except MemoryError:
            raise
        except Exception:  # as above
            damaged += 1
            continue
        writer.place("page", label or str(number + 1))
        for paragraph in _paragraphs(text):
            writer.paragraph(paragraph)
    text, anchors = writer.finish()
    if not text:
        return None
    own = properties_of(metadata)
    remarks = ["the file is damaged; its text is read without headings and tables"]
    if damaged:
        remarks.append(f"{damaged} of {count} pages are damaged and left out")
    return Extracted(text, own.title or stem, dated(text, own), anchors, own.author, tuple(remarks))


def _paragraphs(text: str) -> Iterator[str]:
    lines = [line.strip() for line in text.splitlines()]
    longest = max(map(len, lines), default=0)
    paragraph: list[str] = []
    for line in lines:
        if line:
            paragraph.append(line)
        if not line or line.endswith(_ENDS) or len(line) < _FULL * longest:
            yield " ".join(paragraph)
            paragraph = []
    yield " ".join(paragraph)
