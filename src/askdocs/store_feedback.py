"""Keep what readers think of answers: right or wrong, with a note."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

from askdocs.errors import ConversationNotFound
from askdocs.store_conversations import now, require_owned
from askdocs.store_database import Connection, Database
from askdocs.types import Answer

Verdict: TypeAlias = Literal["right", "wrong"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reader thinks of one answer."""

    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """An opinion with the answer it is about; `history` are the questions before it.

    `position` counts the turns of the conversation from 0; `at` is ISO 8601, UTC.
    """

    conversation: str
    position: int
    at: str
    verdict: Verdict
    note: str
    answer: Answer
    history: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """What was asked."""
        return self.answer.question


class Feedback(Database):
    """What readers think of the answers in a store."""

    def give_feedback(
        self,
        conversation: str,
        position: int,
        verdict: Verdict,
        note: str = "",
        *,
        owner: str = "",
    ) -> None:
        """Keep an opinion on an answer, in place of an earlier one.

        Raises `ConversationNotFound` if the owner has no such answer, which takes its opinions
        along when it goes.
        """
        note = note.encode("utf-8", "replace").decode()
        with self._writing() as connection:
            _require_turn(connection, conversation, position, owner)
            connection.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (conversation, position) DO UPDATE"
                " SET verdict = excluded.verdict, note = excluded.note, at = excluded.at",
                (conversation, position, verdict, note, now()),
            )

    def take_back_feedback(self, conversation: str, position: int, *, owner: str = "") -> None:
        """Forget the opinion on an answer. Raises `ConversationNotFound` as above."""
        with self._writing() as connection:
            _require_turn(connection, conversation, position, owner)
            gone = "DELETE FROM feedback WHERE conversation = ? AND position = ?"
            connection.execute(gone, (conversation, position))

    def opinions(self, conversation: str, *, owner: str = "") -> dict[int, Opinion]:
        """The opinions on a conversation's answers, by position; none if it is not the owner's."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT position, verdict, note FROM feedback WHERE conversation ="
                " (SELECT id FROM conversations WHERE id = ? AND owner = ?)",
                (conversation, owner),
            )
            return {position: Opinion(verdict, note) for position, verdict, note in rows}

    def feedback(self) -> list[FeedbackRow]:
        """All opinions of all owners with their questions and answers, the oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT conversation, position, at, verdict, note, answer"
                " FROM feedback JOIN turns USING (conversation, position)"
                " ORDER BY at, conversation, position"
            ).fetchall()
            return [
                FeedbackRow(
                    conversation,
                    position,
                    at,
                    verdict,
                    note,
                    Answer.from_dict(json.loads(text)),
                    _asked_before(connection, conversation, position),
                )
                for conversation, position, at, verdict, note, text in rows
            ]


def _asked_before(connection: Connection, conversation: str, position: int) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT answer FROM turns WHERE conversation = ? AND position < ? ORDER BY position",
        (conversation, position),
    )
    return tuple(json.loads(text)["question"] for (text,) in rows)


def _require_turn(connection: Connection, conversation: str, position: int, owner: str) -> None:
    require_owned(connection, conversation, owner)
    known = "SELECT 1 FROM turns WHERE conversation = ? AND position = ?"
    if connection.execute(known, (conversation, position)).fetchone() is None:
        raise ConversationNotFound(
            f"there is no answer {position} in a conversation {conversation!r}; open it again"
        )
