"""What a reader chose for a question: the settings of the page, which documents, which turn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from askdocs.types import EVERYTHING, Filter
from askdocs.web.wording import ENGLISH, LANGUAGES


@dataclass(frozen=True, slots=True)
class Options:
    """The choices that go with a question. `None` stands for what the server is set to."""

    k: int | None = None
    """Passages given for the question, 1 to 50."""
    threshold: float | None = None
    """An answer with less support than this is refused, 0 to 1."""
    quoted: bool = False
    """Whether the answer is quoted although the server has a language model."""
    within: Filter = EVERYTHING
    """The documents that are asked."""
    at: int | None = None
    """The turn, from 0, that the question takes the place of, with all after it."""
    language: str = ENGLISH
    """The language of the page."""

    @classmethod
    def from_json(cls, text: str) -> Options:
        """The options that a browser sent; what makes no sense there is left at its default.

        >>> Options.from_json('{"k": 8, "threshold": "x", "documents": ["a.txt"]}').k
        8
        """
        try:
            given = json.loads(text or "{}")
        except ValueError:
            given = {}
        if not isinstance(given, dict):
            given = {}
        language = given.get("language")
        return cls(
            k=_whole(given.get("k"), 1, 50),
            threshold=_share(given.get("threshold")),
            quoted=given.get("quoted") is True,
            within=Filter(documents=_words(given.get("documents")), folder=_word(given, "folder")),
            at=_whole(given.get("at"), 0, 100_000),
            language=language if language in LANGUAGES else ENGLISH,
        )


AS_SET = Options()
"""All as the server is set, and all documents."""


def _whole(value: object, low: int, high: int) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return min(max(value, low), high)
    return None


def _share(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return min(max(float(value), 0.0), 1.0)
    return None


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _word(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""
