"""askdocs in llama-index: splitter, embedding, retriever and query engine, with exact offsets.

Every node says where it stands: `text[node.start_char_idx:node.end_char_idx] == node.text`, where
`text` is that of the document. What happens shows in llama-index's instrumentation: its own base
classes tell of retrievers and queries, `AskdocsQueryEngine` of the steps inside.
The language models go the other way, from llama-index to askdocs: `answering.language_models`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import (
    BaseNode,
    MetadataMode,
    NodeWithScore,
    QueryBundle,
    TextNode,
    TransformComponent,
)

from askdocs.integrations.asking import Retrieving
from askdocs.integrations.llama_index_engine import AnsweredEvent as AnsweredEvent
from askdocs.integrations.llama_index_engine import AskdocsQueryEngine as AskdocsQueryEngine
from askdocs.integrations.llama_index_nodes import heading_of, node_of, nodes_of
from askdocs.splitting import SPLITTER, split
from askdocs.types import EVERYTHING, Document, Embedder, Filter, Passage

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
        return [node_of(passage, {**node.metadata, **heading_of(passage)}) for passage in passages]


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
    """The retrieval of an askdocs index, or of a server by `askdocs.Client`."""

    def __init__(
        self,
        source: Retrieving,
        *,
        k: int | None = None,
        within: Filter = EVERYTHING,
        **settings: Any,
    ) -> None:
        """Retrieve `k` passages for a question from the documents that `within` admits.

        By default as many as the index's config says, from all documents.
        """
        super().__init__(**settings)
        self._source = source
        self._k = k
        self._within = within

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._source.retrieve(query_bundle.query_str, k=self._k, within=self._within)
        return nodes_of(hits, self._source.document)

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)
