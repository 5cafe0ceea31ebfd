"""Read RTF: its paragraphs, headings, lists and tables. Groups may nest as deep as they like."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from askdocs.errors import ReadError
from askdocs.readers.properties import dated, trusted
from askdocs.readers.rtf_document import LINE_END, Document
from askdocs.readers.rtf_words import (
    CHARACTERS,
    KEPT,
    LEFT_OUT,
    PARAGRAPH_ENDS,
    SYMBOL,
    code_page,
    picture,
)
from askdocs.types import Extracted

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])"
    r"|[\r\n\0]+|([^\\{}\r\n\0]+)|.",
    re.S,
)
_DEEPEST = 5_000
_INFO = frozenset({"title", "author", "creatim", "revtim"})


class _State(NamedTuple):
    """What a group inherits from the one around it."""

    place: str = "text"  # where characters go: "text", "mark", "footnote", "title", "" for nowhere
    fallback: int = 1  # characters that stand behind a \\u for readers that do not know it
    font: int = -1
    hidden: bool = False
    deleted: bool = False


def extract(data: bytes, stem: str) -> Extracted:
    """The text that is shown; title, author and date as the file says. Raises `ReadError`."""
    if not data.lstrip()[:5].lower() == b"{\\rtf":
        raise ReadError("is not a valid RTF file: it does not begin like one")
    return _Reader(data.decode("latin-1")).extract(stem)


class _Reader:
    """Goes through the tokens of a file once, with the open groups on a stack."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._document = Document()
        self._state = _State()
        self._stack: list[_State] = []
        self._too_deep = 0
        self._starred = False
        self._bytes = bytearray()
        self._half = 0  # the first half of a surrogate pair
        self._skip = 0
        self._encoding = "cp1252"
        self._fonts: dict[int, int] = {}  # font -> charset
        self._default_font = -1
        self._times: dict[str, list[int]] = {}
        self._hidden = self._deleted = 0

    def extract(self, stem: str) -> Extracted:
        self._read()
        text, anchors = self._document.writer.finish()
        properties = trusted(
            self._document.take("title"),
            self._document.take("author"),
            self._time("creatim"),
            self._time("revtim"),
        )
        first = next((anchor.label for anchor in anchors if anchor.kind == "heading"), "")
        remarks = []
        if self._hidden:
            remarks.append(f"hidden text left out: {self._hidden} characters")
        if self._deleted:
            remarks.append(f"deleted text (tracked changes) left out: {self._deleted} characters")
        return Extracted(
            text,
            title=properties.title or first or stem,
            date=dated(text, properties),
            anchors=anchors,
            author=properties.author,
            remarks=tuple(remarks),
        )

    def _read(self) -> None:
        position = 0
        while match := _TOKEN.match(self._source, position):
            position = match.end()
            word, number, code, symbol, brace, letters = match.groups()
            if letters is not None:
                self._letters(letters)
            elif code is not None:
                if self._skip:
                    self._skip -= 1
                else:
                    self._bytes.append(int(code, 16))
            elif brace:
                self._flush()
                self._skip = 0
                self._open() if brace == "{" else self._close()
            elif word == "bin":
                position += max(0, int(number or 0))
            elif word:
                self._flush()
                self._word(word.lower() if word.isupper() else word, number)
            elif symbol:
                self._flush()
                self._symbol(symbol)
        self._flush()
        self._document.end_row()
        self._document.end_paragraph()

    def _letters(self, letters: str) -> None:
        skipped = min(self._skip, len(letters))
        self._skip -= skipped
        self._bytes += letters[skipped:].encode("latin-1")

    def _open(self) -> None:
        if len(self._stack) >= _DEEPEST:
            self._too_deep += 1
        else:
            self._stack.append(self._state)

    def _close(self) -> None:
        if self._too_deep:
            self._too_deep -= 1
        elif self._stack:
            closed, self._state = self._state, self._stack.pop()
            if closed.place == "footnote" != self._state.place:
                self._document.end_note()
            elif closed.place == "style":
                self._document.end_style()

    def _symbol(self, symbol: str) -> None:
        if self._skip:
            self._skip -= 1
        elif symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._document.end_paragraph()
        else:
            self._write(CHARACTERS.get(symbol, ""))

    def _word(self, word: str, number: str | None) -> None:
        starred, self._starred = self._starred, False
        value = int(number) if number else None
        if self._skip and word != "u":
            self._skip -= 1
        if word in LEFT_OUT or (starred and word not in KEPT):
            self._state = self._state._replace(place="")
        elif word in _DESTINATIONS:
            self._state = self._state._replace(place=_DESTINATIONS[word])
        elif word in CHARACTERS:
            self._write(CHARACTERS[word])
        elif word == "u" and value is not None:
            self._unicode(value)
        elif self._state.place in _INFO:
            if word in {"yr", "mo", "dy"} and value is not None:
                self._times.setdefault(self._state.place, []).append(value)
        elif not self._set_up(word, value):
            self._format(word, value)

    def _set_up(self, word: str, value: int | None) -> bool:
        """Take in what the head of a file says of fonts and encodings; whether it was that."""
        if word == "ansicpg" and value:
            self._encoding = _known(f"cp{value}") or self._encoding
        elif word in {"mac", "pc", "pca"}:
            self._encoding = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "deff":
            self._default_font = value or 0
        elif word == "fcharset" and value is not None:
            self._fonts[self._state.font] = value
        elif word == "f":
            self._state = self._state._replace(font=value or 0)
        elif word == "uc":
            self._state = self._state._replace(fallback=max(0, value or 0))
        elif word == "upr":  # the same text twice; the second, in Unicode, is marked `ud`
            self._state = self._state._replace(place="")
        elif word == "ud":
            outer = self._stack[-2].place if len(self._stack) > 1 else "text"
            self._state = self._state._replace(place=outer)
        else:
            return False
        return True

    def _format(self, word: str, value: int | None) -> None:
        """Paragraphs, tables, and what is hidden."""
        if self._state.place == "style":
            self._document.format(word, value)
        elif word == "v":
            self._state = self._state._replace(hidden=value != 0)
        elif word == "deleted":
            self._state = self._state._replace(deleted=value != 0)
        elif word == "plain":
            self._state = self._state._replace(hidden=False, deleted=False, font=self._default_font)
        elif self._state.place not in {"text", "footnote"}:
            return
        elif word in PARAGRAPH_ENDS:
            self._write(" ") if self._is_aside() else self._document.end_paragraph()
        elif word == "line":
            self._write(LINE_END)
        elif word in {"cell", "row"}:
            self._document.end_cell() if word == "cell" else self._document.end_row()
        elif word in {"nestcell", "nestrow"}:
            self._write(" ")
        else:
            self._document.format(word, value)

    def _is_aside(self) -> bool:
        return self._state.place == "footnote" or self._document.in_table

    def _unicode(self, value: int) -> None:
        code = value % 0x10000
        self._skip = self._state.fallback
        if 0xD800 <= code < 0xDC00:
            self._half = code
        elif 0xDC00 <= code < 0xE000:
            if self._half:
                self._write(chr(0x10000 + ((self._half & 0x3FF) << 10) + (code & 0x3FF)))
            self._half = 0
        elif 0xF000 <= code <= 0xF0FF:
            self._write(picture(code))
        else:
            self._write(chr(code))

    def _flush(self) -> None:
        """Decode the bytes read so far by the font they are in."""
        if not self._bytes:
            return
        data = bytes(self._bytes)
        self._bytes.clear()
        charset = self._fonts.get(self._state.font, -1)
        if charset == SYMBOL and self._state.place in {"text", "mark", "footnote"}:
            self._write("".join(map(picture, data)))
        else:
            self._write(data.decode(code_page(charset) or self._encoding, "replace"))

    def _write(self, text: str) -> None:
        state = self._state
        if state.hidden or state.deleted:
            count = len(text) - text.count(" ") if state.place else 0
            self._deleted += count if state.deleted else 0
            self._hidden += 0 if state.deleted else count
        elif state.place:
            self._document.write(state.place, text)

    def _time(self, name: str) -> str:
        parts = self._times.get(name, [])
        return "{:04}-{:02}-{:02}".format(*parts[:3]) if len(parts) >= 3 else ""


_DESTINATIONS = {
    "stylesheet": "style",
    "fonttbl": "fonts",
    "info": "about",
    "footnote": "footnote",
    "listtext": "mark",
    "pntext": "mark",
    "title": "title",
    "author": "author",
    "creatim": "creatim",
    "revtim": "revtim",
    "shptxt": "text",
    "rtf": "text",
}


def _known(encoding: str) -> str | None:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "utf-8" if encoding == "cp65001" else None
