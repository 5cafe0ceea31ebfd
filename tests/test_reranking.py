"""A reranker reorders what was found, by nothing but its scores, and fails with a sentence."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askdocs.config import Config
from askdocs.errors import ModelError
from askdocs.reranking import load_reranker, rerank
from askdocs.types import FloatArray, Hit, Passage

QUESTION = "How many people died when the ferry sank?"
TEXTS = (
    "The ferry sank in the sound; seven people died.",
    "Plant garlic in October and lift it in July.",
    "The inquiry opened in May.",
    "Seven people were hurt in another town.",
    "The pump is dry.",
)
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789.,;?!':-"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *ALPHABET]
VOCABULARY += [f"##{letter}" for letter in ALPHABET] + "the ferry sank people died garlic".split()


class LengthReranker:
    """Judges by length alone, so that a test can tell the order beforehand."""

    name = "length"

    def __init__(self) -> None:
        self.read: list[str] = []

    def score(self, question: str, texts: Sequence[str], /) -> FloatArray:
        self.read += texts
        return np.array([len(text) for text in texts], np.float32)


class GivenReranker:
    """Gives the scores it was made with, whatever it is asked."""

    name = "given"

    def __init__(self, *scores: float) -> None:
        self.scores = np.array(scores, np.float32)

    def score(self, question: str, texts: Sequence[str], /) -> FloatArray:
        return self.scores


def hits(*scores: float, texts: Sequence[str] = TEXTS) -> list[Hit]:
    """Hits for the texts, with fused scores that fall unless others are given."""
    scores = scores or tuple(1 - 0.1 * place for place in range(len(texts)))
    return [
        Hit(Passage(f"{place}.txt", 0, len(text), text), score, {"dense": score}, (score,))
        for place, (text, score) in enumerate(zip(texts, scores, strict=True))
    ]


def save_cross_encoder(folder: Path, *, labels: int = 1, length: int = 64, prompt: str = "") -> str:
    """Save a tiny cross-encoder with random weights, always the same ones."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir(parents=True)
    plain = folder.with_name(folder.name + "-plain")
    vocabulary = folder.with_name(folder.name + ".txt")
    vocabulary.write_text("\n".join(VOCABULARY), encoding="utf-8")
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        num_labels=labels,
        initializer_range=0.5,  # the usual 0.02 would give nearly equal scores
    )
    BertForSequenceClassification(config).save_pretrained(plain)
    BertTokenizerFast(str(vocabulary), model_max_length=length).save_pretrained(plain)
    model = CrossEncoder(
        str(plain),
        device="cpu",
        prompts={"ask": prompt} if prompt else None,
        default_prompt_name="ask" if prompt else None,
    )
    model.save_pretrained(str(folder), create_model_card=False)
    return str(folder)


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a tiny cross-encoder, not to be changed."""
    return save_cross_encoder(tmp_path_factory.mktemp("reranker") / "model")


def reference(folder: str) -> Any:
    from sentence_transformers import CrossEncoder

    return CrossEncoder(folder, device="cpu")


def test_a_model_gives_its_own_scores(cross_encoder: str) -> None:
    """What is loaded from a folder scores as sentence-transformers does, and tells texts apart."""
    loaded = load_reranker(cross_encoder)
    scores = loaded.score(QUESTION, TEXTS)
    expected = reference(cross_encoder).predict([(QUESTION, text) for text in TEXTS])
    assert scores.shape == (len(TEXTS),)
    assert np.allclose(scores, expected, atol=1e-6)
    assert len({round(float(score), 4) for score in scores}) == len(TEXTS)
    assert loaded.name == cross_encoder


def test_the_model_reads_the_question(cross_encoder: str) -> None:
    """The scores belong to the pair, not to the texts alone."""
    loaded = load_reranker(cross_encoder)
    other = loaded.score("When is garlic planted?", TEXTS)
    assert not np.allclose(loaded.score(QUESTION, TEXTS), other, atol=1e-3)


def test_nothing_to_read_gives_no_scores(cross_encoder: str) -> None:
    """No texts are no error."""
    assert load_reranker(cross_encoder).score(QUESTION, []).shape == (0,)


def test_the_prompt_of_the_model_is_used(tmp_path: Path, cross_encoder: str) -> None:
    """A model that was saved with a prompt gets it before the pair."""
    prompted = load_reranker(save_cross_encoder(tmp_path / "model", prompt="judge: "))
    pairs = [(QUESTION, text) for text in TEXTS]
    expected = reference(cross_encoder).predict(pairs, prompt="judge: ")
    assert np.allclose(prompted.score(QUESTION, TEXTS), expected, atol=1e-6)
    assert not np.allclose(load_reranker(cross_encoder).score(QUESTION, TEXTS), expected, atol=1e-3)


def test_a_long_text_is_read_up_to_the_limit_of_the_model(cross_encoder: str) -> None:
    """More than the model can read is cut off, not an error; what is within counts."""
    long = "the ferry sank " * 500
    same, other = load_reranker(cross_encoder).score("who?", [long, long + "people died"])
    assert same == pytest.approx(other)
    short, longer = load_reranker(cross_encoder).score("who?", ["the ferry", "the ferry sank"])
    assert short != pytest.approx(longer)


@pytest.mark.parametrize("k", [1, 3, 5, 9])
def test_the_order_follows_the_scores(cross_encoder: str, k: int) -> None:
    """The best `k` of the hits come back, as the model orders them, with what it gave."""
    loaded, given = load_reranker(cross_encoder), hits()
    scores = loaded.score(QUESTION, TEXTS)
    best = [given[place].passage for place in np.argsort(-scores)][:k]
    found = rerank(QUESTION, given, loaded, k)
    assert [hit.passage for hit in found] == best
    by_passage = {hit.passage: score for hit, score in zip(given, scores, strict=True)}
    for hit in found:
        assert hit.parts["reranker"] == pytest.approx(float(by_passage[hit.passage]))
    assert found[0].score == 1
    assert all(0 <= hit.score <= 1 for hit in found)
    assert rerank(QUESTION, given, loaded, k) == found


def test_scores_are_scaled_over_the_hits() -> None:
    """The best gets 1, the worst 0, and one in the middle what lies between."""
    found = rerank(QUESTION, hits(), GivenReranker(-3, 5, 1, -3, 3), k=5)
    assert [hit.score for hit in found] == [1, 0.75, 0.5, 0, 0]


def test_equal_scores_are_ordered_by_what_was_found_before() -> None:
    """Where the reranker cannot tell, fusion decides; where that cannot either, nothing moves."""
    given = hits(0.2, 0.9, 0.4, 0.9, 0.3)
    found = rerank(QUESTION, given, GivenReranker(1, 1, 2, 1, 1), k=5)
    assert [hit.passage.document for hit in found] == [f"{place}.txt" for place in (2, 1, 3, 4, 0)]
    equal = rerank(QUESTION, given, GivenReranker(0, 0, 0, 0, 0), k=5)
    assert [hit.parts["fused"] for hit in equal] == [0.9, 0.9, 0.4, 0.3, 0.2]
    assert {hit.score for hit in equal} == {1}


def test_the_hits_that_were_given_stay_as_they_are() -> None:
    """A new hit says what the old one said, and what the reranker made of it."""
    given = hits()
    found = rerank(QUESTION, given, LengthReranker(), k=3)
    assert given == hits()
    old = {hit.passage.id: hit for hit in given}
    for hit in found:
        before = old[hit.passage.id]
        assert hit.similarities == before.similarities
        assert hit.parts == {
            **before.parts,
            "reranker": len(hit.passage.text),
            "fused": before.score,
        }


def test_a_passage_is_read_with_its_heading_and_the_same_words_once() -> None:
    """What is read is what was embedded; copies of a passage cost nothing and score the same."""
    passage = Passage("a.md", 10, 17, "It sank", heading="The ferry")
    copy = Passage("b.md", 0, 7, "It sank", heading="The ferry")
    reranker = LengthReranker()
    found = rerank(QUESTION, [Hit(passage, 0.4), Hit(copy, 0.6)], reranker, k=2)
    assert reranker.read == ["The ferry\nIt sank"]
    assert [hit.passage.document for hit in found] == ["b.md", "a.md"]


def test_no_hits_are_no_work() -> None:
    """Nothing found stays nothing, and the model is not asked."""
    reranker = LengthReranker()
    assert rerank(QUESTION, [], reranker, k=5) == []
    assert reranker.read == []


def test_huge_scores_do_not_break_the_scale() -> None:
    """Scores at the ends of single precision are scaled without overflow."""
    largest = float(np.finfo(np.float32).max)
    found = rerank(QUESTION, hits(), GivenReranker(largest, 0, -largest, 0, 0), k=5)
    assert [hit.score for hit in found] == [1, 0.5, 0.5, 0.5, 0]


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ((1, float("nan"), 1, 1, 1), "score nan"),
        ((1, float("-inf"), 1, 1, 1), "score -inf"),
        ((1, 2, 3), "3 scores for 5 passages"),
        ((), "0 scores for 5 passages"),
    ],
)
def test_scores_that_order_nothing_are_an_error(scores: Sequence[float], words: str) -> None:
    """A score that is no number, and one too few, is said in a line with what to do."""
    with pytest.raises(ModelError, match=f"'given' gave .*{words}.*ASKDOCS_RERANKER") as caught:
        rerank(QUESTION, hits(), GivenReranker(*scores), k=3)
    assert "\n" not in str(caught.value)


def test_a_model_whose_weights_are_no_numbers_is_an_error(
    tmp_path: Path, cross_encoder: str
) -> None:
    """A model that was ruined in training loads, and is found out when it is used."""
    from safetensors.numpy import load_file, save_file

    copy = shutil.copytree(cross_encoder, tmp_path / "model")
    weights = load_file(copy / "model.safetensors")
    weights["classifier.bias"][:] = np.nan
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="gave the score nan"):
        rerank(QUESTION, hits(), load_reranker(str(copy)), k=3)


def cut(name: str) -> Callable[[Path], None]:
    def harm(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return harm


def gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    "harm",
    [
        *(cut(name) for name in ("model.safetensors", "config.json", "tokenizer.json")),
        *(gone(name) for name in ("model.safetensors", "config.json")),
    ],
    ids=["weights cut", "settings cut", "tokenizer cut", "weights gone", "settings gone"],
)
def test_a_damaged_model_is_named(
    tmp_path: Path, cross_encoder: str, harm: Callable[[Path], None]
) -> None:
    """A missing or shortened file is one line with what to do, not a traceback."""
    copy = tmp_path / "model"
    shutil.copytree(cross_encoder, copy)
    harm(copy)
    with pytest.raises(ModelError, match=r"cannot be loaded: .+; correct ASKDOCS_RERANKER") as told:
        load_reranker(str(copy))
    assert str(copy) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["nowhere", "./nowhere", "~/nowhere", "/no/where", "a/b/c"])
def test_a_reranker_that_is_not_there_is_named(name: str) -> None:
    """A name that is neither a folder nor one of the hub is refused without asking anybody."""
    with pytest.raises(ModelError, match="no folder with a reranker, and no hub name"):
        load_reranker(name)
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_a_model_that_scores_no_pairs_is_refused(
    tmp_path: Path, cross_encoder: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """An embedding model lacks the last layer, which would be made up at random."""
    from transformers import AutoTokenizer, BertConfig, BertModel

    config = BertConfig.from_pretrained(cross_encoder)
    BertModel(config).save_pretrained(tmp_path / "model")
    AutoTokenizer.from_pretrained(cross_encoder).save_pretrained(tmp_path / "model")
    capfd.readouterr()
    with pytest.raises(ModelError, match="is a BertModel, no cross-encoder"):
        load_reranker(str(tmp_path / "model"))
    assert capfd.readouterr() == ("", "")


def test_a_model_that_sorts_into_kinds_is_refused(tmp_path: Path) -> None:
    """Three numbers for a pair, as of a model for entailment, are no order."""
    folder = save_cross_encoder(tmp_path / "model", labels=3)
    with pytest.raises(ModelError, match="gives 3 scores for a pair"):
        load_reranker(folder)


def test_only_a_hub_name_lets_the_hub_be_asked(
    monkeypatch: pytest.MonkeyPatch, cross_encoder: str
) -> None:
    """A folder is loaded offline; a hub model is, too, if it is on disk, and asked for if not."""
    import huggingface_hub.constants
    import sentence_transformers

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    tried = []

    def fail(name: str, **settings: object) -> None:
        tried.append((name, huggingface_hub.constants.is_offline_mode(), settings))
        raise OSError("no such model\nand more")

    monkeypatch.setattr(sentence_transformers, "CrossEncoder", fail)
    for name in (cross_encoder, "owner/model"):
        with pytest.raises(ModelError, match=r"cannot be loaded: no such model;"):
            load_reranker(name)
        assert huggingface_hub.constants.is_offline_mode()
    safe = {"device": "cpu", "trust_remote_code": False}
    assert tried == [
        (cross_encoder, True, safe),
        ("owner/model", True, safe),
        ("owner/model", False, safe),
    ]


def test_the_setting_is_empty_unless_it_is_set() -> None:
    """`ASKDOCS_RERANKER` names the reranker; there is none without it."""
    assert Config.from_environment({}).reranker == ""
    assert Config.from_environment({"ASKDOCS_RERANKER": "owner/model"}).reranker == "owner/model"
