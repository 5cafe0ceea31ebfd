"""The settings, in one frozen value. The environment is read here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from askdocs.errors import AskdocsError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""The embedding model that comes with the installation."""


@dataclass(frozen=True, slots=True)
class Config:
    """How askdocs indexes and answers. Change one with `dataclasses.replace`."""

    model: str = DEFAULT_MODEL
    """Embedding model: the embedded default, a folder, or a hub name."""
    language_model: str = ""
    """Language model such as `ollama:llama3.2`; empty means answers are quoted, not generated."""
    passage_tokens: int = 200
    """Longest passage, in the embedding model's own tokens."""
    k: int = 5
    """Passages given for a question."""
    pool: int = 60
    """Candidates taken from each ranking before fusion."""
    threshold: float = 0.65
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
            if name not in environ:
                continue
            kind: type = type(setting.default)
            try:
                values[setting.name] = kind(environ[name])
            except ValueError as error:
                raise AskdocsError(
                    f"{name}={environ[name]!r} is not a {kind.__name__}; unset it or correct it"
                ) from error
        return cls(**values)  # type: ignore[arg-type]  # each value was made by its field's type
