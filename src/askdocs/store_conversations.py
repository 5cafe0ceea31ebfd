"""Keep conversations: what was asked and what was answered, turn by turn."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from askdocs.errors import ConversationNotFound
from askdocs.store_database import Connection, Database
from askdocs.types import EVERYTHING, Answer, Filter


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """A conversation as the list shows it. Times are ISO 8601, UTC."""

    id: str
    title: str
    created_at: str
    updated_at: str
    turns: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer as they are kept.

    `within` is what of the documents was asked; `found` are the places of the passages that were
    found, best first: document, start, end and score.
    """

    answer: Answer
    within: Filter = EVERYTHING
    found: tuple[tuple[str, int, int, float], ...] = ()


def now() -> str:
    """The present time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Conversations(Database):
    """The conversations of a store.

    Each belongs to the `owner` who began it, and is not there for any other. The owner without a
    name is the one person of a store that nobody signs in to.
    """

    def create_conversation(self, title: str = "", *, owner: str = "") -> str:
        """Begin a conversation and return its id, which cannot be guessed."""
        identifier, at = secrets.token_hex(16), now()
        with self._writing() as connection:
            values = (identifier, _storable(title), at, at, owner)
            connection.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?)", values)
        return identifier

    def conversations(self, *, owner: str = "") -> list[ConversationInfo]:
        """All conversations of the owner, the last used first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, title, created_at, updated_at,"
                " (SELECT count(*) FROM turns WHERE conversation = id)"
                " FROM conversations WHERE owner = ? ORDER BY updated_at DESC, id",
                (owner,),
            )
            return [ConversationInfo(*row) for row in rows]

    def add_turn(
        self,
        conversation: str,
        answer: Answer,
        *,
        within: Filter = EVERYTHING,
        at: int | None = None,
        owner: str = "",
    ) -> None:
        """Append an answer, without the words of its hits, to a conversation.

        With `at` it takes the place of that turn, from 0, and of all turns after it. Raises
        `ConversationNotFound`, as do the others, for what is not the owner's, too.
        """
        text = json.dumps(turn_to_keep(answer, within), ensure_ascii=True)
        with self._writing() as connection:
            _change(connection, conversation, owner, "updated_at = ?", now())
            if at is not None:
                gone = "DELETE FROM turns WHERE conversation = ? AND position >= ?"
                connection.execute(gone, (conversation, at))
            connection.execute(
                "INSERT INTO turns SELECT ?, coalesce(max(position) + 1, 0), ?"
                " FROM turns WHERE conversation = ?",
                (conversation, text, conversation),
            )

    def turns(self, conversation: str, *, owner: str = "") -> list[Answer]:
        """The answers of a conversation, oldest first."""
        return [turn.answer for turn in self.kept_turns(conversation, owner=owner)]

    def kept_turns(self, conversation: str, *, owner: str = "") -> list[Turn]:
        """All that is kept of a conversation, oldest first."""
        with self._reading() as connection:
            require_owned(connection, conversation, owner)
            rows = connection.execute(
                "SELECT answer FROM turns WHERE conversation = ? ORDER BY position", (conversation,)
            )
            return [turn_from(json.loads(text)) for (text,) in rows]

    def rename_conversation(self, conversation: str, title: str, *, owner: str = "") -> None:
        """Give a conversation another title."""
        with self._writing() as connection:
            _change(connection, conversation, owner, "title = ?", _storable(title))

    def delete_conversation(self, conversation: str, *, owner: str = "") -> None:
        """Remove a conversation and its turns."""
        with self._writing() as connection:
            gone = "DELETE FROM conversations WHERE id = ? AND owner = ?"
            if connection.execute(gone, (conversation, owner)).rowcount == 0:
                raise missing(conversation)

    def delete_conversations(self, owner: str) -> int:
        """Remove all conversations of an owner, and return how many there were."""
        with self._writing() as connection:
            gone = connection.execute("DELETE FROM conversations WHERE owner = ?", (owner,))
            return gone.rowcount


def _change(
    connection: Connection, conversation: str, owner: str, assignment: str, value: str
) -> None:
    statement = f"UPDATE conversations SET {assignment} WHERE id = ? AND owner = ?"
    if connection.execute(statement, (value, conversation, owner)).rowcount == 0:
        raise missing(conversation)


def require_owned(connection: Connection, conversation: str, owner: str) -> None:
    """Raise `ConversationNotFound` unless the owner has a conversation of this id."""
    known = "SELECT 1 FROM conversations WHERE id = ? AND owner = ?"
    if connection.execute(known, (conversation, owner)).fetchone() is None:
        raise missing(conversation)


def turn_to_keep(answer: Answer, within: Filter) -> dict[str, Any]:
    """A turn as JSON: the answer's, and what was asked if that was not all."""
    return answer.to_dict() | ({} if within.admits_all else {"within": asdict(within)})


def turn_from(kept: dict[str, Any]) -> Turn:
    """The turn that `turn_to_keep` described."""
    within = kept.get("within", {})
    lists = {name: tuple(value) for name, value in within.items() if isinstance(value, list)}
    found = ((hit["document"], hit["start"], hit["end"], hit["score"]) for hit in kept["hits"])
    return Turn(Answer.from_dict(kept), Filter(**(within | lists)), tuple(found))


def _storable(title: str) -> str:
    return title.encode("utf-8", "replace").decode()


def missing(conversation: str) -> ConversationNotFound:
    """The error for a conversation that is not there, or not for this owner: the same words."""
    return ConversationNotFound(f"there is no conversation {conversation!r} in the index")
