"""Sweeps: every combination is tried, indexes are shared, and the front is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from askdocs.errors import SettingsError
from askdocs.evaluation.sweep import Tried, as_text, front, read_grid, sweep
from fakes import FakeEmbedder
from test_evaluation import write_documents

SHARES = some.sampled_from([0.0, 0.25, 0.5, 1.0])
TRIED = some.lists(
    some.builds(
        Tried, some.just({}), SHARES, SHARES, SHARES, SHARES, some.sampled_from([10.0, 20.0])
    ),
    min_size=1,
    max_size=12,
)


def grid(folder: Path, text: str) -> Path:
    """A file of what to try."""
    file = folder / "sweep.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_all_combinations_are_tried_and_share_their_indexes(tmp_path: Path) -> None:
    """Four combinations of two lengths and two thresholds need two indexes."""
    folder = write_documents(tmp_path)
    file = grid(folder, "[index]\npassage_tokens = [50, 200]\n[answers]\nthreshold = [0.0, 1.0]\n")
    found = list(
        sweep(
            read_grid(file),
            folder / "gold.jsonl",
            folder / "documents",
            index=folder / "indexes",
            embedder=FakeEmbedder(),
        )
    )
    assert [tuple(one.point.values()) for one in found] == [
        (50, 0.0),
        (50, 1.0),
        (200, 0.0),
        (200, 1.0),
    ]
    assert len(list((folder / "indexes").iterdir())) == 2
    assert [one.refused for one in found[1::2]] == [0.5, 0.5]  # and the other one rightly
    assert as_text(found).count("\n") == 6


@given(TRIED)
def test_what_is_not_on_the_front_is_outdone_by_something_that_is(tried: list[Tried]) -> None:
    """The front is never empty, and nobody on it outdoes another on it."""
    best = front(tried)
    assert best
    assert not any(one.is_outdone_by(other) for one in best for other in best)
    assert all(any(one.is_outdone_by(other) for other in best) for one in tried if one not in best)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "names nothing to try", id="empty"),
        pytest.param("[answers]\nk = []", "names nothing to try", id="empty-list"),
        pytest.param("[server]\nport = [1]", "is not tried", id="other-table"),
        pytest.param("[answers]\nkk = [5]", "answers.kk", id="unknown"),
        pytest.param("[answers]\nk = [5, 'x']", "whole number", id="wrong-type"),
        pytest.param("[answers]\nk = [5, 0]", "between", id="out-of-range"),
        pytest.param("[answers", "is not TOML", id="not-toml"),
        pytest.param(
            f"[answers]\nk = {list(range(1, 101))}\npool = {list(range(1, 101))}",
            "10,000 combinations",
            id="too-many",
        ),
    ],
)
def test_what_cannot_be_tried_is_said_before_anything_is(
    tmp_path: Path, text: str, reason: str
) -> None:
    """The error comes before the first index is made, and names the reason."""
    with pytest.raises(SettingsError, match=reason):
        read_grid(grid(tmp_path, text))
