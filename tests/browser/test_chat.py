"""The chat page in a real browser: asking, reading, following citations."""

from __future__ import annotations

from typing import Any

import pytest
from steps import DETAINED, DIED, RESTORED, UNKNOWN, ask, in_view, open_page, settle

from fakes_web import HOSTILE, SLOWLY, UNREST


def test_a_citation_opens_the_document_with_the_quote_in_view(page: Any) -> None:
    """Asking gives a direct answer; its chip opens the document beside it, at the quote."""
    answer = ask(page, RESTORED)
    assert answer.locator(".lead").inner_text().startswith("Almaty")
    answer.locator("a.cite").first.click()
    mark = page.locator("#document mark")
    mark.wait_for()
    assert mark.inner_text() == "The internet connection has been restored in Almaty."
    assert page.evaluate("document.querySelector('#document .body').scrollTop") > 300
    assert in_view(page, "#document mark")
    chat, document = page.locator("#chat").bounding_box(), page.locator("#document").bounding_box()
    assert chat["x"] + chat["width"] <= document["x"] + 1


def test_the_shown_document_is_the_whole_document(page: Any) -> None:
    """A click in the list opens a document, and its text is not changed in any character."""
    page.get_by_text("Unrest in the capital").first.click()
    text = page.locator("#document .text")
    text.wait_for()
    assert text.evaluate("element => element.textContent") == UNREST


def test_everything_can_be_done_with_the_keyboard(page: Any) -> None:
    """Enter asks, Enter on a citation opens it, Escape closes it and gives the focus back."""
    answer = ask(page, DETAINED)
    chip = answer.locator("a.cite").first
    chip.focus()
    page.keyboard.press("Enter")
    page.locator("#document mark").wait_for()
    page.keyboard.press("Escape")
    page.locator("#document").wait_for(state="hidden")
    assert chip.evaluate("element => element === document.activeElement")


def test_a_new_question_goes_to_the_top(page: Any) -> None:
    """The answer to a second question is read from its beginning."""
    ask(page, DIED)
    ask(page, DETAINED)
    page.wait_for_function("""() => {
      const top = (element) => element.getBoundingClientRect().top;
      const said = document.querySelectorAll('#chat .said')[1];
      const below = top(said) - top(document.querySelector('#chat [role=log]'));
      return 0 <= below && below <= 60;
    }""")


def test_a_refusal_looks_different_and_shows_what_was_nearest(page: Any) -> None:
    """A refusal is a card of its own without citations; its passages open in the document."""
    answer = ask(page, UNKNOWN)
    card = answer.locator(".refusal")
    assert card.locator(".lead").inner_text() == "The documents do not say."
    assert answer.locator("a.cite").count() == 0
    assert card.evaluate("element => getComputedStyle(element).borderTopStyle") == "dashed"
    card.locator(".near a").first.click()
    page.locator("#document mark.near").first.wait_for()


def test_a_disagreement_is_a_card_of_claims(page: Any) -> None:
    """Every claim has its standing and citation; what was taken back is struck through."""
    answer = ask(page, DIED)
    card = answer.locator(".conflict")
    assert card.locator(".claim").count() == 2
    struck = card.locator(".retracted s")
    assert struck.inner_text() == "164"
    line = struck.evaluate("element => getComputedStyle(element).textDecorationLine")
    assert line == "line-through"
    card.locator(".retracted a.cite").click()
    mark = page.locator("#document mark")
    mark.wait_for()
    assert mark.inner_text() == "more than 164 people had died"


def test_an_example_question_is_asked_by_a_click(page: Any) -> None:
    """The questions to start with are buttons that ask."""
    page.locator("button.ask", has_text=DETAINED).click()
    page.locator("#chat .answer .working").wait_for()
    assert page.locator("#chat .said").inner_text() == DETAINED


def test_an_answer_can_be_stopped(page: Any, site: Any) -> None:
    """Stop ends the answer where it is; it is not kept, and the next question is answered."""
    before = len(site.index.store.conversations())
    page.fill("#question textarea", SLOWLY)
    page.keyboard.press("Enter")
    page.locator("#chat .partial", has_text="and so on").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator("#chat .stopped").wait_for()
    assert page.locator("#chat .meta").inner_text().startswith("Stopped.")
    assert not page.get_by_role("button", name="Stop").is_visible()
    settle(page)  # for Gradio, the stopped event ends a moment later
    page.fill("#question textarea", DETAINED)
    page.keyboard.press("Enter")
    page.locator("#chat .answer .working", has_text="upported").wait_for()
    assert len(site.index.store.conversations()) == before + 1


def test_a_conversation_survives_a_restart_of_the_server(page: Any, site: Any) -> None:
    """After a restart the address and the list bring the conversation back, and it goes on."""
    ask(page, DETAINED)
    page.wait_for_url("**/?c=*")
    address = page.url
    settle(page)
    page.goto("about:blank")
    site.stop()
    site.start()
    open_page(page, address)
    page.locator("#chat .answer .working").wait_for()
    assert page.locator("#chat .said").inner_text() == DETAINED
    ask(page, DIED)
    assert page.locator("#chat .said").count() == 2
    page.locator("button.new").click()
    page.locator("#chat .welcome").wait_for()
    page.locator("#history .conversations .entry", has_text=DETAINED).first.click()
    page.locator("#chat .said").nth(1).wait_for()


def test_a_hostile_document_is_shown_as_text(page: Any) -> None:
    """Scripts, handlers, pictures and links in a name, a title and a text are words."""
    answer = ask(page, "What is the code word?")
    assert "<img src=x onerror=" in answer.locator(".lead").inner_text()
    assert "<script>alert('title')</script>" in page.locator("#documents").inner_text()
    answer.locator("a.cite").first.click()
    text = page.locator("#document .text")
    text.wait_for()
    assert text.evaluate("element => element.textContent") == HOSTILE
    ask(page, "<img src=x onerror=alert('question')>")
    planted = page.evaluate("""() => [...document.querySelectorAll(
        '#chat img, #chat iframe, #chat script, #viewer img, #viewer iframe, #viewer script,'
        + '#side img, #side script, [onerror], [href^="javascript:"], [src*="evil"], [href*="evil"]'
      )].map(element => element.outerHTML)""")
    assert planted == []


def test_skipped_files_are_listed_with_their_reason(page: Any) -> None:
    """The list says what was not indexed, and why."""
    page.locator(".skipped summary").click()
    assert "<b>scan<b>.pdf" in page.locator(".skipped").inner_text()


@pytest.mark.parametrize("page", [(360, 740), (1440, 900)], ids=["phone", "wide"], indirect=True)
def test_the_page_fits_its_window(page: Any) -> None:
    """Nothing is wider than the window, and the document is readable, on a phone too."""
    answer = ask(page, DIED)
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    answer.locator("a.cite").first.click()
    page.locator("#document mark").wait_for()
    assert page.evaluate(fits)
    assert in_view(page, "#document mark")
    page.get_by_role("button", name="Close").click()
    assert page.locator("#question textarea").is_visible()


@pytest.mark.parametrize("page", [(360, 740)], ids=["phone"], indirect=True)
def test_a_phone_has_the_lists_behind_a_button(page: Any) -> None:
    """On a phone the menu opens the lists; a click on a document opens it over the page."""
    assert not page.locator("#documents").is_visible()
    page.get_by_role("button", name="Menu").click()
    page.locator("#documents a", has_text="Unrest in the capital").click()
    page.locator("#document .text").wait_for()
    assert page.locator("#document").bounding_box()["width"] == 360
