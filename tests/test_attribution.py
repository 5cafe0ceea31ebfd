"""Who says what, read from sentences."""

from __future__ import annotations

import pytest

from askdocs.answering.attribution import attributed_to

TOLD = {
    "Police said 44 died.": "Police",
    "The harbour office, which keeps the list, said it was a mistake.": "The harbour office",
    "“We counted 44,” said Dr. Anna Ray, the coroner.": "Dr. Anna Ray",
    "Guards held 7,939 people, the Interior Ministry reported on Monday.": "the Interior Ministry",
    "In a statement on the radio, the ministry's channel said 164 died.": "the ministry's channel",
    "When the inquiry reported in May, it put the number of dead at 12.": "the inquiry",
    "On 3 May 2021 the town council later confirmed that 12 houses burned.": "the town council",
    "Harbour master Tom Reed counted 31 on board.": "Harbour master Tom Reed",
    "Critics have said the number is 200.": "Critics",
    "As reported by the Evening Light, two bridges fell.": "the Evening Light",
}
NOT_TOLD = (
    "It said 225 people had been killed.",
    "The company gave staff 28 days of leave.",
    "The museum gives visitors a map.",
    "He found 12 birds.",
    "The report was corrected on Friday.",
    "In the spring note I put the number of burrows at 1,240.",
    "After the fire she told nobody.",
    "",
)


@pytest.mark.parametrize(("sentence", "who"), TOLD.items())
def test_who_says_it_is_named_in_the_sentences_words(sentence: str, who: str) -> None:
    """Whoever is the subject of a verb of saying, or stands after "according to"."""
    assert attributed_to(sentence) == who
    assert who in sentence


@pytest.mark.parametrize("sentence", NOT_TOLD)
def test_nobody_is_made_up(sentence: str) -> None:
    """A pronoun names nobody, and a museum that gives visitors a map says nothing."""
    assert attributed_to(sentence) == ""
