"""askdocs inside llama-index: nodes whose offsets are exact, engines that run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import get_response_synthesizer
from llama_index.core.base.response.schema import Response, StreamingResponse
from llama_index.core.ingestion import run_transformations
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import Document as LlamaDocument
from llama_index.core.schema import NodeWithScore
from llama_index.llms.openai_like import OpenAILike

from askdocs.assistant import Assistant
from askdocs.client import Client
from askdocs.index import Index
from askdocs.integrations.llama_index import (
    AskdocsEmbedding,
    AskdocsQueryEngine,
    AskdocsRetriever,
    SpanSplitter,
)
from askdocs.types import Answer, Citation, Filter, Passage
from askdocs.web.app import create_app
from fake_llm_server import FakeLanguageModelServer
from fakes import FakeEmbedder
from live_server import running

TEXTS = {
    "cats.txt": "Two cats slept in the barn.\n\nTwo cats slept in the barn.\n\nA third cat hunted.",
    "dogs.md": "# Dogs\n\nNine dogs barked at night.\n\n## Day\n\nBy day the dogs were quiet.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("documents")
    for name, text in TEXTS.items():
        Path(folder, name).write_text(text, encoding="utf-8")
    place = tmp_path_factory.mktemp("index") / "index"
    with Index.build(folder, place, embedder=FakeEmbedder()) as built:
        yield built


def assert_slices(nodes: list[NodeWithScore]) -> None:
    """Every node is the slice of its document that it says it is."""
    assert nodes
    for found in nodes:
        node: Any = found.node
        document = node.metadata["document"]
        assert TEXTS[document][node.start_char_idx : node.end_char_idx] == node.text
        assert node.ref_doc_id == document


def assert_exact(nodes: list[NodeWithScore]) -> None:
    """The same, and it knows how well it fits and where it stands."""
    assert_slices(nodes)
    for found in nodes:
        node: Any = found.node
        assert found.score == node.metadata["score"]
        assert "page" in node.metadata


def test_retrieved_nodes_are_exact_slices(index: Index) -> None:
    """Offsets, document and score of every node are right, and the best comes first."""
    nodes = AskdocsRetriever(index, k=2).retrieve("How many dogs barked?")
    assert len(nodes) == 2
    assert "Nine dogs" in nodes[0].node.get_content()
    assert_exact(nodes)


def test_retrieving_asynchronously_gives_the_same(index: Index) -> None:
    """`aretrieve` and `retrieve` agree."""
    retriever = AskdocsRetriever(index)
    nodes = asyncio.run(retriever.aretrieve("cats"))
    assert [n.node.node_id for n in nodes] == [n.node.node_id for n in retriever.retrieve("cats")]


def test_the_retriever_works_in_a_query_engine_of_llama_index(index: Index) -> None:
    """RetrieverQueryEngine with a mock model gives a response with our nodes as sources."""
    engine = RetrieverQueryEngine.from_args(AskdocsRetriever(index, k=2), llm=MockLLM())
    response = engine.query("How many dogs barked?")
    assert "Nine dogs barked" in str(response)  # the mock model repeats its prompt
    assert_exact(response.source_nodes)


def test_only_some_documents_are_searched(index: Index) -> None:
    """The retriever and the query engine keep to the filter that they were given."""
    within = Filter(types=("txt",))
    nodes = AskdocsRetriever(index, k=9, within=within).retrieve("How many dogs barked?")
    assert {node.node.metadata["document"] for node in nodes} == {"cats.txt"}
    response = AskdocsQueryEngine(Assistant(index), within=within).query(
        "How many dogs barked at night?"
    )
    assert "Nine dogs" not in str(response)


def test_a_response_synthesizer_writes_over_our_retrieval(index: Index) -> None:
    """An engine of llama-index with a model of ours: it is sent our passages as its context."""
    with FakeLanguageModelServer("Nine, it seems.") as server:
        model = OpenAILike(
            model="fake", api_base=server.url, api_key="none", is_chat_model=True, max_retries=0
        )
        retriever = AskdocsRetriever(index, k=2, within=Filter(types=("md",)))
        synthesizer = get_response_synthesizer(model, streaming=True)
        response = RetrieverQueryEngine(retriever, synthesizer).query("How many dogs barked?")
        assert str(response) == "Nine, it seems."
        (request,) = server.requests
    assert_exact(response.source_nodes)
    assert "Nine dogs barked at night." in str(request["messages"])
    assert "cats" not in str(request["messages"])


@contextmanager
def noted() -> Iterator[list[Any]]:
    """The events that llama-index's instrumentation sees meanwhile."""
    seen: list[Any] = []

    class Note(BaseEventHandler):
        def handle(self, event: Any, **options: Any) -> None:
            seen.append(event)

    dispatcher, handler = get_dispatcher(), Note()
    dispatcher.add_event_handler(handler)
    try:
        yield seen
    finally:
        dispatcher.event_handlers.remove(handler)


