"""The answers of askdocs as a query engine of llama-index, whose instrumentation sees the steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.events.base import BaseEvent
from llama_index.core.instrumentation.events.retrieval import (
    RetrievalEndEvent,
    RetrievalStartEvent,
)
from llama_index.core.instrumentation.events.synthesis import (
    SynthesizeEndEvent,
    SynthesizeStartEvent,
)
from llama_index.core.schema import NodeWithScore, QueryBundle

from askdocs.integrations.growing import Growing
from askdocs.integrations.llama_index_nodes import cited_nodes, node_of
from askdocs.types import EVERYTHING, Answer, Filter, History

_dispatcher = get_dispatcher(__name__)


class Answering(Protocol):
    """An assistant, or what stands for one, such as the client of a server."""

    def ask(self, question: str, *, history: History = (), within: Filter = EVERYTHING) -> Answer:
        """The answer to a question."""
        ...

    def stream(
        self, question: str, *, history: History = (), within: Filter = EVERYTHING
    ) -> Iterator[Answer]:
        """Answers whose text grows; the last is complete."""
        ...


class AnsweredEvent(BaseEvent):
    """An answer was given: how it is supported, and whether it is a refusal.

    `mode` says whether it is quoted ("extractive") or written by a language model ("generative").
    """

    query: str
    refused: bool
    support: float
    mode: str
    citations: int
    conflicts: int

    @classmethod
    def class_name(cls) -> str:
        """The name under which llama-index writes it down."""
        return "AskdocsAnsweredEvent"


class AskdocsQueryEngine(BaseQueryEngine):
    """The answers of an askdocs assistant, or of a server by `askdocs.Client`.

    The source nodes of a response are its citations, in their order; `metadata["answer"]` is the
    whole answer as the public JSON shows it, `metadata["refused"]` whether it is one. With
    `streaming` the response comes piece by piece, and has its sources and metadata at the end.

    Its retrieval and its writing are told to llama-index's instrumentation when they are done, each
    event with the time at which it was.
    """

    def __init__(
        self,
        assistant: Answering,
        *,
        within: Filter = EVERYTHING,
        streaming: bool = False,
        callback_manager: Any = None,
    ) -> None:
        """Answer with `assistant` from the documents that `within` admits."""
        super().__init__(callback_manager)
        self._assistant = assistant
        self._within = within
        self._streaming = streaming

    def _query(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        if self._streaming:
            nodes: list[NodeWithScore] = []
            metadata: dict[str, Any] = {}
            pieces = self._pieces(query_bundle, nodes, metadata)
            return StreamingResponse(pieces, source_nodes=nodes, metadata=metadata)
        started = datetime.now()
        answer = self._assistant.ask(query_bundle.query_str, within=self._within)
        return _tell(query_bundle, answer, started)

    async def _aquery(self, query_bundle: QueryBundle) -> Response | AsyncStreamingResponse:
        if not self._streaming:
            return await asyncio.to_thread(self._query, query_bundle)
        nodes: list[NodeWithScore] = []
        metadata: dict[str, Any] = {}
        pieces = _in_threads(self._pieces(query_bundle, nodes, metadata))
        return AsyncStreamingResponse(pieces, source_nodes=nodes, metadata=metadata)

    def _pieces(
        self, query: QueryBundle, nodes: list[NodeWithScore], metadata: dict[str, Any]
    ) -> Iterator[str]:
        """The text piece by piece; at the end the sources and the metadata are filled in."""
        started, growing, answer = datetime.now(), Growing(), None
        for answer in self._assistant.stream(query.query_str, within=self._within):
            if piece := growing.more(answer):
                yield piece
        assert answer is not None
        response = _tell(query, answer, started)
        nodes.extend(response.source_nodes)
        metadata.update(response.metadata or {})
        if piece := growing.rest(answer):
            yield piece

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def _tell(query: QueryBundle, answer: Answer, started: datetime) -> Response:
    """The response that an answer makes, after the instrumentation was told how it came to be."""
    response = Response(
        answer.text,
        source_nodes=cited_nodes(answer),
        metadata={"refused": answer.refused, "answer": answer.to_dict()},
    )
    ended = datetime.now()
    found = started + timedelta(milliseconds=answer.timings.get("retrieve_ms", 0.0))
    events: Sequence[BaseEvent] = (
        SynthesizeStartEvent(query=query, timestamp=found),
        SynthesizeEndEvent(query=query, response=response, timestamp=ended),
        AnsweredEvent(
            query=query.query_str,
            refused=answer.refused,
            support=answer.support,
            mode=answer.mode,
            citations=len(answer.citations),
            conflicts=len(answer.conflicts),
        ),
    )
    if "retrieve_ms" in answer.timings:  # small talk looks for nothing
        retrieved = [
            NodeWithScore(
                node=node_of(hit.passage, {"document": hit.passage.document}), score=hit.score
            )
            for hit in answer.hits
        ]
        events = (
            RetrievalStartEvent(str_or_query_bundle=query, timestamp=started),
            RetrievalEndEvent(str_or_query_bundle=query, nodes=retrieved, timestamp=found),
            *events,
        )
    for event in events:
        _dispatcher.event(event)
    return response


async def _in_threads(pieces: Iterator[str]) -> AsyncIterator[str]:
    """The pieces of an iterator that waits, each fetched in a thread."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
