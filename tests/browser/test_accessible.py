"""What axe-core finds on the page in each of its states, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from steps import DETAINED, DIED, UNKNOWN, ask, settle

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core here")
GRAVE = ("serious", "critical")


def answered(page: Any) -> None:
    """An answer with all its steps unfolded."""
    ask(page, DETAINED).locator(".working summary").click()


def disputed(page: Any) -> None:
    """A disagreement, and the document that makes one of its claims."""
    ask(page, DIED).locator("a.cite").first.click()
    page.locator("#document mark").first.wait_for()


def refused(page: Any) -> None:
    """A refusal with what was nearest."""
    ask(page, UNKNOWN)


def at_the_side(page: Any, button: str) -> None:
    """A dialog that is opened from the side, which a phone has behind a menu."""
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()
    page.get_by_role("button", name=button, exact=True).click()
    page.locator("dialog[open]").wait_for()


def settings(page: Any) -> None:
    """The settings, with what the threshold trades."""
    at_the_side(page, "Settings")
    page.locator(".trade p").first.wait_for()


def documents(page: Any) -> None:
    """All documents, with what can be done with them."""
    at_the_side(page, "Manage documents")
    page.locator("#shelf table.files").wait_for()


def quality(page: Any) -> None:
    """The page on quality, before any run."""
    settle(page)
    page.goto(page.url.split("?")[0] + "quality")


STATES = {
    "start": lambda page: None,
    "answer": answered,
    "dispute": disputed,
    "refusal": refused,
    "settings": settings,
    "documents": documents,
    "quality": quality,
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [(360, 740), (1440, 900)], ids=["phone", "wide"], indirect=True)
@pytest.mark.parametrize("reach", STATES.values(), ids=STATES.keys())
def test_axe_finds_nothing_grave(page: Any, reach: Callable[[Any], None], scheme: str) -> None:
    """No serious or critical finding of WCAG 2 A and AA, in any state, theme and width."""
    page.emulate_media(color_scheme=scheme)
    reach(page)
    page.wait_for_timeout(300)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = axe.Axe().run(page, options=rules)
    grave = [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]}"
        for one in found.response["violations"]
        if one["impact"] in GRAVE
    ]
    assert grave == []
