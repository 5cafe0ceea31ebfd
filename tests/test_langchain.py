"""askdocs inside LangChain; skipped where `langchain-core` is not installed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

from askdocs.index import Index
from askdocs.types import Filter
from live_server import TEXTS, build_index

core = pytest.importorskip("langchain_core", reason="langchain-core is not installed")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with build_index(tmp_path_factory.mktemp("folder")) as built:
        yield built


def test_retrieved_documents_are_exact_slices(index: Index) -> None:
    """The metadata say where each passage stands; the best comes first."""
    from askdocs.integrations.langchain import AskdocsRetriever

    found = AskdocsRetriever(index, k=3).invoke("How many dogs barked?")
    assert len(found) == 3
    assert "Nine dogs" in found[0].page_content
    for one in found:
        text = TEXTS[one.metadata["document"]]
        assert text[one.metadata["start"] : one.metadata["end"]] == one.page_content
    scores = [one.metadata["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert len({one.id for one in found}) == 3


def test_only_some_documents_are_searched(index: Index) -> None:
    """The filter holds, also asynchronously and for several questions at once."""
    from askdocs.integrations.langchain import AskdocsRetriever

    retriever = AskdocsRetriever(index, k=9, within=Filter(folder="town"))
    several = asyncio.run(retriever.abatch(["dogs", "cats"]))
    assert {one.metadata["document"] for found in several for one in found} == {"town/trams.txt"}


def test_it_is_a_part_of_a_chain(index: Index) -> None:
    """What LangChain pipes together finds our passages."""
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnableLambda, RunnablePassthrough

    from askdocs.integrations.langchain import AskdocsRetriever

    words = RunnableLambda(lambda found: "\n".join(one.page_content for one in found))
    prompt = ChatPromptTemplate.from_template("{context}\n\n{question}")
    gathered = {"context": AskdocsRetriever(index, k=1) | words, "question": RunnablePassthrough()}
    said = (gathered | prompt).invoke("When was the tram built?").to_string()
    assert "The tram was built in 1902." in said
    assert said.endswith("When was the tram built?")


def test_without_langchain_the_error_says_what_to_install() -> None:
    """Nothing else of askdocs needs LangChain."""
    code = (
        "import sys\n"
        "sys.modules['langchain_core'] = None\n"
        "import askdocs.integrations.asking\n"
        "try:\n"
        "    import askdocs.integrations.langchain\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'langchain-core" in ended.stdout
