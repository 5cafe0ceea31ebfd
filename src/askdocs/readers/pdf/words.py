"""The words of a PDF page with their places, as a person sees them; hidden ones are counted.

Places are points from the top left corner of the page as it is shown.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from askdocs.readers.pdf.pictures import blank_places, covered_by_pictures
from askdocs.readers.pdf.turning import Box, direction_of, placing, upright

_HYPHEN = "\ufffe"  # what pdfium makes of a hyphen at a line's end
_TOKEN = re.compile(rf"[^\s\0{_HYPHEN}]+{_HYPHEN}?|{_HYPHEN}")
_HEALED = str.maketrans(
    {
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
        _HYPHEN: "-", "\u2011": "-",
        # How fonts of symbols, such as Wingdings, give their bullets and boxes.
        "\uf0b7": "•", "\uf0a7": "•", "\uf0d8": "•", "\uf0fc": "✓",
        "\uf078": "☒", "\uf0fd": "☒", "\uf0fe": "☑", "\uf06f": "☐", "\uf071": "☐", "\uf0a8": "☐",
    }
)  # fmt: skip
_BOLD = re.compile(r"bold|black|heavy|demi", re.I)
_INVISIBLE, _STROKED_TOO, _FORCE_BOLD = 3, 2, 1 << 18
_TINY = 2.0  # points
_COVERED = 0.5  # of the page, by pictures: a scan
_NEAR_WHITE = 235
_RAISED = 0.15  # of the size: a superscript, such as a footnote's mark


# The same function with plain numbers for pointers, which is several times as fast.
_text_object = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(
    ctypes.cast(pdfium.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
)


class Word(NamedTuple):
    """A word and its box; `size` is that of its letters, in points."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class PageWords:
    """The visible words by direction (quarter turns to the left) in the order of the file."""

    width: float
    height: float
    words: dict[int, list[Word]]
    hidden: int  # characters
    recognised: bool = False  # whether some were read off a scan, and lie behind it

    def upright(self) -> dict[int, list[Word]]:
        """The words with their places as if the page were turned so that they stand upright."""
        return {
            direction: [
                Word(w.text, *upright(w[1:5], direction, self.width, self.height), w.size, w.bold)
                for w in found
            ]
            if direction in (1, 2, 3)
            else found
            for direction, found in self.words.items()
        }


class _Look(NamedTuple):
    size: float
    bold: bool
    direction: int
    invisible: bool
    white: bool


def page_words(page: pypdfium2.PdfPage) -> PageWords:
    """The words of a page. Raises `pypdfium2.PdfiumError` for a page that is damaged."""
    text_page = page.get_textpage()
    try:
        return _PageReader(page, text_page).read()
    finally:
        text_page.close()


