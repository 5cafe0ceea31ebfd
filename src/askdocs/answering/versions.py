"""Documents that are versions of one another, as their names tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_NUMBERED = re.compile(
    r"(?:^|[\s_.\-]+|\()(?:v|ver|version|rev|revision|edition|draft|issue)[\s_.\-]*(\d+(?:\.\d+)*)\)?"
    r"(?=[\s_.\-)]|$)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:^|[\s_.\-]+|\()(old|superseded|outdated|original|draft|final|updated?|revised|corrected|"
    r"correction|new|latest|current)\)?(?=[\s_.\-)]|$)",
    re.IGNORECASE,
)
_STAGES = {
    **dict.fromkeys(("old", "superseded", "outdated"), -2),
    **dict.fromkeys(("draft", "original"), -1),
    **dict.fromkeys(("final", "new", "latest", "current", "update", "updated"), 1),
    **dict.fromkeys(("revised", "corrected", "correction"), 2),
}

_Rank = tuple[int, tuple[int, ...]]


def superseded(documents: Iterable[str]) -> dict[str, str]:
    """For each document id of which a later version is among `documents`, the latest one's id.

    Only names that say so count: "plan-v2.md" follows "plan-v1.md" and "plan.md", but the minutes
    of May do not replace those of April.

    >>> superseded(["plan-v1.md", "plan-v2.md", "minutes-2021-04.md", "minutes-2021-05.md"])
    {'plan-v1.md': 'plan-v2.md'}
    >>> superseded(["rules (draft).txt", "rules (final).txt"])
    {'rules (draft).txt': 'rules (final).txt'}
    """
    families: dict[str, list[tuple[_Rank, str]]] = {}
    for document in dict.fromkeys(documents):
        name, rank = _version(document)
        families.setdefault(name, []).append((rank, document))
    later = {}
    for family in families.values():
        last, latest = max(family)
        later.update({document: latest for rank, document in family if rank < last})
    return later


def _version(document: str) -> tuple[str, _Rank]:
    """The document's name without what tells the version, and which version it is."""
    path = PurePosixPath(document)
    numbers = [tuple(map(int, m.group(1).split("."))) for m in _NUMBERED.finditer(path.stem)]
    stem = _NUMBERED.sub("", path.stem)
    stages = [_STAGES[m.group(1).lower()] for m in _NAMED.finditer(stem)]
    name = str(path.with_name(_NAMED.sub("", stem).strip(" _.-").lower() + path.suffix.lower()))
    # The word comes first: a draft replaces nothing that is final, whatever its number.
    return name, (sum(stages), numbers[-1] if numbers else ())
