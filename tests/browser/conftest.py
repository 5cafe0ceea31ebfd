"""A real server over a real index, and headless Chromium before it, for the tests of the page.

Only the words of the answers are scripted; documents, index, store, server and page are real.
"""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parent.parent))  # where the fakes are
sys.path.insert(0, str(Path(__file__).parent))

from steps import DETAINED, DIED, open_page

from askdocs import Answer, Index
from askdocs.web.app import create_app
from fakes import FakeEmbedder
from fakes_web import HOSTILE, HOSTILE_NAME, UNREST, ScriptedAssistant, script

CHROMIUM = shutil.which("chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is a browser test, and needs one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))


class Site:
    """A server over an index, which can be stopped and started again at the same address."""

    gold: tuple[Path, ...] = ()

    def __init__(self, folder: Path) -> None:
        self.index_path = folder / "index"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        documents = folder / "documents"
        documents.mkdir()
        self.fill(documents)
        Index.build(documents, self.index_path, embedder=FakeEmbedder()).close()
        self.start()

    def fill(self, documents: Path) -> None:
        """Write the documents."""
        (documents / "reports").mkdir()
        (documents / "reports" / "unrest.txt").write_text(UNREST, encoding="utf-8")
        (documents / HOSTILE_NAME).write_text(HOSTILE, encoding="utf-8")
        (documents / "<b>scan<b>.pdf").write_bytes(b"%PDF-1.7")

    def answers(self) -> dict[str, Answer]:
        """What is answered to which question."""
        return script(self.index)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        self.index = Index.open(self.index_path, embedder=FakeEmbedder())
        self.assistant = ScriptedAssistant(self.index, self.answers())
        app = create_app(self.index, self.assistant, examples=(DETAINED, DIED), gold=self.gold)
        settings = uvicorn.Config(
            app, port=self.port, log_level="error", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(settings)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.index.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running site of this module."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium; its pages share what they have loaded."""
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
    page.close()
    assert wrong == []