def test_retrieval_shows_in_the_events_of_llama_index(index: Index) -> None:
    """The instrumentation sees the start and the end of a retrieval, with what was found."""
    with noted() as seen:
        nodes = AskdocsRetriever(index).retrieve("cats")
    assert [event.class_name() for event in seen] == ["RetrievalStartEvent", "RetrievalEndEvent"]
    assert seen[1].nodes == nodes


STEPS = [
    "RetrievalStartEvent",
    "RetrievalEndEvent",
    "SynthesizeStartEvent",
    "SynthesizeEndEvent",
    "AskdocsAnsweredEvent",
]


def test_the_steps_of_an_answer_show_in_the_events(index: Index) -> None:
    """Each step is told with the time at which it was, and how the answer is supported."""
    with noted() as seen:
        response = AskdocsQueryEngine(Assistant(index)).query("How many dogs barked at night?")
    assert [event.class_name() for event in seen] == ["QueryStartEvent", *STEPS, "QueryEndEvent"]
    times = [event.timestamp for event in seen]
    assert times == sorted(times)
    answer = response.metadata["answer"]
    took = (seen[2].timestamp - seen[1].timestamp).total_seconds() * 1000
    assert took == pytest.approx(answer["timings"]["retrieve_ms"], abs=0.01)
    assert_slices(seen[2].nodes)
    told = seen[5]
    assert (told.refused, told.citations) == (False, len(answer["citations"]))
    assert told.support == answer["support"]
    (span,) = {event.span_id for event in seen[1:-1]}
    assert span.startswith("AskdocsQueryEngine._query")


def test_small_talk_retrieves_nothing(index: Index) -> None:
    """No retrieval is told of where there was none."""
    with noted() as seen:
        AskdocsQueryEngine(Assistant(index)).query("Hello!")
    assert [event.class_name() for event in seen] == [
        "QueryStartEvent",
        *STEPS[2:],
        "QueryEndEvent",
    ]


def test_a_response_can_be_streamed(index: Index) -> None:
    """Piece by piece it is the same answer; its sources are there at the end."""
    question = "How many dogs barked at night?"
    whole = AskdocsQueryEngine(Assistant(index)).query(question)
    engine = AskdocsQueryEngine(Assistant(index), streaming=True)
    with noted() as seen:
        streamed = engine.query(question)
        assert isinstance(streamed, StreamingResponse)
        pieces = list(streamed.response_gen)
    assert "".join(pieces) == str(whole)
    assert len(pieces) > 1
    assert_slices(streamed.source_nodes)
    assert [node.node for node in streamed.source_nodes] == [n.node for n in whole.source_nodes]
    assert streamed.metadata is not None
    assert not streamed.metadata["refused"]
    assert [event.class_name() for event in seen][2:] == STEPS

    async def ask() -> str:
        response = await engine.aquery(question)
        return "".join([piece async for piece in response.response_gen])

    assert asyncio.run(ask()) == str(whole)


