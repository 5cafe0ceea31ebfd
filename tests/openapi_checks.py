"""A check of schemathesis' own kind, which it loads by the name of this module."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode


@schemathesis.check
def never_malformed(ctx: Any, response: Any, case: Any) -> None:
    """What the schema allows is never refused as malformed.

    It may be refused for what it means: a folder that there is not, a file of no known type.
    """
    meta = case.meta
    if meta is None or meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code in (400, 415, 422):
        code = response.json()["code"]
        assert code in ("question_error", "refused"), f"{code}: {response.json()['detail']}"
