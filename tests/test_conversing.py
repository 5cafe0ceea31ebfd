"""The addresses of conversations and the files they give: found, exported, judged."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from markdown_it import MarkdownIt

from askdocs import Index
from askdocs.store_conversations import ConversationInfo, Turn, now
from askdocs.store_finding import FoundConversation
from askdocs.types import Answer, Citation
from askdocs.web import transcript
from askdocs.web.app import create_app
from askdocs.web.render import conversations
from fakes_web import HOSTILE, HOSTILE_NAME, UNREST, ScriptedAssistant, script
from stores import Place
from test_render import PAYLOADS

DETAINED = "How many people were detained?"
DIED = "How many people died?"
CODE = "What is the code word?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, shared_place: Place) -> Iterator[Index]:
    """An index of the scene's documents, with a real store."""
    folder = tmp_path_factory.mktemp("conversing")
    (folder / "reports").mkdir(parents=True)
    (folder / "reports" / "unrest.txt").write_text(UNREST, encoding="utf-8")
    (folder / HOSTILE_NAME).write_text(HOSTILE, encoding="utf-8")
    with shared_place.build(folder) as built:
        yield built


@pytest.fixture(scope="module")
def client(index: Index) -> Iterator[TestClient]:
    """A browser without a page."""
    app = create_app(index, ScriptedAssistant(index, script(index)))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def talk(index: Index) -> Iterator[str]:
    """A conversation of three answers, one of them from a hostile document."""
    answers, store = script(index), index.store
    conversation = store.create_conversation("About <b>the</b> unrest")
    for asked in (DETAINED, DIED, CODE):
        store.add_turn(conversation, answers[asked])
    yield conversation
    store.delete_conversation(conversation)


def test_a_conversation_is_found_with_the_words_marked(client: TestClient, talk: str) -> None:
    """The search gives rows like those of the list, the open one marked, or says what to do."""
    asked = {"words": "7,939 POLICE", "current": talk}
    shown = client.get("/page/conversations", params=asked).text
    assert 'aria-current="true"' in shown
    assert "<mark>7,939</mark>" in shown
    assert "<mark>police</mark>" in shown
    assert "<b>" not in shown
    nothing = client.get("/page/conversations", params={"words": "<b>zeppelin"}).text
    assert "Try fewer" in nothing


def test_the_json_has_every_quote_with_its_place(
    client: TestClient, talk: str, index: Index
) -> None:
    """The quotes of the exported file are the words that stand at their offsets."""
    reply = client.get(f"/page/conversations/{talk}/export.json")
    assert (
        reply.headers["content-disposition"] == 'attachment; filename="about-b-the-b-unrest.json"'
    )
    whole = reply.json()
    assert [turn["question"] for turn in whole["turns"]] == [DETAINED, DIED, CODE]
    cited = [one for turn in whole["turns"] for one in turn["citations"]]
    assert len(cited) == 4
    for one in cited:
        assert index.document(one["document"]).text[one["start"] : one["end"]] == one["quote"]
    assert cited[0]["title"] == "Unrest in the capital"
    assert [claim["status"] for claim in whole["turns"][1]["conflicts"][0]["claims"]] == [
        "current",
        "retracted",
    ]
    assert "hits" not in whole["turns"][0]


def test_the_markdown_is_readable_and_has_every_quote(client: TestClient, talk: str) -> None:
    """Questions are headings, quotes are quoted as they are, with document and offsets."""
    reply = client.get(f"/page/conversations/{talk}/export.md")
    assert reply.headers["content-type"].startswith("text/markdown")
    start = UNREST.index("Around")
    quote = UNREST.split("\n")[2]
    for line in (
        f"## 1. {DETAINED}",
        f"> {quote}",
        f"**\\[1\\]** Unrest in the capital, reports/unrest.txt, characters {start} to"
        f" {start + len(quote)}",
        "- 164: taken back \\[2\\]",
    ):
        assert line in reply.text.splitlines()


