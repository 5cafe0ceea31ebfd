"""Any model that sentence-transformers loads can be the embedder, not only the one that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askdocs.cli import main
from askdocs.config import Config
from askdocs.embedding import OnnxEmbedder, open_embedder
from askdocs.errors import IndexMismatch
from askdocs.exporting import load_embedder
from askdocs.index import Index
from askdocs.types import Embedder, Passage

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789.,;?!':-()#"
WORDS = "query passage the ferry sank in sound seven people died plant garlic lift it july pump dry"
QUESTIONS = ("How many people died when the ferry sank?", "When can I lift garlic?", "", "pump")
TEXTS = {
    "ferry.txt": "The ferry sank in the sound. Seven people died. The inquiry opened in May. " * 12,
    "garden/garlic.md": "# Garlic\n\nPlant garlic in October. Lift in July.\n\n## Pests\n\nNone.",
    "pump.txt": "The pump is dry. Fill it with water before the season begins.",
}
LENGTH = 64
"""What the second model reads at most, in tokens, special ones included."""


def save_model(folder: Path, network: Any, *, pooling: str, prompts: dict[str, str]) -> str:
    """Save a sentence-transformers model around a network, with a small WordPiece tokenizer."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(vocabulary(), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    plain = folder.with_name(folder.name + "-plain")
    network.save_pretrained(plain)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=LENGTH,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(plain)
    transformer = Transformer(str(plain))
    pool = Pooling(transformer.get_embedding_dimension(), pooling_mode=pooling)
    model = SentenceTransformer(
        modules=[transformer, pool, Normalize()], device="cpu", prompts=prompts
    )
    model.save_pretrained(str(folder), create_model_card=False)
    return str(folder)


def vocabulary() -> dict[str, int]:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*special, *ALPHABET, *(f"##{letter}" for letter in ALPHABET), *WORDS.split()]
    return {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}


@pytest.fixture(scope="module")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def model(models_folder: Path) -> str:
    """A model unlike the default: CLS pooling, prompts, 48 dimensions, no token types."""
    import torch
    from transformers import DistilBertConfig, DistilBertModel

    torch.manual_seed(3)
    config = DistilBertConfig(
        vocab_size=len(vocabulary()),
        dim=48,
        hidden_dim=96,
        n_layers=2,
        n_heads=4,
        max_position_embeddings=128,
        initializer_range=0.5,  # the usual 0.02 would give nearly equal vectors
    )
    return save_model(
        models_folder / "second",
        DistilBertModel(config),
        pooling="cls",
        prompts={"query": "query: ", "document": "passage: "},
    )


@pytest.fixture(scope="module")
def other_model(models_folder: Path) -> str:
    """One more, of another kind: ModernBERT with mean pooling, 32 dimensions and no prompts."""
    import torch
    from transformers import ModernBertConfig, ModernBertModel

    torch.manual_seed(4)
    config = ModernBertConfig(
        vocab_size=len(vocabulary()),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=128,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
        cls_token_id=2,
        sep_token_id=3,
        initializer_range=0.3,
    )
    return save_model(models_folder / "other", ModernBertModel(config), pooling="mean", prompts={})


@pytest.fixture(scope="module")
def embedder(model: str, models_folder: Path) -> Embedder:
    return load_embedder(model, exported=models_folder / "second-export")


@pytest.fixture(scope="module")
def original(model: str) -> Any:
    """The same model in sentence-transformers itself."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(model, device="cpu")


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def passage_of(text: str) -> Passage:
    return Passage("a.txt", 0, len(text), text)


def passages_in(index: Index) -> list[Passage]:
    store = index.store
    return [
        passage
        for document in index.documents()
        for passage in store.passages(store.numbers_of(document.id))
    ]


def similarities(index: Index) -> dict[str, float]:
    """How near the hits for a question are to it, by the id of the passage."""
    hits = index.retrieve("Who died?", k=3)
    assert hits
    return {hit.passage.id: round(hit.parts["dense"], 4) for hit in hits}


def expected_similarities(index: Index) -> dict[str, float]:
    """The same, by the index's model and by nothing that is stored."""
    passages = [hit.passage for hit in index.retrieve("Who died?", k=3)]
    vector = index.embedder.encode_query("Who died?")
    embedded = index.embedder.encode_passages(passages)
    return {p.id: float(vector @ e.vector) for p, e in zip(passages, embedded, strict=True)}


def test_the_export_describes_the_model(embedder: Embedder, model: str) -> None:
    """Pooling, prompts, length and inputs are the model's own."""
    assert isinstance(embedder, OnnxEmbedder)
    export = embedder._export
    assert (embedder.name, embedder.dimension, export.max_tokens) == (model, 48, LENGTH)
    assert (export.pooling, export.inputs) == ("cls", ("input_ids", "attention_mask"))
    assert (export.query_prompt, export.document_prompt) == ("query: ", "passage: ")


