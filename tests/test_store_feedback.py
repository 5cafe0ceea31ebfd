"""Conversations found again by their words, and what readers thought of their answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from askdocs.errors import ConversationNotFound
from askdocs.store import Store
from askdocs.store_feedback import Opinion
from askdocs.types import Answer
from stores import META, Place

FERRY = Answer("How many died?", "44 [1]\n\n> Officials said that 44 people died. [1]")
MILL = Answer("When was the café built?", "The documents do not say.", refused=True)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = place.store(META)
    yield opened
    opened.close()


def talk(store: Store, title: str, *answers: Answer) -> str:
    """A conversation with these answers."""
    conversation = store.create_conversation(title)
    for answer in answers:
        store.add_turn(conversation, answer)
    return conversation


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        pytest.param("ferry", ["The ferry"], id="title"),
        pytest.param("BUILT", ["Other"], id="question-any-case"),
        pytest.param("officials", ["The ferry"], id="answer"),
        pytest.param("offic peop", ["The ferry"], id="parts-of-words"),
        pytest.param("ferry 44", ["The ferry"], id="title-and-answer"),
        pytest.param("ferry café", [], id="never-together"),
        pytest.param("CAFÉ", ["Other"], id="accents-any-case"),
        pytest.param("100%", [], id="no-pattern"),
        pytest.param("_", [], id="no-joker"),
        pytest.param("citations", [], id="no-name-of-a-field"),
        pytest.param("  ", ["Other", "The ferry"], id="nothing-is-all"),
    ],
)
def test_a_conversation_is_found_by_its_title_and_by_what_was_said(
    store: Store, words: str, titles: list[str]
) -> None:
    """Every word must be in the title, a question or an answer; the last used comes first."""
    talk(store, "The ferry", FERRY)
    talk(store, "Other", MILL)
    assert [one.conversation.title for one in store.search_conversations(words)] == titles


def test_what_was_found_is_shown_with_the_words_around_it(store: Store) -> None:
    """The excerpt is of the text that has the words, and begins before them at a word."""
    long = (
        "Much is said before this. " * 20 + "At last the bridge is named, and much more follows it."
    )
    talk(store, "Long", FERRY, Answer("What else?", long))
    (found,) = store.search_conversations("bridge")
    assert "the bridge is named" in found.excerpt
    assert found.excerpt.startswith("…")
    assert len(found.excerpt) < 100
    (by_title,) = store.search_conversations("long")
    assert by_title.excerpt == ""
    (by_answer,) = store.search_conversations("44")
    assert by_answer.excerpt == "44 Officials said that 44 people died."


def test_an_opinion_is_kept_with_its_question_answer_and_history(store: Store) -> None:
    """The row has all that a gold question needs; a second opinion takes the place of the first."""
    conversation = talk(store, "t", MILL, FERRY)
    store.give_feedback(conversation, 1, "wrong", "it was 43\ud800")
    store.give_feedback(conversation, 1, "right")
    store.give_feedback(conversation, 0, "wrong", "it does say")
    assert store.opinions(conversation) == {0: Opinion("wrong", "it does say"), 1: Opinion("right")}
    first, second = store.feedback()
    assert (first.conversation, first.position, first.verdict) == (conversation, 1, "right")
    assert (first.answer, first.question, first.history) == (
        FERRY,
        FERRY.question,
        (MILL.question,),
    )
    assert first.at < second.at
    assert (second.note, second.history) == ("it does say", ())
    store.take_back_feedback(conversation, 1)
    assert list(store.opinions(conversation)) == [0]


def test_an_opinion_goes_with_its_answer(store: Store) -> None:
    """An answer that is replaced or deleted takes the opinion on it along, and no other."""
    conversation, other = talk(store, "t", MILL, FERRY), talk(store, "o", FERRY)
    for position in (0, 1):
        store.give_feedback(conversation, position, "right")
    store.give_feedback(other, 0, "wrong")
    store.add_turn(conversation, FERRY, at=1)
    assert list(store.opinions(conversation)) == [0]
    store.delete_conversation(conversation)
    assert [row.conversation for row in store.feedback()] == [other]


def test_an_opinion_needs_an_answer(store: Store) -> None:
    """There is no opinion on what was never said."""
    conversation = talk(store, "t", FERRY)
    for known, position in ((conversation, 1), (conversation, -1), ("x", 0)):
        with pytest.raises(ConversationNotFound):
            store.give_feedback(known, position, "right")
        with pytest.raises(ConversationNotFound):
            store.take_back_feedback(known, position)
    assert store.feedback() == []
    with pytest.raises(ConversationNotFound, match="'x'"):
        store.conversation("x")
    assert store.conversation(conversation).title == "t"
