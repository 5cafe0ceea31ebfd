"""What programs get of documents, conversations, evaluations and the server itself."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from askdocs.web.api.answers import AnswerReply, Given


class ListedDocument(Given):
    """A document as the list shows it; `remarks` say what of it could not be read."""

    id: str
    title: str
    date: str | None
    author: str
    remarks: list[str]
    sha256: str
    characters: int = Field(ge=0)
    passages: int = Field(ge=0)
    indexed_at: str


class SkippedFile(Given):
    """A file that is not in the index, or not in its present form, and why."""

    path: str
    reason: str


class Documents(Given):
    """A part of the list, of `total` that were looked for; and the files that were skipped."""

    documents: list[ListedDocument]
    total: int = Field(ge=0)
    offset: int = Field(ge=0)
    skipped: list[SkippedFile]


class AnchorReply(Given):
    """A named place in a document: a page, slide, sheet, row, chapter or heading."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    kind: str
    label: str


class DocumentReply(Given):
    """A document with its text, whose code points all offsets count."""

    id: str
    text: str
    title: str
    sha256: str
    date: str | None
    anchors: list[AnchorReply]
    author: str
    remarks: list[str]


class SpanReply(Given):
    """A slice of a document: `text[start:end]`, where it stands and below which heading."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    place: str
    heading: str


class Spans(Given):
    """A part of the slices of a document, in their order, of `total`."""

    document: str
    sha256: str
    characters: int = Field(ge=0)
    total: int = Field(ge=0)
    offset: int = Field(ge=0)
    spans: list[SpanReply]


class Received(Given):
    """A file that was taken in; it can be asked once `progress` says that nothing is under way."""

    id: str
    document: str = Field(description="The address of the document, once it is read.")
    progress: str = Field(description="The address that tells how far the reading is.")


class Indexing(Given):
    """How far the reading of the folder is; `turn` counts the runs that have ended."""

    running: bool
    what: str
    done: int = Field(ge=0)
    total: int = Field(ge=0)
    seconds_left: float = Field(ge=0, description="0 while it cannot be told.")
    turn: int = Field(ge=0)
    error: str = Field(description="What ended the last run; empty if it went well.")
    can_change: bool = Field(description="Whether documents can be added and removed here.")


class ListedConversation(Given):
    """A conversation as the list shows it. Times are ISO 8601, UTC."""

    id: str
    title: str
    created_at: str
    updated_at: str
    turns: int = Field(ge=0)


class Conversations(Given):
    """A part of the list, of `total` that were looked for, the last used first."""

    conversations: list[ListedConversation]
    total: int = Field(ge=0)
    offset: int = Field(ge=0)


class OpinionReply(Given):
    """What a reader thinks of an answer."""

    verdict: Literal["right", "wrong"]
    note: str


class WithinReply(Given):
    """Which documents were asked; empty fields leave nothing out."""

    documents: list[str]
    folder: str
    types: list[str]
    since: str
    until: str


class TurnReply(Given):
    """A question and its answer as they are kept."""

    turn: int = Field(ge=0)
    answer: AnswerReply
    within: WithinReply
    feedback: OpinionReply | None


class Conversation(Given):
    """A conversation with its turns, the oldest first."""

    id: str
    title: str
    created_at: str
    updated_at: str
    turns: list[TurnReply]


class FeedbackItem(Given):
    """An opinion with the answer it is about; `history` are the questions before it."""

    conversation: str
    turn: int = Field(ge=0)
    at: str
    verdict: Literal["right", "wrong"]
    note: str
    history: list[str]
    answer: AnswerReply


class FeedbackReply(Given):
    """A part of what readers think, of `total` opinions, the oldest first."""

    feedback: list[FeedbackItem]
    total: int = Field(ge=0)
    offset: int = Field(ge=0)


class GoldFile(Given):
    """A gold file that can be run."""

    name: str
    questions: int = Field(ge=0)


class Run(Given):
    """How far a run is, or how the last one ended; `kept` is its number once it is kept."""

    gold: str
    done: int = Field(ge=0)
    total: int = Field(ge=0)
    running: bool
    stopped: bool
    failed: str
    kept: int = Field(ge=0)


class ListedEvaluation(Given):
    """An evaluation as the list shows it; `model` is "none" where answers were quoted."""

    number: int = Field(ge=1)
    gold: str
    at: str
    right: int = Field(ge=0)
    refused: int = Field(ge=0)
    wrong: int = Field(ge=0)
    model: str


class Evaluations(Given):
    """What is kept, the newest first, what can be run, and the run that may be under way."""

    evaluations: list[ListedEvaluation]
    gold: list[GoldFile]
    run: Run


class EvaluationReply(BaseModel):
    """A kept result, as `askdocs eval --json` writes it."""

    model_config = ConfigDict(extra="allow")

    outcomes: dict[str, Any]
    settings: dict[str, Any]


class Health(BaseModel):
    """Whether the server can answer; more for whoever may read the documents."""

    status: Literal["ok", "ready", "alive"]


class Address(Given):
    """An address of the API and what it does."""

    method: str
    path: str
    about: str


class Addresses(Given):
    """What there is."""

    name: str
    version: str
    openapi: str
    addresses: list[Address]
