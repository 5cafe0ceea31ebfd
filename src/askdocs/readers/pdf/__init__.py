"""Read PDF: paragraphs, headings, lists and tables in the order of reading, page by page."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pypdfium2

from askdocs.errors import ReadError
from askdocs.readers.pdf import plain as pdf_plain
from askdocs.readers.pdf.blocks import Block, blocks
from askdocs.readers.pdf.facts import properties_of, title_on_page
from askdocs.readers.pdf.headings import (
    find_outlined,
    level_below_outline,
    outline,
    split_titles,
    style_key,
    style_levels,
)
from askdocs.readers.pdf.joining import Joiner
from askdocs.readers.pdf.rows import Row, rows
from askdocs.readers.pdf.running import running_rows
from askdocs.readers.pdf.style import style_of
from askdocs.readers.pdf.view import is_picture, is_unreadable, open_pdf
from askdocs.readers.pdf.view import render_page as render_page
from askdocs.readers.pdf.words import PageWords, page_words
from askdocs.readers.properties import dated
from askdocs.readers.writing import TextWriter
from askdocs.types import Extracted, Picture

PAGE_LIMIT = 3_000
_SHARE = 0.55
"""Of the processor time that a process may take: what finding the words takes of it.

When it is over, the pages left are left out: part of a file is better than none of it.
"""


@dataclass(slots=True)
class _Page:
    """What stands on a page: the rows of the upright text, then those of text that is turned."""

    label: str
    groups: list[list[Row]] = field(default_factory=list)
    is_picture: bool = False


@dataclass(slots=True)
class _Left:
    """What is not in the text."""

    unreadable: int = 0
    hidden: int = 0
    damaged: list[str] = field(default_factory=list)


def extract(data: bytes, stem: str) -> Extracted:
    """The text with its pages and headings. Raises `ReadError` with the reason."""
    try:
        document = open_pdf(data)
    except ReadError as error:
        extracted = pdf_plain.extract(data, stem) if error.__cause__ else None
        if extracted is None:
            raise
        return extracted
    try:
        return _extract(document, stem)
    except (ReadError, MemoryError, RecursionError):
        raise
    except Exception as error:  # a damaged file makes the library fail as it likes
        raise ReadError(f"is damaged: {error}") from error
    finally:
        document.close()


def _extract(document: pypdfium2.PdfDocument, stem: str) -> Extracted:
    left = _Left()
    pages = list(_read(document, min(len(document), PAGE_LIMIT), left))
    count = len(pages)
    if len(left.damaged) == count:
        raise ReadError("is damaged: none of its pages can be read")
    style = style_of(group for page in pages for group in page.groups)
    _leave_out_running(pages)
    joiner = Joiner(p.text for page in pages for group in page.groups for row in group for p in row)
    named = outline(document)
    made = [
        split_titles([b for group in page.groups for b in blocks(group, style)], named.get(n, []))
        for n, page in enumerate(pages)
    ]
    writer, pictures = TextWriter(), list[Picture]()
    levels = style_levels(made)
    for number, (page, on_page) in enumerate(zip(pages, made, strict=True)):
        outlined = find_outlined(on_page, named.get(number, []))
        writer.place("page", page.label)
        for position, block in enumerate(on_page):
            level = outlined.get(position, 0)
            if not level and block.kind == "heading":
                level = levels[style_key(block)]
                level = level_below_outline(level) if named else level
            _write(writer, block, level, joiner)
        if page.is_picture:
            pictures.append(Picture(number + 1, page.label, writer.length))
    text, anchors = writer.finish()
    own = properties_of(document.get_metadata_dict())
    return Extracted(
        text,
        title=own.title or title_on_page(made[0] if made else []) or stem,
        date=dated(text, own),
        anchors=anchors,
        author=own.author,
        remarks=tuple(_remarks(left, count, len(document))),
        pictures=tuple(pictures),
    )


def _read(document: pypdfium2.PdfDocument, count: int, left: _Left) -> Iterator[_Page]:
    end = time.process_time() + _seconds()
    for number in range(count):
        if time.process_time() > end:
            return
        label = document.get_page_label(number).strip() or str(number + 1)
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            left.damaged.append(label)
            yield _Page(label)
            continue
        try:
            words = page_words(page)
            left.hidden += words.hidden
            if is_unreadable(words):
                left.unreadable += 1
                yield _Page(label, is_picture=True)
            else:
                yield _Page(label, _groups(words), is_picture(page, words))
        except pypdfium2.PdfiumError:
            left.damaged.append(label)
            yield _Page(label)
        finally:
            page.close()


def _seconds() -> float:
    """How much processor time finding the words may take in this process."""
    if sys.platform == "win32":
        return math.inf
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_CPU)
    used = resource.getrusage(resource.RUSAGE_SELF)
    left = limit - used.ru_utime - used.ru_stime
    return math.inf if limit == resource.RLIM_INFINITY else _SHARE * left


def _groups(words: PageWords) -> list[list[Row]]:
    """The rows of each direction of text, that of most words first."""
    upright = words.upright()
    order = sorted(upright, key=lambda direction: -len(upright[direction]))
    return [rows(upright[direction]) for direction in order if upright[direction]]


def _leave_out_running(pages: Sequence[_Page]) -> None:
    running = running_rows([page.groups[0] if page.groups else [] for page in pages])
    for page, numbers in zip(pages, running, strict=True):
        if numbers:
            page.groups[0] = [r for n, r in enumerate(page.groups[0]) if n not in numbers]


def _write(writer: TextWriter, block: Block, level: int, joiner: Joiner) -> None:
    text = joiner.join(block.lines)
    if level:
        writer.heading(f"{block.mark} {text}" if block.mark else text, level)
    elif block.kind == "table":
        writer.end_group()
        for cells in block.cells:
            writer.row(cells)
        writer.end_group()
    elif block.kind == "item":
        writer.item(block.mark, text)
    else:
        writer.paragraph(text)


def _remarks(left: _Left, count: int, pages: int) -> Iterator[str]:
    if pages > count:
        yield f"only the first {count:,} of {pages:,} pages are read"
    if left.damaged:
        shown = ", ".join(left.damaged[:10]) + (" ..." if len(left.damaged) > 10 else "")
        what = "page is" if len(left.damaged) == 1 else "pages are"
        yield f"{len(left.damaged)} of {count} {what} damaged and left out: {shown}"
    if left.unreadable:
        what = "page has" if left.unreadable == 1 else "pages have"
        yield f"{left.unreadable} of {count} {what} letters whose meaning the file does not tell"
    if left.hidden:
        yield f"hidden text left out: {left.hidden} characters"
