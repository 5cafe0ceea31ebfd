"""The settings of the page: what can be chosen, what the server is set to, what a threshold trades.

What a reader chooses stays in the browser and comes with each question, as `options` reads it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse

from askdocs.access.principal import Right, require
from askdocs.web.render import settings as render

if TYPE_CHECKING:
    from askdocs.assistant import Assistant


@dataclass(frozen=True, slots=True)
class TradeOff:
    """What happens at a threshold, of 100 questions each.

    `right`, `wrong` and `refused` are of those that the documents answer, `answered` of the others.
    """

    threshold: float
    right: float
    wrong: float
    refused: float
    answered: float


def trade_off(threshold: float) -> TradeOff:
    """What was measured at the threshold nearest to this one.

    >>> trade_off(0.741).threshold
    0.74
    """
    steps = [TradeOff(**step) for step in measured()["steps"]]
    return min(steps, key=lambda step: abs(step.threshold - threshold))


@cache
def measured() -> dict[str, Any]:
    """The table that `eval/bench/trade_off.py` made of the answers to public questions."""
    text = (files("askdocs.answering") / "trade_off.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def add_settings(app: FastAPI, assistant: Assistant) -> None:
    """The parts of the settings, which the page fetches when they are opened."""

    @app.get("/page/settings", include_in_schema=False)
    def settings(threshold: Annotated[float | None, Query(ge=0, le=1)] = None) -> HTMLResponse:
        require(Right.READ)
        config = assistant.config
        chosen = config.threshold if threshold is None else threshold
        shown = render.settings(assistant.model_name, config.k, config.threshold, _traded(chosen))
        return HTMLResponse(shown)

    @app.get("/page/settings/trade-off", include_in_schema=False)
    def traded(threshold: Annotated[float, Query(ge=0, le=1)]) -> HTMLResponse:
        require(Right.READ)
        return HTMLResponse(_traded(threshold))


def _traded(threshold: float) -> str:
    table = measured()
    return render.traded(trade_off(threshold), table["answerable"], table["unanswerable"])
