"""Names: which words of a text are names, and in which forms a text has them."""

from __future__ import annotations

import pytest

from askdocs.answering.naming import has_name, names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The BBC asked Ana Ruiz.", {"bbc", "ana", "ruiz"}),
        ("Mr. Tokayev's team left.", {"tokayev"}),
        ("President Tokayev spoke.", {"tokayev"}),
        ("Generally it rains. Nobody knows.", set()),
        ("Oslo is cold.", {"oslo"}),
        ("Water is cold and Rain falls.", {"water", "rain"}),
        ("Stay Active: Children play.", set()),
        ("It began on 2022-01-10 with version 6.15.0.", {"january", "6.15.0"}),
    ],
)
def test_names_are_found(text: str, found: set[str]) -> None:
    """Capitals count where they are more than the sentence's own."""
    assert names(text) == found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("un", "the United Nations"),
        ("america", "the U.S. army"),
        ("british", "the United Kingdom"),
        ("kazakhstan", "Kazakh police"),
        ("january", "on Jan. 5"),
        ("monday", "Mon, 3 May"),
        ("tokayev", "Tokayev’s team"),
    ],
)
def test_another_form_of_a_name_is_the_name(name: str, text: str) -> None:
    """Acronyms, adjectives, possessives and short months are known."""
    assert has_name(name, text)
    assert not has_name(name, "Officials of Belarus met in Minsk.")
