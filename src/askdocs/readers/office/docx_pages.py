"""On which page of a Word file a paragraph begins, where the file tells."""

from __future__ import annotations

from typing import Any

from askdocs.readers.office.docx_styles import Properties
from askdocs.readers.office.docx_text import LineReader
from askdocs.readers.office.numbering import written
from askdocs.readers.office.package import Package, W, is_on, whole
from askdocs.readers.writing import TextWriter, one_line

_NEW_PAGE = frozenset({"nextPage", "oddPage", "evenPage"})
_FORMATS = {"lowerRoman": "lowerRoman", "upperRoman": "upperRoman"}
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")


class Pages:
    """Counts the pages of a body while it is written, and names them to the writer.

    Word notes in a file where its pages broke when it was last shown (`rendered`). Without these
    notes only the breaks that an author asked for are known, which are not all of them if the file
    says that it has more pages (`told`); then no page is named rather than a wrong one.
    """

    def __init__(self, body: Any, writer: TextWriter, told: int = 0) -> None:
        self.rendered = next(body.iter(f"{W}lastRenderedPageBreak"), None) is not None
        self._writer = writer
        self._sections = list(body.iter(f"{W}sectPr"))
        self._place = 0
        breaks = _count_breaks(body, self._sections)
        self._known = self.rendered or (breaks > 0 and told <= breaks + 1)
        self._format = ""
        self._number = 1
        self._restart: int | None = None
        if self._known:
            self._enter_section()
            self._turn(0)

    def before(self, properties: Properties, breaks: int) -> None:
        """Turn the pages before a paragraph or row; `breaks` stand before its first word."""
        if not self.rendered:
            breaks += is_on(properties.get(f"{W}pageBreakBefore"), f"{W}val")
        self._advance(breaks)

    def after(self, properties: Properties, breaks: int) -> None:
        """Turn the pages that broke within a paragraph or row, or with the section it ends."""
        self._advance(breaks)
        if f"{W}sectPr" in properties:
            self._place += 1
            self._enter_section()
            if not self.rendered and self._opens_page():
                self._advance(1)

    def _opens_page(self) -> bool:
        """Whether the section that begins here does so on a new page."""
        if self._place >= len(self._sections):
            return False
        kind = self._sections[self._place].find(f"{W}type")
        return kind is None or kind.get(f"{W}val") in _NEW_PAGE

    def _enter_section(self) -> None:
        """Take over how a section counts its pages."""
        if self._place >= len(self._sections):
            return
        numbers = self._sections[self._place].find(f"{W}pgNumType")
        self._format = _FORMATS.get(numbers.get(f"{W}fmt", ""), "") if numbers is not None else ""
        start = numbers.get(f"{W}start") if numbers is not None else None
        self._restart = whole(start) if start else None

    def _advance(self, breaks: int) -> None:
        if self._known and breaks > 0:
            self._turn(breaks)

    def _turn(self, breaks: int) -> None:
        self._number += breaks
        if self._restart is not None:
            self._number, self._restart = self._restart, None
        self._writer.place("page", written(self._number, self._format))


def _count_breaks(body: Any, sections: list[Any]) -> int:
    kinds = (section.find(f"{W}type") for section in sections[1:])
    found = [e.get(f"{W}type") == "page" for e in body.iter(f"{W}br")]
    found += [is_on(e, f"{W}val") for e in body.iter(f"{W}pageBreakBefore")]
    found += [kind is None or kind.get(f"{W}val") in _NEW_PAGE for kind in kinds]
    return found.count(True)


def write_margins(package: Package, lines: LineReader, look: Any, writer: TextWriter) -> None:
    """Write the lines of headers and footers that stand nowhere else, each once, at the end.

    Letterheads are there. What only counts pages or repeats a line of the text is left out.
    """
    known = {line.casefold() for line in writer.lines()}
    begun = False
    roots = [root for kind in ("header", "footer") for root in package.parts(package.main, kind)]
    for paragraph in (p for root in roots for p in root.iter(f"{W}p")):
        line = one_line(lines.read(paragraph, look).text)
        if line.casefold() in known or _counts_pages(paragraph) or not any(map(str.isalpha, line)):
            continue
        if not begun:
            writer.close_headings()
            begun = True
        known.add(line.casefold())
        writer.paragraph(line)


def _counts_pages(paragraph: Any) -> bool:
    codes = [e.text or "" for e in paragraph.iter(f"{W}instrText")]
    codes += [e.get(f"{W}instr", "") for e in paragraph.iter(f"{W}fldSimple")]
    return any(code.split()[:1] == [field] for code in codes for field in _PAGE_FIELDS)
