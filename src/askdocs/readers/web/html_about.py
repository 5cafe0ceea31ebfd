"""What a page says of itself: its title without the site's name, who wrote it, and when."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from askdocs.readers.dates import find_date
from askdocs.readers.properties import trusted
from askdocs.readers.web.html_tree import Tree

_TITLES = ("citation_title", "dc.title", "dcterms.title", "og:title", "twitter:title")
_AUTHORS = (
    "citation_author",
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "byl",
)
_PUBLISHED = (
    "citation_publication_date",
    "citation_date",
    "article:published_time",
    "datepublished",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "parsely-pub-date",
    "pubdate",
    "publish-date",
    "publication_date",
    "date",
)
_CHANGED = ("article:modified_time", "datemodified", "dcterms.modified", "last-modified")
_SITES = ("og:site_name", "application-name", "apple-mobile-web-app-title")
_SEPARATOR = re.compile(r"\s+[|·•»«–—:-]+\s+|\s*::\s*|\s*\|\s*")
_SLASHED = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T|$)")
_DEEPEST = 20
_MOST_NODES = 5_000
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class About:
    """Empty where the page does not say; `changed` is when it was changed last."""

    title: str = ""
    author: str = ""
    published: str | None = None
    changed: str | None = None


def about(tree: Tree, headings: Sequence[str]) -> About:
    """What the head of a page says; `headings` are the main headings of its text."""
    named = _named(tree)
    linked = list(_linked_data(tree))

    def first(names: Sequence[str]) -> list[str]:
        return [value for name in names for value in named.get(name, [])]

    titles = [*first(_TITLES), *_values(linked, "headline"), *map(tree.words, _titles(tree))]
    times = [tree.get(n, "datetime") for n in tree.find("time") if _is_publication(tree, n)]
    published = [*first(_PUBLISHED), *_values(linked, "datePublished", "dateCreated"), *times]
    changed = [*first(_CHANGED), *_values(linked, "dateModified")]
    return About(
        title=_title(titles, headings, [*first(_SITES), *_names_of(linked, "publisher")]),
        author=_author(tree, first(_AUTHORS), linked),
        published=trusted("", "", *map(_iso, published)).date,
        changed=trusted("", "", *map(_iso, changed)).date,
    )


def _named(tree: Tree) -> dict[str, list[str]]:
    """The values of all `<meta>` elements by name; of elements marked by `itemprop`, too."""
    named: dict[str, list[str]] = {}
    for number in tree.find("meta"):
        name = next(
            (
                tree.get(number, key)
                for key in ("name", "property", "itemprop", "http-equiv")
                if tree.get(number, key)
            ),
            "",
        )
        value = " ".join(tree.get(number, "content").split())
        if name and value:
            named.setdefault(name.lower().replace("dc:", "dc."), []).append(value)
    return named


def _titles(tree: Tree) -> Iterator[int]:
    return (number for number in tree.find("title") if not tree.is_within(number, "svg", "body"))


def _is_publication(tree: Tree, number: int) -> bool:
    """Whether a `<time>` says when the page was published, not when something took place."""
    marks = f"{tree.get(number, 'class')} {tree.get(number, 'itemprop')}".lower()
    return (
        "pubdate" in tree.attributes[number]
        or "publi" in marks
        or "entry-date" in marks
        or (tree.is_within(number, "header") and tree.is_within(number, "article"))
    )


def _title(titles: Sequence[str], headings: Sequence[str], sites: Sequence[str]) -> str:
    """The heading that the head's titles name, too; else a title without the site's name."""
    titles = [t for t in titles if trusted(t, "").title and len(t) <= _LONGEST_TITLE]
    for heading in headings[:3]:
        if len(heading) > 2 and any(heading.lower() in title.lower() for title in titles):
            return heading
    known = {site.lower() for site in sites}
    for title in titles:
        parts = _SEPARATOR.split(title)
        kept = [part for part in parts if part.lower() not in known]
        if kept and len(kept) < len(parts):
            start = title.find(kept[0])
            return title[start : title.rfind(kept[-1]) + len(kept[-1])]
    # What several titles begin with is the page's own; the rest is the site's.
    shortest = min(titles, key=len, default="")
    if shortest and all(title.startswith(shortest) for title in titles):
        return shortest
    return titles[0] if titles else next(iter(headings), "")


def _author(tree: Tree, named: Sequence[str], linked: Sequence[dict[str, Any]]) -> str:
    marked = [
        tree.words(number)
        for number in (*tree.find("a", "span", "address", "p", "div"),)
        if tree.get(number, "rel") == "author" or tree.get(number, "itemprop") == "author"
    ]
    found = [*named, *_names_of(linked, "author", "creator")] or marked[:1]
    names = [re.sub(r"^by\s+", "", name, flags=re.I) for name in found if "://" not in name]
    believed = [name for name in names if trusted("", name).author and len(name) < 200]
    return ", ".join(dict.fromkeys(believed))


def _linked_data(tree: Tree) -> Iterator[dict[str, Any]]:
    """The objects of the page's JSON-LD, outer ones first."""
    for number in tree.find("script"):
        if "ld+json" not in tree.get(number, "type"):
            continue
        try:
            data = json.loads(tree.get(number, "-source"), strict=False)
        except (ValueError, RecursionError):
            continue
        level = [data]
        for _ in range(_DEEPEST):
            objects = [item for item in level if isinstance(item, dict)]
            yield from objects
            inner = [
                v for item in objects for k, v in item.items() if k in {"@graph", "mainEntity"}
            ]
            lists = [item for item in level if isinstance(item, list)]
            level = [*inner, *(item for items in lists for item in items)][:_MOST_NODES]


def _values(linked: Sequence[dict[str, Any]], *names: str) -> list[str]:
    found = (item.get(name) for name in names for item in linked)
    return [" ".join(value.split()) for value in found if isinstance(value, str)]


def _names_of(linked: Sequence[dict[str, Any]], *roles: str) -> list[str]:
    """The names of people or organisations: given as a text, an object or a list of these."""
    names: list[str] = []
    for value in (item.get(role) for role in roles for item in linked):
        for one in value if isinstance(value, list) else [value]:
            name = one.get("name") if isinstance(one, dict) else one
            if isinstance(name, str):
                names.append(" ".join(name.split()))
    return names


def _iso(written: str) -> str:
    """A date as pages write it in their heads, as an ISO date, or nothing."""
    spelt = _SLASHED.sub(r"\1-\2-\3", _COMPACT.sub(r"\1-\2-\3 ", written[:60]))
    return find_date(spelt) or ""
