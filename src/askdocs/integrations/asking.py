"""What the ways in from other programs have in common: whom they ask, and which documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict, Field

from askdocs.config_server import ServerSettings
from askdocs.stopping import Stop
from askdocs.types import EVERYTHING, Answer, Document, Filter, History, Hit

if TYPE_CHECKING:
    from askdocs.store import DocumentInfo, Skipped


class Retrieving(Protocol):
    """An index, or what stands for one, such as the client of a server."""

    def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        history: History = (),
        within: Filter = EVERYTHING,
    ) -> list[Hit]:
        """The `k` best passages, best first."""
        ...

    def document(self, identifier: str, /) -> Document:
        """The document with its text."""
        ...


class Serving(Retrieving, Protocol):
    """The documents for whoever is acting, as `askdocs.web.service.Service` has them."""

    settings: ServerSettings

    def documents(self) -> Sequence[DocumentInfo]:
        """The documents, in the order of their ids."""
        ...

    def skipped(self) -> Sequence[Skipped]:
        """The files that are not in the index."""
        ...

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        within: Filter = EVERYTHING,
        stop: Stop | None = None,
    ) -> Answer:
        """The answer to a question."""
        ...


class Within(BaseModel):
    """Which documents are asked; whatever is given holds. Nothing given: all of them."""

    model_config = ConfigDict(extra="forbid")  # a misspelt field may not let in all

    documents: list[str] = Field(default=[], description="ids of documents, to ask only these")
    folder: str = Field(default="", description="folder that the documents lie below")
    types: list[str] = Field(default=[], description="file types without the dot, such as md")
    since: str = Field(default="", description="documents dated from here on, as 2026-01-31")
    until: str = Field(default="", description="documents dated up to here, as 2026-01-31")

    def to_filter(self) -> Filter:
        """The filter as Python has it."""
        return Filter(tuple(self.documents), self.folder, tuple(self.types), self.since, self.until)
