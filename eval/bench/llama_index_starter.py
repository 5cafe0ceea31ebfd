"""What llama-index's starter does with the same folder, without a language model.

Run by speed.py, in an environment of its own:

    python llama_index_starter.py build DOCUMENTS FOLDER MODEL
    python llama_index_starter.py ask QUESTION FOLDER MODEL
"""

import sys
from pathlib import Path

import chromadb
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore


def main(verb: str, what: str, folder: str, model: str) -> None:
    embedding = HuggingFaceEmbedding(model_name=model, device="cpu")
    collection = chromadb.PersistentClient(path=folder).get_or_create_collection("documents")
    store = ChromaVectorStore(chroma_collection=collection)
    if verb == "build":
        documents = SimpleDirectoryReader(Path(what)).load_data()
        context = StorageContext.from_defaults(vector_store=store)
        VectorStoreIndex.from_documents(
            documents, storage_context=context, embed_model=embedding, show_progress=False
        )
        return
    index = VectorStoreIndex.from_vector_store(store, embed_model=embedding)
    for node in index.as_retriever(similarity_top_k=5).retrieve(what):
        print(f"{node.score:.3f}  {node.text[:80]!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
