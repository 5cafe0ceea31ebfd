"""What programs send: the bodies of requests, checked before anything is done with them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from askdocs.types import Filter

LONGEST_QUESTION = 8_000
Words = Annotated[str, Field(max_length=LONGEST_QUESTION)]
Id = Annotated[str, Field(min_length=1, max_length=1_000)]
Day = Annotated[
    str,
    Field(
        max_length=40,
        description="ISO date, included; empty: any.",
        json_schema_extra={"anyOf": [{"const": ""}, {"format": "date"}]},
    ),
]
_EXAMPLE = "How many people were detained?"


class Asked(BaseModel):
    """A misspelt field is refused: it may not silently stand for the default."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Within(Asked):
    """Which documents are asked, as in `askdocs.Filter`; empty fields leave nothing out."""

    documents: list[Id] = Field(default=[], max_length=1_000, description="Ids of documents.")
    folder: str = Field(default="", max_length=1_000, description="What they lie below.")
    types: list[Annotated[str, Field(max_length=50)]] = Field(
        default=[], max_length=50, description="Suffixes without the dot."
    )
    since: Day = ""
    until: Day = ""

    def to_filter(self) -> Filter:
        """The filter as Python has it."""
        return Filter(tuple(self.documents), self.folder, tuple(self.types), self.since, self.until)


class RetrieveRequest(Asked):
    """A question whose passages are wanted; without `k`, as many as the settings say."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"question": _EXAMPLE, "k": 3}]},
    )

    question: Words = Field(min_length=1, pattern=r"\S")
    history: list[Words] = Field(default=[], max_length=50, description="Earlier questions.")
    within: Within = Within()
    k: int | None = Field(default=None, ge=1, le=200)


class AskRequest(Asked):
    """A question, after earlier ones, of all documents or some."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {"question": _EXAMPLE},
                {
                    "question": "And how many died?",
                    "history": [_EXAMPLE],
                    "k": 5,
                    "threshold": 0.5,
                    "quoted": True,
                },
            ]
        },
    )

    question: Words = Field(min_length=1, pattern=r"\S")
    history: list[Words] = Field(
        default=[], max_length=50, description="Earlier questions, the oldest first."
    )
    conversation: str = Field(
        default="",
        max_length=100,
        description="A kept conversation to go on with, in place of `history`.",
    )
    keep: bool = Field(default=False, description="Keep the answer, in a new conversation.")
    within: Within = Within()
    k: int | None = Field(default=None, ge=1, le=50, description="Passages to look at.")
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="An answer with less support than this is refused.",
    )
    quoted: bool = Field(default=False, description="Answer without the language model.")
    stream: bool = Field(
        default=False, description="Reply with server-sent events while the answer is written."
    )


class NewConversation(Asked):
    """A conversation to begin."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"title": "The unrest"}]}
    )

    title: str = Field(default="", max_length=200)


class Renamed(Asked):
    """Another title for a conversation."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"title": "The unrest of January"}]},
    )

    title: str = Field(min_length=1, max_length=200)


class Judgement(Asked):
    """What a reader thinks of an answer."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"verdict": "wrong", "note": "That was in 2021."}]},
    )

    verdict: Literal["right", "wrong"]
    note: str = Field(default="", max_length=5_000)


class NewEvaluation(Asked):
    """A gold file whose questions are to be asked: one of those that the server was given."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"gold": "my.jsonl"}]}
    )

    gold: str = Field(min_length=1, max_length=300)