def test_the_query_engine_answers_with_citations_as_sources(index: Index) -> None:
    """The response is the assistant's answer; its sources are the citations, exactly."""
    response = AskdocsQueryEngine(Assistant(index)).query("How many dogs barked at night?")
    assert isinstance(response, Response)
    assert response.metadata is not None
    answer = response.metadata["answer"]
    assert response.response == answer["text"]
    assert response.metadata["refused"] == answer["refused"] == (not response.source_nodes)
    assert [n.node.get_content() for n in response.source_nodes] == [
        citation["quote"] for citation in answer["citations"]
    ]


def test_source_nodes_carry_offsets_page_and_score() -> None:
    """What a citation knows is in its node, also the page."""

    class Assisting:
        def ask(self, question: str, **options: Any) -> Answer:
            quote = TEXTS["dogs.md"][8:34]
            cited = Citation(1, "dogs.md", 8, 34, quote, page="3", score=0.5)
            return Answer(question, f"> {quote} [1]", citations=(cited,))

    engine = AskdocsQueryEngine(Assisting())  # type: ignore[arg-type]  # all that it needs
    response = asyncio.run(engine.aquery("How many?"))
    assert_exact(response.source_nodes)
    assert response.source_nodes[0].node.metadata["page"] == "3"


def test_a_client_of_a_server_stands_for_an_index(index: Index) -> None:
    """Retriever and query engine give over HTTP what they give beside the index."""
    question = "How many dogs barked at night?"
    with running(create_app(index, Assistant(index))) as address, Client(address) as client:
        nodes = AskdocsRetriever(client, k=2).retrieve(question)
        response = AskdocsQueryEngine(client).query(question)
    assert_exact(nodes)
    beside = AskdocsRetriever(index, k=2).retrieve(question)
    assert [node.node.node_id for node in nodes] == [node.node.node_id for node in beside]
    assert str(response) == str(AskdocsQueryEngine(Assistant(index)).query(question))


def test_the_splitter_gives_exact_offsets_where_text_repeats() -> None:
    """Equal lines get each their own place; nothing but blanks is lost."""
    text = "\n".join(["| same | row |"] * 300) + "\n\nAn end 終わり 🎈."
    splitter = SpanSplitter(FakeEmbedder().count_tokens, max_tokens=20)
    document = LlamaDocument(text=text, id_="table.md", metadata={"author": "Ray"})
    nodes: list[Any] = list(run_transformations([document], [splitter]))
    assert len(nodes) > 20
    starts = [node.start_char_idx for node in nodes]
    assert starts == sorted(set(starts))
    assert all(text[node.start_char_idx : node.end_char_idx] == node.text for node in nodes)
    covered = "".join(node.text for node in nodes)
    assert "".join(covered.split()) == "".join(text.split())
    assert {node.ref_doc_id for node in nodes} == {"table.md"}
    assert {node.metadata["author"] for node in nodes} == {"Ray"}
    again = splitter([document])
    assert [node.node_id for node in nodes] == [node.node_id for node in again]


def test_the_embedding_is_the_embedders() -> None:
    """Vectors of questions, texts and nodes are those of our embedder."""
    embedder = FakeEmbedder()
    embedding = AskdocsEmbedding(embedder)
    text = "Nine dogs barked."
    (own,) = embedder.encode_passages([Passage("", 0, len(text), text)])
    assert embedding.get_text_embedding(text) == own.vector.tolist()
    assert embedding.get_query_embedding(text) == embedder.encode_query(text).tolist()
    assert asyncio.run(embedding.aget_query_embedding(text)) == embedding.get_query_embedding(text)
    splitter = SpanSplitter(embedder.count_tokens)
    nodes = run_transformations([LlamaDocument(text=text)], [splitter, embedding])
    assert [node.embedding for node in nodes] == [own.vector.tolist()]
