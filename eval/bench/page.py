"""How fast the page is in a browser: the first paint, and the first words of an answer.

    python eval/bench/page.py --index index/ "How much does the ferry cost?"

Needs playwright and a chromium. Each turn is a new browser profile, so nothing is cached; times are
those of the browser's own clock, over loopback.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import sync_playwright

PAINTED = """() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"""
SHIFTED = """() => new Promise(resolve => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => resolve(sum), 300);
})"""
WATCH = """() => {
  const known = document.querySelectorAll('#chat .bot-row').length;
  const times = window.askdocsTimes = {};
  addEventListener('keydown', event => {
    if (event.key === 'Enter') times.asked ??= performance.now();
  }, true);
  new MutationObserver(() => {
    const row = document.querySelectorAll('#chat .bot-row')[known];
    if (!row) return;
    times.waiting ??= performance.now();
    if (row.querySelector('.lead, blockquote, .refusal')) times.words ??= performance.now();
    if (row.querySelector('.working')) times.whole ??= performance.now();
  }).observe(document.body, {subtree: true, childList: true});
}"""


@contextmanager
def served(index: str) -> Iterator[str]:
    """The page, served in a process of its own; its address."""
    command = [sys.executable, "-m", "askdocs", "serve", "--index", index, "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        if found is None:
            raise SystemExit("the server did not start")
        yield found[0]
    finally:
        server.terminate()
        server.wait()


def turn(browser: Any, address: str, question: str) -> dict[str, float]:
    """One visit: milliseconds to the first paint, to a usable page, and from Enter to the words."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    box = page.locator("#question textarea")
    box.wait_for()
    usable = page.evaluate("performance.now()")
    page.wait_for_function(PAINTED)
    times = {"first paint": page.evaluate(PAINTED), "usable": usable}
    page.locator("#documents li").first.wait_for(state="attached")
    for name in ("first question", "second question"):
        page.evaluate(WATCH)
        box.fill(question)
        page.keyboard.press("Enter")
        page.wait_for_function("() => window.askdocsTimes.whole")
        seen = page.evaluate("window.askdocsTimes")
        times[f"{name}, first words"] = seen["words"] - seen["asked"]
        times[f"{name}, whole answer"] = seen["whole"] - seen["asked"]
        page.wait_for_timeout(500)
    times["layout shift"] = page.evaluate(SHIFTED)
    context.close()
    return times


def main() -> None:
    """Print the medians, and the worst."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("question")
    parser.add_argument("--index", default="index/")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with served(options.index) as address, sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        turns = [turn(browser, address, options.question) for _ in range(options.turns + 1)][1:]
        browser.close()
    found = {name: [one[name] for one in turns] for name in turns[0]}
    if options.json:
        print(json.dumps(found))
        return
    print("| | median | worst |\n|---|---|---|")
    for name, values in found.items():
        digits = 3 if name == "layout shift" else 0
        print(f"| {name} | {statistics.median(values):.{digits}f} | {max(values):.{digits}f} |")


if __name__ == "__main__":
    main()
