"""The REST API of conversations, feedback and evaluations."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api_server import GOLD, HOME, QUESTION, make, served
from askdocs.access.principal import Principal, Right, acting_as
from askdocs.types import Answer
from askdocs.web.service import Service

HERE = "/v1/conversations"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server whose conversations each test adds to."""
    folder = tmp_path_factory.mktemp("made")
    make(folder)
    with served(folder) as app, TestClient(app, base_url=HOME) as client:
        yield client


@pytest.fixture
def service(client: TestClient) -> Service:
    found: Service = client.app.state.service  # type: ignore[attr-defined]
    return found


def ask(client: TestClient, **asked: object) -> dict[str, object]:
    reply = client.post("/v1/ask", json={"question": QUESTION, **asked})
    assert reply.status_code == 200, reply.text
    found: dict[str, object] = reply.json()
    return found


def test_an_answer_is_kept_only_where_that_is_wanted(client: TestClient) -> None:
    """`keep` begins a conversation and says which; without it nothing is kept."""
    before = client.get(HERE).json()["total"]
    assert "conversation" not in ask(client)
    assert client.get(HERE).json()["total"] == before
    kept = ask(client, keep=True)
    assert kept["turn"] == 0
    shown = client.get(f"{HERE}/{kept['conversation']}").json()
    assert shown["title"] == QUESTION
    answer = {name: kept[name] for name in kept if name not in ("conversation", "turn")}
    assert shown["turns"][0]["answer"] == answer


def test_a_conversation_goes_on(client: TestClient) -> None:
    """A question in a conversation is understood by what came before, and kept after it."""
    begun = client.post(HERE, json={"title": "The unrest"})
    assert begun.status_code == 201
    identifier = begun.json()["id"]
    assert begun.headers["location"] == f"{HERE}/{identifier}"
    ask(client, conversation=identifier)
    second = ask(
        client, conversation=identifier, question="And how many died?", within={"folder": "reports"}
    )
    assert (second["turn"], second["conversation"]) == (1, identifier)
    assert "44" in str(second["text"])
    turns = client.get(f"{HERE}/{identifier}").json()["turns"]
    assert [one["turn"] for one in turns] == [0, 1]
    assert turns[1]["within"]["folder"] == "reports"
    streamed = ask_streamed(client, conversation=identifier)
    assert '"turn": 2' in streamed


def ask_streamed(client: TestClient, **asked: object) -> str:
    return client.post("/v1/ask", json={"question": QUESTION, "stream": True, **asked}).text


def test_a_conversation_and_a_history_exclude_each_other(client: TestClient) -> None:
    """Which of the two is meant cannot be known."""
    asked = {"question": QUESTION, "history": ["What?"], "conversation": "a"}
    assert client.post("/v1/ask", json=asked).json()["code"] == "question_error"


def test_conversations_are_found_renamed_and_removed(client: TestClient) -> None:
    """The list is searched and read in parts; a new title is there at once, and so is the end."""
    ids = [client.post(HERE, json={"title": f"Zebra {n}"}).json()["id"] for n in range(3)]
    found = client.get(HERE, params={"search": "zebra", "limit": 2}).json()
    assert (found["total"], len(found["conversations"])) == (3, 2)
    renamed = client.patch(f"{HERE}/{ids[0]}", json={"title": "Lion"})
    assert renamed.json()["title"] == "Lion"
    assert client.get(HERE, params={"search": "zebra"}).json()["total"] == 2
    for identifier in ids:
        assert client.delete(f"{HERE}/{identifier}").status_code == 204
        assert client.delete(f"{HERE}/{identifier}").status_code == 404
        assert client.get(f"{HERE}/{identifier}").json()["code"] == "conversation_not_found"


def test_readers_say_what_they_think(client: TestClient) -> None:
    """An opinion is kept in place of the one before, listed, and taken back."""
    address = f"{HERE}/{ask(client, keep=True)['conversation']}/turns/0/feedback"
    for verdict in ("right", "wrong"):
        said = {"verdict": verdict, "note": f"It is {verdict}."}
        assert client.put(address, json=said).json() == said
    listed = client.get("/v1/feedback").json()["feedback"]
    assert [(one["verdict"], one["answer"]["question"]) for one in listed] == [("wrong", QUESTION)]
    assert client.delete(address).status_code == 204
    assert client.get("/v1/feedback").json()["total"] == 0
    assert client.put(address.replace("/0/", "/7/"), json=said).status_code == 404


def test_nobody_sees_what_another_keeps(client: TestClient, service: Service) -> None:
    """Each conversation is its owner's alone, and those who only read keep none."""
    ann, bob = Principal("ann", Right.ASK), Principal("bob", Right.MANAGE)
    with acting_as(ann):
        identifier, _ = service.conversations.keep("", Answer("Mine?", "Yes", refused=True))
    with acting_as(bob):
        assert identifier not in [one.id for one in service.conversations.search()]
    assert client.get(f"{HERE}/{identifier}").status_code == 404
    assert client.delete(f"{HERE}/{identifier}").status_code == 404
    with acting_as(ann):
        assert [one.id for one in service.conversations.search("mine")] == [identifier]


def test_a_gold_file_is_run_and_the_result_kept(client: TestClient) -> None:
    """A run is begun by the name of the file, shows how far it is, and leaves its result."""
    begun = client.post("/v1/evaluations", json={"gold": "my.jsonl"})
    assert begun.status_code == 202
    assert begun.json()["total"] == 1
    end = time.monotonic() + 30
    while (now := client.get("/v1/evaluations").json())["run"]["running"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert not now["run"]["failed"]
    number = now["run"]["kept"]
    assert now["evaluations"][0]["number"] == number
    result = client.get(f"/v1/evaluations/{number}").json()
    assert result["rows"][0]["question"] == GOLD["question"]
    assert sum(result["outcomes"]["all"].values()) == 1
    assert client.get(f"/v1/evaluations/{number + 1}").json()["code"] == "evaluation_not_found"


def test_only_the_files_that_the_server_was_given_are_run(
    client: TestClient, tmp_path: Path
) -> None:
    """No path of a caller's choice is read."""
    file = tmp_path / "other.jsonl"
    file.write_text("{}")
    for name in (str(file), "../my.jsonl", "other.jsonl"):
        assert client.post("/v1/evaluations", json={"gold": name}).status_code == 404
