"""The wordings: every text of the page is there in every language, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from askdocs.answering.prompts import REFUSAL
from askdocs.readers import kinds
from askdocs.web import transcript, words
from askdocs.web.render import document, reading, shelf
from askdocs.web.wording import ENGLISH, LANGUAGES, WORDINGS, say, speaking, translations

WEB = WORDINGS.parent
SAYING = frozenset({"say", "told"})
"""The functions whose first argument is a wording."""
OTHERS = [language for language in LANGUAGES if language != ENGLISH]
KINDS = tuple(name[:1].upper() + name[1:] for name in kinds.KINDS if name[0].islower())
"""The kinds of files that have no name of their own."""

HANDED_ON: dict[str, Iterable[str]] = {
    "answer.py: REFUSAL": [REFUSAL],
    "conversations.py: name": ["Conversations", "Today", "Earlier", "Found"],
    "document.py: CHANGED": [document.CHANGED],
    "document.py: name": [*document._LOOKS.values(), "Table"],
    "document.py: what": [what for _, what in document._KEYS],
    "quality.py: english": [],
    "reading.py: _PLACES[anchor.kind]": reading._PLACES.values(),
    "settings.py: english": [],
    "shelf.py: _STATES[one.state]": shelf._STATES.values(),
    "shelf.py: english": [],
    "shelf.py: kind": ["page", "slide", "sheet"],
    "shelf.py: name": shelf._COLUMNS,
    "shelf.py: none": ["No file has that in its name.", "There are no files here yet."],
    "shelf.py: one.kind[:1].upper() + one.kind[1:]": KINDS,
    "shelf.py: shown.closed": [
        "This server only reads: documents are added and removed elsewhere.",
        "You can read the documents here, not add or remove any.",
    ],
    "shelf.py: word": [*shelf._SORTS.values(), *shelf._COLUMNS],
    "shelf.py: words": ["{n} added", "{n} changed", "{n} removed"],
    "transcript.py: _STANDING[claim.status]": transcript._STANDING.values(),
    "words.py: MONTHS[parsed.month - 1]": words.MONTHS,
    "words.py: f'{{n}} {noun}' + ('' if one else 's')": [],
}
"""What is said where the code does not name it, by file and argument."""


def constants(node: ast.expr) -> list[str]:
    """The texts that an argument may be: one, or those of a condition; else none."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    fixed = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return [node.value] if fixed else []


def said_in(path: Path) -> Iterator[str]:
    """The wordings that a file of the page uses."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in SAYING:
            yield from named(path, node, node.args[0])
        elif name == "plural":
            for noun in named(path, node, node.args[1]):
                yield from (f"{{n}} {noun}", f"{{n}} {noun}s")


def named(path: Path, call: ast.Call, argument: ast.expr) -> Iterable[str]:
    """What the argument may be, as the code says or the table above."""
    place = f"{path.name}: {ast.unparse(argument)}"
    found = constants(argument)
    assert found or place in HANDED_ON, f"line {call.lineno}: add to HANDED_ON: {place}"
    return found or HANDED_ON[place]


def used() -> set[str]:
    """Every wording of the page."""
    return {key for path in WEB.rglob("*.py") for key in said_in(path)}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_wording_is_there_and_none_is_left_over(language: str) -> None:
    """What the page says is in every language; what it does not say any more is in none."""
    known = set(translations(language))
    assert used() - known == set(), "not translated"
    assert known - used() == set(), "not used any more"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_places_for_values(language: str) -> None:
    """A value that is said in English is said in the other language, under the same name."""
    for english, wording in translations(language).items():
        assert wording.strip(), english
        assert placeholders(wording) == placeholders(english), english


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_ends_as_the_english_does(language: str) -> None:
    """A sentence stays a sentence, a label a label: both end with a full stop, or neither."""
    for english, wording in translations(language).items():
        ends = wording.endswith((".", ":", "…")) == english.endswith((".", ":", "…"))
        assert ends or english in words.MONTHS, english


def test_a_file_for_every_language_and_no_other() -> None:
    """The languages of the settings are those of the files; English needs none."""
    assert {path.stem for path in WORDINGS.glob("*.json")} == set(OTHERS)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("1,200 passages", "0.74", "3 May 2026", "0 documents", "1 document")),
        ("de", ("1.200 Abschnitte", "0,74", "3. Mai 2026", "0 Dokumente", "1 Dokument")),
        ("fr", ("1\u202f200 passages", "0,74", "3 mai 2026", "0 document", "1 document")),
    ],
)
def test_numbers_days_and_plurals_are_those_of_the_language(
    language: str, said: tuple[str, ...]
) -> None:
    """The marks in numbers, the order of a date, and what counts as one."""
    with speaking(language):
        assert said == (
            words.plural(1200, "passage"),
            words.number(0.738, 2),
            words.day("2026-05-03"),
            words.plural(0, "document"),
            words.plural(1, "document"),
        )


def test_an_unknown_language_means_english() -> None:
    """What is not known is said in English, and speaking ends where it ends."""
    with speaking("xx"):
        assert say("Documents") == "Documents"
    with speaking("de"):
        assert say("Documents") == "Dokumente"
    assert say("Documents") == "Documents"
    assert words.when("2026-05-03T12:04:00+00:00", datetime(2026, 5, 3, 20, tzinfo=UTC)) == "12:04"
