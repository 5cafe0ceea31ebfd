"""The chat page in a real browser: Debian's Chromium, headless, against a real server and index.

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

from askdocs import Index
from askdocs.web.app import create_app
from fakes import FakeEmbedder
from fakes_web import HOSTILE, HOSTILE_NAME, SLOWLY, UNREST, ScriptedAssistant, script

CHROMIUM = shutil.which("chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine"),
]

DETAINED = "How many people were detained?"
DIED = "How many people died?"
RESTORED = "Where was the internet restored?"
UNKNOWN = "Who is the mayor?"


class Site:
    """A server over an index, which can be stopped and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.index_path = folder / "index"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        documents = folder / "documents"
        (documents / "reports").mkdir(parents=True)
        (documents / "reports" / "unrest.txt").write_text(UNREST, encoding="utf-8")
        (documents / HOSTILE_NAME).write_text(HOSTILE, encoding="utf-8")
        (documents / "<b>scan<b>.pdf").write_bytes(b"%PDF-1.7")
        Index.build(documents, self.index_path, embedder=FakeEmbedder()).close()
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        self.index = Index.open(self.index_path, embedder=FakeEmbedder())
        assistant = ScriptedAssistant(self.index, script(self.index))
        app = create_app(self.index, assistant, examples=(DETAINED, DIED))
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


@pytest.fixture(scope="module")
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
    open_page(page, home)
    yield page
    page.close()
    assert wrong == []


def open_page(page: Any, address: str) -> None:
    """Go to the address and wait until the page works."""
    page.goto(address)
    page.locator("#question textarea").wait_for()
    page.locator("#documents li").first.wait_for(state="attached")


def ask(page: Any, question: str) -> Any:
    """Ask, and wait for the whole answer: its message."""
    known = page.locator("#chat .bot-row").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    answer = page.locator("#chat .bot-row").nth(known)
    answer.wait_for()
    answer.locator(".answer:not(.partial), .refusal, .failure").first.wait_for()
    return answer


def in_view(page: Any, selector: str) -> bool:
    """Whether the element is inside the panel that scrolls it, and inside the window."""
    measure = """selector => {
      const inner = document.querySelector(selector).getBoundingClientRect();
      const outer = document.querySelector('#document .body').getBoundingClientRect();
      return inner.top >= outer.top && inner.bottom <= outer.bottom && inner.bottom <= innerHeight;
    }"""
    return bool(page.evaluate(measure, selector))


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
    page.wait_for_timeout(200)
    log, said = page.locator("#chat [role=log]"), page.locator("#chat .said").nth(1)
    assert 0 <= said.bounding_box()["y"] - log.bounding_box()["y"] <= 60


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
    page.locator("#chat .answer .meta").wait_for()
    assert page.locator("#chat .said").inner_text() == DETAINED


def test_an_answer_can_be_stopped(page: Any, site: Site) -> None:
    """Stop ends the answer where it is; it is not kept, and the next question is answered."""
    before = len(site.index.store.conversations())
    page.fill("#question textarea", SLOWLY)
    page.keyboard.press("Enter")
    page.locator("#chat .partial", has_text="and so on").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator("#chat .stopped").wait_for()
    assert page.locator("#chat .meta").inner_text().startswith("Stopped.")
    assert not page.get_by_role("button", name="Stop").is_visible()
    page.wait_for_timeout(1000)  # for Gradio, the stopped event ends a moment later
    page.fill("#question textarea", DETAINED)
    page.keyboard.press("Enter")
    page.locator("#chat .answer .meta", has_text="supported").wait_for()
    assert len(site.index.store.conversations()) == before + 1


def test_a_conversation_survives_a_restart_of_the_server(page: Any, site: Site) -> None:
    """After a restart the address and the list bring the conversation back, and it goes on."""
    ask(page, DETAINED)
    page.wait_for_url("**/?c=*")
    address = page.url
    page.goto("about:blank")
    site.stop()
    site.start()
    open_page(page, address)
    page.locator("#chat .answer .meta").wait_for()
    assert page.locator("#chat .said").inner_text() == DETAINED
    ask(page, DIED)
    assert page.locator("#chat .said").count() == 2
    page.locator("button.new").click()
    page.locator("#chat .welcome").wait_for()
    page.locator("#history .conversations .entry", has_text=DETAINED).first.click()
    page.locator("#chat .said").nth(1).wait_for()


def test_a_conversation_is_deleted_on_the_second_click(page: Any, site: Site) -> None:
    """Deleting asks again first."""
    ask(page, UNKNOWN)
    page.locator("#history li[aria-current]").wait_for()
    before = len(site.index.store.conversations())
    button = page.locator("#history li[aria-current] .delete")
    button.click()
    assert len(site.index.store.conversations()) == before
    button.click()
    page.locator("#chat .welcome").wait_for()
    assert len(site.index.store.conversations()) == before - 1


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
