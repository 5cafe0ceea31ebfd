"""What the tests of the page do again and again, and the questions that the scripts know."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

DETAINED = "How many people were detained?"
DIED = "How many people died?"
RESTORED = "Where was the internet restored?"
UNKNOWN = "Who is the mayor?"


_EVENTS: WeakKeyDictionary[Any, set[Any]] = WeakKeyDictionary()


def watch_events(page: Any) -> None:
    """Know from now on what Gradio waits for; `settle` needs it."""
    waiting: set[Any] = set()
    page.on("request", lambda sent: "/queue/" in sent.url and waiting.add(sent))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda sent: waiting.discard(sent))
    _EVENTS[page] = waiting


def settle(page: Any) -> None:
    """Wait until Gradio has all that it asked for, and asks no more: else it complains if left."""
    quiet = 0
    while quiet < 5:
        page.wait_for_timeout(60)
        quiet = 0 if _EVENTS[page] else quiet + 1


def open_page(page: Any, address: str) -> None:
    """Go to the address and wait until the page works."""
    page.goto(address)
    page.locator("#question textarea").wait_for()
    page.locator("#documents li").first.wait_for(state="attached")
    page.wait_for_function("() => window.askdocs")


def ask(page: Any, question: str) -> Any:
    """Ask, and wait for the whole answer: its message."""
    known = page.locator("#chat .bot-row").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    answer = page.locator("#chat .bot-row").nth(known)
    answer.locator(".of-answer").wait_for()  # its tools come last
    return answer


def in_view(page: Any, selector: str) -> bool:
    """Whether the element is inside the panel that scrolls it, and inside the window."""
    measure = """selector => {
      const inner = document.querySelector(selector).getBoundingClientRect();
      const outer = document.querySelector('#document .body').getBoundingClientRect();
      return inner.top >= outer.top && inner.bottom <= outer.bottom && inner.bottom <= innerHeight;
    }"""
    return bool(page.evaluate(measure, selector))
