"""Ask an index that is opened for one question."""

from __future__ import annotations

from pathlib import Path

from askdocs.index import Index
from askdocs.types import EVERYTHING, Filter, History, Hit


def retrieve(
    question: str,
    *,
    index: str | Path = "index/",
    k: int = 5,
    history: History = (),
    within: Filter = EVERYTHING,
) -> list[Hit]:
    """The `k` best passages for a question, from an index that is opened for it alone."""
    with Index.open(index, exact=True) as opened:
        return opened.retrieve(question, k=k, history=history, within=within)
