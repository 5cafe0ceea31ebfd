"""Passages and citations of askdocs as nodes of llama-index that know where they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

from askdocs.types import Answer, Citation, Document, Hit, Passage


def nodes_of(hits: Sequence[Hit], read: Callable[[str], Document]) -> list[NodeWithScore]:
    """The nodes of passages, in their order; `read` gives the document with an id."""
    documents = {name: read(name) for name in {hit.passage.document for hit in hits}}
    return [
        NodeWithScore(
            node=node_of(hit.passage, _metadata(hit.passage, documents, hit.score)), score=hit.score
        )
        for hit in hits
    ]


def cited_nodes(answer: Answer) -> list[NodeWithScore]:
    """The nodes of an answer's citations, in their order."""
    return [NodeWithScore(node=_cited(one), score=one.score) for one in answer.citations]


def node_of(passage: Passage, metadata: dict[str, Any]) -> TextNode:
    """The node of a passage."""
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


def heading_of(passage: Passage) -> dict[str, Any]:
    """The heading above the passage, if there is one."""
    return {"heading": passage.heading} if passage.heading else {}


def _metadata(passage: Passage, documents: Mapping[str, Document], score: float) -> dict[str, Any]:
    document = documents[passage.document]
    return {
        "document": passage.document,
        "page": document.anchor(passage.start, "page"),
        "place": document.place(passage.start),
        "score": score,
        **heading_of(passage),
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
    return node_of(passage, metadata)
