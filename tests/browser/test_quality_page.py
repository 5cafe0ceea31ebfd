"""The quality page in a real browser: a run with its progress, the charts, the questions."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from site_server import Site
from steps import DETAINED, RESTORED, UNKNOWN

from fakes_web import SLOWLY

START = "quality"

GOLD = [
    (DETAINED, "7,939", "7,939"),
    (RESTORED, "Astana", "Almaty"),
    (UNKNOWN, "", ""),
    (SLOWLY, "nothing of the kind", "Almaty"),
]


class GoldSite(Site):
    """A site with four questions whose answers are known: two right, two wrong."""

    def __init__(self, folder: Path) -> None:
        self.gold = (folder / "four.jsonl",)
        write_gold(*self.gold)
        super().__init__(folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running site of this module."""
    site = GoldSite(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


def write_gold(path: Path) -> None:
    rows = []
    for question, wanted, quote in GOLD:
        row: dict[str, Any] = {"id": question, "question": question, "answerable": bool(wanted)}
        if wanted:
            evidence = [{"document": "reports/unrest.txt", "quote": quote}]
            row |= {"all_of": [[wanted]], "evidence": evidence}
        rows.append(json.dumps(row))
    path.write_text("\n".join(rows), encoding="utf-8")


def run(page: Any) -> None:
    page.get_by_role("button", name="Ask 4 questions").click()
    page.locator("#run [data-kept]").wait_for()
    page.locator("#calibration.drawn").wait_for()


def test_a_run_shows_figures_charts_and_every_answer(page: Any) -> None:
    """From the button to the answer of one question, with its citation at its place."""
    run(page)
    assert page.locator(".tiles li").all_inner_texts()[0].split() == ["2", "right", "50", "%"]
    assert page.locator("#over-time .bars path").count() >= 3
    page.locator('.filter [data-outcome="wrong"]').click()
    assert page.locator(".rows tr.row:visible").count() == 2
    row = page.get_by_role("button", name=RESTORED)
    row.focus()
    page.keyboard.press("Enter")
    cited = page.locator(".detail a.cite").first
    cited.wait_for()
    assert row.get_attribute("aria-expanded") == "true"
    cited.click()
    mark = page.locator("#document mark")
    mark.first.wait_for()
    assert "Almaty" in mark.first.inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#document").is_hidden()
    page.locator('.filter [data-outcome=""]').click()
    assert page.locator(".rows tr.row:visible").count() == 4


@pytest.fixture
def held(site: Site) -> Iterator[threading.Event]:
    """The assistant, held up at each question until it may go on."""
    goes_on, ask = threading.Event(), site.assistant.ask

    def wait_and_ask(*given: Any, **more: Any) -> Any:
        assert goes_on.wait(60)
        return ask(*given, **more)

    site.assistant.ask = wait_and_ask
    yield goes_on
    goes_on.set()
    site.assistant.ask = ask


def test_a_run_can_be_stopped(page: Any, site: Site, held: threading.Event) -> None:
    """While it runs there is a bar and no second run; stopped, nothing of it is kept."""
    before = len(site.index.store.evaluations())
    start = page.get_by_role("button", name="Ask 4 questions")
    start.click()
    bar = page.locator("progress")
    bar.wait_for()
    assert bar.get_attribute("max") == "4"
    assert start.is_disabled()
    with page.expect_response("**/page/quality/stop"):  # else the run may be through before
        page.get_by_role("button", name="Stop").click()
    held.set()
    page.get_by_text("Nothing of this run is kept").wait_for()
    assert len(site.index.store.evaluations()) == before
    assert start.is_enabled()


@pytest.mark.parametrize("page", [(360, 740)], ids=["phone"], indirect=True)
def test_the_quality_page_fits_a_phone(page: Any) -> None:
    """Nothing is wider than the window, and what is touched is large enough."""
    run(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = page.locator(".filter button, .rows .more, .start").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 32
