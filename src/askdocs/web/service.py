"""What a server does for whoever asks, in one place: their rights, their documents, their turn.

The page, the REST API, the OpenAI-compatible API and the MCP server all go through here, and none
of them reaches the index by another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from askdocs.access.principal import Right, require
from askdocs.config_server import ServerSettings
from askdocs.errors import DocumentNotFound
from askdocs.stopping import Stop, until
from askdocs.types import EVERYTHING, Answer, Document, Filter, History, Hit

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index
    from askdocs.store import DocumentInfo, Skipped


class Service:
    """The documents of an index, and answers from them, for whoever is acting at present.

    Every method raises `SignInNeeded` if nobody is, and `NotAllowed` if they may not do that. What
    lies outside the folders that they see is not there for them.
    """

    def __init__(
        self, index: Index, assistant: Assistant, settings: ServerSettings | None = None
    ) -> None:
        self.index = index
        self.assistant = assistant
        self.settings = settings or ServerSettings()

    def documents(self) -> list[DocumentInfo]:
        """The documents, in the order of their ids."""
        sees = require(Right.READ).sees
        return [one for one in self.index.documents() if sees(one.id)]

    def skipped(self) -> list[Skipped]:
        """The files that are not in the index, or not in their present form."""
        sees = require(Right.READ).sees
        return [one for one in self.index.skipped() if sees(one.path)]

    def document(self, identifier: str) -> Document:
        """The document with its text. Raises `DocumentNotFound`."""
        if not require(Right.READ).sees(identifier):
            raise DocumentNotFound(
                f"the index holds no document {identifier!r}; run: askdocs status"
            )
        return self.index.document(identifier)

    def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        history: History = (),
        within: Filter = EVERYTHING,
    ) -> list[Hit]:
        """The `k` best passages, best first. Raises `QuestionError`."""
        require(Right.READ)
        return self.index.retrieve(question, k=k, history=history, within=self.visible(within))

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        within: Filter = EVERYTHING,
        k: int | None = None,
        threshold: float | None = None,
        quoted: bool = False,
        stop: Stop | None = None,
    ) -> Answer:
        """The answer to a question. Raises like `stream`."""
        *_, answer = self.stream(
            question,
            history=history,
            within=within,
            k=k,
            threshold=threshold,
            quoted=quoted,
            stop=stop,
        )
        return answer

    def stream(
        self,
        question: str,
        *,
        history: History = (),
        within: Filter = EVERYTHING,
        k: int | None = None,
        threshold: float | None = None,
        quoted: bool = False,
        stop: Stop | None = None,
    ) -> Iterator[Answer]:
        """Answers to a question whose text grows; the last is complete.

        It may wait for its turn; `stop` ends it. Raises `QuestionError`, `Busy`, `Stopped` or
        `DeadlinePassed`.
        """
        require(Right.ASK)
        assistant = self.assistant
        if k is not None or threshold is not None or quoted:
            assistant = assistant.tuned(k=k, threshold=threshold, quoted=quoted)
        with until(stop or Stop(self.settings.deadline)):
            yield from assistant.stream(question, history=history, within=self.visible(within))

    def visible(self, within: Filter) -> Filter:
        """The filter, with what whoever is acting does not see left out."""
        return replace(within, scope=require(Right.READ).folders)
