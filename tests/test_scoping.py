"""Nobody is shown what is another's: conversations, documents, words of them, or that they exist.

Three sets of documents tell the same stories with other names, each with a canary that stands in
every file name, title, sentence and unreadable file of the set. Index, assistant, accounts, server
and page are real.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from askdocs import Assistant, Index
from askdocs.access.accounts import Accounts
from askdocs.access.principal import Principal, Right, acting_as
from askdocs.config_server import ServerSettings
from askdocs.errors import AskdocsError, ConversationNotFound, NotAllowed, QuestionError
from askdocs.index_building import Summary
from askdocs.types import Answer, Citation, Filter, Hit
from askdocs.web.app import create_app
from askdocs.web.desk import Desk
from askdocs.web.options import Options
from askdocs.web.page_pictures import PagePictures
from askdocs.web.receiving import Refused
from askdocs.web.refreshing import Progress
from askdocs.web.service import Service
from askdocs.web.shelf import Shelf
from askdocs.web.viewing import Viewing
from fakes import FakeEmbedder
from stores import Place

SETS = ("alpha", "beta", "gamma")
CANARY = re.compile(r"zq(alpha|beta|gamma)", re.IGNORECASE)
PLACES = ("harbour", "mountain", "market", "river", "forest")
HOST = "http://127.0.0.1:7860"
ASKED = [
    question.format(place=place)
    for place in PLACES
    for question in (
        "When was the {place} bridge opened?",
        "Who opened the {place} bridge?",
        "And who paid for it?",
        "How many people crossed the {place} bridge?",
        "What are these documents about?",
        "What does the report on the {place} bridge say?",
        "Why was it closed?",
        "Who is the mayor of the {place}?",
        "Hello!",
        "Which bridge cost more, the {place} bridge or the valley bridge?",
    )
]
"""The same questions for everybody: only the scope decides whose canary could be told."""

in_a_file = pytest.mark.parametrize("shared_place", ["sqlite"], indirect=True)
"""For what is long: the others run with a store on a server, too."""


def text_of(one: str, place: str) -> str:
    year = 1900 + 7 * SETS.index(one) + 3 * PLACES.index(place)
    name = f"Zq{one}"
    return (
        f"# The {place} bridge of {name}\n\n"
        f"The {place} bridge was opened in {year} by Ann {name}. It was paid for by the {name}"
        f" company. {year - 1200} people crossed the {place} bridge in the first week, {name} said."
        f" The {place} bridge was closed in {year + 40} because the {name} storm broke it.\n"
    )


@dataclass(frozen=True)
class Town:
    """The server with its parts, and a token for each name."""

    index: Index
    service: Service
    desk: Desk
    app: FastAPI
    tokens: dict[str, str]

    def headers(self, name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[name]}"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, shared_place: Place) -> Iterator[Town]:
    """Three sets, who asks of each, who reads or manages one, who manages all, and 64 more."""
    made = tmp_path_factory.mktemp("town")
    for one in SETS:
        (made / "documents" / one).mkdir(parents=True)
        for place in PLACES:
            path = made / "documents" / one / f"{place}-zq{one}.md"
            path.write_text(text_of(one, place), encoding="utf-8")
        (made / "documents" / one / f"torn-zq{one}.pdf").write_bytes(b"%PDF-1.7")
    shared_place.build(made / "documents").close()
    with shared_place.open() as index:
        accounts = Accounts(shared_place.folder, store=shared_place.address)
        tokens = {"everything": accounts.tokens.new("everything", Right.MANAGE)}
        for one in SETS:
            accounts.collections.add(one, [one])
            tokens[one] = accounts.tokens.new(one, Right.ASK, [one])
            for right in (Right.READ, Right.MANAGE):
                name = f"{right.word}-{one}"
                tokens[name] = accounts.tokens.new(name, right, [one])
        for number in range(64):
            tokens[f"guest{number}"] = accounts.tokens.new(f"guest{number}", Right.ASK, [])
        assistant = Assistant(index)
        settings = ServerSettings(waiting=128)
        app = create_app(index, assistant, settings, accounts=accounts)
        service = app.state.service
        yield Town(index, service, Desk(service, shelf=app.state.shelf), app, tokens)
        app.state.shelf.stop()
        accounts.close()


def person(one: str, right: Right = Right.ASK) -> Principal:
    return Principal(f"{right.word} {one}", right, (one,))


def foreign(words: str, own: str) -> set[str]:
    """The sets other than their own whose canary is in the words."""
    return {found.lower() for found in CANARY.findall(words)} - {own}


async def answered(desk: Desk, talk: str, question: str, **more: Any) -> tuple[str, str]:
    """The conversation after a question, and all that the page showed meanwhile."""
    shown, last = [], ""
    async for state in desk.ask(talk, question, Options(**more)):
        shown.append(json.dumps(state.messages))
        last = state.conversation
    return last, "".join(shown)


# -- what is asked --------------------------------------------------------------------------------


@in_a_file
def test_three_hundred_questions_tell_nothing_of_other_sets(town: Town) -> None:
    """0 canaries of others in answers, hits, citations, next questions, after any history."""
    asked, own_told, told_to_all = 0, 0, set()
    for one in SETS:
        talk = ""
        with acting_as(person(one)):
            for number in range(100):
                question = ASKED[number % len(ASKED)]
                at = {"at": number % 3} if number >= 90 else {}
                talk, shown = asyncio.run(answered(town.desk, talk, question, **at))
                asked += 1
                assert not foreign(shown, one), (one, question)
                own_told += bool(CANARY.search(shown))
                if number % 5 == 4:
                    assert not foreign(town.desk.next_questions(talk), one)
                    kept = town.index.store.kept_turns(talk, owner=person(one).name)[-1]
                    assert not foreign(repr(kept), one)
                if number % 10 == 9:
                    talk = ""
            for question in ASKED[:10]:
                history = [Answer("The bridge?", f"Zq{other} is what I mean") for other in SETS]
                for hits in (
                    town.service.retrieve(question, k=50),
                    town.service.retrieve(
                        question, k=50, history=["And zqbeta, zqgamma, zqalpha?"]
                    ),
                ):
                    assert {hit.passage.document.split("/")[0] for hit in hits} == {one}
                reply = town.service.ask(question, history=history)
                told = [citation.document for citation in reply.citations]
                told += [hit.passage.document for hit in reply.hits]
                assert {document.split("/")[0] for document in told} <= {one}
    with acting_as(Principal("all", Right.ASK)):
        for question in ASKED[:10]:
            _, shown = asyncio.run(answered(town.desk, "", question))
            told_to_all |= foreign(shown, "")
    assert asked == 300
    assert own_told > 200  # the canaries do sing: to those whose they are
    assert told_to_all == set(SETS)


def test_the_filter_is_applied_in_the_search(town: Town) -> None:
    """Who sees a small part of the documents gets as many passages as there are in it."""
    everything = town.service.index.retrieve("Who opened the bridge?", k=200)
    assert {hit.passage.document.split("/")[0] for hit in everything} == set(SETS)
    for one in SETS:
        own = [hit for hit in everything if hit.passage.document.startswith(f"{one}/")]
        with acting_as(person(one)):
            for k in (1, 3, len(own)):
                assert len(town.service.retrieve("Who opened the bridge?", k=k)) == k
            assert len(town.service.retrieve("Who opened the bridge?", k=200)) == len(own)
        with acting_as(Principal("nobody", Right.ASK, ())):
            assert town.service.retrieve("Who opened the bridge?", k=200) == []


def test_what_one_does_not_see_cannot_be_told_from_what_is_not_there(town: Town) -> None:
    """A question of a hidden document or folder fails in the words for one that never was."""
    hidden, never = "beta/river-zqbeta.md", "beta/rover-zqbeta.md"
    with acting_as(person("alpha")):
        for question in ("Who opened it?", "What are these documents about?"):
            said = []
            for name in (hidden, never):
                for within in (Filter(documents=(name,)), Filter(folder=name.split("/")[0])):
                    with pytest.raises(QuestionError) as told:
                        town.service.ask(question, within=within)
                    said.append(str(told.value).replace(hidden, never))
            assert said[:2] == said[2:]
        for name in (hidden, never):
            with pytest.raises(AskdocsError) as told:
                town.service.document(name)
            assert str(told.value) == (f"the index holds no document {name!r}; run: askdocs status")
        assert [one.gone for one in town.desk.shelf.chosen([hidden, never])] == [True, True]
        assert [one.title for one in town.desk.shelf.chosen([hidden])] == ["river-zqbeta.md"]


# -- what is shown --------------------------------------------------------------------------------


@in_a_file
def test_every_list_and_page_shows_one_set_only(town: Town) -> None:
    """0 canaries of others on every address of the page, for each right, sorted and searched."""
    own_names = [f"alpha/{place}-zqalpha.md" for place in PLACES]
    with TestClient(town.app, base_url=HOST, headers=town.headers("everything")) as client:
        for name in [*SETS, *(f"{right}-{one}" for right in ("read", "manage") for one in SETS)]:
            one = name.split("-")[-1]
            client.headers.update(town.headers(name))
            for path in (
                "/",
                "/config",
                "/page/documents",
                "/page/documents?search=zq",
                "/page/documents/table?count=200",
                "/page/documents/table?sort=state",
                "/page/documents/tools",
                "/page/documents/folders",
                "/page/documents/names?search=zq",
                "/page/documents/names?search=a",
                "/page/documents/progress",
                "/page/documents/welcome",
                "/page/conversations",
                "/page/settings",
                "/v1/documents",
            ):
                reply = client.get(path)
                assert reply.status_code == 200, path
                assert not foreign(reply.text, one), (name, path)
                others = "|".join(other for other in SETS if other != one)
                assert not re.search(rf"\b(?:{others})/", reply.text), (name, path)
            assert f"zq{one}" in client.get("/page/documents").text
            for other in (*SETS, "nowhere"):
                for address in ("/view", "/view/sheet", "/view/page", "/view/file"):
                    if other == one:
                        continue
                    hidden, never = (
                        client.get(address, params={"document": f"{other}/{name}-zq{other}.md"})
                        for name in ("river", "rover")
                    )
                    assert hidden.status_code == never.status_code
                    assert hidden.text.replace("river", "rover") == never.text
            assert client.get("/view", params={"document": f"{one}/river-zq{one}.md"}).is_success
        client.headers.update(town.headers("everything"))
        assert all(name in client.get("/page/documents/table?count=200").text for name in own_names)


def test_suggestions_are_remembered_for_nobody_else(town: Town) -> None:
    """Who opens the page after another one is suggested nothing of theirs."""
    suggested = []
    for one in (*SETS, *SETS):
        with acting_as(person(one)):
            shown = town.desk.welcome(wait=True)
            assert 'class="ask"' in shown
            assert not foreign(shown, one)
            suggested.append(shown)
    given = Desk(town.service, ["What did Zqbeta do?"])
    with acting_as(person("alpha")):
        assert not foreign(given.welcome(wait=True), "alpha")
    assert suggested[:3] == suggested[3:]


def test_a_kept_answer_from_what_is_out_of_sight_is_withheld(town: Town) -> None:
    """When folders are taken away, its words are not shown, found, exported or asked on from."""
    name = "moved away"
    citation = Citation(1, "beta/river-zqbeta.md", 0, 8, "Zqbeta 1", None, 0.9)
    reply = Answer("Who?", "Ann Zqbeta [1]\n\n> Ann Zqbeta said [1]", citations=(citation,))
    nearest = Answer("And?", "The documents do not say. The nearest: Zqbeta", refused=True)
    store = town.index.store
    talk = store.create_conversation("Bridges", owner=name)
    for answer in (reply, nearest):
        store.add_turn(talk, answer, owner=name, within=Filter(documents=("beta/x-zqbeta.md",)))
    before = Principal(name, Right.ASK, ("alpha", "beta"))
    with acting_as(before):
        assert foreign(json.dumps(town.desk.messages(talk)), "alpha")
        assert store.search_conversations("zqbeta", owner=name, sees=before.sees)
    now = Principal(name, Right.ASK, ("alpha",))
    with acting_as(now):
        messages = town.desk.messages(talk)
        assert not foreign(json.dumps(messages), "alpha")
        assert "do not see any more" in messages[1]["content"]
        assert "Who?" in messages[0]["content"]
        assert store.search_conversations("zqbeta", owner=name, sees=now.sees) == []
        assert not foreign(town.desk.next_questions(talk), "alpha")
        _, shown = asyncio.run(answered(town.desk, talk, "And who opened it?"))
        assert not foreign(shown, "alpha")
    app = create_app(town.index, town.service.assistant)
    with TestClient(app, base_url=HOST) as client:  # the owner, whose it is not
        assert client.get(f"/page/conversations/{talk}/export.md").status_code == 404


# -- what may be done -----------------------------------------------------------------------------


def test_what_one_may_not_do_is_neither_offered_nor_done(town: Town) -> None:
    """Readers cannot ask or change anything; who manages a part changes nothing else."""
    ours = {"x-askdocs": "1"}
    with TestClient(town.app, base_url=HOST) as client:
        for name in ("read-alpha", "alpha"):
            client.headers.update(town.headers(name) | ours)
            tools = client.get("/page/documents/tools").text
            assert 'data-shelf="add"' not in tools
            assert "data-remove" not in client.get("/page/documents/table").text
            for path in (
                "upload?name=a.md",
                "remove?document=alpha/river-zqalpha.md",
                "restore?document=alpha/river-zqalpha.md",
                "refresh",
            ):
                assert client.post(f"/page/documents/{path}").status_code == 403
            for path in ("/quality", "/page/quality/results", "/page/quality/run"):
                assert client.get(path).status_code == 403
        client.headers.update(town.headers("manage-alpha") | ours)
        assert 'data-into="alpha"' in client.get("/page/documents/tools").text
        assert client.get("/quality").status_code == 403  # asks of all documents
        for folder in ("beta", "uploads", "../alpha", "nowhere"):
            sent = client.post(f"/page/documents/upload?name=a.md&folder={folder}", content=b"x")
            assert sent.status_code == 422, folder
        hidden = client.post("/page/documents/remove?document=beta/river-zqbeta.md")
        never = client.post("/page/documents/remove?document=beta/never.md")
        assert hidden.status_code == never.status_code == 404
        client.headers.update(town.headers("everything"))
        assert client.get("/quality").status_code == 200
    with acting_as(person("alpha", Right.READ)):
        assert "To ask questions, you need the right to" in town.desk.welcome(wait=True)
        _, shown = asyncio.run(answered(town.desk, "", "Who opened the river bridge?"))
        assert "may not ask" in shown
        assert town.desk.conversations() == '<div class="talks"></div>'


def test_who_manages_a_part_adds_to_it(town: Town, tmp_path: Path) -> None:
    """A file without a folder goes where its sender sees it; in no other place is it taken."""
    (tmp_path / "documents" / "law").mkdir(parents=True)
    (tmp_path / "documents" / "law" / "a.md").write_text("Ann.", encoding="utf-8")
    with Index.build(tmp_path / "documents", tmp_path / "index", embedder=FakeEmbedder()) as index:
        shelf = Shelf(index)
        with acting_as(Principal("m", Right.MANAGE, ("law",))):
            with shelf.receive("new.md") as incoming:
                incoming.write(b"Words.")
                assert incoming.keep() == "law/new.md"
            with pytest.raises(Refused, match="not a folder"):
                shelf.receive("new.md", "uploads")
        with acting_as(Principal("n", Right.MANAGE, ())), pytest.raises(Refused):
            shelf.receive("new.md")
        with acting_as(Principal("r", Right.ASK)), pytest.raises(NotAllowed):
            shelf.receive("new.md")
        shelf.stop()


def test_the_reading_of_the_folder_names_no_file_of_others(town: Town) -> None:
    """Who sees a part hears how far it is, not of which file, nor what became of the others."""
    shelf = Shelf(town.index)
    shelf._refresher._progress = Progress(
        what="files",
        file="beta/new-zqbeta.md",
        done=1,
        total=9,
        error="beta/new-zqbeta.md is torn",
        ended=time.monotonic(),
        summary=Summary(added=3),
    )
    with acting_as(person("alpha")):
        seen = shelf.progress
        assert not foreign(repr(seen), "alpha")
        assert (seen.done, seen.total, seen.summary) == (1, 9, None)
        assert "ask whoever runs this server" in seen.error
    for all_seeing in (person("beta"), Principal("all", Right.MANAGE)):
        with acting_as(all_seeing):
            assert shelf.progress.file == "beta/new-zqbeta.md"
    shelf.stop()


# -- another's conversations, windows and files ---------------------------------------------------


@asynccontextmanager
async def browser(town: Town, name: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=town.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=HOST, headers=town.headers(name), timeout=60
    ) as client:
        yield client


async def join(client: httpx.AsyncClient, window: str, number: int, question: str) -> str:
    asked = {"data": [question, "", ""], "fn_index": number, "session_hash": window}
    reply = await client.post("/gradio_api/queue/join", json=asked)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["event_id"])


async def asking(client: httpx.AsyncClient) -> int:
    """The number of the event that asks."""
    config = (await client.get("/config")).json()
    return next(int(one["id"]) for one in config["dependencies"] if len(one["targets"]) == 2)


@in_a_file
def test_sixty_four_at_once_hear_of_their_own_only(town: Town) -> None:
    """64 readers ask at once through the page, each a secret, all under the same window's name."""
    told = [secrets.token_hex(8) for _ in range(64)]

    async def visit(number: int) -> str:
        async with browser(town, f"guest{number}") as client:
            await join(client, "window", await asking(client), f"Hello {told[number]}?")
            events = await client.get("/gradio_api/queue/data", params={"session_hash": "window"})
            assert "process_completed" in events.text
            talks = await client.get("/page/conversations")
            talk = re.findall(r'data-talk="([0-9a-f]+)"', talks.text)
            assert len(talk) == 1
            kept = await client.get(f"/page/conversations/{talk[0]}/export.json")
            page = await client.get("/config")
            return "".join(one.text for one in (events, talks, kept, page))

    async def all_visit() -> list[str]:
        async with town.app.router.lifespan_context(town.app):
            return await asyncio.gather(*map(visit, range(64)))

    for number, heard in enumerate(asyncio.run(all_visit())):
        assert [place for place, one in enumerate(told) if one in heard] == [number]


