"""The charts of the quality page, as plotly.js wants them: plain data, drawn in the browser.

A colour is the name of a variable of the style sheet, such as `--accent`; the browser puts in what
that is for the reader, who may like it dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from askdocs.web.wording import say
from askdocs.web.words import separators, when

if TYPE_CHECKING:
    from askdocs.evaluation.metrics import Step
    from askdocs.store_evaluations import EvaluationInfo

RUNS = 20
"""How many runs the chart over time shows, the last ones."""

Figure = dict[str, Any]


def over_time(runs: Sequence[EvaluationInfo]) -> Figure:
    """Right, refused and wrong of each run as one bar of 100 %, oldest first."""
    shown = list(runs)[:RUNS][::-1]
    places = list(range(1, len(shown) + 1))
    kinds = (
        (say("right"), [run.right for run in shown], "--accent", ""),
        (say("refused"), [run.refused for run in shown], "--near-mark", ""),
        (say("wrong"), [run.wrong for run in shown], "--red", "/"),  # told apart without colours
    )
    bars = [
        {
            "type": "bar",
            "name": name,
            "x": places,
            "y": [
                round(100 * count / max(run.questions, 1), 1)
                for run, count in zip(shown, counts, strict=True)
            ],
            "customdata": counts,
            "hovertemplate": f"{name}: %{{customdata}} (%{{y}} %)<extra></extra>",
            "width": 0.6,
            "marker": {
                "color": colour,
                "line": {"width": 0},
                "pattern": {
                    "shape": shape,
                    "fillmode": "overlay",
                    "fgcolor": "--paper",
                    "size": 7,
                    "solidity": 0.2,
                },
            },
        }
        for name, counts, colour, shape in kinds
    ]
    layout = {
        **_layout(),
        "barmode": "stack",
        "xaxis": {
            **_axis(),
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [when(run.at) for run in shown],
            "showgrid": False,
            "range": [0.4, max(len(shown), 4) + 0.6],  # a few bars stay as narrow as many
        },
        "yaxis": {**_axis(), "range": [0, 100], "ticksuffix": " %", "dtick": 25},
    }
    return {"data": bars, "layout": layout}


def calibration(steps: Sequence[Step]) -> Figure:
    """What support says against what came true; on the diagonal it says how it is."""
    points = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": say("these answers"),
        "x": [round(100 * step.said) for step in steps],
        "y": [round(100 * step.right) for step in steps],
        "customdata": [step.count for step in steps],
        "hovertemplate": say("{count} answers: support {said}, right {right}").format(
            count="%{customdata}", said="%{x} %", right="%{y} %"
        )
        + "<extra></extra>",
        "line": {"color": "--accent", "width": 2},
        "marker": {
            "color": "--accent",
            "size": [max(7, min(26, 5 + 2 * step.count**0.5)) for step in steps],
            "line": {"width": 0},
        },
    }
    diagonal = {
        "type": "scatter",
        "mode": "lines",
        "name": say("as support says"),
        "x": [0, 100],
        "y": [0, 100],
        "hoverinfo": "skip",
        "line": {"color": "--strong-line", "width": 1, "dash": "dot"},
    }
    axis = {"range": [0, 104], "ticksuffix": " %", "dtick": 25}
    layout = {
        **_layout(),
        "xaxis": {**_axis(), **axis, "title": {"text": say("support"), "font": {"size": 13}}},
        "yaxis": {**_axis(), **axis, "title": {"text": say("right"), "font": {"size": 13}}},
    }
    return {"data": [diagonal, points], "layout": layout}


def _layout() -> dict[str, Any]:
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "--soft", "size": 13},
        "margin": {"l": 56, "r": 8, "t": 8, "b": 44},
        "legend": {
            "orientation": "h",
            "traceorder": "normal",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
        },
        "hoverlabel": {"bgcolor": "--paper", "bordercolor": "--line", "font": {"color": "--ink"}},
        "separators": "".join(separators()),
        "height": 300,
        "dragmode": False,
    }


def _axis() -> dict[str, Any]:
    return {
        "fixedrange": True,
        "gridcolor": "--line",
        "linecolor": "--line",
        "zeroline": False,
        "automargin": True,
    }
