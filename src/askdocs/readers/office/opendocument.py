"""Read OpenDocument files: text (.odt), spreadsheets (.ods) and presentations (.odp)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from askdocs.errors import ReadError
from askdocs.readers.archives import damage_as, open_archive, parse_xml, read_part
from askdocs.readers.office.odf_styles import (
    DRAW,
    META,
    OFFICE,
    PRESENTATION,
    STYLE,
    SVG,
    TEXT,
    Styles,
    points,
)
from askdocs.readers.office.odf_text import OdfText
from askdocs.readers.office.ods_cells import DAMAGE, Sheet, sheets_of
from askdocs.readers.office.pptx_layout import Place, in_reading_order
from askdocs.readers.office.sheet_cells import Counts
from askdocs.readers.office.spreadsheet import remarks_on, write_sheet
from askdocs.readers.properties import Properties, dated, trusted
from askdocs.readers.tables import CELL_LIMIT, head_of
from askdocs.readers.writing import TextWriter
from askdocs.types import Extracted

_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_MARGINS = frozenset({"header", "footer", "date-time", "page-number"})
_SHEETS = b"application/vnd.oasis.opendocument.spreadsheet"
_ENCRYPTED = b"encryption-data"
_HUNDREDTHS = 100


def extract(data: bytes, stem: str) -> Extracted:
    """The text a person sees, by the conventions of the Office readers. Raises `ReadError`."""
    with damage_as("is damaged: its text cannot be made out"):
        return _extract(open_archive(data), stem)


def _extract(archive: zipfile.ZipFile, stem: str) -> Extracted:
    names = archive.namelist()
    manifest = "META-INF/manifest.xml"
    if manifest in names and _ENCRYPTED in read_part(archive, manifest):
        raise ReadError("is encrypted; give a copy without password")
    content = read_part(archive, "content.xml")
    writer = TextWriter()
    properties = _properties(archive)
    if _is_spreadsheet(archive, names, content):
        head, remarks = _write_sheets(content, writer)
        title, date = head.partition("\n")[0], dated(head, properties)
        text, anchors = writer.finish()
    else:
        title, remarks = _write_text(archive, content, writer)
        text, anchors = writer.finish()
        date = dated(text, properties)
    return Extracted(
        text,
        title=properties.title or title or stem,
        date=date,
        anchors=anchors,
        author=properties.author,
        remarks=tuple(remarks),
    )


def _is_spreadsheet(archive: zipfile.ZipFile, names: list[str], content: bytes) -> bool:
    if "mimetype" in names:
        return read_part(archive, "mimetype").startswith(_SHEETS)
    return b"<office:spreadsheet" in content


def _properties(archive: zipfile.ZipFile) -> Properties:
    try:
        root = parse_xml(read_part(archive, "meta.xml"))
    except ReadError:
        return Properties()

    def value(*tags: str) -> str:
        return next((text for tag in tags if (text := root.findtext(f".//{tag}"))), "")

    return trusted(
        value(f"{_DUBLIN}title"),
        value(f"{META}initial-creator", f"{_DUBLIN}creator"),
        value(f"{META}creation-date"),
        value(f"{_DUBLIN}date"),
    )


def _write_sheets(content: bytes, writer: TextWriter) -> tuple[str, list[str]]:
    """Write the sheets; what stands above the first one's table, and the remarks."""
    remarks: list[str] = []
    hidden = []
    head = ""
    comments = 0
    try:
        for sheet in sheets_of(content):
            if sheet.is_hidden:
                hidden.append(sheet.name)
                continue
            write_sheet(writer, sheet.name, sheet.rows, sheet.merged)
            head = head or head_of(sheet.rows)
            comments += sheet.comments
            remarks += remarks_on(sheet.name, sheet.rows, _counts(sheet), is_cut=sheet.is_cut)
    except DAMAGE as error:
        if not writer.length:
            raise ReadError("is damaged: it holds XML that is not well formed") from error
        remarks.append("is damaged: what follows the last sheet shown here is lost")
    if hidden:
        remarks.append(f"hidden sheets left out: {', '.join(hidden)}")
    if comments:
        remarks.append(f"comments left out: {comments}")
    return head, remarks


def _counts(sheet: Sheet) -> Counts:
    return Counts(rows=sheet.hidden_rows, columns=sheet.hidden_columns)


