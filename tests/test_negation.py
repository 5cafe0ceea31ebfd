"""Negations: lost, added, or kept in other words."""

from __future__ import annotations

import pytest

from askdocs.answering.negation import denied


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("The internet was not restored.", "The internet was restored on Monday."),
        ("The internet was never restored.", "The internet was restored on Monday."),
        ("The officials did name the suspects.", "The officials did not name the suspects."),
        ("The bill has been paid.", "The bill hasn't been paid."),
        ("The firm sells wine.", "The firm sells no wine."),
        ("The cream has been whipped.", "Cream that has not been whipped; whipped cream is sold."),
    ],
)
def test_a_negation_lost_or_added_is_seen(statement: str, source: str) -> None:
    """What one denies and the other says plainly is told apart."""
    assert denied(statement, source)


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("Officials didn't name suspects.", "The officials did not name the suspects."),
        ("If you cannot afford it, ask.", "If you are unable to pay the fee, ask."),
        ("The bill is not paid.", "The bill is unpaid."),
        ("Images are not scanned when encrypted.", "Encrypted images aren't scanned."),
        ("Not only cats slept.", "Cats slept, and dogs too."),
        ("You need not pay insurance.", "It lets you avoid paying insurance."),
        ("Whether or not you pay depends on you.", "You pay if you want."),
    ],
)
def test_the_same_in_other_words_is_no_contradiction(statement: str, source: str) -> None:
    """A denial by another word, or none where "not" denies nothing."""
    assert not denied(statement, source)