def test_questions_get_the_prompt_for_questions(embedder: Embedder, original: Any) -> None:
    """A question's vector is the one of `encode_query`, and no other prompt gives it."""
    for question in QUESTIONS:
        vector = embedder.encode_query(question)
        assert vector @ original.encode_query(question) >= 0.999
        assert vector @ original.encode_document(question) < 0.99
        assert vector @ original.encode(question, prompt="") < 0.99


def test_passages_get_the_prompt_for_documents(embedder: Embedder, original: Any) -> None:
    """A passage's vector is the one of `encode_document`, also when it is cut off at the limit."""
    texts = [*QUESTIONS, *TEXTS.values()]
    found = embedder.encode_passages([passage_of(text) for text in texts])
    for text, embedded in zip(texts, found, strict=True):
        assert embedded.vector @ original.encode_document(text) >= 0.999
    for question, embedded in zip(QUESTIONS, found, strict=False):  # in which a prompt weighs
        assert embedded.vector @ original.encode_query(question) < 0.99
        assert embedded.vector @ original.encode(question, prompt="") < 0.99


def test_words_beyond_the_length_of_the_model_change_nothing(embedder: Embedder) -> None:
    """The limit is the model's: its 64th token counts, its 65th does not."""
    room = LENGTH - 2 - embedder.count_tokens("passage: ")
    full, fuller, less = (
        embedder.encode_passages([passage_of("ferry " * number)])[0].vector
        for number in (room, room + 1, room - 1)
    )
    assert full @ fuller > 0.99999
    assert full @ less < 0.99999


def test_an_index_is_built_and_searched_with_it(
    documents: Path, tmp_path: Path, model: str
) -> None:
    """`Config(model=PATH)` is all it takes; hits carry that model's similarities."""
    with Index.build(documents, tmp_path / "index", config=Config(model=model)) as index:
        assert index.status().model == model
        assert index.check() == []
        assert index.embedder.encode_query("Who died?").shape == (48,)
        assert similarities(index) == pytest.approx(expected_similarities(index), abs=1e-3)


def test_passages_fit_the_model(documents: Path, tmp_path: Path, model: str, original: Any) -> None:
    """No passage is longer than the model reads: what it is not shown cannot be found."""
    with Index.build(documents, tmp_path / "index", config=Config(model=model)) as index:
        lengths = [len(original.tokenizer(p.text)["input_ids"]) for p in passages_in(index)]
    assert len(lengths) > len(TEXTS)  # the long document was split
    assert LENGTH // 2 < max(lengths) <= LENGTH


def test_the_index_remembers_its_model(documents: Path, tmp_path: Path, model: str) -> None:
    """Without a setting the index is opened with its own model; with another it is refused."""
    path = tmp_path / "index"
    Index.build(documents, path, config=Config(model=model)).close()
    with Index.open(path) as index:
        assert index.embedder.name == model
        assert similarities(index) == pytest.approx(expected_similarities(index), abs=1e-3)
    with pytest.raises(IndexMismatch, match="askdocs rebuild --model owner/model"):
        Index.open(path, config=Config(model="owner/model"))


def test_a_rebuild_switches_from_one_model_to_the_other(
    documents: Path,
    tmp_path: Path,
    model: str,
    other_model: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After `askdocs rebuild --model` the new model answers, of another size and kind."""
    path = tmp_path / "index"
    Index.build(documents, path, config=Config(model=other_model)).close()
    with Index.open(path) as index:
        assert (index.embedder.name, index.embedder.dimension) == (other_model, 32)
        before = similarities(index)
    assert main(["rebuild", "--model", model, "--index", str(path)]) == 0
    assert main(["retrieve", "Who died?", "--index", str(path)]) == 0
    assert "score" in capsys.readouterr().out
    with Index.open(path) as index:
        assert (index.embedder.name, index.embedder.dimension) == (model, 48)
        assert index.check() == []
        assert similarities(index) == pytest.approx(expected_similarities(index), abs=1e-3)
        assert similarities(index) != before
    assert [folder.name for folder in path.glob("model*")] == ["model-2"]


def test_the_other_model_gives_its_own_vectors(other_model: str, tmp_path: Path) -> None:
    """ModernBERT, the kind that newer small models are made of, is exported as faithfully."""
    from sentence_transformers import SentenceTransformer

    load_embedder(other_model, exported=tmp_path / "export")
    exported = open_embedder(tmp_path / "export")
    original = SentenceTransformer(other_model, device="cpu")
    vectors = np.array([exported.encode_query(question) for question in QUESTIONS])
    expected = original.encode_query(list(QUESTIONS))
    assert ((vectors * expected).sum(axis=1) >= 0.999).all()
    assert float(vectors[0] @ vectors[1]) < 0.99
