"""The settings, in one frozen value. The environment is read here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from askdocs.errors import AskdocsError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""The embedding model that comes with the installation."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What decides the order of passages, and by how much; 0 switches a signal off."""

    dense: float = 0.3
    """How near the passage is to the question in meaning."""
    sentence: float = 0.3
    """How near its nearest sentence is."""
    lexical: float = 0.4
    """How many of the question's words it has, and how rare they are."""
    neighbours: float = 0.1
    """How good the passages right before and right after it are."""
    facets: bool = True
    """Whether a question that compares two things is searched for each of them, too."""

    @property
    def weights(self) -> dict[str, float]:
        """The weights scaled so that no passage gets more than 1."""
        weights = {"dense": self.dense, "sentence": self.sentence, "lexical": self.lexical}
        most = sum(weights.values()) * (1 + 2 * self.neighbours)
        scaled = {name: weight / (most or 1) for name, weight in weights.items()}
        return scaled | {"neighbours": self.neighbours}


@dataclass(frozen=True, slots=True)
class Config:
    """How askdocs indexes and answers. Change one with `dataclasses.replace`."""

    model: str = DEFAULT_MODEL
    """Embedding model: the embedded default, a folder, or a hub name."""
    language_model: str = ""
    """Language model such as `ollama:llama3.2`; empty means answers are quoted, not generated."""
    reranker: str = ""
    """Cross-encoder that reads question and passage together: a folder or a hub name; empty means
    none."""
    ocr_languages: str = "eng"
    """Languages of pictures of pages, as Tesseract names them ("eng+deu"); empty: not read."""
    passage_tokens: int = 200
    """Longest passage, in the embedding model's own tokens."""
    k: int = 5
    """Passages given for a question."""
    pool: int = 100
    """Candidates taken from each ranking before fusion."""
    signals: Signals = Signals()
    """What decides the order of passages; not to be set by the environment."""
    threshold: float = 0.74
    """An answer with less support than this is refused."""
    question_limit: int = 8_000
    """Longest question, in characters."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """The defaults, overridden by `ASKDOCS_MODEL`, `ASKDOCS_K` and so on, one for each field.

        Raises `AskdocsError` for a value that is not of the field's type.

        >>> Config.from_environment({"ASKDOCS_K": "8"}).k
        8
        """
        values: dict[str, object] = {}
        for setting in fields(cls):
            name = f"ASKDOCS_{setting.name.upper()}"
            if name not in environ or isinstance(setting.default, Signals):
                continue
            kind: type = type(setting.default)
            try:
                values[setting.name] = kind(environ[name])
            except ValueError as error:
                raise AskdocsError(
                    f"{name}={environ[name]!r} is not a {kind.__name__}; unset it or correct it"
                ) from error
        return cls(**values)  # type: ignore[arg-type]  # each value was made by its field's type
