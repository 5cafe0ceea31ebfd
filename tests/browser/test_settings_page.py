"""The settings in a real browser: what is chosen stays, goes with questions, and is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from site_server import Site
from steps import DETAINED, ask, open_page, settle

THEME = "getComputedStyle(document.documentElement).colorScheme"


@pytest.fixture
def browser(browser: Any) -> Iterator[Any]:
    """A reader of their own, who has chosen nothing yet."""
    context = browser.browser.new_context()
    yield context
    context.close()


def open_settings(page: Any) -> Any:
    page.wait_for_function("window.askdocs")  # the page's scripts are there
    page.get_by_role("button", name="Settings").click()
    dialog = page.get_by_role("dialog", name="Settings")
    dialog.locator(".trade p").first.wait_for()
    return dialog


def test_what_is_chosen_goes_with_the_questions_and_stays(page: Any, site: Site) -> None:
    """Passages and threshold reach the assistant, outlive a reload, and can be taken back."""
    assert page.get_by_role("link", name="Quality").get_attribute("href") == "/quality"
    dialog = open_settings(page)
    assert dialog.locator("output").first.inner_text() == "5"
    dialog.get_by_label("Passages for an answer").fill("9")
    before = dialog.locator(".trade p").first.inner_text()
    dialog.get_by_label("Least support").fill("0.6")
    page.wait_for_function(f"document.querySelector('#settings .trade p').innerText != {before!r}")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    ask(page, DETAINED)
    assert site.assistant.settings == {"k": 9, "threshold": 0.6, "quoted": False}
    settle(page)
    open_page(page, site.address)
    dialog = open_settings(page)
    assert dialog.locator("output").first.inner_text() == "9"
    dialog.get_by_role("button", name="Back to defaults").click()
    page.wait_for_function("document.querySelector('#settings output').innerText == '5'")
    assert page.evaluate("window.askdocs.options()") == "{}"


def test_a_chosen_theme_is_there_before_anything_is_seen(page: Any, site: Site) -> None:
    """Dark on a light system: at once, at the next load before the first paint, and taken back."""
    dialog = open_settings(page)
    dialog.get_by_label("Dark").check()
    page.wait_for_function(f"{THEME} == 'dark'")
    assert page.evaluate("document.body.classList.contains('dark')")
    settle(page)
    page.goto(site.address, wait_until="commit")
    page.wait_for_function("document.body")
    assert page.evaluate(THEME) == "dark"
    page.locator("#documents li").first.wait_for()
    dialog = open_settings(page)
    dialog.get_by_label("As the system").check()
    page.wait_for_function(f"{THEME} != 'dark'")
    assert not page.evaluate("document.body.classList.contains('dark')")


def test_the_page_can_speak_another_language(page: Any, site: Site) -> None:
    """German is spoken at once in the dialog, and everywhere when it is closed; also by Gradio."""
    dialog = open_settings(page)
    dialog.get_by_label("Language of the page").select_option("de")
    page.get_by_role("heading", name="Einstellungen").wait_for()
    settle(page)
    page.get_by_role("button", name="Fertig").click()
    page.locator("button.new", has_text="Neue Unterhaltung").wait_for()
    assert page.evaluate("document.documentElement.lang") == "de"
    box = page.locator("#question textarea")
    box.wait_for()
    assert box.get_attribute("placeholder").startswith("Stellen Sie den Dokumenten")
    answer = ask(page, "fail")
    assert "Das hat nicht geklappt." in answer.inner_text()
