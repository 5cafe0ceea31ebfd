"""Tell what stands around the text of a page: menus, banners, forms, links to other pages.

A block goes if its tag or its class says so and its words are mostly links: a restaurant's menu is
none, and a chapter on cookies no banner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from askdocs.readers.web.html_page import Page
from askdocs.readers.web.html_tables import is_value

_ROLES = frozenset("navigation banner contentinfo search dialog alertdialog menu toolbar".split())
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_FURNITURE = frozenset(
    "nav navbar navigation menu sidebar breadcrumb breadcrumbs share sharing social related"
    " recommended recommendations pagination pager toolbar footer masthead toc tags teaser"
    " topbar links catlinks promo more trending popular skip sitemap".split()
)
_BANNERS = frozenset(
    "cookie cookies consent gdpr newsletter subscribe subscription signup popup modal advert"
    " advertisement ad ads sponsored paywall".split()
)
_MARKS = frozenset("headerlink editsection permalink".split())
_SIGNS = frozenset("¶#§🔗^↑↩")
_LINE_NUMBERS = frozenset("linenos lineno linenumber linenumbers gutter".split())
_NOTES = re.compile(r"note|tip|warning|admonition|callout|info|example|fact|summary|caution", re.I)
_SKIP_LINK = re.compile(r"(?:skip|jump) (?:to|over) ", re.I)
_LINKS = 0.5
"""The share of its letters that stand in links from which on a block of that name is a menu."""
_MENU_LINKS = 0.75
_LONGEST_BANNER = 1_500
_LONGEST_MARK = 24
_LONGEST_MENU = 4_000


def furniture(page: Page) -> Iterator[int]:
    """The outermost elements that are around the text."""
    position = 0
    for number, tag in enumerate(page.tree.tags):
        if number >= position and tag and tag[0] != "-" and _is_furniture(page, number, tag):
            yield number
            position = page.tree.ends[number]


def _is_furniture(page: Page, number: int, tag: str) -> bool:
    if tag in {"html", "body", "main", *_HEADS}:
        return False
    attributes = page.tree.attributes[number]
    if tag in _BY_TAG:
        return _BY_TAG[tag](page, number)
    if not attributes:
        return tag in _BLOCKS and _is_menu(page, number)
    if (attributes.get("role") or "") in _ROLES:
        return True
    return _is_named(page, number) or (tag in _BLOCKS and _is_menu(page, number))


def _is_named(page: Page, number: int) -> bool:
    """Whether its class or id says that a block is furniture, and its words do not object."""
    names = {w.lower() for w in _WORD.findall(page.tree.get(number, "class"))}
    if not names & (_FURNITURE | _BANNERS | _MARKS | _LINE_NUMBERS):
        names |= _identifier(page, number)
    if names & _MARKS and page.letters(number) <= _LONGEST_MARK:
        return True
    if names & _LINE_NUMBERS:
        return page.tree.words(number).replace(" ", "").isdigit()
    if names & _FURNITURE and page.link_share(number) >= _LINKS:
        return not page.is_most(number)
    if "footer" in names and not page.is_most(number):
        return page.letters(number) < _LONGEST_BANNER and not page.is_in_text(number)
    return (
        bool(names & _BANNERS)
        and page.letters(number) < _LONGEST_BANNER
        and not (page.is_most(number) or page.has(number, "h1"))
    )


def _identifier(page: Page, number: int) -> set[str]:
    """The words of an id, unless it is only the target of a link to the heading below."""
    words = {w.lower() for w in _WORD.findall(page.tree.get(number, "id"))}
    heading = page.tree.first(number, *_HEADS)
    if heading is not None:
        words -= {w.lower() for w in _WORD.findall(page.tree.words(heading))}
    return words


def _is_menu(page: Page, number: int) -> bool:
    """Whether an unnamed list or block holds nothing but links to places in and out."""
    end = page.tree.ends[number]
    if end - number > _LONGEST_MENU or page.link_share(number) < _MENU_LINKS:
        return False
    links = [n for n in range(number, end) if page.tree.tags[n] == "a"]
    if len(links) < 3 or page.is_most(number) or _is_introduced(page, number):
        return False
    if page.tree.tags[number] == "td" and is_value(page.tree, number):
        return False
    return not page.is_in_text(number) or all(
        page.tree.get(n, "href").startswith("#") for n in links
    )


def _is_introduced(page: Page, number: int) -> bool:
    """Whether a heading or a sentence stands right before a list of links."""
    before = [n for n in range(max(0, number - 60), number) if page.tree.ends[n] <= number]
    siblings = [n for n in before if page.tree.parents[n] == page.tree.parents[number]]
    words = [n for n in siblings if page.tree.tags[n] or page.tree.texts[n].strip()]
    return bool(words) and page.tree.tags[words[-1]] in {"", "p", "dt", *_HEADS}


def _is_header(page: Page, number: int) -> bool:
    """A page's header goes, unless it is the title block of a page without menus."""
    if page.is_in_text(number) or page.tree.is_within(number, "section"):
        return False
    return not page.has(number, "h1") or page.link_share(number) > 0.3


def _is_footer(page: Page, number: int) -> bool:
    return not page.is_in_text(number) or page.link_share(number) >= _LINKS


def _is_aside(page: Page, number: int) -> bool:
    if _NOTES.search(page.tree.get(number, "class")) or page.tree.get(number, "role") in {
        "note",
        "doc-footnote",
        "doc-endnote",
        "doc-tip",
    }:
        return False
    return not page.is_in_text(number) or page.link_share(number) >= 0.3 or _is_named(page, number)


def _is_form(page: Page, number: int) -> bool:
    """A form goes with its labels; not one that a whole page stands in."""
    return page.letters(number) < 600 and not page.has(number, "h1", "article", "main", "table")


def _is_button(page: Page, number: int) -> bool:
    """Buttons go, but not the questions that unfold their answers."""
    if page.tree.is_within(number, *_HEADS, "dt", "summary"):
        return False
    return len(page.tree.words(number).split()) < 4


def _is_link(page: Page, number: int) -> bool:
    words = page.tree.words(number)
    return words in _SIGNS or bool(
        page.tree.get(number, "href").startswith("#") and _SKIP_LINK.match(words)
    )


def _is_reference(page: Page, number: int) -> bool:
    """The mark of a note, such as [3]."""
    return bool(
        re.fullmatch(
            r"\[(?:\d+|[a-z]|[^\]]{1,12} \d+|[^\]]*\?|citation needed)\]",
            page.tree.words(number),
        )
    )


_HEADS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset({"ul", "ol", "div", "section", "p", "table", "td"})
_BY_TAG = {
    "nav": lambda page, number: True,
    "header": _is_header,
    "footer": _is_footer,
    "aside": _is_aside,
    "form": _is_form,
    "button": _is_button,
    "a": _is_link,
    "sup": _is_reference,
}
