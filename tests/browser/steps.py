"""What the tests of the page do again and again, and the questions that the scripts know."""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakKeyDictionary

DETAINED = "How many people were detained?"
DIED = "How many people died?"
RESTORED = "Where was the internet restored?"
UNKNOWN = "Who is the mayor?"


class Events:
    """What Gradio asked for on a page and has not got whole: answers to its questions, streams."""

    def __init__(self) -> None:
        self.waiting: set[Any] = set()
        self.last = 0.0
        self.forgotten = False

    def begins(self, sent: Any) -> None:
        if "/queue/" in sent.url:
            self.waiting.add(sent)
            self.last = time.monotonic()

    def ends(self, sent: Any) -> None:
        self.waiting.discard(sent)


_EVENTS: WeakKeyDictionary[Any, Events] = WeakKeyDictionary()


def watch_events(page: Any) -> Events:
    """Know from now on what Gradio waits for; `settle` needs it."""
    events = _EVENTS[page] = Events()
    page.on("request", events.begins)
    for end in ("requestfinished", "requestfailed"):
        page.on(end, events.ends)
    return events


def settle(page: Any) -> None:
    """Wait until Gradio has all that it asked for, and asks no more: else it complains if left.

    What came of an event before its number did makes Gradio open a stream on which nothing comes.
    After ten seconds in which nothing else was asked such a stream is `forgotten`, and what Gradio
    says when it is left is no fault of ours.
    """
    events = _EVENTS[page]
    began, quiet = time.monotonic(), 0
    while quiet < 5:
        page.wait_for_timeout(60)
        quiet = 0 if events.waiting else quiet + 1
        if quiet == 0 and time.monotonic() - max(began, events.last) > 10:
            assert all("/queue/data" in one.url for one in events.waiting)
            events.forgotten = True
            return


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
