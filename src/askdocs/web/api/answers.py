"""What a question gets: an answer or passages, as the schema describes them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Given(BaseModel):
    """A reply has all these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Place(Given):
    """Where a passage stands: `text[start:end]` of the document, in code points."""

    document: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    score: float


class HitReply(Place):
    """A passage that was found; `parts` explain its score."""

    text: str
    heading: str
    parts: dict[str, float]


class Hits(Given):
    """The passages for a question, best first."""

    hits: list[HitReply]


class CitationReply(Given):
    """Words that an answer rests on: `text[start:end]` of the document is `quote`."""

    number: int = Field(ge=1)
    document: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    page: str | None
    score: float
    place: str


class ClaimReply(Given):
    """A value that a source gives, with the numbers of the citations that carry it."""

    value: str
    status: Literal["current", "retracted", "disputed"]
    citations: list[int]
    source: str
    date: str | None


class ConflictReply(Given):
    """Claims that give different values for the same thing."""

    about: str
    claims: list[ClaimReply]


class AnswerReply(Given):
    """What is said to a question, and what it rests on, as in Python and on the command line."""

    question: str
    text: str
    query: str
    refused: bool
    direct: str
    support: float
    mode: str
    citations: list[CitationReply]
    conflicts: list[ConflictReply]
    hits: list[Place]
    timings: dict[str, float]


class KeptAnswer(AnswerReply):
    """An answer; where it was kept also in which conversation, and at which turn from 0."""

    conversation: str = Field(default="")
    turn: int = Field(default=0, ge=0)
