"""Draws the times of growth.py against the size of the index, both axes logarithmic, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

_WIDTH, _HEIGHT = 640, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 150, 30, 60
_GOAL = 150  # milliseconds
_LINES = (
    ("owner", "p50_ms", "#1f5fa8", "owner, median"),
    ("owner", "p95_ms", "#7fb0e6", "owner, p95"),
    ("reader", "p50_ms", "#a8461f", "reader, median"),
    ("reader", "p95_ms", "#e6a17f", "reader, p95"),
)


def plot(figures: Sequence[dict[str, Any]]) -> str:
    """The drawing: a line for the median and for p95 of owner and reader, and the goal."""
    sizes = [each["passages"] for each in figures]
    times = [each[way][name] for each in figures for way, name, _, _ in _LINES]
    across = _scale(min(sizes), max(sizes), _LEFT, _WIDTH - _RIGHT)
    upward = _scale(min([*times, 10]), max([*times, 2 * _GOAL]), _HEIGHT - _BOTTOM, _TOP)
    parts = [*_axes(across, upward, sizes), *_goal(upward)]
    labels = _apart([upward(figures[-1][way][name]) for way, name, _, _ in _LINES])
    for (way, name, colour, label), y in zip(_LINES, labels, strict=True):
        points = [(across(each["passages"]), upward(each[way][name])) for each in figures]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in points]
        shown = f"{label}: {figures[-1][way][name]:.0f}"
        parts.append(_text(_WIDTH - _RIGHT + 12, y + 4, shown, colour, anchor="start"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    style = 'font-family="sans-serif" font-size="12"'
    background = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([f"{head} {style}>", background, *parts, "</svg>", ""])


def _scale(least: float, most: float, start: float, end: float) -> Any:
    span = math.log(most / least) or 1.0
    return lambda value: start + (end - start) * math.log(value / least) / span


def _axes(across: Any, upward: Any, sizes: Sequence[int]) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#444"/>']
    for size in sizes:
        parts.append(_text(across(size), bottom + 18, f"{size:,}"))
    for value in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        y = upward(value)
        if _TOP <= y <= bottom:
            parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
            parts.append(_text(_LEFT - 8, y + 4, str(value), anchor="end"))
    parts.append(_text((_LEFT + right) / 2, _HEIGHT - 18, "passages in the index"))
    parts.append(_text(_LEFT, _TOP - 12, "milliseconds a question", anchor="start"))
    return parts


def _goal(upward: Any) -> list[str]:
    y, right = upward(_GOAL), _WIDTH - _RIGHT
    line = f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#888" stroke-dasharray="6 4"/>'
    return [line, _text(_LEFT + 6, y - 5, f"goal: {_GOAL} ms at p95", "#666", anchor="start")]


def _apart(places: Sequence[float], least: float = 16) -> list[float]:
    """Heights for labels near `places`, in the same order from top to bottom, not overlapping."""
    moved = list(places)
    order = sorted(range(len(moved)), key=lambda i: moved[i])
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + least)
    return moved


def _text(x: float, y: float, text: str, colour: str = "#222", anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{text}</text>'