def _write_text(
    archive: zipfile.ZipFile, content: bytes, writer: TextWriter
) -> tuple[str, list[str]]:
    root = parse_xml(content)
    roots = [root]
    with suppress(ReadError):
        roots.insert(0, parse_xml(read_part(archive, "styles.xml")))
    styles = Styles(*roots)
    text = OdfText(styles, writer)
    body = root.find(f"{OFFICE}body")
    kind = body[0] if body is not None and len(body) else None
    if kind is None:
        raise ReadError("is damaged: it has no text body")
    hidden_slides = 0
    if kind.tag == f"{OFFICE}presentation":
        hidden_slides = sum(1 for _ in _hidden_slides(kind, styles, text, writer))
    else:
        if next(kind.iter(f"{TEXT}soft-page-break"), None) is not None:
            text.start_pages()
        text.blocks(kind)
        _write_margins(roots[0], text, writer)
    remarks = list(_remarks(text))
    if hidden_slides:
        remarks.append(f"hidden slides left out: {hidden_slides}")
    return text.title or text.first_heading, remarks


def _remarks(text: OdfText) -> Iterator[str]:
    if text.hidden:
        yield f"hidden text left out: {text.hidden} characters"
    if text.deleted:
        yield f"deleted text (tracked changes) left out: {text.deleted} characters"
    if text.comments:
        yield f"comments left out: {text.comments}"
    if text.has_contents:
        yield "table of contents left out"
    if text.cells > CELL_LIMIT:
        yield f"tables cut after {CELL_LIMIT:,} cells"


def _hidden_slides(
    presentation: Any, styles: Styles, text: OdfText, writer: TextWriter
) -> Iterator[int]:
    """Write the slides that are shown; the numbers of the others."""
    for number, page in enumerate(presentation.iterfind(f"{DRAW}page"), 1):
        style = styles.element("drawing-page", page.get(f"{DRAW}style-name"))
        if style is not None and any(
            properties.get(f"{PRESENTATION}visibility") == "hidden" for properties in style
        ):
            yield number
            continue
        writer.close_headings()
        writer.place("slide", str(number))
        shapes = [shape for shape in page if shape.tag.startswith(DRAW)]
        titles = [shape for shape in shapes if _class(shape) == "title"]
        for shape in titles:
            words = " ".join(text.line(p, shaded=True)[0] for p in shape.iter(f"{TEXT}p"))
            text.first_heading = text.first_heading or words
            writer.heading(words, 1)
        others = [s for s in shapes if s not in titles and _class(s) not in _MARGINS]
        for _, shape in in_reading_order([(_place(shape), shape) for shape in others]):
            _write_shape(shape, text.blocks)
        _write_notes(page, text, writer)


def _write_shape(shape: Any, write: Callable[[list[Any]], None]) -> None:
    if shape.tag == f"{DRAW}g":
        inner = [(_place(s), s) for s in shape if s.tag.startswith(DRAW)]
        for _, one in in_reading_order(inner):
            _write_shape(one, write)
    else:
        write([shape])


def _write_notes(page: Any, text: OdfText, writer: TextWriter) -> None:
    notes = page.find(f"{PRESENTATION}notes")
    shapes = notes.iterchildren() if notes is not None else ()
    paragraphs = (p for s in shapes if _class(s) == "notes" for p in s.iter(f"{TEXT}p"))
    lines = [line for p in paragraphs if (line := text.line(p, shaded=True)[0])]
    for number, line in enumerate(lines):
        writer.paragraph(f"Notes: {line}" if number == 0 else line)


def _class(shape: Any) -> str:
    return str(shape.get(f"{PRESENTATION}class", ""))


def _place(shape: Any) -> Place | None:
    sides = [points(shape.get(f"{SVG}{name}")) for name in ("x", "y", "width", "height")]
    if any(side is None for side in sides):
        return None
    left, top, width, height = (int(side * _HUNDREDTHS) for side in sides if side is not None)
    return Place(left, top, left + width, top + height)


def _write_margins(styles: Any, text: OdfText, writer: TextWriter) -> None:
    """Write the lines of headers and footers that stand nowhere else, each once, at the end."""
    known = {line.casefold() for line in writer.lines()}
    writer.close_headings()
    for margin in styles.iter(f"{STYLE}header", f"{STYLE}footer", f"{STYLE}header-first"):
        for paragraph in margin.iter(f"{TEXT}p"):
            line, _ = text.line(paragraph)
            counts = next(paragraph.iter(f"{TEXT}page-number", f"{TEXT}page-count"), None)
            if counts is None and line.casefold() not in known and any(map(str.isalpha, line)):
                known.add(line.casefold())
                writer.paragraph(line)
