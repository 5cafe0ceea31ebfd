"""The HTML of the page: hostile text stays text, quotes are marked exactly, kinds look apart."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import askdocs.web
from askdocs.readers.sandbox import PageSize
from askdocs.store_evaluations import EvaluationInfo
from askdocs.store_feedback import Opinion
from askdocs.store_finding import FoundConversation
from askdocs.types import (
    Anchor,
    Answer,
    Citation,
    Claim,
    Conflict,
    Document,
    Filter,
    Hit,
    Passage,
)
from askdocs.web.catalogue import Choice, Entry, Shown
from askdocs.web.quality import GoldSet
from askdocs.web.quality import Progress as RunProgress
from askdocs.web.refreshing import Progress
from askdocs.web.render import answer as messages
from askdocs.web.render import (
    citations,
    conversations,
    documents,
    escaping,
    pages,
    quality,
    settings,
    sheets,
    shelf,
    turn_tools,
)
from askdocs.web.render import document as documents_view
from fakes_web import HOSTILE, HOSTILE_NAME, UNREST, Listed, Talk, make_document, scene

PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "handler": "<img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "single-quote": "' onfocus='alert(1)' autofocus='",
    "markdown-link": "[here](javascript:alert(1))",
    "markdown-picture": "![p](https://evil.example/p.png)",
    "reference": "[a][b]\n\n[b]: https://evil.example/p.png",
    "autolink": "<https://evil.example/>",
    "bare-link": "https://evil.example/?q=secret",
    "entity": "&lt;img src=x onerror=alert(1)&gt; &#60;script&#62;",
    "end-of-block": "a\n\n<script>alert(1)</script>\n\nb",
    "comment": "--><script>alert(1)</script><!--",
    "math": "$$\\href{javascript:alert(1)}{x}$$",
    "surrogate": "a\ud800b",
    "marker": "as it says [1] and [2] and [99]",
}


class Seen(HTMLParser):
    """What a browser would make of some HTML: its tags, attributes and text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data

    def links(self) -> list[str]:
        return [value for name, value in self.attributes if name in ("href", "src", "action")]


def hostile_everywhere(payload: str) -> dict[str, str]:
    """Every piece of HTML the page shows, with `payload` wherever words come from outside."""
    document = make_document(payload, f"before {payload} after", payload, payload)
    start = document.text.index(payload)
    citation = Citation(1, payload, start, start + len(payload), payload, payload, 1.0)
    listed = [Listed(payload, payload, payload, "", 1, 1, payload)]
    sources = {payload: listed[0]}
    text = f"{payload} [1]\n\n> {payload} [1]\n\n- {payload}\n\n{payload}"
    claim = Claim(payload, "disputed", (1,), payload)
    conflict = Conflict(payload, (claim, claim))
    answer = Answer(payload, text, payload + "?", citations=(citation,), conflicts=(conflict,))
    hit = Hit(Passage(payload, 0, len(document.text), document.text), 1.0)
    talks = [Talk(payload, payload, payload, payload, 1)]
    refused = Answer(payload, f"The documents do not say.\n{payload}", refused=True)
    line = " ".join(payload.split())
    rows = (Anchor(0, 99, "sheet", payload), Anchor(0, 99, "row", payload))
    cells = f"{line}: {line}; b: {line}\n| {line} | {line} |\n# {line}\n- {line}\n"
    table = Document(payload + ".xlsx", cells, payload, "", payload, rows)
    address = escaping.view_address(payload)
    showing = documents_view.Showing(address=address, note=payload, has_file=True)
    page = {"picture": address, "marks": [(0.1, 0.1, 0.2, 0.2)], "span": (0, 20)}
    sheet = sheets.sheet(
        table, [PageSize(payload, 1, 1)], 1, **page, reason="", quoted=(0, 9)
    ) + sheets.sheet(table, [PageSize(payload, 1, 1)], 1, **page, reason=payload, quoted=(0, 0))
    return {
        "question": messages.question(payload),
        "answer": messages.answer(answer, sources),
        "partial": messages.answer(answer, sources, partial=True),
        "refusal": messages.answer(refused, sources, near=[hit]),
        "failure": messages.failure(payload),
        "conversations": conversations.conversations(talks, payload),
        "found": conversations.found([FoundConversation(talks[0], payload)], payload),
        "noting": turn_tools.inside(0, Opinion("wrong", payload), asks=True),
        "noted": turn_tools.of_answer(0, Opinion("right", payload)),
        **shelf_everywhere(payload),
        "welcome": pages.welcome(1, [payload]),
        "view": documents_view.view(document, (start, start + len(payload))),
        "view-table": documents_view.view(table, (0, 9), showing),
        "view-text": documents_view.view(table, (0, 9), replace(showing, look="text")),
        "sheets": sheets.sheets([PageSize(payload, 1, 1)] * 2, "/view/sheet", {1}),
        "sheet": sheet,
        "no-page": sheets.missing(payload),
        "no-document": documents_view.no_document(payload),
        "no-index": pages.no_index(payload),
        "page": pages.page(payload, ""),
        "settings": settings.settings(payload, 5, 0.74, ""),
        **hostile_quality(payload, answer),
    }


