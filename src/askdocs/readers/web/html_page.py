"""A parsed page, and how much of what stands in each of its elements is text, links, or hidden."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from askdocs.readers.web.html_hidden import hidden_elements
from askdocs.readers.web.html_tree import Tree
from askdocs.types import Span

_NEVER = frozenset("head script style template noscript svg iframe object embed canvas".split())
_MOST_OF_PAGE = 0.5


class Page:
    """Counts characters without blanks; what is hidden does not count."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.hidden = list(hidden_elements(tree))
        unseen = _covered(tree, self.hidden)
        sizes = [
            0 if covered or not text else _size(text)
            for covered, text in zip(unseen, tree.texts, strict=True)
        ]
        self._letters = [0, *accumulate(sizes)]
        linked = _covered(tree, tree.find("a"))
        self._linked = [
            0,
            *accumulate(size if link else 0 for size, link in zip(sizes, linked, strict=True)),
        ]
        self.hidden_letters = sum(
            _size(text) for covered, text in zip(unseen, tree.texts, strict=True) if covered
        )

    def letters(self, number: int) -> int:
        """How many visible characters stand below a node, blanks not counted."""
        return self._letters[self.tree.ends[number]] - self._letters[number]

    def letters_within(self, span: Span) -> int:
        """How many of them stand in a stretch of nodes."""
        return self._letters[span[1]] - self._letters[span[0]]

    def link_share(self, number: int) -> float:
        """The share of them that stands in links."""
        linked = self._linked[self.tree.ends[number]] - self._linked[number]
        return linked / max(1, self.letters(number))

    def everything(self) -> tuple[list[Span], set[int]]:
        """All that is shown: the stretches of nodes, and the elements in them to leave out."""
        return [(0, len(self.tree.tags))], {*self.hidden, *self.tree.find(*_NEVER)}

    def is_most(self, number: int) -> bool:
        """Whether more than half of the page's text stands in an element."""
        return self.letters(number) > _MOST_OF_PAGE * self.letters(0)

    def is_main(self, number: int) -> bool:
        """Whether an element is what the page marks as its main part."""
        return self.tree.tags[number] == "main" or self.tree.get(number, "role") == "main"

    def is_in_text(self, number: int) -> bool:
        """Whether an element stands in an article or in the main part."""
        return any(
            self.tree.tags[n] == "article" or self.is_main(n) for n in self.tree.above(number)
        )

    def has(self, number: int, *tags: str) -> bool:
        """Whether an element with one of the tags stands at or below a node."""
        return self.tree.first(number, *tags) is not None


def _size(text: str) -> int:
    return len(text) - sum(map(text.count, " \n\t\r"))


def _covered(tree: Tree, numbers: Iterable[int]) -> bytearray:
    """Which nodes stand in one of `numbers`."""
    covered = bytearray(len(tree.tags))
    for number in numbers:
        covered[number : tree.ends[number]] = b"\1" * (tree.ends[number] - number)
    return covered
