"""A running site and headless Chromium before it, for the tests of the page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from site_server import Site
from steps import open_page, watch_events

CHROMIUM = shutil.which("chromium")
LEFT_BY_GRADIO = r"error (AbortError: signal is aborted|Unexpected error Connection errored out)"
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is a browser test, and needs one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running site of this module."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture(scope="package")  # while it runs, so does an event loop
def browser() -> Iterator[Any]:
    """Headless Chromium; its pages share what they have loaded."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched.new_context()
        launched.close()


@pytest.fixture(params=[(1280, 800)], ids=["desk"])
def page(request: pytest.FixtureRequest, site: Site, browser: Any) -> Iterator[Any]:
    """The page, open. Afterwards: it spoke to no other host, and nothing went wrong in it."""
    width, height = request.param
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    home = site.address

    def look_at(sent: Any) -> None:
        if not sent.url.startswith((home, "data:", "blob:")):
            wrong.append(f"request to {sent.url}")

    events = watch_events(page)
    page.on("request", look_at)
    page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: wrong.append(f"error {error}"))
    page.on(
        "console",
        lambda said: (
            wrong.append(f"{said.type} {said.text}") if said.type in ("error", "warning") else None
        ),
    )
    start = getattr(request.module, "START", "")  # another page than that of the conversation
    if start:
        page.goto(home + start)
    else:
        open_page(page, home)
    yield page
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{re.sub(r'[^a-z0-9-]+', '-', request.node.name)}.png")
    page.close()
    if events.forgotten:
        wrong = [one for one in wrong if not re.match(LEFT_BY_GRADIO, one)]
    assert wrong == []
