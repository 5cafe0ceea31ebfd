"""The exported model gives the original's vectors, and fails with a sentence when it is damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from askdocs.embedding import open_embedder
from askdocs.errors import ModelError
from askdocs.exporting import load_embedder
from askdocs.types import Embedder, Passage


@pytest.fixture(scope="module")
def embedder(sample_index: Path) -> Embedder:
    return open_embedder(sample_index / "model")


def passage(text: str, *sentences: str) -> Passage:
    spans = tuple((text.index(s), text.index(s) + len(s)) for s in sentences)
    return Passage("a", 0, len(text), text, sentences=spans)


def test_vectors_have_unit_length_and_one_row_for_each_sentence(embedder: Embedder) -> None:
    """Passages and sentences share a space of unit vectors."""
    found = embedder.encode_passages([passage("It rained. We left.", "It rained.", "We left.")])
    assert found[0].vector.shape == (384,)
    assert found[0].sentences.shape == (2, 384)
    lengths = np.linalg.norm(np.vstack([found[0].vector, found[0].sentences]), axis=1)
    assert np.allclose(lengths, 1, atol=1e-5)


def test_a_batch_gives_what_single_passages_give(embedder: Embedder) -> None:
    """Padding and order change nothing."""
    texts = ["short", "a somewhat longer passage about ferries " * 9, "", "middle sized words"]
    together = embedder.encode_passages([passage(text) for text in texts])
    for text, vectors in zip(texts, together, strict=True):
        alone = embedder.encode_passages([passage(text)])[0]
        assert float(vectors.vector @ alone.vector) > 0.9999


def test_what_the_model_cannot_read_is_spoken_for_by_the_passage(embedder: Embedder) -> None:
    """A sentence beyond the model's limit still has a vector."""
    text = "filler " * 400 + "The end."
    found = embedder.encode_passages([passage(text, "The end.")])[0]
    assert np.allclose(found.sentences[0], found.vector)


def test_words_of_like_meaning_are_near(embedder: Embedder) -> None:
    """Single words can be compared without a context."""
    killed, died, opened = embedder.encode_words(["killed", "died", "opened"])
    assert killed @ died > 0.45 > 0.2 > killed @ opened


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "words.npy", "export.json"])
@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_damaged_export_is_named(
    tmp_path: Path, sample_index: Path, name: str, harm: str
) -> None:
    """A missing or shortened file is a sentence with the next command, not a traceback."""
    copy = tmp_path / "model"
    shutil.copytree(sample_index / "model", copy)
    file = copy / name
    content = file.read_bytes()
    file.unlink() if harm == "gone" else file.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match="askdocs rebuild"):
        open_embedder(copy).encode_query("Does it work?")


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A folder without a model is refused at once."""
    with pytest.raises(ModelError, match="no folder with an embedding model"):
        load_embedder(str(tmp_path / "nowhere"), exported=tmp_path / "export")
    assert not (tmp_path / "export").exists()
