"""askdocs inside llama-index: nodes whose offsets are exact, engines that run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.response.schema import Response
from llama_index.core.ingestion import run_transformations
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import Document as LlamaDocument
from llama_index.core.schema import NodeWithScore

from askdocs.assistant import Assistant
from askdocs.index import Index
from askdocs.integrations.llama_index import (
    AskdocsEmbedding,
    AskdocsQueryEngine,
    AskdocsRetriever,
    SpanSplitter,
)
from askdocs.types import Answer, Citation, Passage
from fakes import FakeEmbedder

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


def assert_exact(nodes: list[NodeWithScore]) -> None:
    """Every node is the slice of its document that it says it is."""
    assert nodes
    for found in nodes:
        node: Any = found.node
        document = node.metadata["document"]
        assert TEXTS[document][node.start_char_idx : node.end_char_idx] == node.text
        assert node.ref_doc_id == document
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


def test_retrieval_shows_in_the_events_of_llama_index(index: Index) -> None:
    """The instrumentation sees the start and the end of a retrieval."""
    seen: list[str] = []

    class Note(BaseEventHandler):
        def handle(self, event: Any, **options: Any) -> None:
            seen.append(event.class_name())

    dispatcher = get_dispatcher()
    handler = Note()
    dispatcher.add_event_handler(handler)
    try:
        AskdocsRetriever(index).retrieve("cats")
    finally:
        dispatcher.event_handlers.remove(handler)
    assert seen == ["RetrievalStartEvent", "RetrievalEndEvent"]


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
        def ask(self, question: str) -> Answer:
            quote = TEXTS["dogs.md"][8:34]
            cited = Citation(1, "dogs.md", 8, 34, quote, page="3", score=0.5)
            return Answer(question, f"> {quote} [1]", citations=(cited,))

    engine = AskdocsQueryEngine(Assisting())  # type: ignore[arg-type]  # all that it needs
    response = asyncio.run(engine.aquery("How many?"))
    assert_exact(response.source_nodes)
    assert response.source_nodes[0].node.metadata["page"] == "3"


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