def hostile_quality(payload: str, answer: Answer) -> dict[str, str]:
    """The quality page, whose questions, answers and names come from outside."""
    run = EvaluationInfo(1, payload, payload, 1, 0, 0, payload)
    row = {"question": payload, "outcome": payload, "expected": payload, "answerable": True}
    row |= {"history": [payload], "faults": [payload], "milliseconds": 1}
    row["answer"] = answer.to_dict()
    result = {"settings": {"threshold": 0.74, "k": 5}, "rows": [row]}
    shown = quality.results(run, result, [run, run], [])
    sets = [GoldSet(Path(payload.replace("/", "-")), 1)]
    return {
        "quality": quality.body(sets, payload, RunProgress(payload, running=True, total=1), shown),
        "quality-row": quality.whole(row, {}),
        "quality-failed": quality.run(RunProgress(failed=payload)),
    }


def shelf_everywhere(payload: str) -> dict[str, str]:
    """What the page shows of files, choices and the reading of the folder."""
    states = ("indexed", "partly", "earlier", "skipped", "left-out")
    files = [
        Entry(*[payload] * 4, state, payload, uploaded=False, folded="", date=payload, passages=1)
        for state in states
    ]
    shown = Shown(files, 0, 900, 900, payload, payload, f"{payload}/")
    choices = [Choice(f"{payload}/", payload), Choice(payload, payload, gone=True)]
    running = Progress(running=True, what="files", file=payload, done=1, total=2)
    within = Filter(documents=(payload,))
    return {
        "documents": documents.side(shown, files, running),
        "choices": documents.options(choices),
        "chips": documents.chips(choices),
        "asked-of": escaping.escape(documents.asked_of(within, {})),
        "files": shelf.table(shown),
        "tools": shelf.tools(replace(shown, closed=payload), choices),
        "reading": shelf.progress(running),
        "not-read": shelf.progress(Progress(error=payload)),
    }


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_words_stay_words_in_every_place_where_the_page_shows_words(payload: str) -> None:
    """Hostile words make no element, no attribute and no address, wherever the page shows them."""
    harmless = hostile_everywhere("plain words")
    for place, shown in hostile_everywhere(payload).items():
        seen, expected = Seen(shown), Seen(harmless[place])
        assert set(seen.tags) <= set(expected.tags) | {"mark", "ul", "li", "p", "a", "span"}, place
        allowed = {name for name, _ in expected.attributes}
        allowed |= {"href", "title", "class", "id", "hidden", "colspan"}
        assert {name for name, _ in seen.attributes} <= allowed, place
        assert not any(name.startswith("on") for name, _ in seen.attributes), place
        own = ("/view", "/page/", "#", "/quality")
        links = [link for link in seen.links() if link != "/"]
        assert all(link.startswith(own) for link in links), place


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_a_message_is_one_line_of_html_that_markdown_leaves_alone(payload: str) -> None:
    """A message has no line end and no character that Markdown could read as markup."""
    for place in ("question", "answer", "refusal", "failure", "welcome"):
        shown = hostile_everywhere(payload)[place]
        assert "\n" not in shown
        between_tags = re.sub(r"<[^<>]*>|&#\d+;", "", shown)
        assert not re.search(r"[`*_\[\]]", between_tags), place


@given(st.text())
def test_escaping_loses_nothing(text: str) -> None:
    """A browser shows exactly the words that were escaped."""
    assert html.unescape(escaping.escape(text)) == text


