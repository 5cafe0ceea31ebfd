"""A filter -> the passages that are searched; what cannot be meant is said, not searched for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from askdocs.errors import QuestionError
from askdocs.store import Store
from askdocs.types import Filter

_NEXT = "the folder that it was made of is shown by: askdocs status"


def admitted(store: Store, within: Filter) -> NDArray[np.int64] | None:
    """The numbers of the passages of the documents that are asked; `None` stands for all.

    Raises `QuestionError` for a date that is none and for what is not in the index.
    """
    if within.admits_all:
        return None
    # What is out of scope is not there: it is neither found nor told from what does not exist.
    documents = [one for one in store.document_dates() if within.in_scope(one[1])]
    require_filter(within, [identifier for _, identifier, _ in documents])
    if within.documents:  # a long tuple is slow to look through, once for each document
        named = set(within.documents)
        documents = [document for document in documents if document[1] in named]
        within = replace(within, documents=())
    return store.numbers_in([number for number, name, day in documents if within.admits(name, day)])


def require_filter(within: Filter, identifiers: Iterable[str]) -> None:
    """Raise `QuestionError` if a filter cannot be meant; `identifiers` are all documents' ids."""
    for day in filter(None, (within.since, within.until)):
        if not _is_date(day):
            raise QuestionError(f"{day!r} is not a date; write one such as 2026-01-31")
    if within.until and within.since > within.until:
        raise QuestionError(f"{within.since!r} is after {within.until!r}; exchange the two dates")
    if not all(suffix.removeprefix(".") for suffix in within.types):
        raise QuestionError("a type is empty; write one such as md")
    known = set(identifiers)
    for identifier in within.documents:
        if identifier not in known:
            raise QuestionError(f"the index holds no document {identifier!r}; {_NEXT}")
    below = Filter(folder=within.folder)
    if within.folder and not any(below.admits(name, None) for name in known):
        raise QuestionError(f"the index holds no document below {within.folder!r}; {_NEXT}")


def documents_at(places: Sequence[str], identifiers: Iterable[str]) -> tuple[str, ...]:
    """The ids of the documents that are named or lie below a folder that is named.

    Raises `QuestionError` for a place where there is none.

    >>> documents_at(["notes.md", "reports"], ["notes.md", "other.md", "reports/a.txt"])
    ('notes.md', 'reports/a.txt')
    """
    known = list(identifiers)
    found: dict[str, None] = {}
    for place in places:
        below = Filter(folder=place or "/")
        here = [name for name in known if name == place or below.admits(name, None)]
        if not here:
            raise QuestionError(f"the index holds no document or folder {place!r}; {_NEXT}")
        found.update(dict.fromkeys(here))
    return tuple(found)


def _is_date(text: str) -> bool:
    """Whether this is a date as documents have them, which compare as texts.

    >>> [_is_date(text) for text in ("2024-02-29", "2023-02-29", "20240229", "2024")]
    [True, False, False, False]
    """
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
