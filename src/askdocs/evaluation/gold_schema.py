"""The JSON Schema of a row of a gold file, for editors and for programs that write gold files."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def gold_schema() -> dict[str, Any]:
    """The schema (draft 2020-12): it accepts the rows that `read_gold` accepts, drafts too.

    >>> sorted(gold_schema()["required"])
    ['answerable', 'id', 'question']
    """
    text = files("askdocs.evaluation").joinpath("gold.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
