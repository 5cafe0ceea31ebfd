"""Errors over HTTP: problems that a program understands, and nothing from inside the server."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from api_server import HOME, QUESTION, UNREST, make, served
from askdocs.access.principal import Principal, Right, acting_as
from askdocs.answering import extractive
from askdocs.errors import AskdocsError, Busy, DeadlinePassed, IndexDamaged, ModelError, NotAllowed
from askdocs.index import Index
from askdocs.store import Store
from askdocs.web.keeping import Keeping
from askdocs.web.metrics import Metrics
from askdocs.web.problems import note_unexpected, problem_of
from askdocs.web.quality import Quality
from askdocs.web.service import Service
from askdocs.web.shelf import Shelf
from fakes import FakeEmbedder

SECRET = "hunter2-planted"
ASK = ("POST", "/v1/ask", {"question": QUESTION})
RETRIEVE = ("POST", "/v1/retrieve", {"question": QUESTION})
DOCUMENTS = ("GET", "/v1/documents", None)
DOCUMENT = ("GET", f"/v1/documents/{UNREST}", None)
SPANS = ("GET", f"/v1/documents/{UNREST}/spans", None)
TALKS = ("GET", "/v1/conversations", None)

PLACES = [
    (Store, "described", ("GET", "/health/ready", None)),
    (Index, "retrieve", ASK),
    (Index, "retrieve", RETRIEVE),
    (Index, "documents", DOCUMENTS),
    (Index, "skipped", DOCUMENTS),
    (Index, "document", DOCUMENT),
    (Store, "numbers_of", SPANS),
    (Store, "passages", SPANS),
    (FakeEmbedder, "encode_query", RETRIEVE),
    (extractive, "answer", ASK),
    (Store, "conversations", TALKS),
    (Store, "create_conversation", ("POST", "/v1/conversations", {})),
    (Store, "feedback", ("GET", "/v1/feedback", None)),
    (Store, "evaluations", ("GET", "/v1/evaluations", None)),
    (Store, "evaluation", ("GET", "/v1/evaluations/1", None)),
    (Quality, "start", ("POST", "/v1/evaluations", {"gold": "my.jsonl"})),
    (Shelf, "remove", ("DELETE", f"/v1/documents/{UNREST}", None)),
    (Shelf, "refresh", ("POST", "/v1/indexing", None)),
    (Keeping, "keep", ("POST", "/v1/ask", {"question": QUESTION, "keep": True})),
    (Keeping, "turns", ("POST", "/v1/ask", {"question": QUESTION, "conversation": "a"})),
    (Metrics, "written", ("GET", "/metrics", None)),
    (Service, "visible", ASK),
]
ERRORS: list[Callable[[], Exception]] = [
    lambda: RuntimeError(SECRET),
    lambda: FileNotFoundError(2, "No such file", f"/srv/{SECRET}/store.sqlite"),
    lambda: KeyError(f"ASKDOCS_KEY={SECRET}"),
    lambda: UnicodeEncodeError("utf-8", f"{SECRET}\ud800", 15, 16, SECRET),
]


def failing(make_error: Callable[[], Exception]) -> Callable[..., None]:
    """Something that fails so, for a reason that it names, too."""

    def fail(*_: object, **__: object) -> None:
        try:
            raise ValueError(f"a cause with {SECRET}")
        except ValueError as cause:
            raise make_error() from cause

    return fail


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("made")
    make(folder)
    with (
        served(folder) as app,
        TestClient(app, base_url=HOME, raise_server_exceptions=False) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("owner", "name", "request_"),
    PLACES,
    ids=[f"{n}-{o.__name__}.{a}" for n, (o, a, _) in enumerate(PLACES)],
)
def test_an_unexpected_error_tells_nothing_from_inside(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    owner: object,
    name: str,
    request_: tuple[str, str, object],
) -> None:
    """Wherever it is raised: a number in the reply finds its place in the log; no word of it."""
    caplog.set_level(logging.DEBUG)
    method, path, body = request_
    for number, make_error in enumerate(ERRORS):
        caplog.clear()
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, failing(make_error))
            if body and "question" in body:  # else an earlier answer would be remembered
                asked = {**body, "question": f"{QUESTION} {number} {name}"}
            else:
                asked = body
            reply = client.request(method, path, json=asked)
        assert reply.status_code == 500, reply.text
        assert reply.headers["content-type"] == "application/problem+json"
        told = reply.json()
        assert told["code"] == "internal_error"
        assert told["id"] in caplog.text
        assert "ValueError at test_api_problems.py" in caplog.text
        for said in (reply.text, caplog.text, *capfd.readouterr(), repr(reply.headers)):
            assert SECRET not in said


@pytest.mark.parametrize("owner", [True, False])
@pytest.mark.parametrize("kind", [IndexDamaged, ModelError, AskdocsError])
def test_what_is_wrong_with_the_server_is_told_to_who_manages_it(
    caplog: pytest.LogCaptureFixture, kind: type[AskdocsError], owner: bool
) -> None:
    """Others learn that it is so, and the number under which the log has where."""
    principal = Principal("ann", Right.MANAGE if owner else Right.ASK)
    with acting_as(principal):
        told = json.loads(problem_of(kind(f"/srv/{SECRET} is damaged")).body)
    assert (SECRET in told["detail"]) == owner
    assert SECRET not in caplog.text
    assert told["code"] == kind("").code
    assert owner or told["id"] in caplog.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Busy("it is busy", 2.5), 503),
        (DeadlinePassed("it took too long"), 504),
        (NotAllowed("you may not"), 403),
    ],
)
def test_what_is_not_the_servers_fault_is_told_to_everybody(
    error: AskdocsError, status: int
) -> None:
    """Its words, its code, and after how many whole seconds to come again."""
    reply = problem_of(error)
    told = json.loads(reply.body)
    assert (reply.status_code, told["status"]) == (status, status)
    assert told["detail"] == told["error"] == str(error)
    assert told["type"] == f"urn:askdocs:problem:{error.code}"
    if isinstance(error, Busy):
        assert reply.headers["retry-after"] == "3"


def test_errors_that_cause_each_other_have_an_end(caplog: pytest.LogCaptureFixture) -> None:
    """A circle of causes is noted once."""
    first, second = ValueError(SECRET), KeyError(SECRET)
    first.__cause__, second.__cause__ = second, first
    identifier = note_unexpected(first)
    assert caplog.text.count("KeyError") == 1
    assert identifier in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/v1/no-such", 404, None),
        ("GET", "/v1/", 404, None),
        ("GET", "/health/no-such", 404, None),
        ("PUT", "/v1/ask", 405, "POST"),
        ("PATCH", "/v1/documents", 405, "GET, POST"),
        ("PATCH", f"/v1/documents/{UNREST}", 405, "DELETE, GET"),
        ("POST", f"/v1/documents/{UNREST}/spans", 405, "GET"),
        ("DELETE", f"/v1/documents/{UNREST}/spans", 405, "GET"),
        ("TRACE", "/v1", 405, "GET"),
        ("DELETE", "/health/live", 405, "GET"),
    ],
)
def test_what_is_not_there_is_a_problem_too(
    client: TestClient, method: str, path: str, status: int, allowed: str | None
) -> None:
    """An unknown address is 404, a wrong method 405 with those that are right."""
    reply = client.request(method, path)
    assert (reply.status_code, reply.headers.get("allow")) == (status, allowed)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["error"] == reply.json()["detail"]


def test_a_wrong_field_is_named_and_its_value_is_not(client: TestClient) -> None:
    """`errors` says which field and why, without repeating what was sent."""
    reply = client.post("/v1/ask", json={"question": "x", "k": SECRET, SECRET: 1})
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    assert "body.k" in [one["at"] for one in reply.json()["errors"]]
    wrong = [one for one in reply.json()["errors"] if one["at"] == "body.k"]
    assert SECRET not in json.dumps(wrong)
