"""The paragraphs, lists and tables of an RTF file as they are put together."""

from __future__ import annotations

import re
from typing import NamedTuple

from askdocs.readers.writing import TextWriter

LINE_END = "\v"
"""A line's end within a paragraph."""

_HEADING_STYLE = re.compile(r"(?:heading|überschrift|titre|título|заголовок|rubrik) (\d)", re.I)
_BULLETS = frozenset({"o", "q", "v"})  # letters that symbol fonts show as bullets
_DEEPEST_OUTLINE = 9


class _Paragraph(NamedTuple):
    """What the control words before a paragraph say of it."""

    in_table: bool = False
    level: int = 0
    style: int = -1


class Document:
    """Collects the texts of a file by the places they go to, and writes them in their order."""

    def __init__(self) -> None:
        self.writer = TextWriter()
        self._texts: dict[str, list[str]] = {}
        self._paragraph = _Paragraph()
        self._styles: dict[int, int] = {}  # style -> level of heading
        self._cells: list[str] = []
        self._notes: list[str] = []

    @property
    def in_table(self) -> bool:
        """Whether the paragraph is one of a cell."""
        return self._paragraph.in_table

    def write(self, place: str, text: str) -> None:
        """Add to what stands at a place: "text", "mark" of a list, "title" and others."""
        if text:
            self._texts.setdefault(place, []).append(text)

    def take(self, place: str) -> str:
        """What stands at a place, which is empty then."""
        return "".join(self._texts.pop(place, []))

    def format(self, word: str, value: int | None) -> None:
        """Take in a control word about paragraphs."""
        if word == "pard":
            self._paragraph = _Paragraph()
        elif word == "intbl":
            self._paragraph = self._paragraph._replace(in_table=value != 0)
        elif word == "s":
            self._paragraph = self._paragraph._replace(style=value or 0)
        elif word == "outlinelevel":
            level = (value or 0) + 1
            level = level if 0 < level <= _DEEPEST_OUTLINE else 0
            self._paragraph = self._paragraph._replace(level=level)

    def end_style(self) -> None:
        """Keep the style just described."""
        found = _HEADING_STYLE.match(self.take("style").strip())
        level = int(found[1]) if found else self._paragraph.level
        self._styles[max(0, self._paragraph.style)] = level
        self._paragraph = _Paragraph()

    def end_note(self) -> None:
        """Keep a footnote for the end of its paragraph."""
        self._notes.append(self.take("footnote"))

    def end_paragraph(self) -> None:
        """Write a paragraph, and the footnotes in it below."""
        text, mark = self.take("text"), self.take("mark").strip()
        level = self._paragraph.level or self._styles.get(self._paragraph.style, 0)
        lines = [" ".join(line.split()) for line in text.split(LINE_END)]
        if level:
            self.writer.heading(" ".join([mark, *lines]), level)
        elif mark:
            is_number = any(map(str.isalnum, mark)) and mark not in _BULLETS
            self.writer.item(mark if is_number else "-", " ".join(lines))
        else:
            self.writer.block("\n".join(filter(None, lines)))
        for note in self._notes:
            self.writer.paragraph(note)
        self._notes.clear()

    def end_cell(self) -> None:
        """Keep a cell for its row."""
        mark = self.take("mark").strip()
        self._cells.append(f"{mark} {self.take('text').replace(LINE_END, ' ')}")

    def end_row(self) -> None:
        """Write the row of the cells so far."""
        if self._cells:
            self.writer.row(self._cells)
            self._cells = []
