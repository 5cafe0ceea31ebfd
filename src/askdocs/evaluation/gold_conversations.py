"""Makes gold drafts of the conversations that an index keeps, each question with its history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from askdocs.evaluation.feedback import Stands, gold_rows
from askdocs.store_feedback import FeedbackRow

if TYPE_CHECKING:
    from askdocs.store import Store

_CHECK = "asked in a conversation; check that the answer was right, then take draft out"


def conversation_rows(store: Store, stands: Stands) -> Iterator[dict[str, Any]]:
    """A draft for every question of every conversation; it expects what was answered then.

    `stands` says whether a document still says what is quoted from it. Small talk gives no row; an
    opinion on the answer goes into the note.
    """
    for conversation in store.conversations():
        opinions = store.opinions(conversation.id)
        earlier: list[str] = []
        for position, answer in enumerate(store.turns(conversation.id)):
            opinion = opinions.get(position)
            told = FeedbackRow(
                conversation.id,
                position,
                conversation.updated_at,
                opinion.verdict if opinion else "right",
                opinion.note if opinion else "",
                answer,
                tuple(earlier),
            )
            for row in gold_rows([told], stands):
                yield _as_draft(row)
            if answer.mode != "conversation":
                earlier.append(answer.question)


def _as_draft(row: dict[str, Any]) -> dict[str, Any]:
    identifier = row["id"].replace("feedback", "conversation", 1)
    note = "; ".join(filter(None, [_CHECK, row.get("note", "")]))
    return row | {"id": identifier, "type": "conversation", "draft": True, "note": note}