class _PageReader:
    """Asks pdfium for as little as possible: each call costs about a microsecond."""

    def __init__(self, page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> None:
        self.page, self.text_page = page, text_page
        self.raw: Any = text_page.raw
        self.looks: dict[int | None, _Look] = {}
        self.fonts: dict[int | None, bool] = {}
        self.box, self.matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self.colour = [ctypes.c_uint(0) for _ in range(4)]
        left, bottom, right, top = page.get_bbox()
        self.turn = page.get_rotation() // 90 % 4
        size = (right - left, top - bottom)
        self.width, self.height = size if self.turn % 2 == 0 else size[::-1]
        self.place = placing(self.turn, left, bottom, right, top)

    def read(self) -> PageWords:
        words: dict[int, list[Word]] = {}
        invisible: dict[int, list[Word]] = {}
        white: list[tuple[int, Word]] = []
        hidden = 0
        width, height = self.width, self.height
        for raw_text, box, look in self._tokens():
            text = raw_text
            if not raw_text.isascii():
                text = _without_soft_hyphens(raw_text.translate(_HEALED))
            if not text:
                continue
            x0, top, x1, bottom = self.place(*box)
            if look.size < _TINY or not (
                0 <= x0 + x1 <= 2 * width and 0 <= top + bottom <= 2 * height
            ):
                hidden += len(text) if text[0].isalnum() else 0
                continue
            word = Word(text, x0, top, x1, bottom, look.size, look.bold)
            if look.invisible:
                invisible.setdefault(look.direction, []).append(word)
                continue
            if look.white:
                white.append((look.direction, word))
            words.setdefault(look.direction, []).append(word)
        hidden += self._drop_unseen(words, white)
        recognised = bool(invisible) and covered_by_pictures(self.page) >= _COVERED
        for direction, found in invisible.items():
            if recognised:
                words.setdefault(direction, []).extend(found)
            else:
                hidden += sum(len(word.text) for word in found)
        return PageWords(width, height, words, hidden, recognised)

    def _drop_unseen(self, words: dict[int, list[Word]], white: list[tuple[int, Word]]) -> int:
        """Take out what is white on white; how many characters that were."""
        if not white:
            return 0
        boxes = [(word.x0, word.top, word.x1, word.bottom) for _, word in white]
        blank = blank_places(self.page, boxes)
        gone = {id(word) for (_, word), is_blank in zip(white, blank, strict=True) if is_blank}
        for direction, found in words.items():
            words[direction] = [word for word in found if id(word) not in gone]
        return sum(len(word.text) for _, word in white if id(word) in gone)

    def _tokens(self) -> Iterator[tuple[str, Box, _Look]]:
        """Each word with its box in the file's coordinates (left, bottom, right, top)."""
        raw, looks, place = self.raw, self.looks, self.box
        object_at, box_at, at = _text_object, pdfium.FPDFText_GetLooseCharBox, ctypes.byref(place)
        for match in _TOKEN.finditer(self._text()):
            start, end = match.span()
            key = object_at(raw, start)
            look = looks.get(key) or self._new_look(key, start)
            word = match[0]
            box_at(raw, start, at)
            left, bottom, right, top = place.left, place.bottom, place.right, place.top
            if end - start > 1:
                box_at(raw, end - 1, at)
                rise = place.top - place.bottom - top + bottom
                if abs(rise) > 0.1 * (top - bottom) and look.direction == 0:
                    word = self._with_marks_apart(word, start)
                if place.left < left:
                    left = place.left
                if place.right > right:
                    right = place.right
                bottom, top = min(bottom, place.bottom), max(top, place.top)
            if not word.isascii():
                word = word.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            yield word, (left, bottom, right, top), look

    def _text(self) -> str:
        text: str = self.text_page.get_text_range(errors="replace")
        count = self.text_page.count_chars()
        if len(text) != count:
            # Characters beyond U+FFFF or without a Unicode value: the two count differently.
            units = (pdfium.FPDFText_GetUnicode(self.raw, i) for i in range(count))
            text = "".join(chr(unit) if unit != 2 else _HYPHEN for unit in units)
        return text

    def _new_look(self, key: int | None, index: int) -> _Look:
        item = pdfium.FPDFText_GetTextObject(self.raw, index)
        pdfium.FPDFText_GetMatrix(self.raw, index, self.matrix)
        m = self.matrix
        size = pdfium.FPDFText_GetFontSize(self.raw, index) * math.hypot(m.c, m.d)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
        red, green, blue, alpha = self.colour
        coloured = pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
        filled = mode not in (1, 5)
        look = self.looks[key] = _Look(
            size=abs(size),
            bold=mode == _STROKED_TOO or self._is_bold(item),
            direction=direction_of(m.a, m.b, self.turn),
            invisible=mode == _INVISIBLE or bool(coloured and filled and alpha.value == 0),
            white=bool(
                coloured and filled and min(red.value, green.value, blue.value) >= _NEAR_WHITE
            ),
        )
        return look

    def _is_bold(self, item: Any) -> bool:
        font = pdfium.FPDFTextObj_GetFont(item)
        key = ctypes.cast(font, ctypes.c_void_p).value
        bold = self.fonts.get(key)
        if bold is None:
            name = ctypes.create_string_buffer(200)
            pdfium.FPDFFont_GetBaseFontName(font, name, 200)
            bold = bool(_BOLD.search(name.value.decode("latin-1")))
            bold = bold or bool(max(0, pdfium.FPDFFont_GetFlags(font)) & _FORCE_BOLD)
            self.fonts[key] = bold
        return bold

    def _with_marks_apart(self, text: str, start: int) -> str:
        """The word with a blank before a raised mark that follows a digit: 2,018¹ is not 20181."""
        size, bottom = 0.0, 0.0
        for number, character in enumerate(text):
            look = self.looks.get(_text_object(self.raw, start + number))
            pdfium.FPDFText_GetLooseCharBox(self.raw, start + number, self.box)
            if number == 0:
                size, bottom = look.size if look else 0.0, self.box.bottom
                continue
            smaller = self.box.top - self.box.bottom < 0.9 * size
            raised = self.box.bottom - bottom > _RAISED * size
            if smaller and raised and character.isdigit() and text[number - 1].isdigit():
                return f"{text[:number]} {text[number:]}"
        return text


def _without_soft_hyphens(text: str) -> str:
    """One at the end stands for the hyphen of a word that goes on in the next line."""
    if "\xad" not in text:
        return text
    return text.rstrip("\xad").replace("\xad", "") + ("-" if text.endswith("\xad") else "")
