"""LangChain: the splitter of its tutorial, Hugging Face embeddings, Chroma on disk.

A changed document is replaced by deleting its passages and adding new ones. The command line is in
peer_command.py.
"""

from collections.abc import Callable
from pathlib import Path

import sentence_transformers  # noqa: F401  # HuggingFaceEmbeddings imports it late
from langchain_chroma import Chroma
from langchain_community.document_loaders import DirectoryLoader, TextLoader
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from peer_command import HITS, main


class LangChain:
    def __init__(self, store: str, model: str) -> None:
        embeddings = HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"})
        self.vectors = Chroma(embedding_function=embeddings, persist_directory=store)
        self.embeddings, self.store = embeddings, store

    def build(self, documents: Path) -> int:
        loader = DirectoryLoader(
            str(documents), loader_cls=TextLoader, loader_kwargs={"encoding": "utf-8"}
        )
        passages = _split(loader.load())
        # `add_documents` fails for more passages than Chroma takes at once; this divides them.
        Chroma.from_documents(passages, self.embeddings, persist_directory=self.store)
        return len(passages)

    def open(self) -> Callable[[str], list[str]]:
        return lambda question: [
            found.page_content for found in self.vectors.similarity_search(question, k=HITS)
        ]

    def update(self, documents: Path, changed: str) -> None:
        path = str(documents / changed)
        self.vectors.delete(ids=self.vectors.get(where={"source": path}, include=[])["ids"])
        self.vectors.add_documents(_split(TextLoader(path, encoding="utf-8").load()))


def _split(documents: list[Document]) -> list[Document]:
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    return splitter.split_documents(documents)


if __name__ == "__main__":
    main(LangChain)
