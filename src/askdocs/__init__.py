"""Ask questions about a folder of documents; every answer quotes the words it rests on."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

# Nothing phones home: these switches are read when the libraries are imported, so they stand here.
for _name, _value in {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "RAGAS_DO_NOT_TRACK": "true",
    "ORT_DISABLE_TELEMETRY": "1",
    "ORT_TELEMETRY_DISABLED": "1",  # its name in earlier versions of onnxruntime
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "TOKENIZERS_PARALLELISM": "false",
}.items():
    os.environ.setdefault(_name, _value)

if TYPE_CHECKING:
    from askdocs.assistant import Assistant
    from askdocs.client import Client
    from askdocs.client_async import AsyncClient
    from askdocs.config import Config
    from askdocs.errors import AskdocsError
    from askdocs.index import Index
    from askdocs.index_once import retrieve
    from askdocs.types import Answer, Citation, Claim, Conflict, Document, Filter, Hit, Passage
    from askdocs.web.serving import serve

__version__ = "0.1.0"

_HOMES = {
    "Answer": "types",
    "AskdocsError": "errors",
    "Assistant": "assistant",
    "AsyncClient": "client_async",
    "Citation": "types",
    "Claim": "types",
    "Client": "client",
    "Config": "config",
    "Conflict": "types",
    "Document": "types",
    "Filter": "types",
    "Hit": "types",
    "Index": "index",
    "Passage": "types",
    "retrieve": "index_once",
    "serve": "web.serving",
}

__all__ = [
    "Answer",
    "AskdocsError",
    "Assistant",
    "AsyncClient",
    "Citation",
    "Claim",
    "Client",
    "Config",
    "Conflict",
    "Document",
    "Filter",
    "Hit",
    "Index",
    "Passage",
    "retrieve",
    "serve",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import askdocs` stays light."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"askdocs.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'askdocs' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
