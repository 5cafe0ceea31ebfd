"""llama-index: its starter example without the language model, stored in Chroma.

The file's path is the document's id, as its guide to document management advises; else a changed
document could not be replaced. The command line is in peer_command.py.
"""

from collections.abc import Callable
from pathlib import Path

import chromadb
import sentence_transformers  # noqa: F401  # HuggingFaceEmbedding imports it late
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore
from peer_command import HITS, main


class LlamaIndex:
    def __init__(self, store: str, model: str) -> None:
        self.embedding = HuggingFaceEmbedding(model_name=model, device="cpu")
        client = chromadb.PersistentClient(path=store)
        self.collection = client.get_or_create_collection("documents")
        self.store = ChromaVectorStore(chroma_collection=self.collection)

    def build(self, documents: Path) -> int:
        read = SimpleDirectoryReader(documents, filename_as_id=True).load_data()
        context = StorageContext.from_defaults(vector_store=self.store)
        VectorStoreIndex.from_documents(
            read, storage_context=context, embed_model=self.embedding, show_progress=False
        )
        return self.collection.count()

    def open(self) -> Callable[[str], list[str]]:
        retriever = self._index().as_retriever(similarity_top_k=HITS)
        return lambda question: [node.text for node in retriever.retrieve(question)]

    def update(self, documents: Path, changed: str) -> None:
        reader = SimpleDirectoryReader(input_files=[documents / changed], filename_as_id=True)
        index = self._index()
        for document in reader.load_data():
            index.delete_ref_doc(document.id_)
            index.insert(document)

    def _index(self) -> VectorStoreIndex:
        return VectorStoreIndex.from_vector_store(self.store, embed_model=self.embedding)


if __name__ == "__main__":
    main(LlamaIndex)
