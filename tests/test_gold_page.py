"""The page for drafts in a browser: read, accept, edit, reject and undo by keys alone."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from askdocs.evaluation.gold import read_rows

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine"),
]
TEXT = (
    "The bridge at Pennick was opened in 1931. <img src=x onerror=alert(1)> The inn has 12 rooms."
)


def draft(identifier: str, question: str, answer: str, quote: str) -> dict[str, Any]:
    evidence = [{"document": "a.txt", "quote": quote}]
    return {"id": identifier, "question": question, "answerable": True, "all_of": [[answer]],
            "evidence": evidence, "draft": True}  # fmt: skip


DRAFTS = (
    draft("opened", "When was the bridge at Pennick opened?", "1931", "opened in 1931"),
    draft("rooms", "How many rooms does the inn have?", "12", "The inn has 12 rooms."),
    draft("bad", "What?", "<img", "<img src=x onerror=alert(1)>"),
)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A gold file of three drafts, with its document."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.txt").write_text(TEXT, encoding="utf-8")
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in DRAFTS), encoding="utf-8")
    return path


@pytest.fixture
def address(gold: Path) -> Iterator[str]:
    """Where `askdocs gold review` serves it."""
    command = [sys.executable, "-m", "askdocs", "gold", "review", str(gold), "--port", "0"]
    command += ["--documents", str(gold.parent / "documents")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout
        line = served.stdout.readline()
        assert "3 drafts at http://127.0.0.1:" in line
        yield line.split(" at ")[1].split()[0]
        served.send_signal(signal.SIGINT)
        served.wait(20)


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    """The page; afterwards: it spoke to no other host, and no script of a document ran."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    wrong: list[str] = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.set_default_timeout(20_000)
        page.on("dialog", lambda one: (wrong.append(one.message), one.dismiss()))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda sent: (
                None if sent.url.startswith((address, "data:", "blob:")) else wrong.append(sent.url)
            ),
        )
        page.goto(address)
        yield page
        browser.close()
    assert wrong == []


def at(page: Any, identifier: str) -> None:
    """Wait until the page shows this draft."""
    wanted = next(row["question"] for row in DRAFTS if row["id"] == identifier)
    page.wait_for_function(
        "wanted => document.querySelector('#question textarea')?.value === wanted", arg=wanted
    )


def test_a_person_goes_through_drafts_by_keys(page: Any, gold: Path) -> None:
    """Accept one, edit and accept the next, reject the last and bring it back; each step is in the
    file at once, and nothing stands out of a narrow page.
    """
    at(page, "opened")
    page.wait_for_selector("#context mark")
    assert page.inner_text("#context mark strong") == "1931"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("n")
    at(page, "rooms")
    page.keyboard.press("p")
    at(page, "opened")
    page.keyboard.press("a")
    at(page, "rooms")
    rows = [row for _, row in read_rows(gold)]
    assert [row["id"] for row in rows if not row.get("draft")] == ["opened"]
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.type("How many rooms has the inn, and are an r and a n typed?")
    page.keyboard.press("Control+Enter")
    at(page, "bad")
    rows = [row for _, row in read_rows(gold)]
    assert rows[1]["question"] == "How many rooms has the inn, and are an r and a n typed?"
    page.keyboard.press("r")
    page.get_by_text("No draft is left.").wait_for()
    rejected = gold.with_name("gold.rejected.jsonl")
    assert [row["id"] for _, row in read_rows(rejected)] == ["bad"]
    page.keyboard.press("u")
    at(page, "bad")
    assert len(list(read_rows(gold))) == 3
    page.fill("#evidence textarea", "words that stand nowhere")
    page.click("#accept")
    page.get_by_text("Not accepted").wait_for()
    assert [row for _, row in read_rows(gold)][2].get("draft")
