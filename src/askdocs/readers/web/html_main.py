"""Tell the text of a page from what is around it.

What the page marks as its main part is believed if enough stands in it; elsewhere all counts that
is no furniture. A page that would be left almost empty is taken whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from askdocs.readers.web.html_furniture import furniture
from askdocs.readers.web.html_page import Page
from askdocs.readers.web.html_tree import Tree
from askdocs.types import Span

_ENOUGH = 150
_LEAST_SHARE = 0.25
_MOST_OF_REST = 0.5


def main_text(page: Page) -> tuple[list[Span], set[int]]:
    """The stretches of nodes that hold the text, and the elements in them to leave out."""
    whole, unseen = page.everything()
    around = set(furniture(page))
    roots = _roots(page, around)
    spans = [(root, page.tree.ends[root]) for root in roots] or whole
    kept = _kept(page, spans, around)
    total = page.letters(0)
    if kept >= min(_ENOUGH, total) or kept >= _LEAST_SHARE * total:
        return spans, unseen | around
    by_tag = {n for n in around if page.tree.tags[n] in {"nav", "header", "footer"}}
    if _kept(page, whole, by_tag) >= min(_ENOUGH, total):
        return whole, unseen | by_tag
    return whole, unseen


def _kept(page: Page, spans: Sequence[Span], left_out: set[int]) -> int:
    """The characters in `spans` that do not stand in `left_out`."""
    kept = 0
    for start, end in spans:
        kept += page.letters_within((start, end))
        position = start
        for number in sorted(n for n in left_out if start <= n < end):
            if number >= position:
                kept -= page.letters(number)
                position = page.tree.ends[number]
    return kept


def _roots(page: Page, around: set[int]) -> list[int]:
    """What the page marks as its text, if most of what is no menu stands there."""
    tree = page.tree
    named = [n for n, attributes in enumerate(tree.attributes) if "role" in attributes]
    marked = sorted({*named, *tree.find("main")})
    mains = [n for n in marked if page.is_main(n) and page.letters(n) >= _ENOUGH][:1]
    within = (mains[0], tree.ends[mains[0]]) if mains else (0, len(tree.tags))
    articles = [n for n in _outermost(tree, tree.find("article")) if within[0] <= n < within[1]]
    rest = _kept(page, [within], around)
    largest = max(articles, key=page.letters, default=None)
    if largest is not None and page.letters(largest) >= max(_ENOUGH, _MOST_OF_REST * rest):
        return [largest]
    return mains


def _outermost(tree: Tree, numbers: Iterator[int]) -> Iterator[int]:
    position = 0
    for number in numbers:
        if number >= position:
            yield number
            position = tree.ends[number]
