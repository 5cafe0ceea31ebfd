"""A server that cannot reach its store: what it says, and when another one is asked instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api_server import HOME, QUESTION, make, served
from askdocs.errors import StoreUnreachable
from askdocs.web.problems import UNBEGUN

TOLD = "PostgreSQL at db:5432/docs does not answer (no route); start it, then run: askdocs status"
OFFER = {"x-askdocs-elsewhere": "may"}
CHAT = {"model": "askdocs", "messages": [{"role": "user", "content": QUESTION}]}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Any]:
    make(tmp_path)
    with served(tmp_path, trusted_proxies=("10.0.0.10",)) as app:
        yield app


def unreachable(*_: Any, **__: Any) -> Any:
    raise StoreUnreachable(TOLD)


def client_at(app: Any, address: str) -> TestClient:
    return TestClient(app, base_url=HOME, client=(address, 1000))


def test_a_trusted_proxy_that_offers_it_is_handed_questions_back(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every way to ask, at once and as a stream; nobody else is told to look elsewhere."""
    monkeypatch.setattr(app.state.service, "_known", unreachable)
    monkeypatch.setattr(app.state.service.index, "retrieve", unreachable)
    for path, body in (
        ("/v1/ask", {"question": QUESTION}),
        ("/v1/ask", {"question": QUESTION, "stream": True}),
        ("/v1/retrieve", {"question": QUESTION}),
        ("/v1/chat/completions", CHAT),
    ):
        for address, headers, where in (
            ("10.0.0.10", OFFER, "@elsewhere"),
            ("10.0.0.10", {}, None),
            ("10.0.0.11", OFFER, None),
            ("10.0.0.10", {"x-askdocs-elsewhere": "/internal"}, None),
        ):
            reply = client_at(app, address).post(path, json=body, headers=headers)
            assert (reply.status_code, reply.headers.get("x-accel-redirect")) == (503, where)
            assert UNBEGUN not in reply.headers
            assert TOLD in reply.text  # everybody is the owner of a server without accounts


def test_an_answer_that_could_not_be_kept_is_not_made_again(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store was lost after it was written: the reply says so, and is not handed back."""
    monkeypatch.setattr(app.state.service.conversations, "keep", unreachable)
    body = {"question": QUESTION, "keep": True}
    reply = client_at(app, "10.0.0.10").post("/v1/ask", json=body, headers=OFFER)
    assert (reply.status_code, reply.json()["code"]) == (503, "not_kept")
    assert "x-accel-redirect" not in reply.headers


def test_a_busy_server_is_not_one_without_its_store(tmp_path: Path) -> None:
    """Whose turn it is, each server says for itself."""
    make(tmp_path)
    with served(tmp_path, running=1, waiting=0, trusted_proxies=("10.0.0.10",)) as app:
        client = client_at(app, "10.0.0.10")
        with app.state.service.line.enter("somebody"):
            reply = client.post("/v1/ask", json={"question": QUESTION}, headers=OFFER)
    assert (reply.status_code, reply.json()["code"]) == (503, "busy")
    assert "x-accel-redirect" not in reply.headers


def test_strangers_are_not_told_where_the_store_is(
    app: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They read what has failed and what to do; the log has the rest, under the same number."""
    monkeypatch.setattr("askdocs.web.problems._manages", lambda: False)
    monkeypatch.setattr(app.state.service, "_known", unreachable)
    reply = client_at(app, "10.0.0.11").post("/v1/ask", json={"question": QUESTION})
    said = reply.json()
    assert said["detail"] == (
        "the database that keeps the documents does not answer; ask again in a moment; the"
        f" server's log has the details under {said['id']}"
    )
    assert "5432" not in json.dumps(said)
    assert reply.headers["retry-after"] == "5"
    assert f"{said['id']}: {TOLD}" in caplog.text
