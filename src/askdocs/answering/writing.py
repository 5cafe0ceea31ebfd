"""The text of a quoted answer: lines, and citations numbered in the order they are mentioned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from askdocs.types import MARKER, Citation, Hit, Span


@dataclass
class Writer:
    """Collects lines and numbers the citations in the order they are first mentioned."""

    directs: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    def cite(self, hit: Hit, span: Span) -> int:
        """The number of the citation of a span, a new one if it is not cited yet."""
        for citation in self.citations:
            if (citation.document, citation.start, citation.end) == (hit.passage.document, *span):
                return citation.number
        quote = hit.passage.slice(span)
        number = len(self.citations) + 1
        self.citations.append(
            Citation(number, hit.passage.document, *span, quote, score=round(hit.score, 4))
        )
        return number

    @property
    def direct(self) -> str:
        """The short answers in front of the quotes, as one text."""
        return "; ".join(self.directs)

    def answer(self, text: str, number: int) -> None:
        """A short answer, as a line in front of its quotes."""
        self.directs.append(without_markers(one_line(text)))
        self.lead(f"{self.directs[-1]} [{number}]")

    def lead(self, text: str) -> None:
        """A line in front of the quotes that follow."""
        self.part()
        self.lines += [text, ""]

    def part(self) -> None:
        """Begin another part of the answer, if there is one before it."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def quote(self, hit: Hit, span: Span) -> None:
        """A line that quotes a span, unless one already does."""
        known = len(self.citations)
        number = self.cite(hit, span)
        line = f"> {without_markers(one_line(hit.passage.slice(span)))} [{number}]"
        if number > known or line not in self.lines:
            self.lines.append(line)


def one_line(text: str) -> str:
    """The words of a text with single spaces between them."""
    return " ".join(text.split())


def without_markers(text: str) -> str:
    """The words of a document in which nothing looks like one of our own markers."""
    return MARKER.sub(r"(\1)", text)


def marks_of(numbers: Sequence[int]) -> str:
    """The markers of citations."""
    return "".join(f"[{number}]" for number in numbers)
