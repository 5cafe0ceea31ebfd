"""Pieces of an answer that grows, for readers from whom nothing can be taken back."""

from __future__ import annotations

import re

from askdocs.answering.generative import NOT_SUPPORTED
from askdocs.types import MARKER, Answer

CHANGED = "The answer changed while it was written. It reads in full:"
"""Stands before the whole text, should what was shown no longer be its beginning."""

_CHECKED = re.compile(rf"(?:{MARKER.pattern}|{re.escape(NOT_SUPPORTED.strip())})[.!?]*")


class Growing:
    """Gives the text of an answer piece by piece, so that the pieces together are the text.

    What a language model writes is shown sentence by sentence, as far as it was checked against the
    documents: the sentence being written has no citations yet, and may come to be dropped.
    """

    def __init__(self) -> None:
        self.shown = ""

    def more(self, answer: Answer) -> str:
        """What can be shown besides of an answer that may still grow."""
        return self._next(standing(answer))

    def rest(self, answer: Answer) -> str:
        """What is left to show of the complete answer."""
        if answer.text.startswith(self.shown):
            return self._next(answer.text)
        return f"\n\n{CHANGED}\n\n{answer.text}"

    def _next(self, text: str) -> str:
        if not text.startswith(self.shown):
            return ""
        piece = text[len(self.shown) :]
        self.shown = text
        return piece


def standing(answer: Answer) -> str:
    """The beginning of an unfinished answer that stays as it is.

    Of a language model's words these are the sentences up to the last one that was checked. Before
    one of them has support the answer may still become another.

    >>> from askdocs.types import Citation
    >>> cited = (Citation(1, "a.txt", 0, 5, "Cats."),)
    >>> written = "Two cats slept [1]. Then nine do"
    >>> standing(Answer("q", written, mode="generative", citations=cited))
    'Two cats slept [1].'
    >>> standing(Answer("q", "Two cats sl", mode="generative")), standing(Answer("q", "Two cats"))
    ('', 'Two cats')
    """
    if answer.mode != "generative":
        return answer.text
    checked = list(_CHECKED.finditer(answer.text)) if answer.citations else []
    return answer.text[: checked[-1].end()] if checked else ""
