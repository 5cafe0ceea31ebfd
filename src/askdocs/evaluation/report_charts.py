"""The charts of a report as SVG: without script, readable on paper and without colours."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.evaluation.metrics import Coverage, Step

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 340, 260, 44, 40, 12
_SIDE = _WIDTH - _LEFT - 12
_UP = _HEIGHT - _BOTTOM - _TOP


def reliability(steps: Sequence[Step]) -> str:
    """What support promised against what came true; on the diagonal it is kept.

    A dot's area grows with the answers that it stands for.
    """
    most = max((step.count for step in steps), default=1)
    dots = "".join(
        f'<circle cx="{_x(step.said):.1f}" cy="{_y(step.right):.1f}"'
        f' r="{3 + 7 * (step.count / most) ** 0.5:.1f}"><title>{step.count} answers with a support'
        f" of about {step.said:.2f}: {100 * step.right:.0f} % right</title></circle>"
        for step in steps
    )
    ideal = f'<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>'
    label = "; ".join(f"support {s.said:.2f}: {s.right:.2f} right of {s.count}" for s in steps)
    return _chart(ideal + dots, "support", "share right", f"Calibration. {label}")


def risk_coverage(curve: Sequence[Coverage]) -> str:
    """How many answers are wrong if only the surest questions are answered."""
    if not curve:
        return ""
    points = [(point.coverage, point.risk) for point in curve]
    path = "".join(
        f"{'L' if at else 'M'}{_x(x):.1f} {_y(y):.1f}" for at, (x, y) in enumerate(points)
    )
    last = curve[-1]
    end = (
        f'<circle cx="{_x(last.coverage):.1f}" cy="{_y(last.risk):.1f}" r="4">'
        f"<title>as it is set: {100 * last.coverage:.0f} % answered, {100 * last.risk:.0f} % of"
        " them wrong</title></circle>"
    )
    label = (
        f"Risk and coverage. As it is set, {100 * last.coverage:.0f} % are answered and"
        f" {100 * last.risk:.0f} % of these answers are wrong"
    )
    drawn = f'<path class="curve" d="{path}"/>{end}'
    return _chart(drawn, "share of questions answered", "share of them wrong", label)


def _chart(inside: str, across: str, up: str, label: str) -> str:
    ticks = "".join(_tick(number / 4) for number in range(5))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{ticks}{inside}'
        f'<text x="{_x(0.5)}" y="{_HEIGHT - 4}" text-anchor="middle">{across}</text>'
        f'<text x="12" y="{_y(0.5)}" text-anchor="middle" transform="rotate(-90 12 {_y(0.5)})">'
        f"{up}</text></svg>"
    )


def _tick(share: float) -> str:
    return (
        f'<path class="grid" d="M{_x(share)} {_y(0)}V{_y(1)}M{_x(0)} {_y(share)}H{_x(1)}"/>'
        f'<text x="{_x(share)}" y="{_y(0) + 15}" text-anchor="middle">{100 * share:.0f} %</text>'
        f'<text x="{_x(0) - 5}" y="{_y(share) + 4}" text-anchor="end">{100 * share:.0f}</text>'
    )


def _x(share: float) -> float:
    return _LEFT + _SIDE * share


def _y(share: float) -> float:
    return _TOP + _UP * (1 - share)
