"""The words of one paragraph of a Word file: those a person sees, and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from askdocs.readers.office.docx_styles import (
    Look,
    Properties,
    Styles,
    look_of,
    properties_of,
)
from askdocs.readers.office.package import COMPATIBILITY, DIAGRAM, A, C, R, W

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_PARAGRAPH, _RUN = f"{W}pPr", f"{W}rPr"
_CONTAINERS = frozenset(
    f"{W}{name}"
    for name in "hyperlink ins moveTo smartTag fldSimple customXml sdtContent dir bdo "
    "ruby rubyBase rt".split()
)
_DELETED = frozenset({f"{W}del", f"{W}moveFrom"})
_BREAKS = {f"{W}tab": " ", f"{W}cr": " ", f"{W}ptab": " ", f"{W}noBreakHyphen": "-"}
_NOTES = {f"{W}footnoteReference": "footnote", f"{W}endnoteReference": "endnote"}
_PICTURES = frozenset({f"{W}drawing", f"{W}pict", f"{W}object", f"{COMPATIBILITY}AlternateContent"})
_SIGNS = {  # by font and code, for the fonts whose letters are signs
    "symbol": dict(
        zip(
            range(0x61, 0x7B),
            "αβχδεφγηιϕκλμνοπθρστυϖωξψζ",
            strict=True,
        )
    )
    | {0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xA3: "≤", 0xB9: "≠", 0xB4: "×", 0xAE: "→", 0xB7: "•"},
    "wingdings": {0xFC: "✓", 0xFE: "☑", 0xA8: "☐", 0x6F: "☐", 0xFB: "✗", 0xFD: "☒", 0xE0: "→"},
}
_PRIVATE = 0xF000
_LONGEST_HEADING = 80
_SENTENCE_ENDS = (".", ";", ",", "!")


@dataclass(slots=True)
class Line:
    """A paragraph as one line, with what stands in it that is written elsewhere."""

    text: str = ""
    breaks_before: int = 0
    breaks_after: int = 0
    """Page breaks before the first word, and after it."""
    is_bold: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    diagrams: list[str] = field(default_factory=list)

    @property
    def may_be_heading(self) -> bool:
        """Whether it looks like a heading: a short bold line that does not end like a sentence."""
        line = self.text.strip()
        return self.is_bold and len(line) <= _LONGEST_HEADING and not line.endswith(_SENTENCE_ENDS)


@dataclass(slots=True)
class _State:
    line: Line
    is_dark: bool
    pieces: list[str] = field(default_factory=list)
    is_bold: bool = True


class LineReader:
    """Reads paragraphs; counts the characters that it leaves out.

    `rendered` says that the file tells where Word broke its pages, so that the breaks that were
    asked for are not counted besides.
    """

    def __init__(self, styles: Styles, *, rendered: bool) -> None:
        self._styles = styles
        self._rendered = rendered
        self.hidden = 0
        self.deleted = 0

    def read(self, paragraph: Any, look: Look, *, is_dark: bool = False) -> Line:
        """The line of a paragraph whose letters look so; `is_dark` if white ones can be seen."""
        line = Line()
        state = _State(line, is_dark or _has_background(properties_of(paragraph, _PARAGRAPH)))
        self._walk(paragraph, look, state)
        line.text = "".join(state.pieces)
        line.is_bold = state.is_bold and bool(line.text.strip())
        return line

    def _walk(self, element: Any, look: Look, state: _State) -> None:
        for child in element:
            tag = child.tag
            if tag == f"{W}r":
                self._run(child, look, state)
            elif tag in _CONTAINERS:
                self._walk(child, look, state)
            elif tag == f"{W}sdt":
                if child.find(f"{W}sdtPr/{W}showingPlcHdr") is None:
                    self._walk(child, look, state)
            elif tag in _DELETED:
                self.deleted += sum(len(text) for text in _texts(child))
            elif tag in (f"{_M}oMath", f"{_M}oMathPara"):
                state.pieces.append(_formula(child))

    def _run(self, run: Any, base: Look, state: _State) -> None:
        properties = properties_of(run, _RUN)
        look, is_dark = base, state.is_dark
        if properties:
            style = properties.get(f"{W}rStyle")
            if style is not None:
                own = self._styles.get(style.get(f"{W}val")).look
                look = Look(*(getattr(own, n) or getattr(base, n) for n in Look.__slots__))
            look = look_of(properties, look)
            is_dark = is_dark or _has_background(properties)
        if look.hidden or look.tiny or (look.white and not is_dark):
            self.hidden += sum(len(text.strip()) for text in _texts(run))
            return
        for child in run:
            text = self._text(child, state)
            if text:
                state.pieces.append(text)
                state.is_bold = state.is_bold and (look.bold or not text.strip())

    def _text(self, child: Any, state: _State) -> str:
        """The characters that a part of a run shows; the rest is noted in the line."""
        tag = child.tag
        if tag == f"{W}t":
            return child.text or ""
        if tag in _BREAKS:
            return _BREAKS[tag]
        if tag == f"{W}br":
            if child.get(f"{W}type") == "page" and not self._rendered:
                _count_break(state)
            return " "
        if tag == f"{W}lastRenderedPageBreak":
            _count_break(state)
        elif tag == f"{W}sym":
            return _sign(child)
        elif tag in _NOTES:
            state.line.notes.append((_NOTES[tag], child.get(f"{W}id", "")))
        elif tag in _PICTURES:
            _note_picture(child, state.line)
        elif tag == f"{W}ruby":
            self._walk(child, Look(), state)
        return ""


def _count_break(state: _State) -> None:
    if any(piece.strip() for piece in state.pieces):
        state.line.breaks_after += 1
    else:
        state.line.breaks_before += 1


def _texts(element: Any) -> Iterator[str]:
    return (e.text for e in element.iter(f"{W}t", f"{W}delText") if e.text)


def _has_background(properties: Properties) -> bool:
    """Whether the properties of a paragraph or run put a colour behind its letters."""
    return bool(properties) and (is_shaded(properties) or f"{W}highlight" in properties)


def is_shaded(properties: Properties) -> bool:
    """Whether there is a colour other than white behind a paragraph, run or cell."""
    shade = properties.get(f"{W}shd")
    fill = shade.get(f"{W}fill", "auto").upper() if shade is not None else "AUTO"
    pattern = shade.get(f"{W}val", "clear") if shade is not None else "clear"
    return fill not in ("AUTO", "FFFFFF") or pattern not in ("clear", "nil")


def _sign(element: Any) -> str:
    """A character of a font of signs, where it is known which sign that is."""
    font, code = element.get(f"{W}font", "").lower(), element.get(f"{W}char", "")
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    signs = _SIGNS.get(font, {})
    plain = number - _PRIVATE if _PRIVATE <= number < _PRIVATE + 0x100 else number
    if plain in signs:
        return signs[plain]
    return "" if plain != number or not 0x20 <= number < 0xD800 else chr(number)


def _note_picture(element: Any, line: Line) -> None:
    """Note the text boxes, charts and diagrams of a drawing; each is in the file up to twice."""
    if element.tag == f"{COMPATIBILITY}AlternateContent":
        chosen = element.find(f"{COMPATIBILITY}Choice")
        element = chosen if chosen is not None else element.find(f"{COMPATIBILITY}Fallback")
        if element is None:
            return
    line.boxes += list(_outermost(element))
    line.charts += [e.get(f"{R}id", "") for e in element.iter(f"{C}chart")]
    line.diagrams += [e.get(f"{R}dm", "") for e in element.iter(f"{DIAGRAM}relIds")]


def _outermost(element: Any) -> Iterator[Any]:
    for child in element:
        if child.tag == f"{W}txbxContent":
            yield child
        elif (
            child.tag == f"{COMPATIBILITY}Fallback"
            and element.find(f"{COMPATIBILITY}Choice") is not None
        ):
            continue
        elif child.tag != f"{A}graphicData" or len(child):
            yield from _outermost(child)


def _formula(element: Any) -> str:
    """A formula on one line: `a/b`, `x^2`, `x_1`."""
    if element.tag == f"{_M}t":
        return element.text or ""
    inner = [_formula(child) for child in element if not child.tag.endswith("Pr")]
    sign = {f"{_M}f": "/", f"{_M}sSup": "^", f"{_M}sSub": "_"}.get(element.tag)
    if sign is None:
        return "".join(inner)
    return sign.join(part if len(part) < 2 or part.isalnum() else f"({part})" for part in inner)
