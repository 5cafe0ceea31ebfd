"""askdocs in llama-index: splitter, embedding, retriever and query engine, with exact offsets.

Every node says where it stands: `text[node.start_char_idx:node.end_char_idx] == node.text`, where
`text` is that of the document.
The language models go the other way, from llama-index to askdocs: `answering.language_models`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.response.schema import Response
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import (
    BaseNode,
    MetadataMode,
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
    TransformComponent,
)

from askdocs.splitting import SPLITTER, split
from askdocs.types import Citation, Document, Embedder, Passage

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.index import Index

MAX_TOKENS = 200


class SpanSplitter(TransformComponent):
    """Splits documents into verbatim slices that know their offsets."""

    version: str = SPLITTER
    max_tokens: int = MAX_TOKENS
    _count_tokens: Callable[[str], int] = PrivateAttr()

    def __init__(
        self, count_tokens: Callable[[str], int], *, max_tokens: int = MAX_TOKENS, **settings: Any
    ) -> None:
        """Split by the tokens that `count_tokens` counts, such as `embedder.count_tokens`."""
        super().__init__(max_tokens=max_tokens, **settings)
        self._count_tokens = count_tokens

    def __call__(self, nodes: Sequence[BaseNode], **options: Any) -> list[BaseNode]:
        """The passages of all `nodes`, in order, with the metadata of the node they come from."""
        return [passage for node in nodes for passage in self._split(node)]

    def _split(self, node: BaseNode) -> list[TextNode]:
        text = node.get_content(metadata_mode=MetadataMode.NONE)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        source = Document(id=node.node_id, text=text, title="", sha256=digest)
        passages = split(source, self._count_tokens, max_tokens=self.max_tokens)
        return [_node(passage, {**node.metadata, **_heading(passage)}) for passage in passages]


class AskdocsEmbedding(BaseEmbedding):
    """An askdocs `Embedder` as a llama-index embedding; question and passage prompts are kept."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder, **settings: Any) -> None:
        """Embed with `embedder`, for example `index.embedder`."""
        settings.setdefault("embed_batch_size", 64)
        super().__init__(model_name=embedder.name, **settings)
        self._embedder = embedder

    @classmethod
    def class_name(cls) -> str:
        """The name under which llama-index writes it down."""
        return "AskdocsEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(value) for value in self._embedder.encode_query(query)]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        passages = [Passage("", 0, len(text), text) for text in texts]
        return [
            [float(value) for value in embedded.vector]
            for embedded in self._embedder.encode_passages(passages)
        ]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)


class AskdocsRetriever(BaseRetriever):
    """The retrieval of an askdocs index."""

    def __init__(self, index: Index, *, k: int | None = None, **settings: Any) -> None:
        """Retrieve `k` passages for a question, by default as many as the index's config says."""
        super().__init__(**settings)
        self._index = index
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._index.retrieve(query_bundle.query_str, k=self._k)
        documents = {
            name: self._index.document(name) for name in {h.passage.document for h in hits}
        }
        return [
            NodeWithScore(
                node=_node(hit.passage, _metadata(hit.passage, documents, hit.score)),
                score=hit.score,
            )
            for hit in hits
        ]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class AskdocsQueryEngine(BaseQueryEngine):
    """The answers of an askdocs assistant.

    The source nodes of a response are its citations, in their order; `metadata["answer"]` is the
    whole answer as the public JSON shows it, `metadata["refused"]` whether it is one.
    """

    def __init__(self, assistant: Assistant, *, callback_manager: Any = None) -> None:
        """Answer with `assistant`."""
        super().__init__(callback_manager)
        self._assistant = assistant

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._assistant.ask(query_bundle.query_str)
        nodes = [
            NodeWithScore(node=_cited(citation), score=citation.score)
            for citation in answer.citations
        ]
        metadata = {"refused": answer.refused, "answer": answer.to_dict()}
        return Response(answer.text, source_nodes=nodes, metadata=metadata)

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def _node(passage: Passage, metadata: dict[str, Any]) -> TextNode:
    node = TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata,
        excluded_embed_metadata_keys=list(metadata),
        excluded_llm_metadata_keys=["score"],
    )
    node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=passage.document)
    return node


def _heading(passage: Passage) -> dict[str, Any]:
    """The heading above the passage, if there is one."""
    return {"heading": passage.heading} if passage.heading else {}


def _metadata(passage: Passage, documents: Mapping[str, Document], score: float) -> dict[str, Any]:
    document = documents[passage.document]
    return {
        "document": passage.document,
        "page": document.anchor(passage.start, "page"),
        "place": document.place(passage.start),
        "score": score,
        **_heading(passage),
    }


def _cited(citation: Citation) -> TextNode:
    passage = Passage(citation.document, citation.start, citation.end, citation.quote)
    metadata = {
        "document": citation.document,
        "page": citation.page,
        "place": citation.place,
        "score": citation.score,
        "number": citation.number,
    }
    return _node(passage, metadata)
