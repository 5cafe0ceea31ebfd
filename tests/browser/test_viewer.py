"""The document beside the conversation in a real browser: pages, tables, quotes, keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from site_server import Site
from steps import ask, in_view

from askdocs import Answer
from fakes_web import make_citation
from pdf_files import PROSE, drawn, lines, wrapped

CLERK = "Who wrote the minutes?"
ROW = "What is the square of 1300?"
EVIL = "<img src=x onerror=alert('cell')>"
QUOTES = {
    "minutes.pdf": "The minutes were written by the clerk and read aloud before the end.",
    "squares.csv": "number: 1300; square: 1690000; word: the number 1300 and its square",
    "notes.txt": "The clerk is called Nell.",
}


class Library(Site):
    """A site with a PDF of many pages, a long table and a note."""

    def fill(self, documents: Path) -> None:
        pages = [lines(f"Sheet {n} of nothing much, item {n * 7}.") for n in range(1, 8)]
        pages.append(lines(*wrapped(PROSE, 60), y=400))
        (documents / "minutes.pdf").write_bytes(drawn(*pages))
        words = (EVIL if n == 1301 else f"the number {n} and its square" for n in range(2400))
        rows = "".join(f"{n},{n * n},{word}\n" for n, word in enumerate(words))
        (documents / "squares.csv").write_text(f"number,square,word\n{rows}")
        (documents / "notes.txt").write_text(f"A note.\n\n{QUOTES['notes.txt']}\n")

    def answers(self) -> dict[str, Answer]:
        cited = [
            make_citation(number, self.index.document(name), quote)
            for number, (name, quote) in enumerate(QUOTES.items(), start=1)
        ]
        said = "\n".join(f"> {one.quote} [{one.number}]" for one in cited)
        told = {CLERK: f"The clerk [1]\n\n{said}", ROW: f"1690000 [2]\n\n{said}"}
        return {
            asked: Answer(asked, text, asked, support=0.9, citations=tuple(cited))
            for asked, text in told.items()
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running site of this module."""
    site = Library(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


def open_citation(page: Any, number: int) -> None:
    """Ask, and open the citation with this number."""
    ask(page, CLERK).locator("figure a.cite").nth(number - 1).click()


def test_a_pdf_is_shown_as_pages_with_the_quoted_words_marked(page: Any) -> None:
    """The page of the quote is drawn and in view, and the marks lie on ink that is there."""
    open_citation(page, 1)
    box = page.locator("#document .box").first
    box.wait_for()
    page.wait_for_function("document.querySelector('.sheet.quoted img').naturalWidth > 0")
    assert in_view(page, "#document .box")
    assert page.locator("#document .sheet.quoted").get_attribute("data-page") == "8"
    assert page.locator("#document .page-steps .which").inner_text() == "Page 8 of 8"
    dark = """() => {
      const img = document.querySelector('.sheet.quoted img');
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
      const context = canvas.getContext('2d', {willReadFrequently: true});
      context.drawImage(img, 0, 0);
      const count = ([x, y, w, h]) => {
        const part = context.getImageData(x * img.naturalWidth, y * img.naturalHeight,
          Math.max(1, w * img.naturalWidth), Math.max(1, h * img.naturalHeight));
        return part.data.filter((value, n) => n % 4 === 0 && value < 128).length;
      };
      const share = (value) => parseFloat(value) / 100;
      return [...document.querySelectorAll('.sheet.quoted .box')].map(({style}) => count(
        [share(style.left), share(style.top), share(style.width), share(style.height)]));
    }"""
    assert all(pixels > 50 for pixels in page.evaluate(dark))
    words = page.locator("#document .sheet.quoted details mark")
    assert " ".join(words.text_content().split()) == QUOTES["minutes.pdf"]


def test_pages_are_drawn_as_they_come_near_and_keep_their_place(page: Any) -> None:
    """Pages far away are not fetched; going to them does not move what is there."""
    open_citation(page, 1)
    page.locator("#document .box").first.wait_for()
    assert page.locator("#document .sheet:not(.loaded)").count() > 0
    height = "document.querySelector('#document .body').scrollHeight"
    before = page.evaluate(height)
    for _ in range(7):
        page.get_by_role("button", name="Previous page").click()
    page.locator("#document .sheet.loaded[data-page='1'] img").wait_for()
    assert page.locator("#document .page-steps .which").inner_text() == "Page 1 of 8"
    assert page.get_by_role("button", name="Previous page").is_disabled()
    assert abs(page.evaluate(height) - before) < 40


def test_the_chosen_look_is_remembered(page: Any) -> None:
    """Who reads a PDF as text gets the next one as text, too, until pages are chosen again."""
    open_citation(page, 1)
    page.locator("#document .box").first.wait_for()
    page.get_by_role("link", name="Text", exact=True).click()
    page.locator("#document .text mark").first.wait_for()
    assert in_view(page, "#document #quote")
    page.keyboard.press("Escape")
    page.locator("#documents a", has_text="minutes.pdf").first.click()
    page.locator("#document .text.exact").wait_for()
    page.get_by_role("link", name="Pages").click()
    page.locator("#document .sheet.loaded").first.wait_for()
    page.evaluate("localStorage.removeItem('askdocs-look')")


def test_a_long_table_shows_the_quoted_row_below_its_header(page: Any) -> None:
    """The row is in view and so is the header; more rows come when asked for, and nothing jumps."""
    open_citation(page, 2)
    row = page.locator("#document tr.quoted")
    row.wait_for()
    assert in_view(page, "#document tr.quoted")
    assert in_view(page, "#document thead th:nth-child(2)")
    cells = row.locator("td").all_inner_texts()
    assert [cell.strip() for cell in cells[1:]] == [
        "1300",
        "1690000",
        "the number 1300 and its square",
    ]
    rows = page.locator("#document tbody tr").count()
    top = row.bounding_box()["y"]
    page.get_by_role("link", name="Show earlier").click()
    page.wait_for_function(f"document.querySelectorAll('#document tbody tr').length > {rows}")
    assert abs(row.bounding_box()["y"] - top) < 2
    assert EVIL in page.locator("#document table").inner_text()
    assert page.locator("#document table img").count() == 0


def test_a_card_shows_the_quote_beside_its_citation(page: Any) -> None:
    """It comes after a moment, covers not the citation, and Escape hides it, not the document."""
    answer = ask(page, CLERK)
    chip = answer.locator("a.cite").first
    chip.hover()
    card = page.locator("#quote-card")
    card.wait_for()
    assert card.locator(".words").inner_text() == QUOTES["minutes.pdf"]
    assert "minutes.pdf" in card.locator(".origin").inner_text()
    assert chip.get_attribute("aria-describedby") == "quote-card"
    chip_box, card_box = chip.bounding_box(), card.bounding_box()
    assert card_box["y"] >= chip_box["y"] + chip_box["height"]
    chip.click()
    page.locator("#document .box").first.wait_for()
    assert not card.is_visible()
    answer.locator("a.cite").last.hover()
    card.wait_for()
    page.keyboard.press("Escape")
    assert not card.is_visible()
    assert page.locator("#document").is_visible()


def test_quotes_are_followed_by_buttons_and_by_keys(page: Any) -> None:
    """The bar says which quote it is; buttons, n, p and arrows go on, as the answer does."""
    open_citation(page, 1)
    which = page.locator("#document .quotes .which")
    page.locator("#document .box").first.wait_for()
    assert which.inner_text() == "Quote 1 of 3"
    page.keyboard.press("n")
    page.locator("#document tr.quoted").wait_for()
    assert which.inner_text() == "Quote 2 of 3"
    page.get_by_role("button", name="Next quote").click()
    page.locator("#document .text mark", has_text="Nell").wait_for()
    assert page.get_by_role("button", name="Next quote").is_disabled()
    page.keyboard.press("ArrowLeft")
    page.locator("#document tr.quoted").wait_for()
    page.keyboard.press("p")
    page.locator("#document .box").first.wait_for()
    assert which.inner_text() == "Quote 1 of 3"


def test_the_citations_of_an_answer_are_reached_from_the_question(page: Any) -> None:
    """Alt with an arrow goes through them, with their cards; Enter opens, and ? explains."""
    answer = ask(page, CLERK)
    page.focus("#question textarea")
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    second = answer.locator("figure a.cite").nth(1)
    focused = page.evaluate("document.activeElement.href")
    assert focused == second.evaluate("element => element.href")
    page.locator("#quote-card").wait_for()
    assert page.locator("#quote-card .words").inner_text() == QUOTES["squares.csv"]
    page.keyboard.press("Enter")
    page.locator("#document tr.quoted").wait_for()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    dialog.wait_for()
    assert "Next quote" in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.locator("#document").is_visible()


def test_the_original_file_can_be_downloaded(page: Any) -> None:
    """The bar gives the file that was indexed, under its name."""
    open_citation(page, 3)
    page.locator("#document mark").first.wait_for()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    assert started.value.suggested_filename == "notes.txt"
    assert QUOTES["notes.txt"] in Path(started.value.path()).read_text()


def test_a_document_alone_has_its_pages_too(page: Any) -> None:
    """In a window of its own the pages are drawn, with the quote in view."""
    open_citation(page, 1)
    page.locator("#document .box").first.wait_for()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open alone").click()
    alone = opened.value
    box = alone.locator(".box").first
    box.wait_for()
    assert 0 < box.bounding_box()["y"] < alone.evaluate("innerHeight")
    alone.close()


@pytest.mark.parametrize("page", [(360, 740)], ids=["phone"], indirect=True)
def test_on_a_phone_pages_and_tables_fit(page: Any) -> None:
    """Nothing is wider than the window, the bar is one row, and the quote is in view."""
    open_citation(page, 1)
    page.locator("#document .box").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#document .bar").bounding_box()["height"] < 60
    close = page.get_by_role("button", name="Close").bounding_box()
    assert close["x"] + close["width"] <= 360
    page.get_by_role("button", name="Next quote").click()
    page.locator("#document tr.quoted").wait_for()
    assert in_view(page, "#document tr.quoted")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
