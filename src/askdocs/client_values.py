"""The JSON of a server -> the values of the library, as `Index` and `Assistant` give them.

A field that this version does not know is left out: a newer server may send more. What lacks a
field raises `KeyError` or `TypeError`. The types are imported where they are made, because numpy
comes with most of them and the command line does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from askdocs.types_document import Anchor, Document

if TYPE_CHECKING:
    from askdocs.store import DocumentInfo, Skipped
    from askdocs.store_conversations import ConversationInfo, Turn
    from askdocs.store_feedback import FeedbackRow, Opinion
    from askdocs.types import Answer, Hit

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Indexing:
    """How far the server is in reading the documents folder; `turn` counts the runs that ended.

    `error` says what ended the last run; it is empty if that went well.
    """

    running: bool
    what: str
    done: int
    total: int
    seconds_left: float
    turn: int
    error: str
    can_change: bool


def indexing_from(data: Mapping[str, Any]) -> Indexing:
    """How far the reading of the folder is."""
    return _made(Indexing, data)


def document_from(data: Mapping[str, Any]) -> Document:
    """A document with its text."""
    anchors = tuple(_made(Anchor, anchor) for anchor in data["anchors"])
    return _made(Document, data, anchors=anchors, remarks=tuple(data["remarks"]))


def answer_from(data: Mapping[str, Any]) -> Answer:
    """An answer; the passages of its hits have no text, but for those that were sent with it."""
    from askdocs.types import Answer, Citation, Claim, Conflict

    conflicts = tuple(
        Conflict(
            about=one["about"],
            claims=tuple(
                _made(Claim, claim, citations=tuple(claim["citations"])) for claim in one["claims"]
            ),
        )
        for one in data["conflicts"]
    )
    return _made(
        Answer,
        data,
        citations=tuple(_made(Citation, citation) for citation in data["citations"]),
        conflicts=conflicts,
        hits=tuple(map(hit_from, data["hits"])),
        timings=dict(data["timings"]),
    )


def hit_from(data: Mapping[str, Any]) -> Hit:
    """A passage that was found, with the words that were sent of it."""
    from askdocs.types import Hit, Passage

    place = (data["document"], data["start"], data["end"])
    passage = Passage(*place, data.get("text", ""), data.get("heading", ""))
    return Hit(passage, data["score"], dict(data.get("parts", {})))


def hits_from(data: Mapping[str, Any]) -> list[Hit]:
    """The passages that were found, best first."""
    return [hit_from(hit) for hit in data["hits"]]


def documents_from(data: Mapping[str, Any]) -> tuple[list[DocumentInfo], int]:
    """A part of the list of documents, and how many there are."""
    return [info_from(one) for one in data["documents"]], data["total"]


def all_skipped_from(data: Mapping[str, Any]) -> list[Skipped]:
    """The files that were skipped, which come with the documents."""
    return [skipped_from(one) for one in data["skipped"]]


def identifier_from(data: Mapping[str, Any]) -> str:
    """The id of what was made."""
    return str(data["id"])


def nothing_from(data: object) -> None:
    """Nothing: it is done."""


def info_from(data: Mapping[str, Any]) -> DocumentInfo:
    """A document as the list shows it."""
    from askdocs.store import DocumentInfo

    return _made(DocumentInfo, data, remarks=tuple(data["remarks"]))


def skipped_from(data: Mapping[str, Any]) -> Skipped:
    """A file that was skipped; when that was is not told."""
    from askdocs.store import Skipped

    return _made(Skipped, {"at": "", **data})


def conversation_from(data: Mapping[str, Any]) -> ConversationInfo:
    """A conversation as the list shows it."""
    from askdocs.store_conversations import ConversationInfo

    return _made(ConversationInfo, data)


def conversations_from(data: Mapping[str, Any]) -> tuple[list[ConversationInfo], int]:
    """A part of the list of conversations, and how many there are."""
    return [conversation_from(one) for one in data["conversations"]], data["total"]


def turns_from(data: Mapping[str, Any]) -> list[Turn]:
    """What is kept of a conversation."""
    return [turn_from(one) for one in data["turns"]]


def turn_from(data: Mapping[str, Any]) -> Turn:
    """A question and its answer as they are kept."""
    from askdocs.store_conversations import Turn
    from askdocs.types import Filter

    asked = data["within"]
    lists = {name: tuple(asked[name]) for name in ("documents", "types")}
    answer = answer_from({**data["answer"], "hits": ()})  # as the store has it
    names = ("document", "start", "end", "score")
    found = tuple(tuple(hit[name] for name in names) for hit in data["answer"]["hits"])
    return _made(Turn, {}, answer=answer, within=_made(Filter, asked, **lists), found=found)


def opinions_from(data: Mapping[str, Any]) -> dict[int, Opinion]:
    """What readers think of the answers of a conversation."""
    from askdocs.store_feedback import Opinion

    given = ((turn["turn"], turn["feedback"]) for turn in data["turns"])
    return {number: _made(Opinion, thought) for number, thought in given if thought}


def feedback_from(data: Mapping[str, Any]) -> tuple[list[FeedbackRow], int]:
    """A part of what readers think, and how many opinions there are."""
    from askdocs.store_feedback import FeedbackRow

    rows = [
        _made(
            FeedbackRow,
            one,
            position=one["turn"],
            answer=answer_from({**one["answer"], "hits": ()}),
            history=tuple(one["history"]),
        )
        for one in data["feedback"]
    ]
    return rows, data["total"]


def _made(kind: type[Value], data: Mapping[str, Any], **changed: Any) -> Value:
    """A value of the fields that its kind has, some of them `changed`."""
    known: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]  # values have slots
    given = {name: value for name, value in data.items() if name in known}
    return kind(**(given | changed))
