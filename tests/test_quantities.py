"""Numbers with their units: written differently they agree, changed they do not."""

from __future__ import annotations

import pytest

from askdocs.answering.quantities import lacking, quantities


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("7,939", "7939"),
        ("1.2 million", "1,200,000"),
        ("$5bn", "5 billion dollars"),
        ("twenty-five people", "25 people"),
        ("a third win", "the 3rd win"),
        ("40 per cent", "40%"),
        ("2 weeks", "14 days"),
        ("1,500 metres", "1.5 km"),
        ("nearly 8,000", "7,939"),
        ("17:00", "17"),
        ("in the year 2022 on day 10", "2022-01-10"),
        ("30 dogs", "30"),
        ("fifty percent", "half"),
        ("a dozen and 3", "3"),
    ],
)
def test_the_same_number_in_another_form_supports(said: str, given: str) -> None:
    """Scale, spelling, unit and rounding may differ where they come to the same."""
    assert lacking(quantities(said), quantities(given)) == []


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("7,393", "7,939"),
        ("44 million", "44"),
        ("5 million dollars", "$5 billion"),
        ("7 miles", "7 km"),
        ("3 years", "3 months"),
        ("40 percent", "40 dollars"),
        ("£20", "$20"),
        ("8,000", "7,939"),
        ("nearly 9,000", "7,939"),
        ("twenty-five", "24"),
    ],
)
def test_another_number_scale_or_unit_does_not(said: str, given: str) -> None:
    """What differs in value or in unit is reported."""
    assert len(lacking(quantities(said), quantities(given))) == 1


def test_a_number_knows_its_place() -> None:
    """`start` and `end` are its place in the text."""
    text = "On 2022-01-10 about 1.2 million left."
    assert [text[q.start : q.end] for q in quantities(text)] == ["2022", "01", "10", "1.2 million"]
