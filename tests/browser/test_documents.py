"""The documents in a real browser: added, dropped, found, removed, put back, asked alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from steps import DETAINED, ask, settle

from fakes_web import HOSTILE_NAME, UNREST

NOTES = {"name": "notes.md", "mimeType": "text/markdown", "buffer": b"# Lighthouse\n\nIt is green."}


def ready(page: Any) -> None:
    """Wait for what the page fetches for its documents."""
    page.locator("#asking").wait_for(state="attached")


def manage(page: Any) -> Any:
    """Open the dialog."""
    ready(page)
    page.get_by_role("button", name="Manage documents").click()
    page.locator("#shelf table.files").wait_for()
    return page.locator("#shelf")


def row(page: Any, words: str) -> Any:
    return page.locator("#shelf tbody tr", has_text=words)


def remove(page: Any, words: str) -> None:
    """Remove a file; the first click only asks."""
    button = row(page, words).locator("[data-remove]")
    button.click()
    assert "?" in button.inner_text()
    button.click()


def test_an_added_file_appears_by_itself_and_is_deleted_again(page: Any, site: Any) -> None:
    """Choosing a file sends it, tells of the reading, and renews the lists and the welcome."""
    ready(page)
    before = int(page.locator("#documents .count").inner_text())
    page.set_input_files("#files", [NOTES])
    page.locator("#documents .title", has_text="Lighthouse").wait_for()
    assert page.locator("#documents .count").inner_text() == str(before + 1)
    page.locator("#chat .welcome h1", has_text=f"{before + 1} documents").wait_for()
    page.locator("#documents .reading", has_text="1 added").wait_for()
    manage(page)
    remove(page, "uploads/notes.md")
    row(page, "uploads/notes.md").wait_for(state="detached")
    assert not (Path(site.index.store.meta.folder) / "uploads/notes.md").exists()


def test_files_are_dropped_anywhere(page: Any) -> None:
    """The page shows where to drop while a file is held over it, and takes what is dropped."""
    ready(page)
    page.evaluate("""() => {
      window.held = new DataTransfer();
      window.held.items.add(new File(['A dropped tunnel.'], 'tunnel.txt'));
      window.over = (name) => document.querySelector('#talk').dispatchEvent(new DragEvent(
        name, {bubbles: true, cancelable: true, dataTransfer: window.held}));
      window.over('dragover');
    }""")
    page.locator("#drop").wait_for(state="visible")
    page.evaluate("window.over('drop')")
    page.locator("#drop").wait_for(state="hidden")
    page.locator("#documents .title", has_text="tunnel.txt").wait_for()


def test_what_is_read_before_the_page_first_looks_is_listed(page: Any, site: Any) -> None:
    """The page knows what its list shows, so that nothing read meanwhile is missed."""
    held: list[Any] = []
    page.route("**/page/documents/progress*", lambda route: held.append(route))
    settle(page)
    page.reload()
    ready(page)
    added = Path(site.index.store.meta.folder) / "meanwhile.txt"
    added.write_text("Read meanwhile.")
    site.index.refresh()
    limit = time.monotonic() + 15
    while not held:
        assert time.monotonic() < limit
        page.wait_for_timeout(50)
    for route in held:
        route.continue_()
    page.locator("#documents .title", has_text="meanwhile.txt").wait_for()


def test_a_file_of_the_folder_is_left_out_and_put_back(page: Any, site: Any) -> None:
    """It stays on the disk, is listed as left out, and comes back."""
    manage(page)
    remove(page, HOSTILE_NAME)
    row(page, "Left out").wait_for()
    assert (Path(site.index.store.meta.folder) / HOSTILE_NAME).exists()
    row(page, HOSTILE_NAME).locator("[data-restore]").click()
    row(page, HOSTILE_NAME).locator("[data-only]").wait_for()


def test_the_list_is_searched_and_sorted(page: Any) -> None:
    """The search looks at names; problems can be put first, with their reasons."""
    shelf = manage(page)
    shelf.locator("[data-sort]").select_option("state")
    page.locator('#shelf tbody tr:first-child[data-state="skipped"]').wait_for()
    assert "PDF" in page.locator("#shelf tbody tr").first.locator(".told").inner_text()
    shelf.locator("[data-find]").fill("unrest")
    page.locator("#shelf tbody tr").nth(1).wait_for(state="detached")
    row(page, "Unrest").locator("a.view").click()
    page.locator("#document").wait_for()
    assert not shelf.is_visible()


def test_a_question_is_asked_of_chosen_documents(page: Any, site: Any) -> None:
    """Typing @ offers documents and folders by keyboard; chips say what is asked, and can go."""
    ready(page)
    box = page.locator("#question textarea")
    box.press_sequentially("How many @rep")
    page.locator("#choices [role=option]", has_text="reports").first.wait_for()
    assert box.get_attribute("role") == "combobox"
    assert page.locator(f"#{box.get_attribute('aria-activedescendant')}").is_visible()
    page.keyboard.press("Escape")
    page.locator("#choices").wait_for(state="hidden")
    assert box.get_attribute("role") is None
    box.press_sequentially("o")
    page.locator("#choices [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.locator("#scope .chip", has_text="reports/").wait_for()
    assert box.input_value() == "How many "
    page.locator("#documents li", has_text="Unrest").hover()
    page.locator("#documents li", has_text="Unrest").locator(".only").click()
    page.locator("#scope .chip", has_text="Unrest").wait_for()
    ask(page, DETAINED)
    page.locator("#history li[aria-current]").wait_for()
    newest = site.index.store.conversations()[0].id
    within = site.index.store.kept_turns(newest)[-1].within
    assert within.documents == ("reports/", "reports/unrest.txt")
    page.get_by_role("button", name="Ask all").click()
    page.locator("#scope .chip").first.wait_for(state="detached")


def test_escape_closes_the_dialog_and_gives_the_focus_back(page: Any) -> None:
    """What lies behind the dialog stays open."""
    page.locator("#documents a", has_text="Unrest").click()
    page.locator("#document .body").wait_for()
    manage(page)
    page.keyboard.press("Escape")
    page.locator("#shelf").wait_for(state="hidden")
    assert page.locator("#document .body").is_visible()
    focused = page.evaluate("document.activeElement.dataset.shelf")
    assert focused == "manage"


def test_the_file_itself_is_downloaded(page: Any) -> None:
    """The link gives the file as it stands in the folder."""
    manage(page)
    with page.expect_download() as download:
        row(page, "reports/unrest.txt").get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == UNREST
    assert download.value.suggested_filename == "unrest.txt"


@pytest.mark.parametrize("page", [(360, 740)], ids=["phone"], indirect=True)
def test_on_a_phone_the_dialog_shows_cards(page: Any) -> None:
    """Nothing is wider than the window, and the buttons are large enough to touch."""
    page.get_by_role("button", name="Menu").click()
    manage(page)
    assert page.evaluate("document.querySelector('#shelf').scrollWidth") <= 360
    card = page.locator("#shelf tbody tr").first.bounding_box()
    assert card["x"] >= 0
    assert card["x"] + card["width"] <= 360
    for button in page.locator("#shelf button:visible").all():
        assert button.bounding_box()["height"] >= 32


def test_an_emptied_index_is_filled_again_from_the_page(page: Any, site: Any) -> None:
    """When nothing is left, the page says so and offers to add; the first file brings it back."""
    manage(page)
    names = [one.id for one in site.index.documents()]
    for name in names:
        site.index.store.remove(name)
    page.get_by_role("button", name="Look for changes").click()
    page.locator("#chat .welcome.empty").wait_for()
    page.keyboard.press("Escape")
    with page.expect_file_chooser() as chosen:
        page.locator("#chat .welcome button").click()
    chosen.value.set_files([NOTES])
    page.locator("#chat .welcome:not(.empty)").wait_for()
    page.locator("#documents .count").get_by_text("1", exact=True).wait_for()
    for name in names:
        site.index.store.restore(name)
    site.index.refresh()
