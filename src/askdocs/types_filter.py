"""Which documents a question is asked of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents a question is asked of; empty fields leave nothing out.

    `documents` are ids; `folder` is what they lie below, such as "reports"; `types` are suffixes
    without the dot. `since` and `until` are ISO dates, included; either leaves out the undated.
    `scope` are the folders that whoever asks may see at all; what is elsewhere is not there for
    them. `None` stands for all, an empty tuple for nothing.
    """

    documents: tuple[str, ...] = ()
    folder: str = ""
    types: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    scope: tuple[str, ...] | None = None

    @property
    def admits_all(self) -> bool:
        """Whether nothing is left out."""
        chosen = self.documents or self.folder or self.types or self.since or self.until
        return not chosen and self.scope is None

    def admits(self, identifier: str, date: str | None) -> bool:
        """Whether the question is asked of the document with this id and date.

        >>> within = Filter(folder="reports", types=("md",), since="2021-05-03")
        >>> [within.admits(f"{folder}/a.MD", "2021-05-03") for folder in ("reports", "reports2")]
        [True, False]
        """
        suffixes = tuple(f".{suffix.lower().removeprefix('.')}" for suffix in self.types)
        in_time = date is not None and self.since <= date[:10] <= (self.until or date)
        return (
            self.in_scope(identifier)
            and (not self.documents or identifier in self.documents)
            and identifier.startswith(f"{self.folder.rstrip('/')}/" if self.folder else "")
            and (not suffixes or identifier.lower().endswith(suffixes))
            and (in_time or not (self.since or self.until))
        )

    def in_scope(self, identifier: str) -> bool:
        """Whether whoever asks may see the document with this id.

        >>> Filter(scope=("law",)).in_scope("law/a.md"), Filter(scope=()).in_scope("law/a.md")
        (True, False)
        """
        if self.scope is None:
            return True
        return any(identifier.startswith(f"{folder}/") for folder in self.scope)


EVERYTHING = Filter()
