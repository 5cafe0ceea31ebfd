"""The files of the documents folder as a list: what each is, and what became of it."""

from __future__ import annotations

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from askdocs.access.principal import Principal
from askdocs.readers.kinds import kind_by_name
from askdocs.web.receiving import UPLOADS, is_ours
from askdocs.web.words import title_of

if TYPE_CHECKING:
    from askdocs.index import Index

INDEXED, PARTLY, EARLIER, SKIPPED, LEFT_OUT = "indexed", "partly", "earlier", "skipped", "left-out"
"""What became of a file: read, read in part, kept as it was, not read, left out by choice."""

_MARKS = re.compile("[\u0300-\u036f]")
READ = frozenset({INDEXED, PARTLY, EARLIER})
_PROBLEMS_FIRST = (SKIPPED, EARLIER, PARTLY, LEFT_OUT, INDEXED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the documents folder, as the list shows it. `told` are remarks or the reason."""

    id: str
    title: str
    kind: str
    indexed_at: str
    state: str
    told: str
    uploaded: bool
    folded: str
    date: str = ""
    passages: int = 0
    places: Mapping[str, int] | None = None

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return PurePosixPath(self.id).name

    @property
    def readable(self) -> bool:
        """Whether the index has a text of it."""
        return self.state in READ


@dataclass(frozen=True, slots=True)
class Choice:
    """A document or a folder that a question can be asked of; a folder's id ends with `/`."""

    id: str
    title: str
    documents: int = 1
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of the list: `entries` from `start` on, of `found` that were looked for.

    `documents` are all that are indexed; `closed` says why nothing can be changed, else `into` is
    where added files go if no folder is chosen. `asks` is whether questions can be asked of them,
    `state` a mark of the list that changes with it.
    """

    entries: Sequence[Entry]
    start: int
    found: int
    documents: int
    search: str = ""
    sort: str = "name"
    folder: str = ""
    closed: str = ""
    read_only: bool = False
    into: str = UPLOADS
    asks: bool = True
    state: str = ""


class Catalogue:
    """All files of one state of the index, sorted when they are asked for."""

    def __init__(self, entries: Sequence[Entry], state: tuple[object, ...] = ()) -> None:
        self.entries = entries
        self.state = state
        self.made_at = time.monotonic()
        self.by_id = {one.id: one for one in entries}
        self.documents = sum(one.readable for one in entries)
        self.folders = _folders(one.id for one in entries if one.readable)
        self._sorted: dict[str, list[Entry]] = {}
        self._parts: dict[tuple[str, ...], Catalogue] = {}

    def seen_by(self, principal: Principal) -> Catalogue:
        """What of it they see: the same list for all who see the same folders, for nobody else."""
        if principal.folders is None:
            return self
        if principal.folders not in self._parts:
            seen = [one for one in self.entries if principal.sees(one.id)]
            self._parts[principal.folders] = Catalogue(seen, self.state)
        return self._parts[principal.folders]

    def sorted(self, order: str) -> list[Entry]:
        """The files in one of the `ORDERS`."""
        if order not in self._sorted:
            self._sorted[order] = sorted(self.entries, key=ORDERS[order], reverse=order == "date")
        return self._sorted[order]


ORDERS: Mapping[str, Callable[[Entry], tuple[object, ...]]] = {
    "name": lambda one: (one.folded,),
    "date": lambda one: (one.date,),  # the latest first, and those without a date last
    "kind": lambda one: (one.kind.lower(), one.folded),
    "state": lambda one: (_PROBLEMS_FIRST.index(one.state), one.folded),
}


def catalogue(index: Index, state: tuple[object, ...] = ()) -> Catalogue:
    """The files that the index has read, skipped and left out."""
    store = index.store
    skipped = {one.path: one for one in index.skipped()}
    ours = bool(store.meta.folder) and is_ours(Path(store.meta.folder))
    entries = []

    def add(identifier: str, became: str, told: str, at: str, title: str = "", **more: Any) -> None:
        title = title_of(identifier, title)
        entries.append(
            Entry(
                id=identifier,
                title=title,
                kind=_kind(identifier.rpartition("/")[2]),
                indexed_at=at,
                state=became,
                told=told,
                uploaded=ours and identifier.startswith(f"{UPLOADS}/"),
                folded=fold(f"{title} {identifier}"),
                **more,
            )
        )

    for one in index.documents():
        found, remarks = skipped.pop(one.id, None), "; ".join(one.remarks)
        became = EARLIER if found else PARTLY if remarks else INDEXED
        told = found.reason if found else remarks
        add(
            one.id,
            became,
            told,
            one.indexed_at,
            title=one.title,
            date=one.date or "",
            passages=one.passages,
        )
    for left in skipped.values():
        add(left.path, SKIPPED, left.reason, left.at)
    for path, at in store.removed().items():
        add(path, LEFT_OUT, "", at)
    return Catalogue(entries, state)


def fold(text: str) -> str:
    """A text as it is searched and sorted: without case and accents.

    >>> fold("Ärger Über 1.PDF")
    'arger uber 1.pdf'
    """
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()


def _kind(name: str) -> str:
    """What people call a file of this name.

    >>> _kind("a.docx"), _kind("README"), _kind("a.xyz")
    ('Word', 'text', '')
    """
    _, dot, suffix = name.rpartition(".")
    return _kind_by_name(f"a.{suffix}" if dot else name)


@lru_cache(maxsize=500)
def _kind_by_name(name: str) -> str:
    kind = kind_by_name(name)
    return kind.name if kind else ""


def _folders(identifiers: Iterable[str]) -> Mapping[str, int]:
    """How many documents are below each folder.

    >>> dict(_folders(["a/b/1.md", "a/2.md", "3.md"]))
    {'a/b': 1, 'a': 2}
    """
    counts: Counter[str] = Counter()
    for identifier in identifiers:
        parts = identifier.split("/")
        counts.update("/".join(parts[:length]) for length in range(len(parts) - 1, 0, -1))
    return counts