def rendered(markdown: str) -> str:
    """The page that a reader of Markdown makes of it, HTML and all."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_words_in_the_markdown_stay_words(payload: str) -> None:
    """Rendered with HTML allowed, an export holds no element, link or picture of a document."""
    info = ConversationInfo("c", payload, "", "2026-05-03T12:04:00+00:00", 1)
    citation = Citation(1, payload, 0, 9, payload, place=payload)
    text = f"{payload} [1]\n\n> {payload} [1]\n\n- {payload}\n\n{payload}"
    answer = Answer(payload, text, citations=(citation,))
    written = transcript.as_markdown(info, [Turn(answer)], lambda _: payload)
    page = rendered(written)
    tags = set(re.findall(r"<\s*/?([a-zA-Z0-9]+)", page))
    assert tags <= {"h1", "h2", "p", "blockquote", "ul", "li", "strong"}
    words = " ".join(payload.encode("utf-8", "replace").decode().replace("?", "\ufffd").split())
    shown = " ".join(re.sub(r"<[^>]*>", " ", html.unescape(re.sub(r"<[^>]*>", " ", page))).split())
    plain = re.sub(r"<[^>]*>", " ", words)
    for word in plain.replace("\ufffd", " ").split():
        assert word in shown.replace("\ufffd", " ")


@pytest.mark.parametrize(
    "words",
    [
        "# no heading",
        "1. no item",
        "2) no item",
        "- no item",
        "=== ",
        "a_b and _c_",
        "    no code",
        "~~~",
        "| a | b |",
        "&copy; &#60;",
        "C# and F#",
        "* no item",
        "a \\ b",
        "$x$",
        "12",
        "+ no",
    ],
)
def test_what_looks_like_markdown_is_shown_as_it_stands(words: str) -> None:
    """A reader of the rendered export sees the very characters of the quote."""
    (shown,) = re.findall(r"<p>(.*?)</p>", rendered(f"> {transcript.markdown_words(words)}"), re.S)
    assert html.unescape(shown) == words.strip()


def test_half_a_character_does_not_spoil_the_files(client: TestClient, index: Index) -> None:
    """A broken character of a document is exported as such, and the JSON stays JSON."""
    conversation = index.store.create_conversation("\ud800")
    index.store.add_turn(conversation, Answer("\ud800?", "a\udfffb", refused=True))
    for ending in ("json", "md"):
        reply = client.get(f"/page/conversations/{conversation}/export.{ending}")
        assert reply.status_code == 200
        assert 'filename="conversation.' in reply.headers["content-disposition"]
    turns = json.loads(client.get(f"/page/conversations/{conversation}/export.json").text)["turns"]
    assert turns[0]["text"] == "a\udfffb"
    assert client.get(f"/page/conversations/{conversation}/turns/0/text").status_code == 200
    index.store.delete_conversation(conversation)


def test_an_answer_is_copied_as_text_with_its_sources(client: TestClient, talk: str) -> None:
    """The text has the quote in quotation marks and its sources numbered below."""
    text = client.get(f"/page/conversations/{talk}/turns/0/text").text
    assert text.splitlines()[0] == "7,939 [1]"
    assert "“Around 7,939 people have been detained" in text
    assert text.splitlines()[-1] == "[1] Unrest in the capital, reports/unrest.txt"


def test_an_opinion_is_kept_at_once_and_the_note_later(
    client: TestClient, talk: str, index: Index
) -> None:
    """A thumb is kept before its note is written; the other thumb begins anew; back is back."""
    address = f"/page/conversations/{talk}/turns/1/feedback"

    def give(**said: Any) -> str:
        reply = client.post(address, json=said)
        assert reply.status_code == 200
        return reply.text

    def kept() -> list[tuple[str, str]]:
        return [(one.verdict, one.note) for one in index.store.opinions(talk).values()]

    assert "given" in give(verdict="wrong")
    assert kept() == [("wrong", "")]
    shown = give(verdict="wrong", note=" it was <b>43</b> ")
    assert kept() == [("wrong", "it was <b>43</b>")]
    assert "<b>" not in shown
    assert "it was" in shown
    assert "<form" not in shown
    assert "<form" in give(verdict="wrong")
    assert kept() == [("wrong", "it was <b>43</b>")]
    give(verdict="right")
    assert kept() == [("right", "")]
    exported = client.get(f"/page/conversations/{talk}/export.json").json()
    assert exported["turns"][1]["feedback"] == {"verdict": "right", "note": ""}
    assert "given" not in give(verdict=None)
    assert kept() == []


def test_what_is_not_there_is_said(client: TestClient, talk: str) -> None:
    """A deleted conversation and an answer that never was are 404 with a sentence; nonsense 422."""
    for address in (
        "0/export.md",
        "0/export.json",
        "0/turns/0/text",
        f"{talk}/turns/3/text",
        f"{talk}/turns/-1/tools",
    ):
        reply = client.get(f"/page/conversations/{address}")
        assert reply.status_code == 404
        assert "no " in reply.json()["error"]
    feedback = f"/page/conversations/{talk}/turns/9/feedback"
    assert client.post(feedback, json={"verdict": "right"}).status_code == 404
    assert client.post(feedback, json={"verdict": "fine"}).status_code == 422
    foreign = {"origin": "https://evil.example"}
    assert client.post(feedback, json={"verdict": "right"}, headers=foreign).status_code == 403


def test_many_conversations_stand_in_groups() -> None:
    """Those of today come first under their own head, once there are many."""
    old, new = "2020-01-02T12:00:00+00:00", now()
    known = [ConversationInfo(str(n), f"t{n}", new, new if n < 3 else old, 1) for n in range(12)]
    shown = conversations.conversations(known)
    assert re.findall(r"<h2>(\w+)", shown) == ["Today", "Earlier"]
    assert shown.index("t2<") < shown.index("Earlier") < shown.index("t3<")
    assert re.findall(r"<h2>(\w+)", conversations.conversations(known[:5])) == ["Conversations"]


def test_only_the_newest_of_very_many_are_listed() -> None:
    """The list stays small, has the open one however old, and says that the search has the rest."""
    known = [ConversationInfo(f"id{n}", f"t{n}", now(), now(), 1) for n in range(200)]
    shown = conversations.conversations(known, "id150")
    assert shown.count("<li") == 61
    assert "t150<" in shown
    assert "139 more; search finds them" in shown
    found = conversations.found([FoundConversation(one) for one in known], "t")
    assert found.count("<li") == 60
    assert "140 more" in found


def test_a_row_names_what_its_menu_is_about() -> None:
    """Each row's menu has a button of its own with the conversation's name."""
    known = [ConversationInfo("a", "One", now(), now(), 1), ConversationInfo("b", "", "", "x", 2)]
    shown = conversations.conversations([known[0]])
    assert 'aria-label="More about One"' in shown
    assert re.search(r'popovertarget="(menu-a)".*id="\1"', shown)
    assert 'href="/page/conversations/a/export.md"' in shown
