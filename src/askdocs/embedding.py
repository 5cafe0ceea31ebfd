"""Words -> vectors, by an exported model in onnxruntime; torch is never imported.

`exporting.py` makes the export. Sentence vectors are pooled from the passage's own token
vectors ("late chunking", Günther et al., 2024): one pass of the model gives both, and a sentence is
read in its context.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from askdocs.errors import ModelError
from askdocs.types import Embedded, Embedder, FloatArray, Passage

FORMAT = 2
_WORD_CACHE = 100_000


@dataclass(frozen=True, slots=True)
class Export:
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
    format: int = FORMAT


def open_embedder(exported: Path, *, threads: int | None = None) -> Embedder:
    """The embedder exported into a folder; it uses all cores unless told how many `threads`.

    Raises `ModelError` if it is absent or damaged.
    """
    return OnnxEmbedder(exported, read_export(exported), threads=threads)


def read_export(folder: Path) -> Export:
    """What a folder says of the model in it. Raises `ModelError` if it holds no usable export."""
    try:
        fields = json.loads((folder / "export.json").read_text(encoding="utf-8"))
        if fields.get("format") != FORMAT:
            raise ValueError(f"format {fields.get('format')}")
        return Export(**{**fields, "inputs": tuple(fields["inputs"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"{folder} holds no usable export of an embedding model ({error}); "
            "make it again with: askdocs rebuild"
        ) from error


class OnnxEmbedder:
    """An exported model: the tokenizer, the transformer in onnxruntime, the pooling in numpy."""

    def __init__(self, folder: Path, export: Export, *, threads: int | None = None) -> None:
        self.name = export.name
        self.fingerprint = export.fingerprint
        self.dimension = export.dimension
        self.max_tokens = export.max_tokens
        self._export = export
        self.folder = folder
        self._tokenizer = _tokenizer(folder, export.max_tokens)
        self._counter = _tokenizer(folder, None)
        self._cores = threads or _cores()
        self._session = _session(folder, threads=self._cores)
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
        shift, pooling = len(prompt), self._export.pooling

        def embed(session: Any, i: int) -> Embedded:
            tokens = _run(session, encodings[i].ids, self._export.inputs)
            return _pool_one(tokens, encodings[i].offsets, shift, spans[i], pooling)

        if len(texts) == 1 or self._cores == 1:
            return [embed(self._session, i) for i in range(len(texts))]
        # One text at a time on each core: nothing is spent on padding, and each text's numbers stay
        # in its core's cache. On two cores 25 passages a second, against 19 in batches of 16.
        with ThreadPoolExecutor(self._cores) as workers:
            return list(workers.map(lambda i: embed(self._narrow_session, i), range(len(texts))))

    @cached_property
    def _narrow_session(self) -> Any:
        """The model with one thread for each call, for many calls at a time."""
        return _session(self.folder, threads=1)


def _run(session: Any, ids: Sequence[int], inputs: Sequence[str]) -> FloatArray:
    """The token vectors of one text, shape (tokens, dimension)."""
    arrays = {name: np.zeros((1, len(ids)), np.int64) for name in inputs}
    arrays["input_ids"][0] = ids
    arrays["attention_mask"][:] = 1
    hidden: FloatArray = session.run(None, arrays)[0][0]
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
    # By its end: the tokens of some models begin with the space before a word.
    ends = np.array([b for _, b in offsets]) - shift
    real = np.array([b > a for a, b in offsets])
    sentences = np.empty((len(spans), tokens.shape[1]), np.float32)
    for row, (a, b) in enumerate(spans):
        inside = real & (ends > a) & (ends <= b)
        # What was cut off at the model's limit has no tokens: the passage speaks for it.
        sentences[row] = _unit(tokens[inside].mean(axis=0)) if inside.any() else whole
    return Embedded(whole, sentences)


def _unit(vector: FloatArray) -> FloatArray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


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


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(folder: Path, *, threads: int) -> Any:
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin until the next call take the cores from what comes between two calls.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
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
        f"the embedding model in {folder} is damaged ({reason}); repair: askdocs rebuild"
    )
