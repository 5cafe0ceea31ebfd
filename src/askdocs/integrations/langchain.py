"""The retrieval of askdocs as a retriever of LangChain; of that, `langchain-core` is needed."""

from __future__ import annotations

from typing import Any

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ModuleNotFoundError as error:
    raise ImportError(
        "askdocs.integrations.langchain needs LangChain: pip install 'langchain-core>=1.7,<2'"
    ) from error

from askdocs.integrations.asking import Retrieving
from askdocs.types import EVERYTHING, Filter, Hit
from askdocs.types import Document as Source


class AskdocsRetriever(BaseRetriever):
    """The retrieval of an askdocs index, or of a server by `askdocs.Client`.

    The documents that it gives are passages, best first, whose metadata say where they stand:
    `text[start:end] == page_content`, where `text` is that of the document with the id `document`.
    """

    source: Any
    k: int | None = None
    within: Filter = EVERYTHING

    def __init__(
        self, source: Retrieving, *, k: int | None = None, within: Filter = EVERYTHING, **more: Any
    ) -> None:
        """Retrieve `k` passages for a question from the documents that `within` admits.

        By default as many as the index's config says, from all documents.
        """
        fields: dict[str, Any] = {"source": source, "k": k, "within": within, **more}
        super().__init__(**fields)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        hits = self.source.retrieve(query, k=self.k, within=self.within)
        names = {hit.passage.document for hit in hits}
        documents = {name: self.source.document(name) for name in names}
        return [_document(hit, documents[hit.passage.document]) for hit in hits]


def _document(hit: Hit, source: Source) -> Document:
    passage = hit.passage
    metadata = {
        "document": passage.document,
        "title": source.title,
        "start": passage.start,
        "end": passage.end,
        "page": source.anchor(passage.start, "page"),
        "place": source.place(passage.start),
        "heading": passage.heading,
        "score": hit.score,
    }
    return Document(page_content=passage.text, metadata=metadata, id=passage.id)
