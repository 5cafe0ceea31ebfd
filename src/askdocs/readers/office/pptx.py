"""Read PowerPoint files: .pptx, .pptm, .ppsx, .potx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from askdocs.errors import ReadError
from askdocs.readers.archives import damage_as
from askdocs.readers.office.charts import write_chart, write_diagram
from askdocs.readers.office.package import COMPATIBILITY, DIAGRAM, A, C, P, Package, R, whole
from askdocs.readers.office.pptx_layout import Layouts, in_reading_order, place_of
from askdocs.readers.office.pptx_text import Paragraph, paragraphs_of
from askdocs.readers.properties import dated
from askdocs.readers.tables import CELL_LIMIT
from askdocs.readers.writing import TextWriter, one_line
from askdocs.types import Extracted

_TITLES = frozenset({"title", "ctrTitle"})
_MARGINS = frozenset({"ftr", "sldNum", "dt", "hdr"})
_SHAPES = frozenset(f"{P}{name}" for name in "sp grpSp graphicFrame cxnSp pic".split())
_MOST_SLIDES = 3_000


def extract(data: bytes, stem: str) -> Extracted:
    """The words of each slide in reading order, and its notes below. Raises `ReadError`."""
    with damage_as("is damaged: its text cannot be made out"):
        return _Reader(Package(data)).extract(stem)


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._writer = TextWriter()
        self._layouts = Layouts(package)
        self._root = package.xml(package.main)
        size = self._root.find(f"{P}sldSz")
        self._size = (whole(size.get("cx")), whole(size.get("cy"))) if size is not None else None
        self._title = ""
        self._hidden = 0
        self._cells = 0
        self._remarks: list[str] = []

    def extract(self, stem: str) -> Extracted:
        hidden = without_text = 0
        for number, part in self._slides():
            try:
                slide = self._package.xml(part)
            except ReadError as error:
                self._remarks.append(f"slide {number} was left out: the file {error}")
                continue
            if slide.get("show") in ("0", "false"):
                hidden += 1
            elif not self._slide(slide, part, number):
                without_text += 1
        text, anchors = self._writer.finish()
        properties = self._package.properties()
        counts = (
            (hidden, "hidden slides left out: {}"),
            (self._hidden, "hidden text left out: {} characters"),
            (without_text, "slides without text, whose pictures are not read: {}"),
            (len(self._package.names("ppt/comments/")), "slides whose comments are left out: {}"),
        )
        remarks = [told.format(count) for count, told in counts if count]
        if self._cells > CELL_LIMIT:
            remarks.append(f"tables cut after {CELL_LIMIT:,} cells")
        return Extracted(
            text,
            title=properties.title or self._title or stem,
            date=dated(text, properties),
            anchors=anchors,
            author=properties.author,
            remarks=(*remarks, *self._remarks),
        )

    def _slides(self) -> Iterator[tuple[int, str]]:
        """The number that each slide shows, and the name of its part."""
        relations = self._package.relations(self._package.main)
        start = whole(self._root.get("firstSlideNum"), 1)
        slides = self._root.findall(f"{P}sldIdLst/{P}sldId")
        if len(slides) > _MOST_SLIDES:
            self._remarks.append(f"cut after {_MOST_SLIDES:,} slides")
        for number, slide in enumerate(slides[:_MOST_SLIDES], start):
            relation = relations.get(slide.get(f"{R}id", ""))
            if relation is not None and relation.target in self._package:
                yield number, relation.target
            else:
                self._remarks.append(f"slide {number} was left out: the file lacks it")

    def _slide(self, slide: Any, part: str, number: int) -> bool:
        """Write a slide; whether there was anything to write."""
        relations = self._package.relations(part)
        self._links = {name: relation.target for name, relation in relations.items()}
        layout = next((r.target for r in relations.values() if r.kind == "slideLayout"), "")
        self._layout = self._layouts.get(layout)
        before = self._writer.length
        self._writer.close_headings()
        self._writer.place("slide", str(number))
        tree = slide.find(f"{P}cSld/{P}spTree")
        shapes = list(_shapes(tree)) if tree is not None else []
        # The title comes first, wherever it stands.
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        for shape in titles:
            self._write_title(shape)
        self._write_shapes([shape for shape in shapes if shape not in titles])
        self._write_notes(relations.values())
        return self._writer.length > before

    def _write_title(self, shape: Any) -> None:
        title = one_line(" ".join(p.text for p in self._paragraphs(shape)))
        self._title = self._title or title
        self._writer.heading(title, 1)

    def _write_shapes(self, shapes: list[Any]) -> None:
        placed = [(place_of(shape, self._layout), shape) for shape in shapes]
        for place, shape in in_reading_order(placed):
            hidden = _is_hidden(shape) or (self._size and place and place.is_off(*self._size))
            if _placeholder(shape) in _MARGINS:
                continue
            if hidden:
                self._hidden += sum(len(t.text or "") for t in shape.iter(f"{A}t"))
            elif shape.tag == f"{P}grpSp":
                self._size, size = None, self._size  # places within a group are its own
                self._write_shapes(list(_shapes(shape)))
                self._size = size
            elif shape.tag == f"{P}graphicFrame":
                self._write_frame(shape)
            else:
                self._write_paragraphs(self._paragraphs(shape))

    def _paragraphs(self, shape: Any) -> list[Paragraph]:
        body = shape.find(f"{P}txBody")
        if body is None:
            return []
        found = list(paragraphs_of(body, self._layout.styles_for(shape)))
        self._hidden += sum(paragraph.hidden for paragraph in found)
        return found

    def _write_paragraphs(self, paragraphs: list[Paragraph]) -> None:
        self._writer.end_group()
        for paragraph in paragraphs:
            if paragraph.mark:
                self._writer.item(paragraph.mark, paragraph.text)
            else:
                self._writer.paragraph(paragraph.text)

    def _write_frame(self, frame: Any) -> None:
        for table in frame.iter(f"{A}tbl"):
            self._writer.end_group()
            for row in table.iterfind(f"{A}tr"):
                cells = [c for c in row.iterfind(f"{A}tc") if c.get("hMerge") not in ("1", "true")]
                self._cells += len(cells)
                if self._cells <= CELL_LIMIT:
                    self._writer.row(map(_cell, cells))
            self._writer.end_group()
        for chart in frame.iter(f"{C}chart"):
            write_chart(self._package, self._links.get(chart.get(f"{R}id", ""), ""), self._writer)
        for diagram in frame.iter(f"{DIAGRAM}relIds"):
            part = self._links.get(diagram.get(f"{R}dm", ""), "")
            write_diagram(self._package, part, self._writer)

    def _write_notes(self, relations: Any) -> None:
        part = next((r.target for r in relations if r.kind == "notesSlide"), "")
        if part not in self._package:
            return
        try:
            notes = self._package.xml(part)
        except ReadError as error:
            self._remarks.append(f"the notes of a slide were left out: the file {error}")
            return
        shapes = (shape for shape in notes.iter(f"{P}sp") if _placeholder(shape) == "body")
        bodies = [body for shape in shapes for body in shape.iterfind(f"{P}txBody")]
        lines = [one_line(p.text) for body in bodies for p in paragraphs_of(body, ())]
        for number, line in enumerate(line for line in lines if line):
            self._writer.paragraph(f"Notes: {line}" if number == 0 else line)


def _shapes(tree: Any) -> Iterator[Any]:
    """The shapes of a slide or group, each in the variant for newer programs."""
    for child in tree:
        if child.tag in _SHAPES:
            yield child
        elif child.tag == f"{COMPATIBILITY}AlternateContent":
            chosen = child.find(f"{COMPATIBILITY}Choice")
            chosen = chosen if chosen is not None else child.find(f"{COMPATIBILITY}Fallback")
            if chosen is not None:
                yield from _shapes(chosen)


def _placeholder(shape: Any) -> str:
    """What a placeholder is for; "" if the shape is none or it is for anything."""
    placeholder = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
    return placeholder.get("type", "") if placeholder is not None else ""


def _is_hidden(shape: Any) -> bool:
    return len(shape) > 0 and any(
        element.get("hidden") in ("1", "true") for element in shape[0].iterfind(f"{P}cNvPr")
    )


def _cell(cell: Any) -> str:
    if cell.get("vMerge") in ("1", "true"):
        return ""
    body = cell.find(f"{A}txBody")
    return " ".join(p.text for p in paragraphs_of(body, ())) if body is not None else ""
