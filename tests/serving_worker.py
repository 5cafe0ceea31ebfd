"""`askdocs`, but with the tiny embedder of the tests, and a language model that takes its time.

    python serving_worker.py [--pause SECONDS] [--pageless] serve ...

With `--pause` a language model on the loopback writes the answers, a word in so many seconds. With
`--pageless` there is everything but the chat page, which takes a processor for seconds to load.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from askdocs import cli
from askdocs.index import Index
from fake_llm_server import FakeLanguageModelServer
from fakes import FakeEmbedder

WORDS = "Around 7,939 people have been detained by the police [1]."

_open = Index.open.__func__  # type: ignore[attr-defined]


def open_with_fake(cls: type[Index], path: str | Path, **options: Any) -> Index:
    opened: Index = _open(cls, path, **({"embedder": FakeEmbedder()} | options))
    return opened


def leave_out_page() -> None:
    """Put a module in the place of the one that imports gradio."""
    page: Any = ModuleType("askdocs.web.ui")
    page.mount = lambda app, *_: app
    sys.modules[page.__name__] = page


def main(arguments: list[str]) -> int:
    with ExitStack() as opened:
        if arguments[0] == "--pause":
            model = opened.enter_context(FakeLanguageModelServer(WORDS, "slow"))
            model.pause = float(arguments[1])
            os.environ["ASKDOCS_LANGUAGE_MODEL"] = model.name
            arguments = arguments[2:]
        if arguments[0] == "--pageless":
            leave_out_page()
            arguments = arguments[1:]
        Index.open = classmethod(open_with_fake)  # type: ignore[method-assign, assignment]
        return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
