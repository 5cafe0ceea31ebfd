"""What the page says, in the reader's language. English is the key, as with gettext.

The language is that of the present request or event: `with speaking("de"): say("Documents")`.
The translations are in `wordings/`, one file for each language.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

WORDINGS = Path(__file__).parent / "wordings"
ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch", "fr": "Français"}
"""The languages of the page, each by its own name."""

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything within in `language`; one that is not known means English."""
    token = _spoken.set(language if language in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language that is spoken at present."""
    return _spoken.get()


def say(english: str, **values: object) -> str:
    """The wording in the language that is spoken, with its values filled in; plain text, not HTML.

    >>> say("Looking in {documents}", documents="2 documents")
    'Looking in 2 documents'
    """
    wording = translations(spoken()).get(english, english)
    return wording.format(**values) if values else wording


@cache
def translations(language: str) -> Mapping[str, str]:
    """The wordings of a language by the English ones; none for English."""
    file = WORDINGS / f"{language}.json"
    if language == ENGLISH or not file.exists():
        return {}
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return known
