"""Hostile words in every place where the page shows words, in a real browser: nothing runs.

Two layers keep it so, each tested alone here: what is shown is escaped, and the browser is told
to load nothing from elsewhere.
"""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from site_server import Site
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from askdocs import Answer
from askdocs.types import Claim, Conflict
from askdocs.web.security import Guard
from fakes_web import UNREST, make_citation
from payloads import REQUESTS, payloads

PAYLOADS = payloads()
BATCH = 60
PLANTED = """() => [...document.querySelectorAll('*')].filter(one =>
    one.getAttributeNames().some(name => name.startsWith('on'))
    || /^\\s*(javascript|vbscript|data:text)/i.test(one.getAttribute('href') || '')
    || ['src', 'href', 'srcset', 'poster', 'action', 'ping'].some(name => one.hasAttribute(name)
        && !new URL(one.getAttribute(name), location).href.startsWith(location.origin)
        && !/^(data:image|blob:)/.test(one.getAttribute(name)))
    || (['IFRAME', 'OBJECT', 'EMBED', 'IMG', 'SVG', 'MATH', 'FORM', 'AUDIO', 'VIDEO', 'SCRIPT']
        .includes(one.tagName.toUpperCase()) && one.closest('#chat .message, #document .body,'
        + ' #history .conversations, #documents .documents, .skipped')
        && !one.matches('form.renaming'))
    ).map(one => one.outerHTML.slice(0, 200))"""


def name_of(number: int, payload: str) -> str:
    """The payload as a file's name, as far as a name can hold it."""
    cleaned = re.sub(r"[/\x00]", "∕", payload)
    while len(cleaned.encode("utf-8", "replace")) > 200:
        cleaned = cleaned[:-8]
    return f"{number:03} {cleaned}"


class HostileSite(Site):
    """Every payload is a file's name, a title, a text, a question, an answer, a claim, a source."""

    def fill(self, documents: Path) -> None:
        (documents / "all.txt").write_text(UNREST + "\n\n".join(PAYLOADS), "utf-8", "replace")
        for number, payload in enumerate(PAYLOADS):
            line = " ".join(payload.split())
            file = documents / (name_of(number, payload) + ".md")
            file.write_text(f"# {line}\n\nBefore {line} after.\n", "utf-8", "replace")
        for number, payload in enumerate(PAYLOADS[:BATCH]):
            (documents / (name_of(number, payload) + ".pdf")).write_bytes(b"%PDF-1.7")

    def answers(self) -> dict[str, Answer]:
        document = self.index.document("all.txt")
        whole = make_citation(1, document, "Around 7,939 people have been detained")
        found = {}
        for number, payload in enumerate(PAYLOADS):
            claims = tuple(Claim(payload, s, (1,), payload) for s in ("disputed", "retracted"))
            shown = Answer(
                payload,
                f"{payload} [1]\n\n> {payload} [1]\n\n- {payload}\n\n{payload}",
                f"{payload}?",
                support=0.9,
                mode="generative" if number % 2 else "extractive",
                citations=(whole,),
                conflicts=(Conflict(payload, claims),) if number % 3 == 0 else (),
            )
            found[payload] = shown
        return found

    def conversations(self) -> list[str]:
        """Conversations that have had each payload said in them; their ids."""
        answers = list(self.answers().items())
        begun = []
        for start in range(0, len(answers), BATCH):
            conversation = self.index.store.create_conversation(answers[start][0])
            for asked, answer in answers[start : start + BATCH]:
                self.index.store.add_turn(conversation, answer)
                self.index.store.create_conversation(asked)  # as a title
            begun.append(conversation)
        return begun


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    """The hostile site, running."""
    site = HostileSite(tmp_path_factory.mktemp("hostile"))
    yield site
    site.stop()


@pytest.mark.parametrize("csp", [True, False], ids=["as-served", "without-csp"])
def test_nothing_hostile_runs_or_leaves(site: HostileSite, browser: Any, csp: bool) -> None:
    """Every payload in every place makes no script, no dialog, no request and no such link."""
    context = browser.browser.new_context(bypass_csp=not csp)
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("dialog", lambda dialog: (wrong.append("dialog"), dialog.dismiss()))
    page.on(
        "request",
        lambda sent: (
            None
            if sent.url.startswith((site.address, "data:", "blob:"))
            else wrong.append(sent.url)
        ),
    )
    page.on("console", lambda said: wrong.append(said.text) if "Security" in said.text else None)
    for conversation in site.conversations():
        page.goto(f"{site.address}?c={conversation}")
        page.locator("#chat .said").nth(BATCH // 4).wait_for()
        page.wait_for_timeout(300)
        wrong += page.evaluate(PLANTED)
    page.locator("#chat a.cite").first.click()
    page.locator("#document mark").first.wait_for()
    wrong += page.evaluate(PLANTED)
    shown = page.evaluate("document.querySelector('#document .text').textContent")
    assert all(one.strip() in shown for one in PAYLOADS if one.isprintable())
    page.fill("#question textarea", PAYLOADS[1])
    page.keyboard.press("Enter")
    page.locator("#chat .working").last.wait_for()
    wrong += page.evaluate(PLANTED)
    for number in (0, 1, 7):
        page.goto(f"{site.address}view?document={PAYLOADS[number]}")
        wrong += page.evaluate(PLANTED)
    context.close()
    assert wrong == []


class Trap:
    """A host that should never be asked; it counts who asks all the same."""

    def __init__(self) -> None:
        asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_GET  # noqa: N815  # the name that the library calls

            def log_message(self, *_: Any) -> None:
                pass

        self.asked = asked
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def hostile_page(trap: Trap) -> Starlette:
    """A page that shows hostile words without escaping any."""
    asking = [one.format(trap=f"http://{trap.host}", host=trap.host) for one in REQUESTS]
    body = "\n".join(asking)
    return Starlette(routes=[Route("/", lambda _: HTMLResponse(f"<!doctype html>{body}"))])


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
def test_the_policy_alone_lets_no_request_out(browser: Any, guarded: bool) -> None:
    """Were nothing escaped, no other host would be asked; without the policy it is."""
    trap = Trap()
    bare = hostile_page(trap)
    server = uvicorn.Server(
        uvicorn.Config(Guard(bare) if guarded else bare, port=0, log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_timeout(700)
    page.close()
    server.should_exit = True
    thread.join()
    trap.server.shutdown()
    if guarded:
        assert trap.asked == []
    else:
        assert len(set(trap.asked)) >= 12
