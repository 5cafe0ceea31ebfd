"""Keeps the answers of an evaluation, so that a run that was cut goes on and a second one is quick.

They lie beside the index that gave them. An answer is used again only for the same question after
the same ones, over the same documents, with the same settings and the same code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from askdocs.assistant import Assistant
from askdocs.evaluation.gold import GoldQuestion
from askdocs.types import Answer, Hit, Passage

NAME = "evaluation-answers.jsonl"
_CODE = Path(__file__).parent.parent
_NOT_ANSWERING = {"web", "evaluation"}
"""Rooms of the package on which no answer depends."""


class KeptAnswers:
    """The answers of earlier runs, by question; new ones are added to the file at once.

    `passages` are all those of the index: what was found is kept by its place only.
    """

    def __init__(
        self,
        folder: Path,
        assistant: Assistant,
        passages: Sequence[Passage],
        *,
        fresh: bool = False,
    ) -> None:
        """Read what is kept in `folder`; with `fresh` that is dropped."""
        self._path = folder / NAME
        self._state = _state(assistant)
        self._passages = {(one.document, one.start, one.end): one for one in passages}
        if fresh:
            self._path.unlink(missing_ok=True)
        self._kept = dict(_rows(self._path))
        self.used = 0

    def get(self, question: GoldQuestion) -> tuple[Answer, float] | None:
        """The answer and its milliseconds, if there is one that still holds."""
        row = self._kept.get(self._key(question))
        if row is None:
            return None
        places = [(one["document"], one["start"], one["end"]) for one in row["answer"]["hits"]]
        if any(place not in self._passages for place in places):
            return None
        hits = tuple(
            Hit(self._passages[place], one["score"])
            for place, one in zip(places, row["answer"]["hits"], strict=True)
        )
        self.used += 1
        answer = Answer.from_dict(row["answer"])
        return replace(answer, hits=hits), float(row["milliseconds"])

    def add(self, question: GoldQuestion, answer: Answer, milliseconds: float) -> None:
        """Keep an answer. A disk that is full costs only that."""
        key = self._key(question)
        row = {"key": key, "answer": answer.to_dict(), "milliseconds": milliseconds}
        self._kept[key] = row
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def _key(self, question: GoldQuestion) -> str:
        return _digest([question.question, *question.history, self._state])


def _rows(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """What the file holds; a line that was cut while it was written is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    for line in lines:
        with suppress(ValueError, TypeError, KeyError):
            row = json.loads(line)
            found.append((str(row["key"]), row))
    return found


def _state(assistant: Assistant) -> str:
    """What the answers of an assistant depend on, besides the question."""
    index, config = assistant.index, assistant.config
    documents = [[one.id, one.sha256, one.signature] for one in index.documents()]
    model = [index.store.meta.fingerprint, assistant.model_name]
    return _digest([documents, model, repr(config), _code()])


def _digest(value: Sequence[Any] | Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


@cache
def _code() -> str:
    """The code that answers, as one number: after a change of it no kept answer holds."""
    digest = hashlib.sha256()
    for path in sorted(_CODE.rglob("*")):
        room = path.relative_to(_CODE).parts[0]
        if path.suffix in (".py", ".json") and room not in _NOT_ANSWERING:
            digest.update(path.relative_to(_CODE).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()
