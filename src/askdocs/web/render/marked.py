"""Pieces of a document's text as HTML, with the words of a span marked."""

from __future__ import annotations

from askdocs.types import Span
from askdocs.web.render.escaping import escape


class Marked:
    """Gives the pieces of a text in order; the first marked one that is seen is `#quote`."""

    def __init__(self, text: str, span: Span, kind: str = "quoted") -> None:
        self.text = text
        self._start, self._end = span
        self._kind = kind
        self._name = ' id="quote"'

    def __call__(self, low: int, high: int) -> str:
        """The words from `low` to `high`."""
        return self._piece(low, high, seen=True)

    def unseen(self, low: int, high: int) -> str:
        """Characters that the look of the words says: they are there, but not shown."""
        if low >= high:
            return ""
        return f"<span hidden>{self._piece(low, high, seen=False)}</span>"

    def line_end(self, low: int, high: int) -> str:
        """What ends a line: a space, where the author broke a paragraph at the margin."""
        return f'<span class="soft">{self._piece(low, high, seen=False)}</span>'

    def touches(self, low: int, high: int) -> bool:
        """Whether any of these characters is to be marked."""
        return max(low, self._start) < min(high, self._end)

    def _piece(self, low: int, high: int, *, seen: bool) -> str:
        start, end = max(low, self._start), min(high, self._end)
        if start >= end:
            return escape(self.text[low:high])
        name = self._name if seen else ""
        self._name = "" if seen else self._name
        marked = f'<mark class="{self._kind}"{name}>{escape(self.text[start:end])}</mark>'
        return escape(self.text[low:start]) + marked + escape(self.text[end:high])
