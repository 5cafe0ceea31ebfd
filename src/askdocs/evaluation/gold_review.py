"""What a person does with the drafts of a gold file, each step written to the file at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askdocs.errors import GoldError
from askdocs.evaluation.files import write_whole
from askdocs.evaluation.gold import as_question, read_rows
from askdocs.evaluation.gold_check import check_question
from askdocs.evaluation.gold_csv import cell, value_of
from askdocs.evaluation.gold_documents import find_in
from askdocs.evaluation.gold_files import as_lines

_ONE_LINE = " ".join


@dataclass(frozen=True, slots=True)
class Edited:
    """The fields of a row as a person writes them.

    `answers` has a line for each group, its alternatives set apart by " | "; `evidence` a line for
    each quote, after its document and " | ".
    """

    question: str
    answerable: bool
    answers: str
    evidence: str


class Review:
    """The drafts of a gold file. What is rejected goes into FILE.rejected.jsonl: nothing is lost.

    The file is read again for every step, so that what another program wrote meanwhile stays.
    """

    def __init__(self, path: Path, texts: Mapping[str, str]) -> None:
        self.path = path
        self.texts = texts
        self.rejected = path.with_name(f"{path.stem}.rejected.jsonl")
        self._lock = threading.Lock()
        self._steps: list[tuple[dict[str, Any], int, bool]] = []
        self.drafts()  # a file that is not one is to be told at once

    def drafts(self) -> list[dict[str, Any]]:
        """The drafts in their order. Raises `GoldError`."""
        return [row for row in self._rows() if row.get("draft")]

    def edited(self, row: Mapping[str, Any]) -> Edited:
        """The fields of a row, for a person to edit."""
        evidence = [item for item in row.get("evidence", []) if isinstance(item, dict)]
        lines = [
            f"{item.get('document', '')} | {_ONE_LINE(str(item.get('quote', '')).split())}"
            for item in evidence
        ]
        answers = cell("all_of", row["all_of"]) if row.get("all_of") else ""
        return Edited(row["question"], row["answerable"], answers, "\n".join(lines))

    def completed(self, row: Mapping[str, Any], edited: Edited) -> dict[str, Any]:
        """The row as it was edited, fit to be asked. Raises `GoldError` with what is missing."""
        whole = dict(row)
        for name in ("draft", "note", "all_of", "evidence"):
            whole.pop(name, None)
        whole |= {"question": edited.question.strip(), "answerable": edited.answerable}
        if edited.answerable:
            try:
                whole["all_of"] = value_of("all_of", list, edited.answers)
            except ValueError as error:
                raise GoldError('the answers are not JSON; write "this | or this"') from error
            whole["evidence"] = [self._quoted(line) for line in _lines(edited.evidence)]
        else:
            whole.pop("claims", None)
        question = as_question(whole, str(self.path))
        errors = [one for one in check_question(question, self.texts) if one.level == "error"]
        if errors:
            raise GoldError(str(errors[0]))
        return {name: whole[name] for name in _order(row, whole)}

    def warnings(self, row: Mapping[str, Any]) -> list[str]:
        """What somebody should look at in a draft, in words."""
        try:
            question = as_question(row, str(self.path))
        except GoldError as error:
            return [str(error).removeprefix(f"{self.path}: ")]
        return [one.reason for one in check_question(question, self.texts)]

    def accept(self, identifier: str, edited: Edited) -> None:
        """Take a draft, as it was edited, among the questions. Raises `GoldError`."""
        with self._lock:
            rows, place = self._find(identifier)
            completed = self.completed(rows[place], edited)
            self._steps.append((rows[place], place, False))
            rows[place] = completed
            self._write(rows)

    def reject(self, identifier: str) -> None:
        """Take a draft out, into the file of those rejected. Raises `GoldError`."""
        with self._lock:
            rows, place = self._find(identifier)
            # First there, then away from here: a crash between the two leaves it in both.
            write_whole(self.rejected, as_lines([*self._rejected(), rows[place]]))
            self._steps.append((rows[place], place, True))
            self._write(rows[:place] + rows[place + 1 :])

    def undo(self) -> str:
        """Make the last step undone; the id of the draft that is back, empty if there is none."""
        with self._lock:
            if not self._steps:
                return ""
            row, place, was_rejected = self._steps.pop()
            rows = [one for one in self._rows() if one["id"] != row["id"]]
            self._write([*rows[:place], row, *rows[place:]])
            if was_rejected:
                kept = [one for one in self._rejected() if one != row]
                write_whole(self.rejected, as_lines(kept))
            return str(row["id"])

    def _quoted(self, line: str) -> dict[str, str]:
        document, between, quote = line.partition(" | ")
        found = find_in(self.texts, quote if between else line, document if between else "")
        if not found:
            shown = json.dumps(quote if between else line, ensure_ascii=False)
            raise GoldError(f"{shown}: these words are in no document; copy them from one")
        if between and document in self.texts and found[0] != document:
            raise GoldError(f"{document} does not have these words; {found[0]} has")
        return {"document": found[0], "quote": found[1]}

    def _rows(self) -> list[dict[str, Any]]:
        return [row for _, row in read_rows(self.path)]

    def _rejected(self) -> list[dict[str, Any]]:
        return [row for _, row in read_rows(self.rejected)] if self.rejected.exists() else []

    def _find(self, identifier: str) -> tuple[list[dict[str, Any]], int]:
        rows = self._rows()
        for place, row in enumerate(rows):
            if row["id"] == identifier and row.get("draft"):
                return rows, place
        raise GoldError(f"{identifier}: it is no draft in {self.path} any more; go to the next")

    def _write(self, rows: list[dict[str, Any]]) -> None:
        write_whole(self.path, as_lines(rows))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _order(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields where they stood; new ones at the end."""
    return [*(name for name in before if name in after), *(n for n in after if n not in before)]
