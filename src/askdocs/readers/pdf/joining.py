"""Join the lines of a paragraph into one, and the words that were parted at a line's end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_HYPHENS = ("-", "‐")
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_LAST = re.compile(r"((?:[^\W\d_]+-)*[^\W\d_]+)[-‐]$")
_FIRST = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*[/_.=&?#%-]$")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")  # written without blanks
_LONGEST_WORD, _LONGEST_ADDRESS = 50, 200
_STAYS = frozenset(
    "well self non cross long short high low full year month two three four five eight".split()
)
"""First parts that keep their hyphen when the document itself does not tell."""


class Joiner:
    """Joins lines as the rest of a document spells its words."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        for line in lines:
            # The first word may be the end of one that was parted, the last its beginning.
            words = line.lower().partition(" ")[2]
            if words.endswith(_HYPHENS):
                words = words.rpartition(" ")[0]
            self._counts.update(_WORD.findall(words))

    def join(self, lines: Sequence[str]) -> str:
        """The lines as one, without the hyphens of words that were only parted.

        >>> Joiner(["of well-known things"]).join(["a well-", "known seman-", "tic rule"])
        'a well-known semantic rule'
        """
        text = lines[0] if lines else ""
        for line in lines[1:]:
            text = self._joined(text, line)
        return text

    def _joined(self, text: str, line: str) -> str:
        last = first = None
        if text.endswith(_HYPHENS):
            last = _LAST.search(text, max(0, len(text) - _LONGEST_WORD))
            first = _FIRST.match(line)
        if last and first:
            parted = not self._keeps_hyphen(last[1].lower(), first[0].lower()) and (
                first[0][0].islower() or last[1].isupper()
            )
            return (text[:-1] if parted else text) + line
        if text.endswith(("—", "-")) and text[-2:-1].isalnum() and line[:1].isalnum():
            return text + line
        if _ADDRESS.search(text, max(0, len(text) - _LONGEST_ADDRESS)) or (
            _WIDE.match(text[-1:]) and _WIDE.match(line[:1])
        ):
            return text + line
        return f"{text} {line}"

    def _keeps_hyphen(self, left: str, right: str) -> bool:
        joined, parted = self._counts[left + right], self._counts[f"{left}-{right}"]
        if joined or parted:
            return parted > joined
        if "-" in left:  # "stay-at-home", but "self-ref-erential"
            return min(self._counts[left.rpartition("-")[2]], self._counts[right]) > 0
        if left in _STAYS and len(right) > 3:
            return True
        # Both are words of the document, and neither is a beginning or an end alone.
        both = min(self._counts[left], self._counts[right])
        return both > 0 and len(left) > 3 and len(right) > 3
