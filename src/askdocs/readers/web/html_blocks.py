"""Walk over a page and write its headings, paragraphs, lists and tables in their order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from askdocs.readers.web.html_tables import BLOCKS, integer, is_data_table, raised, write_table
from askdocs.readers.web.html_tree import Tree
from askdocs.readers.writing import TextWriter, one_line
from askdocs.types import Span

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = frozenset({"a", "span", "time", "strong", "b", "small", "label", "button"})
_ARRANGED = frozenset({"div", "li", "header", "footer", "section", "article", "dd", "td"})
_GROUPS = {
    **dict.fromkeys(("ul", "ol", "menu", "dir"), "list"),
    **dict.fromkeys(("dl", "dt", "dd"), "terms"),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), "verbatim"),
}
_LINE_END = "\0"  # no text of a page holds it
_GAP = "\1"  # a place where two words would run together
_BETWEEN_WORDS = re.compile(rf"(?<=\w){_GAP}(?=\w)")
_DEEPEST_LIST = 5
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class _Open(NamedTuple):
    """An element whose end is not reached yet."""

    number: int
    tag: str
    end: int
    level: int = 0
    group: str = ""


class Walker:
    """Writes stretches of a tree, leaving out some elements, into a `TextWriter`."""

    def __init__(self, tree: Tree, left_out: set[int], writer: TextWriter) -> None:
        self._tree = tree
        self._left_out = left_out
        self._writer = writer
        self._open: list[_Open] = []
        self._words: list[str] = []
        self._around: Counter[str] = Counter()  # group -> how many such elements are open
        self._levels: list[int] = []  # of the open headings
        self._lists: list[int] = []
        self._marks: list[str] = []  # of the open items of lists, "" once it is written
        self._known: dict[int, tuple[dict[int, str], bool]] = {}
        self._counts: dict[int, int] = {}  # list -> number of its last item

    def walk(self, spans: Sequence[Span]) -> None:
        """Write all that stands in `spans`."""
        for start, end in spans:
            number = start
            while number < end:
                while self._open and number >= self._open[-1].end:
                    self._leave(self._open.pop())
                number = self._visit(number)
            while self._open:
                self._leave(self._open.pop())
            self._flush()

    def _visit(self, number: int) -> int:
        """Take in one node; the number of the next to visit."""
        tree, tag = self._tree, self._tree.tags[number]
        if number in self._left_out or tag.startswith("-"):
            return tree.ends[number]
        if not tag:
            self._words.append(tree.texts[number].replace(_LINE_END, ""))
            return number + 1
        if tag == "br":
            self._words.append(_LINE_END)
        elif tag == "table" and is_data_table(tree, number):
            self._flush()
            write_table(tree, number, self._left_out, self._writer)
            return tree.ends[number]
        elif tag == "sup" and (digits := raised(tree, number)):
            self._words.append(digits)
            return tree.ends[number]
        elif tag in BLOCKS:
            self._enter(number, tag)
        elif tag == "q":
            self._words.append("“")
            self._open.append(_Open(number, tag, tree.ends[number]))
        elif tag in _INLINE and self._stands_apart(number):
            self._words.append(_GAP)
        return number + 1

    def _stands_apart(self, number: int) -> bool:
        """Whether something else draws a space before an element, where the text has none.

        Two links side by side are two things, and so are elements side by side in a block that has
        no text of its own.
        """
        tree, parent = self._tree, self._tree.parents[number]
        if number == parent + 1 or not self._words or self._words[-1][-1:].isspace():
            return False
        before, is_arranged = self._siblings(parent)
        tag_before = before.get(number, "")
        if tree.tags[number] == "a" and tag_before == "a":
            return True
        return is_arranged and tag_before in _INLINE

    def _siblings(self, parent: int) -> tuple[dict[int, str], bool]:
        """The tag before each element below `parent`, and whether there is no text between them."""
        if parent not in self._known:
            tree = self._tree
            below = list(tree.children(parent))
            before = {n: tree.tags[last] for last, n in pairwise(below) if tree.tags[n]}
            has_text = any(tree.texts[n].strip() for n in below)
            self._known[parent] = (before, tree.tags[parent] in _ARRANGED and not has_text)
        return self._known[parent]

    def _enter(self, number: int, tag: str) -> None:
        self._flush()
        level = self._level(number, tag)
        element = _Open(number, tag, self._tree.ends[number], level, _GROUPS.get(tag, ""))
        self._open.append(element)
        if level:
            self._levels.append(level)
        if element.group == "list":
            if not self._around["list"]:
                self._writer.end_group()
            self._lists.append(number)
            self._counts[number] = integer(self._tree.get(number, "start"), 1) - 1
        elif tag == "li":
            self._marks.append(self._mark(number))
        elif tag in {"table", "dl"} and not self._marks:
            self._writer.end_group()
        self._around[element.group] += 1

    def _leave(self, element: _Open) -> None:
        if element.tag == "q":
            self._words.append("”")
            return
        self._flush()
        self._around[element.group] -= 1
        if element.level:
            self._levels.pop()
        if element.tag == "li":
            self._marks.pop()
        elif element.group == "list":
            self._lists.pop()

    def _level(self, number: int, tag: str) -> int:
        if self._tree.get(number, "role") == "heading":
            return min(6, max(1, integer(self._tree.get(number, "aria-level"), 2)))
        return _HEADINGS.get(tag, 0)

    def _mark(self, number: int) -> str:
        """What stands before an item: a dash, or its number in the list's own way."""
        around = self._lists[-1] if self._lists else -1
        if around < 0 or self._tree.tags[around] != "ol":
            return "-"
        value = integer(self._tree.get(number, "value"), self._counts[around] + 1)
        self._counts[around] = value
        return f"{_numeral(value, self._tree.get(around, 'type'))}."

    def _flush(self) -> None:
        """Write the words collected so far as what they are by the elements around them."""
        if not self._words:
            return
        raw = "".join(self._words)
        self._words.clear()
        if _GAP in raw:
            raw = _BETWEEN_WORDS.sub(" ", raw).replace(_GAP, "")
        if self._around["verbatim"]:
            self._write_verbatim(raw)
            return
        lines = [line for line in map(one_line, raw.split(_LINE_END)) if line]
        if not lines:
            return
        if self._levels:
            self._writer.heading(" ".join(lines), self._levels[-1])
            self._marks[-1:] = [""] if self._marks else []
        elif self._marks:
            self._write_item(lines)
        elif self._around["terms"]:
            for line in lines:
                self._writer.item("", line)
        elif len(lines) == 1:
            self._writer.paragraph(lines[0])
        else:
            self._write_paragraphs(raw)

    def _write_paragraphs(self, raw: str) -> None:
        for paragraph in re.split(rf"{_LINE_END}\s*{_LINE_END}", raw):
            lines = [line for line in map(one_line, paragraph.split(_LINE_END)) if line]
            self._writer.block("\n".join(lines))

    def _write_item(self, lines: Sequence[str]) -> None:
        indent = "  " * (min(len(self._marks), _DEEPEST_LIST) - 1)
        for line in lines:
            mark = self._marks[-1]
            self._writer.item(f"{indent}{mark}" if mark else "", line)
            self._marks[-1] = ""

    def _write_verbatim(self, raw: str) -> None:
        lines = [line.expandtabs(4).rstrip() for line in raw.replace(_LINE_END, "\n").split("\n")]
        while lines and not lines[0]:
            del lines[0]
        while lines and not lines[-1]:
            del lines[-1]
        self._writer.block("\n".join(lines).replace("\xa0", " "))


def _numeral(value: int, style: str) -> str:
    """A number as lists of this style write it.

    >>> _numeral(4, "i"), _numeral(4, "A"), _numeral(4, "")
    ('iv', 'D', '4')
    """
    if style in {"a", "A"} and 0 < value <= len(_LETTERS):
        letter = _LETTERS[value - 1]
        return letter.upper() if style == "A" else letter
    if style in {"i", "I"} and 0 < value < 40:
        roman = ""
        for worth, letters in _ROMAN:
            roman += letters * (value // worth)
            value %= worth
        return roman.upper() if style == "I" else roman
    return str(value)