@in_a_file
def test_ten_thousand_tries_at_what_is_anothers_give_nothing(town: Town) -> None:
    """0 of 10,000 tries of a reader with another's session, event, conversation or file succeed."""
    secret = "Zqalpha"
    store, shelf = town.index.store, town.desk.shelf
    owner, thief = (
        Principal("owner", Right.ASK, ("alpha",)),
        Principal("thief", Right.ASK, ("beta",)),
    )
    with acting_as(owner):
        talk, shown = asyncio.run(answered(town.desk, "", "Who opened the river bridge?"))
        assert secret in shown

    def kept() -> str:
        return repr((store.kept_turns(talk, owner="owner"), store.conversations(owner="owner")))

    before = kept()
    pictures = PagePictures(lambda: store.meta.folder)
    viewing = Viewing(town.service, pictures)
    files = [f"alpha/{place}-zqalpha.md" for place in PLACES]
    files += ["alpha/torn-zqalpha.pdf", "beta/../alpha/river-zqalpha.md", "/alpha/river-zqalpha.md"]
    with acting_as(owner):
        assert all(secret in viewing.document(name).text for name in files[2:5])  # now at hand
    chance = random.Random(7)
    got, tries = 0, 0

    def attempts() -> Iterator[Any]:
        """Each gives what was got; most raise."""
        name = chance.choice(files)
        yield lambda: town.desk.messages(talk)
        yield lambda: town.desk.next_questions(talk).replace('<div class="next"></div>', "")
        yield lambda: store.opinions(talk, owner=thief.name)
        yield lambda: store.give_feedback(talk, 0, "wrong", owner=thief.name) or "done"
        yield lambda: store.search_conversations("zqalpha", owner=thief.name, sees=thief.sees)
        yield lambda: viewing.document(name)
        yield lambda: viewing.file(name)
        yield lambda: viewing.picture(name, 1, 800)
        yield lambda: town.service.document(name)
        yield lambda: [one for one in shelf.shown(name, count=50).entries if not thief.sees(one.id)]
        yield lambda: [one for one in shelf.names("zq") if "alpha" in one.id]
        yield lambda: [one for one in shelf.chosen([name]) if not one.gone]

    with acting_as(thief):
        while tries < 9_600:
            for attempt in attempts():
                tries += 1
                try:
                    got += bool(attempt())
                except AskdocsError:
                    continue
            town.desk.rename(talk, "mine now")
            town.desk.delete(talk)

    async def through_the_page() -> tuple[int, int]:
        async with (
            town.app.router.lifespan_context(town.app),
            browser(town, "alpha") as victim,
            browser(town, "beta") as robber,
        ):
            number = await asking(victim)
            found = tried = 0
            for _ in range(40):
                event = await join(victim, "shared", number, "Who opened the river bridge?")
                for reply in (
                    await robber.get("/gradio_api/queue/data", params={"session_hash": "shared"}),
                    await robber.get(f"/gradio_api/call/ask/{event}"),
                    await robber.post(
                        "/gradio_api/cancel",
                        json={"session_hash": "shared", "fn_index": number, "event_id": event},
                    ),
                    await robber.post(
                        "/gradio_api/cancel",
                        json={"session_hash": "own", "fn_index": number, "event_id": event},
                    ),
                    await robber.post(f"/gradio_api/stream/{event}/close"),
                    await robber.get("/gradio_api/deep_link", params={"session_hash": "shared"}),
                    await robber.get(f"/page/conversations/{talk}/export.md"),
                    await robber.get(f"/page/conversations/{talk}/turns/0/text"),
                    await robber.get("/gradio_api/file=alpha/river-zqalpha.md"),
                    await robber.get("/view/file", params={"document": chance.choice(files)}),
                ):
                    tried += 1
                    found += secret in reply.text or reply.is_success
                own = await victim.get("/gradio_api/queue/data", params={"session_hash": "shared"})
                assert secret in own.text  # it was neither taken nor ended
            return found, tried

    found, tried = asyncio.run(through_the_page())
    assert tries + tried >= 10_000
    assert (got, found) == (0, 0)
    assert (
        repr((store.kept_turns(talk, owner="owner"), store.conversations(owner="owner"))) == before
    )
    with acting_as(owner), pytest.raises(ConversationNotFound):
        town.desk.messages("0" * len(talk))


def test_nobody_acting_gets_nothing(town: Town) -> None:
    """Without a sign-in every address of the page and every event is refused."""
    with TestClient(town.app, base_url=HOST) as client:
        for path in (
            "/config",
            "/page/documents",
            "/page/conversations",
            "/view?document=alpha/river-zqalpha.md",
            "/quality",
            "/gradio_api/queue/data?session_hash=x",
        ):
            reply = client.get(path)
            assert reply.status_code == 401, path
            assert not CANARY.search(reply.text)
    for made in (
        town.desk.documents,
        town.desk.welcome,
        town.desk.conversations,
        lambda: town.desk.shelf.folders(),
        lambda: town.service.documents(),
    ):
        with pytest.raises(AskdocsError, match="sign in"):
            made()
    assert all(isinstance(hit, Hit) for hit in town.index.retrieve("bridge"))