@given(st.text(alphabet="ab<&| #\n", max_size=60), st.data())
def test_the_document_is_shown_whole_with_exactly_the_quoted_words_marked(
    text: str, data: st.DataObject
) -> None:
    """The shown text is the document's text, and the marked words are those of the span."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    anchors = (Anchor(0, len(text), "heading", "A"),)
    shown = documents_view.view(Document("a", text, "t", "", None, anchors), (start, end))
    body = shown.split('dir="auto">')[-1].removesuffix("</div>")
    assert Seen(body).words == text
    marked = re.findall(r"<mark[^>]*>(.*?)</mark>", body)
    assert html.unescape("".join(marked)) == text[start:end]


def test_quoted_words_that_are_gone_are_not_replaced_by_others() -> None:
    """A document that changed since the answer is shown without a mark, and says so."""
    shown = documents_view.view(make_document("a.txt", UNREST), None)
    assert "<mark" not in shown
    assert "has changed" in shown


def test_an_answer_leads_with_the_direct_answer_and_quotes_with_their_source() -> None:
    """The lead line, the quote, its source and its chip stand in their own elements."""
    index, assistant = scene()
    asked = "How many people were detained?"
    shown = messages.answer(assistant.ask(asked), {one.id: one for one in index.documents()})
    assert '<p class="lead" dir="auto">7,939<a class="view cite"' in shown
    assert re.search(r'<blockquote dir="auto">Around 7,939 .* protests.</blockquote>', shown)
    assert "10 Jan 2022" in shown
    assert "Well supported" in shown
    assert "about 93 are right" in shown


def test_a_chip_leads_to_the_place_of_its_quote() -> None:
    """A chip's address names the document, the span and a seal of the quoted words."""
    _, assistant = scene()
    citation = assistant.ask("How many people were detained?").citations[0]
    href = Seen(citations.chip(citation, {})).links()[0]
    assert href.startswith("/view?document=reports%2Funrest.txt")
    assert f"start={citation.start}&end={citation.end}" in href
    assert href.endswith(escaping.seal(citation.quote))


def test_a_marker_in_a_quoted_sentence_is_not_a_citation() -> None:
    """Only markers at the end of a quoted line are links: a document cannot forge one."""
    document = make_document("a.txt", "It is proven [1] by all.")
    citation = Citation(1, "a.txt", 0, 24, document.text)
    shown = messages.answer(
        Answer("q", "> It is proven [1] by all. [1]", citations=(citation,)), {}
    )
    assert shown.count('class="view cite"') == 1
    assert "It is proven &#91;1&#93; by all." in shown


def test_a_marker_without_a_citation_stays_words() -> None:
    """A number that no citation has is shown as it stands."""
    shown = messages.answer(Answer("q", "As said [7]."), {})
    assert "&#91;7&#93;" in shown
    assert "<a " not in shown


def test_a_refusal_shows_what_was_found_nearest_as_such() -> None:
    """A refusal is its own card; the nearest passages are links that do not look like citations."""
    _, assistant = scene()
    reply = assistant.ask("Who is the mayor?")
    shown = messages.answer(reply, {}, near=reply.hits)
    assert shown.startswith('<div class="refusal">')
    assert "Nearest passages" in shown
    assert "near=1" in shown
    assert 'class="view cite"' not in shown


def test_a_disagreement_names_every_claim_with_its_standing_and_source() -> None:
    """A claim that was taken back is struck through, and each claim has its citation."""
    index, assistant = scene()
    sources = {one.id: one for one in index.documents()}
    shown = messages.answer(assistant.ask("How many people died?"), sources)
    card = shown[shown.index('<section class="conflict">') : shown.index("</section>")]
    assert "A figure was taken back" in card
    assert "<strong>44</strong>" in card
    assert "<s>164</s>" in card
    assert card.count('class="view cite"') == 2
    assert card.count("<bdi>Unrest in the capital</bdi>") == 2


def test_an_empty_index_explains_itself() -> None:
    """With nothing indexed the page names the command that changes it."""
    assert "askdocs index DOCUMENTS" in pages.welcome(0, [])
    assert 'name="add-documents"' in pages.welcome(0, [], can_add=True)


def test_skipped_files_are_listed_with_their_reason() -> None:
    """What was not indexed is shown, and why."""
    left = Entry("scan.pdf", "scan.pdf", "PDF", "", "skipped", "no reader for .pdf", False, "")
    shown = documents.side(Shown([], 0, 0, 0), [left], Progress())
    assert "1 file skipped" in shown
    assert "no reader for .pdf" in shown


def test_only_the_render_files_make_html() -> None:
    """No other file of the page has a tag in it."""
    folder = Path(askdocs.web.__file__).parent
    tag = re.compile(r"</?(?:div|span|p|a|ul|li|b|mark|button|html|section|figure|s)[ >]")
    makers = {path for path in folder.rglob("*.py") if tag.search(path.read_text())}
    assert makers
    assert {path.parent.name for path in makers} == {"render"}


def test_the_hostile_scene_is_hostile() -> None:
    """The scene's document and name carry what the other tests look for."""
    assert "onerror" in HOSTILE
    assert "onerror" in HOSTILE_NAME
