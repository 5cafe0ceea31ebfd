"""The REST API below `/v1`: what the Python contract gives, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from askdocs.types import Filter

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index
    from askdocs.types import Hit


class Within(BaseModel):
    """Which documents are asked, as in `askdocs.Filter`; a misspelt field may not let in all."""

    model_config = ConfigDict(extra="forbid")

    documents: list[str] = []
    folder: str = ""
    types: list[str] = []
    since: str = ""
    until: str = ""

    def to_filter(self) -> Filter:
        """The filter as Python has it."""
        return Filter(tuple(self.documents), self.folder, tuple(self.types), self.since, self.until)


class AskRequest(BaseModel):
    """A question, after earlier ones, of all documents or some."""

    question: str
    history: list[str] = Field(default=[], max_length=50)
    within: Within = Within()


class RetrieveRequest(AskRequest):
    """A question whose passages are wanted; without `k`, as many as the settings say."""

    k: int | None = Field(default=None, ge=1, le=200)


def add_api(app: FastAPI, index: Index, assistant: Assistant) -> None:
    """The REST API: what the Python contract gives, as JSON."""

    @app.get("/health")
    def health() -> dict[str, Any]:
        """Whether the index can be asked, and how many documents it has."""
        return {"status": "ok", "documents": len(index.documents())}

    @app.get("/v1/documents")
    def documents() -> dict[str, Any]:
        """The indexed documents, and the files that were skipped, with the reason."""
        known = [
            {
                "id": one.id,
                "title": one.title,
                "date": one.date,
                "author": one.author,
                "remarks": list(one.remarks),
                "sha256": one.sha256,
                "characters": one.characters,
                "passages": one.passages,
                "indexed_at": one.indexed_at,
            }
            for one in index.documents()
        ]
        skipped = [{"path": one.path, "reason": one.reason} for one in index.skipped()]
        return {"documents": known, "skipped": skipped}

    @app.get("/v1/documents/{identifier:path}")
    def document(identifier: str) -> dict[str, Any]:
        """A document's text; the offsets of citations and anchors count its code points."""
        return asdict(index.document(identifier))

    @app.post("/v1/ask")
    def ask(asked: AskRequest) -> dict[str, Any]:
        """The answer to a question, as the README shows it."""
        within = asked.within.to_filter()
        return assistant.ask(asked.question, history=asked.history, within=within).to_dict()

    @app.post("/v1/retrieve")
    def retrieve(asked: RetrieveRequest) -> dict[str, Any]:
        """The passages for a question, best first, with their words."""
        within = asked.within.to_filter()
        hits = index.retrieve(asked.question, k=asked.k, history=asked.history, within=within)
        return {"hits": [_hit(hit) for hit in hits]}


def _hit(hit: Hit) -> dict[str, Any]:
    more = {"text": hit.passage.text, "heading": hit.passage.heading, "parts": dict(hit.parts)}
    return hit.to_dict() | more
