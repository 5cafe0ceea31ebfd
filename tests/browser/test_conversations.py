"""Conversations in a real browser: found, renamed, shared; questions changed, answers judged."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from steps import DETAINED, DIED, RESTORED, UNKNOWN, ask, open_page, settle

from fakes_web import HOSTILE_NAME, SLOWLY

CURRENT = "#history li[aria-current]"


def begin(page: Any, *questions: str) -> str:
    """A new conversation with these questions; its id."""
    for question in questions:
        ask(page, question)
    page.wait_for_url("**/?c=*")
    page.locator(CURRENT).wait_for(state="attached")  # on a phone it is behind the menu
    return str(page.url).split("?c=")[1]


def choose(page: Any, name: str) -> Any:
    """Open the menu of the open conversation; what it says under that name."""
    page.locator(f"{CURRENT} .more").click()
    return page.locator(f"{CURRENT} .menu").get_by_text(name, exact=True)


def noticed(page: Any, words: str) -> None:
    """Wait until the status says so."""
    page.locator("#notice [role=status]", has_text=words).wait_for()


def asked(site: Any, conversation: str) -> list[str]:
    """The questions of a kept conversation."""
    return [turn.question for turn in site.index.store.turns(conversation)]


def titled(site: Any, conversation: str, title: str) -> None:
    """Wait for the new name: the page shows it at once, before the server has heard of it."""
    limit = time.monotonic() + 5
    while site.index.store.conversation(conversation).title != title:
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_conversation_is_found_by_what_was_answered(page: Any) -> None:
    """Words of an answer find it; a click opens it; an empty search shows the list again."""
    conversation = begin(page, RESTORED)
    page.locator("button.new").click()
    page.locator("#chat .welcome").wait_for()
    page.fill("#search-talks", "almaty restor")
    found = page.locator("#found li")
    found.first.wait_for()
    assert found.locator("mark").first.inner_text().lower() in ("almaty", "restor")
    assert not page.locator("#history").is_visible()
    found.locator(f'.entry[data-id="{conversation}"]').click()
    page.locator("#chat .said", has_text=RESTORED).wait_for()
    page.fill("#search-talks", "zeppelin")
    page.locator("#found .none").wait_for()
    page.locator("#search-talks").press("Escape")
    page.locator("#history .conversations").first.wait_for()
    assert page.locator("#search-talks").input_value() == ""


def test_a_conversation_is_renamed_in_its_place(page: Any, site: Any) -> None:
    """With the keyboard alone: Escape leaves the name, Enter keeps the new one, as text."""
    conversation = begin(page, DETAINED)
    box = page.locator(f"{CURRENT} .renaming input")
    for words, key in (("other", "Escape"), ("<b>Mine</b>", "Enter")):
        page.locator(f"{CURRENT} .more").press("Enter")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        box.wait_for()
        box.fill(words)
        box.press(key)
        box.wait_for(state="hidden")
    page.locator(f"{CURRENT} .title", has_text="<b>Mine</b>").wait_for()
    page.wait_for_function("document.activeElement.matches('.entry')")
    titled(site, conversation, "<b>Mine</b>")


def test_a_conversation_is_deleted_on_the_second_click(page: Any, site: Any) -> None:
    """Deleting asks again first; Escape closes the menu and takes the first click back."""
    begin(page, UNKNOWN)
    before = len(site.index.store.conversations())
    more = page.locator(f"{CURRENT} .more")
    choose(page, "Delete").click()
    assert more.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    page.locator(f"{CURRENT} .menu").wait_for(state="hidden")
    assert more.get_attribute("aria-expanded") == "false"
    choose(page, "Delete").click()
    page.locator(f"{CURRENT} .menu").get_by_text("Delete for good?").wait_for()
    assert len(site.index.store.conversations()) == before
    page.locator(f"{CURRENT} .menu .delete").click()
    page.locator("#chat .welcome").wait_for()
    assert len(site.index.store.conversations()) == before - 1


def asking_slowly(page: Any, site: Any, question: str) -> None:
    """A new conversation with a question whose answer is still being written."""
    page.locator("button.new").click()
    page.locator("#chat .welcome").wait_for()
    site.assistant.pause = 0.04
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.locator("#chat .partial", has_text="and so on").wait_for()


def test_a_menu_stays_that_of_its_conversation(page: Any, site: Any) -> None:
    """When an answer is there and the rows move, the open menu moves with its own row."""
    conversation = begin(page, UNKNOWN)
    asking_slowly(page, site, SLOWLY)
    row = page.locator(f'#history li[data-talk="{conversation}"]')
    row.locator(".more").click()
    row.locator(".menu .delete").click()
    before = row.locator(".more").bounding_box()
    page.locator(CURRENT, has_text=SLOWLY).wait_for()
    row.locator(".menu").wait_for()
    button, menu = row.locator(".more").bounding_box(), row.locator(".menu").bounding_box()
    assert button["y"] > before["y"]
    assert 0 <= menu["y"] - (button["y"] + button["height"]) < 10
    assert row.locator(".more").get_attribute("aria-expanded") == "true"
    assert page.locator(".menu:popover-open").count() == 1
    row.locator(".menu .delete", has_text="Delete").click()  # that of before does not count
    row.locator(".menu .delete", has_text="Delete for good?").click()
    row.wait_for(state="detached")
    assert site.index.store.conversations()[0].title == SLOWLY


def test_a_name_is_written_on_when_an_answer_comes(page: Any, site: Any) -> None:
    """It stays the name of its conversation, with every letter and in its place."""
    conversation = begin(page, UNKNOWN)
    asking_slowly(page, site, SLOWLY + "!")
    row = page.locator(f'#history li[data-talk="{conversation}"]')
    row.locator(".more").click()
    row.locator(".menu").get_by_text("Rename", exact=True).click()
    page.keyboard.type("The mayor")
    page.locator(CURRENT, has_text=SLOWLY + "!").wait_for()
    page.keyboard.type(" of it")
    page.keyboard.press("Enter")
    row.locator(".title", has_text="The mayor of it").wait_for()
    titled(site, conversation, "The mayor of it")
    assert site.index.store.conversations()[0].title == SLOWLY + "!"


@pytest.mark.parametrize("linked", [True, False])
def test_who_asks_before_the_page_is_loaded(page: Any, site: Any, linked: bool) -> None:
    """The question goes to the conversation of the address; what comes late takes nothing back."""
    begin(page, DETAINED)
    address, held = page.url if linked else site.address, []
    settle(page)
    page.goto("about:blank")
    hold = True
    page.route("**/queue/join*", lambda one: held.append(one) if hold else one.continue_())
    open_page(page, address)
    page.wait_for_timeout(200)
    hold = False
    ask(page, DIED)
    page.wait_for_url("**/?c=*")
    page.locator(CURRENT).wait_for()
    conversation = page.url.split("?c=")[1]
    for route in held:
        with page.expect_response("**/queue/join*"):
            route.continue_()
    page.wait_for_timeout(500)
    assert page.url.endswith(f"?c={conversation}")
    assert page.locator(CURRENT).get_attribute("data-talk") == conversation
    assert asked(site, conversation) == ([DETAINED, DIED] if linked else [DIED])
    assert page.locator("#chat .said").all_inner_texts() == asked(site, conversation)


def test_a_copied_link_opens_the_conversation(page: Any) -> None:
    """The link is in the clipboard, the page says so, and in another window it opens the talk."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    conversation = begin(page, DIED)
    choose(page, "Copy link").click()
    noticed(page, "Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith(f"/?c={conversation}")
    other = page.context.new_page()
    open_page(other, link)
    other.locator("#chat .said", has_text=DIED).wait_for()
    other.close()


def test_a_conversation_is_exported(page: Any, site: Any, tmp_path: Path) -> None:
    """Both files come down, with the hostile quote word for word and with no markup of it."""
    begin(page, "What is the code word?")
    files = []
    for name in ("Export Markdown", "Export JSON"):
        with page.expect_download() as coming:
            choose(page, name).click()
        files.append(tmp_path / coming.value.suggested_filename)
        coming.value.save_as(files[-1])
        page.keyboard.press("Escape")
    assert [file.name for file in files] == [
        "what-is-the-code-word.md",
        "what-is-the-code-word.json",
    ]
    (cited,) = json.loads(files[1].read_text(encoding="utf-8"))["turns"][0]["citations"]
    text = site.index.document(HOSTILE_NAME).text
    assert text[cited["start"] : cited["end"]] == cited["quote"]
    assert "onerror" in cited["quote"]
    written = files[0].read_text(encoding="utf-8")
    assert "## 1. What is the code word?" in written
    assert "onerror" in written
    assert "<" not in written


def test_an_earlier_question_is_edited(page: Any, site: Any) -> None:
    """The question comes into the box and says what will be; asked, it replaces what came after."""
    conversation = begin(page, DETAINED, DIED)
    box, line = page.locator("#question textarea"), page.locator("#editing .editing")
    box.fill("a draft")
    page.locator("#chat .user-row").first.hover()
    edit = page.locator("#chat .user-row").first.get_by_role("button", name="Edit")
    edit.click()
    assert box.input_value() == DETAINED
    assert "later turns are replaced" in line.inner_text()
    line.get_by_role("button", name="Cancel").click()
    assert not line.is_visible()
    assert box.input_value() == "a draft"
    edit.click()
    box.fill(RESTORED)
    box.press("Enter")
    page.locator("#chat .lead", has_text="Almaty").wait_for()
    page.locator("#chat .of-answer").wait_for()
    assert page.locator("#chat .said").all_inner_texts() == [RESTORED]
    assert asked(site, conversation) == [RESTORED]
    assert not line.is_visible()
    ask(page, DIED)
    assert asked(site, conversation) == [RESTORED, DIED]


def test_a_question_is_asked_again_in_its_place(page: Any, site: Any) -> None:
    """The last question is asked at once; an earlier one only after the reader was told."""
    conversation = begin(page, DETAINED, DIED)
    tools = page.locator("#chat .of-answer")
    tools.last.get_by_role("button", name="Ask again").click()
    page.wait_for_function("() => document.querySelector('#question textarea').value === ''")
    page.locator("#chat .waiting").wait_for(state="hidden")
    tools.nth(1).wait_for()
    assert asked(site, conversation) == [DETAINED, DIED]
    assert page.locator("#chat .said").count() == 2
    tools.first.get_by_role("button", name="Ask again").click()
    page.locator("#editing .editing").wait_for()
    assert asked(site, conversation) == [DETAINED, DIED]
    page.locator("#question textarea").press("Escape")
    page.locator("#editing .editing").wait_for(state="hidden")


def test_an_answer_is_copied_with_its_sources(page: Any) -> None:
    """The clipboard holds the answer as text, its sources numbered below."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    begin(page, DETAINED)
    page.get_by_role("button", name="Copy", exact=True).click()
    noticed(page, "Answer copied")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("7,939 [1]")
    assert text.endswith("[1] Unrest in the capital, reports/unrest.txt")


def test_an_opinion_is_kept_and_shown_again(page: Any, site: Any) -> None:
    """A thumb is kept at once, its note when saved; both are there when the page is loaded anew."""
    conversation = begin(page, DETAINED)
    wrong = page.get_by_role("button", name="This answer is not right")
    assert wrong.get_attribute("aria-pressed") == "false"
    wrong.click()
    note = page.get_by_label("What would be right?")
    note.wait_for()
    assert site.index.store.opinions(conversation)[0].verdict == "wrong"
    note.fill("8,000 <b>at least</b>")
    note.press("Enter")
    noticed(page, "Thank you")
    assert site.index.store.opinions(conversation)[0].note == "8,000 <b>at least</b>"
    settle(page)
    page.reload()
    page.locator("#chat .noted", has_text="8,000 <b>at least</b>").wait_for()
    assert wrong.get_attribute("aria-pressed") == "true"
    wrong.click()
    assert note.input_value() == "8,000 <b>at least</b>"
    page.get_by_role("button", name="Take back").click()
    noticed(page, "Taken back")
    assert site.index.store.opinions(conversation) == {}
    ask(page, DIED)
    assert page.locator("#chat .of-answer").count() == 2


@pytest.mark.parametrize("page", [(360, 740)], ids=["phone"], indirect=True)
def test_a_phone_has_the_menu_within_its_window(page: Any) -> None:
    """The menu of a conversation is whole in the window, and the page no wider than it."""
    begin(page, DETAINED)
    page.get_by_role("button", name="Menu").click()
    choose(page, "Rename").wait_for()
    menu = page.locator(f"{CURRENT} .menu").bounding_box()
    assert menu["x"] >= 0 and menu["x"] + menu["width"] <= 360
    assert menu["y"] >= 0 and menu["y"] + menu["height"] <= 740
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
