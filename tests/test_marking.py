"""The words of a quote are found on the page that they stand on, and no others."""

from __future__ import annotations

import time

from askdocs.readers.pdf import extract
from askdocs.readers.pdf.view import word_boxes
from askdocs.readers.sandbox import WordBox
from askdocs.types import Anchor, Document
from askdocs.web.marking import Rectangle, mark, page_spans, quoted_pages
from pdf_files import PROSE, drawn, lines, table, together, wrapped

HEIGHT, WIDTH = 800.0, 600.0


def boxes(data: bytes, number: int = 1) -> list[WordBox]:
    return [WordBox(*word) for word in word_boxes(data, number)]


def covered(marks: list[Rectangle], words: list[WordBox]) -> list[str]:
    """The words whose middles are in the marks."""
    return [
        word.text
        for word in words
        if any(
            left <= (word.left + word.right) / 2 <= right
            and top <= (word.top + word.bottom) / 2 <= bottom
            for left, top, right, bottom in marks
        )
    ]


def test_a_sentence_over_two_lines_is_two_rectangles() -> None:
    """Every word of the quote is covered and no other; words in a line share a rectangle."""
    words = boxes(drawn(lines(*wrapped(PROSE, 60))))
    quote = "Each of them spoke for ten minutes about the harvest of the past year."
    marks = mark(quote, words)
    assert " ".join(covered(marks, words)) == quote
    assert len(marks) == 2


def test_a_healed_hyphen_and_a_ligature_are_found() -> None:
    """The text has "agreement" and "efficient" where the page has "agree-" and a ligature."""
    words = [
        WordBox("The", 0.1, 0.10, 0.14, 0.12),
        WordBox("eﬃcient", 0.15, 0.10, 0.22, 0.12),
        WordBox("agree-", 0.23, 0.10, 0.3, 0.12),
        WordBox("ment", 0.1, 0.13, 0.15, 0.15),
        WordBox("ended.", 0.16, 0.13, 0.2, 0.15),
        WordBox("Later", 0.21, 0.13, 0.25, 0.15),
    ]
    marks = mark("The efficient agreement ended.", words)
    assert covered(marks, words) == [word.text for word in words[:5]]


def test_the_row_of_a_table_is_marked_between_its_bars() -> None:
    """A quote such as `| Rent | 410 | 395 |` covers the cells of its row only."""
    rows = [("Rent", "410", "395"), ("Power", "95", "410"), ("Water", "41", "395")]
    words = boxes(drawn(table(rows, [300, 400])))
    assert covered(mark("| Power | 95 | 410 |", words), words) == ["Power", "95", "410"]


def test_a_row_whose_file_gives_columns_is_marked() -> None:
    """A table that is written column by column has its row marked, although no run has it."""
    columns = (["Rent", "Power", "Water"], ["410", "95", "41"], ["395", "88", "39"])
    words = [
        WordBox(word, 0.1 + 0.3 * x, 0.1 + 0.05 * y, 0.2 + 0.3 * x, 0.13 + 0.05 * y)
        for x, column in enumerate(columns)
        for y, word in enumerate(column)
    ]
    marked = covered(mark("| Power | 95 | 88 |", words), words)
    assert sorted(marked) == ["88", "95", "Power"]


def test_a_short_quote_is_marked_in_whole_words_only() -> None:
    """A figure such as 12.5 is not marked within 112.5."""
    words = [WordBox("112.5", 0.1, 0.1, 0.2, 0.12), WordBox("12.5", 0.1, 0.2, 0.2, 0.22)]
    assert covered(mark("12.5", words), words) == ["12.5"]
    assert mark("2.5", words) == []


def test_of_several_places_the_nearest_is_marked() -> None:
    """A sentence that stands twice on a page is marked where it was quoted."""
    sentence = "The quay will be repaired in spring."
    words = boxes(drawn(lines(sentence, *wrapped(PROSE, 80), sentence)))
    first, last = mark(sentence, words, 0.0), mark(sentence, words, 0.95)
    assert covered(first, words) == covered(last, words) == sentence.split()
    assert first[0][1] < last[0][1]


def test_words_that_are_not_on_the_page_are_not_marked() -> None:
    """Nothing is marked rather than something else."""
    words = boxes(drawn(lines(*wrapped(PROSE, 60))))
    assert mark("Entirely different prose concerning submarines.", words) == []
    assert mark("", words) == []
    assert mark("The quote", []) == []


def test_a_word_between_other_columns_is_left_alone() -> None:
    """What interrupts a quote on the page, such as the other column, is not covered."""
    left = wrapped(PROSE, 30)
    right = [f"margin note number {number}" for number in range(len(left))]
    page = together(lines(*left), lines(*right, x=400))
    words = boxes(drawn(page))
    quote = "The minutes were written by the clerk and read aloud before the end."
    marked = covered(mark(quote, words), words)
    assert " ".join(marked) == quote


def test_a_quote_over_two_pages_has_a_part_on_each() -> None:
    """Each page has its own part of the quote, by the numbers of the pages."""
    text = "The first page ends here and goes on here."
    anchors = (Anchor(0, 20, "page", "i"), Anchor(20, len(text), "page", "1"))
    document = Document("a.pdf", text, "", "", None, anchors)
    assert quoted_pages(document, (15, 28), ["i", "ii", "1"]) == {1: (15, 20), 3: (20, 28)}
    assert quoted_pages(document, (0, 0), ["i", "ii", "1"]) == {}


def test_labels_that_come_twice_are_told_apart_by_their_order() -> None:
    """The second page "1" of a file is its third, and a page without text has no part."""
    text = "one two three"
    labels = ["1", "2", "1", "2"]
    anchors = (Anchor(0, 4, "page", "1"), Anchor(4, 8, "page", "1"), Anchor(8, 13, "page", "2"))
    document = Document("a.pdf", text, "", "", None, anchors)
    assert page_spans(document, labels) == {1: (0, 4), 3: (4, 8), 4: (8, 13)}


def test_the_pages_of_a_real_file_fit_its_text() -> None:
    """What the reader calls a page is the page that its words are drawn on."""
    data = drawn(*(lines(f"This is sheet {n} of the file.", size=12) for n in range(1, 5)))
    extracted = extract(data, "a")
    document = Document("a.pdf", extracted.text, "", "", None, extracted.anchors)
    labels = ["1", "2", "3", "4"]
    for number, (start, end) in page_spans(document, labels).items():
        words = boxes(data, number)
        assert covered(mark(document.text[start:end], words), words) == [w.text for w in words]


def test_a_very_long_quote_takes_no_long_time() -> None:
    """A quote of thousands of foreign words is given up in less than a second."""
    words = boxes(drawn(lines(*wrapped(PROSE, 60))))
    started = time.process_time()
    assert mark("something altogether foreign " * 3000, words) == []
    assert time.process_time() - started < 1
