"""Keep evaluations: how the answers to a gold file's questions were scored, run after run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from askdocs.errors import EvaluationNotFound
from askdocs.store_conversations import now
from askdocs.store_database import Database


@dataclass(frozen=True, slots=True)
class EvaluationInfo:
    """An evaluation as a list shows it. `at` is ISO 8601, UTC; `model` "none" where quoted."""

    number: int
    gold: str
    at: str
    right: int
    refused: int
    wrong: int
    model: str

    @property
    def questions(self) -> int:
        """How many were asked."""
        return self.right + self.refused + self.wrong


class Evaluations(Database):
    """The evaluations of a store."""

    def add_evaluation(self, gold: str, result: Mapping[str, Any]) -> int:
        """Keep a result, as `evaluation.record` makes it of a gold file; return its number."""
        text = json.dumps(result, ensure_ascii=True)
        with self._writing() as connection:
            row = connection.execute(
                "INSERT INTO evaluations (gold, at, result) VALUES (?, ?, ?) RETURNING number",
                (gold.encode("utf-8", "replace").decode(), now(), text),
            ).fetchone()
            return int(row[0])

    def evaluations(self, limit: int = 200) -> list[EvaluationInfo]:
        """The last evaluations, newest first."""
        counts = ", ".join(
            self._of_json("result", "outcomes", "all", outcome)
            for outcome in ("right", "refused", "wrong")
        )
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT number, gold, at, {counts},"
                f" {self._of_json('result', 'settings', 'language_model')}"
                " FROM evaluations ORDER BY number DESC LIMIT ?",
                (limit,),
            )
            return [EvaluationInfo(*row) for row in rows]

    def evaluation(self, number: int) -> dict[str, Any]:
        """The result that was kept under a number. Raises `EvaluationNotFound`."""
        with self._reading() as connection:
            query = "SELECT result FROM evaluations WHERE number = ?"
            row = connection.execute(query, (number,)).fetchone()
        if row is None:
            raise EvaluationNotFound(f"the index keeps no evaluation {number}")
        result: dict[str, Any] = json.loads(row[0])
        return result
