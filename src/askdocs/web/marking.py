"""Find the words of a quote among the words of a page, to mark them on its picture.

A page gives its words in the order of its file, which need not be that of reading, and its text
was healed: hyphens are gone, ligatures are letters, cells stand between bars. Therefore letters and
digits are compared, without all that is between them.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from askdocs.readers.sandbox import WordBox
from askdocs.types import Document, Span

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom, in fractions of the page."""

_WHOLE = 10  # letters of a run that may stand anywhere: shorter ones only beside others
_NEAR = 3.0  # heights of a line
_LONGEST = 400  # words of a run
_MOST = 5_000  # words of a quote


def quoted_pages(document: Document, span: Span, labels: Sequence[str]) -> dict[int, Span]:
    """By the numbers of the pages, from 1, the part of `span` that stands on each."""
    start, end = span
    found = {}
    for number, page in page_spans(document, labels).items():
        low, high = max(start, page[0]), min(end, page[1])
        if low < high:
            found[number] = (low, high)
    return found


def page_spans(document: Document, labels: Sequence[str]) -> dict[int, Span]:
    """By the numbers of the pages, from 1, their text; pages without any are left out.

    The document names its pages by their labels, which may come twice; their order tells.
    """
    found: dict[int, Span] = {}
    number = 0
    for anchor in document.anchors:
        if anchor.kind == "page":
            after = (n for n in range(number, len(labels)) if labels[n] == anchor.label)
            if (place := next(after, None)) is not None:
                number = place + 1
                found[number] = (anchor.start, anchor.end)
    if not found and len(labels) == 1:
        found[1] = (0, len(document.text))
    return found


def mark(quote: str, words: Sequence[WordBox], place: float = 0.0) -> list[Rectangle]:
    """The rectangles that cover the words of `quote`, in the order of reading.

    Where the quote stands several times, the one nearest to `place` is taken: the fraction of the
    page's words before it.
    """
    page = _Page(words)
    wanted = [letters for word in quote.split() if (letters := _letters(word))]
    found = page.find(wanted[:_MOST], place)
    return _joined([words[number] for number in sorted(found)])


class _Page:
    """The letters of a page, one after the other, and which word each is of."""

    def __init__(self, words: Sequence[WordBox]) -> None:
        self.words = words
        self.parts = [_letters(word.text) for word in words]
        self.letters = "".join(self.parts)
        self.ends = list(accumulate(map(len, self.parts)))
        self.edges = {0, *self.ends}

    def find(self, wanted: Sequence[str], place: float) -> set[int]:
        """The numbers of the words that make up what is `wanted`."""
        found: set[int] = set()
        left: list[str] = []
        at = round(place * len(self.letters))
        number = 0
        while number < len(wanted):
            count = self._longest(wanted[number : number + _LONGEST])
            run = "".join(wanted[number : number + count])
            is_long = len(run) >= _WHOLE
            position = self._nearest(run, at, aligned=not is_long) if count else -1
            if position >= 0 and (is_long or count == len(wanted)):
                found |= self._covered(position, position + len(run))
                at, number = position + len(run), number + count
            else:
                left.append(wanted[number])
                number += 1
        if not found:
            found = self._line_with(wanted)
        return found | self._beside(found, left)

    def _longest(self, wanted: Sequence[str]) -> int:
        """How many words of `wanted`, from the first, stand together on the page."""
        low, count = 0, len(wanted)
        while low < count:  # what begins a run that is there is there, too
            middle = (low + count + 1) // 2
            if "".join(wanted[:middle]) in self.letters:
                low = middle
            else:
                count = middle - 1
        return low

    def _nearest(self, run: str, at: int, *, aligned: bool) -> int:
        """Where a run of letters stands, as near to `at` as can be; `aligned` if in whole words."""
        best, position = -1, self.letters.find(run)
        while position >= 0:
            whole = position in self.edges and position + len(run) in self.edges
            if whole or not aligned:
                if best >= 0 and abs(position - at) >= abs(best - at):
                    break
                best = position
            position = self.letters.find(run, position + 1)
        return best

    def _covered(self, start: int, end: int) -> set[int]:
        """The words that have the letters from `start` to `end`."""
        first, last = bisect_right(self.ends, start), bisect_right(self.ends, end - 1)
        return {n for n in range(first, min(last + 1, len(self.words))) if self.parts[n]}

    def _line_with(self, wanted: Sequence[str]) -> set[int]:
        """The line with the most of the words: one of a table, whose file gives it by columns."""
        asked = set(wanted)
        best: set[int] = set()
        for number, part in enumerate(self.parts):
            if part in asked:
                same = {n for n in self._level_with(number) if self.parts[n] in asked}
                if len({self.parts[n] for n in same}) > len({self.parts[n] for n in best}):
                    best = same
        enough = 2 * len({self.parts[n] for n in best}) > len(asked)
        return best if enough else set()

    def _level_with(self, number: int) -> Iterable[int]:
        here = self.words[number]
        middle = (here.top + here.bottom) / 2
        return (n for n, w in enumerate(self.words) if w.top <= middle <= w.bottom)

    def _beside(self, found: set[int], left: Iterable[str]) -> set[int]:
        """The words of `left` that stand next to what is found."""
        if not found:
            return set()
        boxes = [self.words[n] for n in found]
        reach = _NEAR * max(box.bottom - box.top for box in boxes)
        top = min(box.top for box in boxes) - reach
        bottom = max(box.bottom for box in boxes) + reach
        more: set[int] = set()
        for letters in left:
            near = [
                number
                for number, part in enumerate(self.parts)
                if part == letters
                and number not in found | more
                and top <= self.words[number].top
                and self.words[number].bottom <= bottom
            ]
            more |= set(sorted(near, key=lambda n: min(abs(n - other) for other in found))[:1])
        return more


def _letters(word: str) -> str:
    """A word's letters and digits, in one case and without ligatures.

    >>> _letters("“Eﬃcient-”"), _letters("|")
    ('efficient', '')
    """
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(character for character in folded if character.isalnum())


def _joined(boxes: Iterable[WordBox]) -> list[Rectangle]:
    """One rectangle for words that stand side by side in a line."""
    made: list[Rectangle] = []
    for _, left, top, right, bottom in sorted(boxes, key=lambda box: (round(box.top, 2), box.left)):
        if made:
            x0, y0, x1, y1 = made[-1]
            height = y1 - y0
            level = abs((top + bottom) - (y0 + y1)) < height
            if level and -height < left - x1 < 1.5 * height:
                made[-1] = (x0, min(y0, top), max(x1, right), max(y1, bottom))
                continue
        made.append((left, top, right, bottom))
    return made
