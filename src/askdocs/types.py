"""The nouns of askdocs and the two seams, `Embedder` and `LanguageModel`.

Every value is immutable. Character positions count Unicode code points of `Document.text`, start
included, end excluded, so that `document.text[start:end]` is always the thing itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from askdocs.types_document import Anchor as Anchor
from askdocs.types_document import Document as Document
from askdocs.types_document import Extracted as Extracted
from askdocs.types_document import Picture as Picture
from askdocs.types_filter import EVERYTHING as EVERYTHING
from askdocs.types_filter import Filter as Filter

FloatArray: TypeAlias = NDArray[np.float32]
Span: TypeAlias = tuple[int, int]
ClaimStatus: TypeAlias = Literal["current", "retracted", "disputed"]

MARKER = re.compile(r"\[(\d+)\]")
"""A citation marker as it stands in `Answer.text`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document, the unit of retrieval: `document.text[start:end] == text`.

    `sentences` are the spans of its sentences, counted in the document like `start` and `end`.
    """

    document: str
    start: int
    end: int
    text: str
    heading: str = ""
    sentences: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same words at the same place, in every run and on every machine."""
        key = f"{self.document}\0{self.start}\0{self.end}\0{self.text}"
        return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def slice(self, span: Span, /) -> str:
        """The words of `span`, which is counted in the document."""
        return self.text[span[0] - self.start : span[1] - self.start]


@dataclass(frozen=True, slots=True)
class Embedded:
    """A passage's vectors, all of unit length: `vector` (d,), `sentences` (n, d)."""

    vector: FloatArray
    sentences: FloatArray


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `parts` explains `score`: the similarities, the ranks and what each added. `similarities` holds
    the cosine of the question with each of the passage's sentences, in their order.
    """

    passage: Passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    similarities: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The hit as the public JSON shows it."""
        p = self.passage
        return {"document": p.document, "start": p.start, "end": p.end, "score": self.score}


@dataclass(frozen=True, slots=True)
class Citation:
    """A slice of a document that an answer rests on: `document.text[start:end] == quote`.

    `place` says where it stands in words that fit the document: "sheet Q3, row 18".
    """

    number: int
    document: str
    start: int
    end: int
    quote: str
    page: str | None = None
    score: float = 0.0
    place: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The citation as the public JSON shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that a source gives, with the numbers of the citations that carry it.

    `source` is who says so, as the documents name them: "the Interior Ministry". `date` is the
    latest date of the documents that give it.
    """

    value: str
    status: ClaimStatus
    citations: tuple[int, ...]
    source: str = ""
    date: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The claim as the public JSON shows it."""
        return {
            "value": self.value,
            "status": self.status,
            "citations": list(self.citations),
            "source": self.source,
            "date": self.date,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Claim:
        """The claim that `to_dict` described."""
        return cls(**{**data, "citations": tuple(data["citations"])})


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims that give different values for the same thing; at least two."""

    about: str
    claims: tuple[Claim, ...]

    def to_dict(self) -> dict[str, Any]:
        """The conflict as the public JSON shows it."""
        return {"about": self.about, "claims": [claim.to_dict() for claim in self.claims]}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question, and what it rests on.

    `text` is plain text with markers such as `[1]`; quoted sentences stand in lines that begin with
    `> `; `direct` is the short answer in front, if there is one. `support` is the estimated
    probability that the answer is right. An answer is refused if and only if it has no citations,
    but for small talk, whose `mode` is "conversation". `hits` are not kept when it is stored.
    """

    question: str
    text: str
    query: str = ""
    refused: bool = False
    direct: str = ""
    support: float = 0.0
    mode: str = "extractive"
    citations: tuple[Citation, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    hits: tuple[Hit, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def markers(self) -> tuple[int, ...]:
        """The citation numbers in `text`, each once, in order of first mention."""
        return tuple(dict.fromkeys(int(number) for number in MARKER.findall(self.text)))

    def to_dict(self) -> dict[str, Any]:
        """The answer as the public JSON shows it (see the README)."""
        return {
            "question": self.question,
            "text": self.text,
            "query": self.query,
            "refused": self.refused,
            "direct": self.direct,
            "support": self.support,
            "mode": self.mode,
            "citations": [citation.to_dict() for citation in self.citations],
            "conflicts": [conflict.to_dict() for conflict in self.conflicts],
            "hits": [hit.to_dict() for hit in self.hits],
            "timings": dict(self.timings),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Answer:
        """The answer that `to_dict` described, without its hits."""
        conflicts = tuple(
            Conflict(
                about=conflict["about"],
                claims=tuple(map(Claim.from_dict, conflict["claims"])),
            )
            for conflict in data["conflicts"]
        )
        citations = tuple(Citation(**citation) for citation in data["citations"])
        plain = {name: data[name] for name in ("question", "text", "query", "refused", "support")}
        return cls(
            **plain,
            direct=data.get("direct", ""),
            mode=data["mode"],
            citations=citations,
            conflicts=conflicts,
            timings=data["timings"],
        )


History: TypeAlias = Sequence["Answer | str"]
"""Earlier turns, oldest first: answers, or only the questions."""


class Embedder(Protocol):
    """Turns words into vectors of unit length.

    Embedders with equal `fingerprint` give interchangeable vectors. `max_tokens` is the longest
    input in the model's own tokens, special ones included.
    """

    name: str
    fingerprint: str
    dimension: int
    max_tokens: int

    def encode_query(self, question: str, /) -> FloatArray:
        """The question's vector, shape (dimension,)."""
        ...

    def encode_passages(self, passages: Sequence[Passage], /) -> list[Embedded]:
        """The vectors of passages and of their sentences."""
        ...

    def encode_words(self, words: Sequence[str], /) -> FloatArray:
        """Vectors of words out of context, shape (n, any): near for words of like meaning."""
        ...

    def count_tokens(self, text: str, /) -> int:
        """How many of the model's tokens `text` takes, special ones not counted."""
        ...


class LanguageModel(Protocol):
    """Writes text for a system prompt and a user prompt."""

    name: str

    def stream(self, system: str, prompt: str, /) -> Iterator[str]:
        """The reply in pieces, as they come. Raises `LanguageModelError`."""
        ...
