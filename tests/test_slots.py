"""Words in the wrong place: the source has them, but elsewhere, and another one here."""

from __future__ import annotations

import pytest

from askdocs.answering.slots import misplaced

SOURCE = (
    "During the unrest 7,939 people were detained by the police and 44 people died. Ruiz moved "
    "from Oslo to Turin in 1999. Prices rose before the summer."
)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("44 people were detained by the police.", ["44"]),
        ("7,939 people died.", ["7939"]),
        ("Ruiz moved from Turin.", ["turin"]),
    ],
)
def test_what_stands_in_anothers_place_is_found(statement: str, found: list[str]) -> None:
    """The rival fits the surroundings better."""
    assert misplaced(statement, SOURCE) == found


@pytest.mark.parametrize(
    "statement", ["Prices fell before the summer.", "Prices rose after the summer."]
)
def test_a_direction_turned_round_is_found(statement: str) -> None:
    """The source has the opposite in the same place."""
    assert misplaced(statement, SOURCE)


@pytest.mark.parametrize(
    "statement",
    [
        "The police detained 7,939 people.",
        "44 died.",
        "Ruiz moved to Turin.",
        "In 1999 Ruiz left Oslo.",
        "Before the summer, prices rose.",
        "A total of 44 people died and 7,939 were detained.",
    ],
)
def test_what_stands_in_its_place_is_left_alone(statement: str) -> None:
    """Other words and another order do not make a word misplaced."""
    assert misplaced(statement, SOURCE) == []


def test_the_names_of_the_question_have_no_rivals() -> None:
    """An answer repeats the question's names in its own order."""
    assert misplaced("Ruiz moved from Turin.", SOURCE, known="Is it Turin?") == []
