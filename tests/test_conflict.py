"""Disagreement: who says what, what is taken back, and what a later version replaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs import Answer, Assistant, Index
from askdocs.answering.versions import superseded

DOCUMENTS = {
    "fire/evening.txt": (
        "Fire at the Halden mill\n\nOn Tuesday the fire brigade said that 17 workers were injured"
        " in the fire at the Halden mill. The roof fell in at noon."
    ),
    "fire/owner.txt": (
        "Statement on the Halden mill\n\nAccording to the mill's owner, 23 workers were injured in"
        " the fire at the Halden mill. Work goes on elsewhere."
    ),
    "fire/aftermath.txt": (
        "The Halden mill a year later\n\nThree engines put out the fire at the Halden mill, and 5"
        " horses were injured. The mill was built of oak."
    ),
    "rules/parking-v1.txt": "Parking\n\nA parking permit for residents costs 40 euros a year.",
    "rules/parking-v2.txt": "Parking\n\nA parking permit for residents costs 55 euros a year.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Assistant:
    """The documents above, indexed with the real model."""
    folder = tmp_path_factory.mktemp("conflict")
    for name, text in DOCUMENTS.items():
        path = folder / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with Index.open(sample_index, exact=True) as sample:
        embedder = sample.embedder
    return Assistant(Index.build(folder / "documents", folder / "index", embedder=embedder))


def claims(answer: Answer) -> dict[str, tuple[str, str]]:
    return {c.value: (c.status, c.source) for conflict in answer.conflicts for c in conflict.claims}


def test_a_disagreement_names_who_says_what(assistant: Assistant) -> None:
    """The text leads with the disagreement; another thing that was counted is no rival."""
    answer = assistant.ask("How many workers were injured in the fire at the Halden mill?")
    assert claims(answer) == {
        "17": ("disputed", "the fire brigade"),
        "23": ("disputed", "the mill's owner"),
    }
    assert answer.text.startswith("The documents disagree: ")
    assert "17 (the fire brigade) [" in answer.text
    assert answer.direct == ""


def test_a_later_version_replaces_an_earlier_one(assistant: Assistant) -> None:
    """The value of the later version leads; that of the earlier one is shown as such."""
    answer = assistant.ask("How much does a parking permit for residents cost?")
    assert {value: status for value, (status, _) in claims(answer).items()} == {
        "55 euros": "current",
        "40 euros": "retracted",
    }
    assert answer.text.startswith("55 euros [1]; in an earlier version: 40 euros [2]")
    assert answer.direct == "55 euros"


@pytest.mark.parametrize(
    ("documents", "replaced"),
    [
        (["a/plan.md", "a/plan-v2.md"], {"a/plan.md": "a/plan-v2.md"}),
        (["a/plan.md", "b/plan-v2.md"], {}),
        (["rules (draft).txt", "rules.txt"], {"rules (draft).txt": "rules.txt"}),
        (["report_old.txt", "report.txt"], {"report_old.txt": "report.txt"}),
        (["x v1.9.md", "x v1.10.md"], {"x v1.9.md": "x v1.10.md"}),
        (["minutes-2021-04.md", "minutes-2021-05.md"], {}),
        (["newspaper.txt", "paper.txt"], {}),
        (["plan.md", "plan.txt"], {}),
    ],
)
def test_versions_are_read_off_names(documents: list[str], replaced: dict[str, str]) -> None:
    """Numbers and words such as "draft" and "old" tell versions apart; dates and folders do not."""
    assert superseded(documents) == replaced
