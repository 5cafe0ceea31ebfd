"""The settings of an index and of answers, in one frozen value.

The environment is read here and in the modules beside (`config_loading`), and nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from askdocs.config_fields import PREFIX, Setting, from_variables, settings_of
from askdocs.config_store import store_place
from askdocs.config_values import SECRET, matching, server_address, web_address, within

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""The embedding model that comes with the installation."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What decides the order of passages, and by how much; 0 switches a signal off."""

    dense: Annotated[float, within(0, 100)] = 0.3
    """How near the passage is to the question in meaning."""
    sentence: Annotated[float, within(0, 100)] = 0.3
    """How near its nearest sentence is."""
    lexical: Annotated[float, within(0, 100)] = 0.4
    """How many of the question's words it has, and how rare they are."""
    neighbours: Annotated[float, within(0, 1)] = 0.1
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
    language_model: Annotated[str, web_address] = ""
    """Language model such as `ollama:llama3.2`; empty means answers are quoted, not generated."""
    reranker: str = ""
    """Cross-encoder that reads question and passage together: a folder or a hub name; empty means
    none."""
    ocr_languages: Annotated[
        str, matching(r"[A-Za-z_]+(\+[A-Za-z_]+)*", "languages such as eng+deu")
    ] = "eng"
    """Languages of pictures of pages, as Tesseract names them ("eng+deu"); empty: not read."""
    passage_tokens: Annotated[int, within(20, 10_000)] = 200
    """Longest passage, in the embedding model's own tokens."""
    k: Annotated[int, within(1, 1_000)] = 5
    """Passages given for a question."""
    pool: Annotated[int, within(1, 100_000)] = 100
    """Candidates taken from each ranking before fusion."""
    signals: Signals = Signals()
    """What decides the order of passages."""
    threshold: Annotated[float, within(0, 1)] = 0.74
    """An answer with less support than this is refused."""
    question_limit: Annotated[int, within(1, 1_000_000)] = 8_000
    """Longest question, in characters."""
    store: Annotated[str, store_place] = ""
    """PostgreSQL server that keeps the index for several machines, such as
    `postgresql://user@host/database?schema=askdocs`; empty: a file in the index folder does."""
    vectors: Annotated[str, matching("auto|exact|pgvector", "auto, exact or pgvector")] = "auto"
    """What finds the nearest vectors without a server of Chroma: `exact` compares them, `pgvector`
    is an extension of the PostgreSQL server that keeps the index; `auto` means Chroma in the index
    folder for a file, `exact` for a server."""
    chroma: Annotated[str, server_address] = ""
    """Server of Chroma, such as `http://127.0.0.1:8000`, that several processes search; empty: the
    process that owns the index has Chroma to itself, and others compare vectors exactly."""
    chroma_token: Annotated[str, SECRET] = field(default="", repr=False)
    """Token that this server wants (`Authorization: Bearer`)."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """The defaults, overridden by `ASKDOCS_MODEL`, `ASKDOCS_K` and so on, one for each field.

        Raises `SettingsError` for a value that cannot be the field's.

        >>> Config.from_environment({"ASKDOCS_K": "8"}).k
        8
        """
        signals = Signals(**from_variables(settings_of_signals(), environ))
        return cls(**from_variables(settings_of_config(), environ), signals=signals)


def settings_of_config() -> tuple[Setting, ...]:
    """The settings of `Config` but for the signals."""
    return settings_of(Config, tuple(_TABLES.items()), PREFIX)


def settings_of_signals() -> tuple[Setting, ...]:
    """The settings of `Signals`."""
    return settings_of(Signals, (("", "signals"),), f"{PREFIX}SIGNALS_")


_INDEX = ("model", "ocr_languages", "passage_tokens", "store", "vectors", "chroma", "chroma_token")
_TABLES = {"": "answers"} | dict.fromkeys(_INDEX, "index")
