"""Which documents a question is asked of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents a question is asked of; empty fields leave nothing out.

    `documents` are ids; `folder` is what they lie below, such as "reports"; `types` are suffixes
    without the dot. `since` and `until` are ISO dates, included; either leaves out the undated.
    """

    documents: tuple[str, ...] = ()
    folder: str = ""
    types: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def admits_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.documents or self.folder or self.types or self.since or self.until)

    def admits(self, identifier: str, date: str | None) -> bool:
        """Whether the question is asked of the document with this id and date.

        >>> within = Filter(folder="reports", types=("md",), since="2021-05-03")
        >>> [within.admits(f"{folder}/a.MD", "2021-05-03") for folder in ("reports", "reports2")]
        [True, False]
        """
        suffixes = tuple(f".{suffix.lower().removeprefix('.')}" for suffix in self.types)
        in_time = date is not None and self.since <= date[:10] <= (self.until or date)
        return (
            (not self.documents or identifier in self.documents)
            and identifier.startswith(f"{self.folder.rstrip('/')}/" if self.folder else "")
            and (not suffixes or identifier.lower().endswith(suffixes))
            and (in_time or not (self.since or self.until))
        )


EVERYTHING = Filter()
