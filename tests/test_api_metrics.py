"""The figures for Prometheus, and the addresses that tell how the server is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api_server import HOME, QUESTION, TEXTS, UNREST, make, served
from askdocs.errors import IndexDamaged
from askdocs.store import Store
from askdocs.web.api import health

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make(folder)
    return folder


@pytest.fixture
def client(made: Path) -> Iterator[TestClient]:
    with served(made) as app, TestClient(app, base_url=HOME) as client:
        yield client


def samples(client: TestClient) -> Samples:
    text = client.get("/metrics").text
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0)


def test_the_figures_say_what_was_done(client: TestClient) -> None:
    """Answers by how they were, replies by the pattern of their address, and what there is."""
    for _ in range(2):  # the second is remembered, and counts as well
        client.post("/v1/ask", json={"question": QUESTION})
    client.post("/v1/ask", json={"question": QUESTION, "threshold": 1.0})
    client.get(f"/v1/documents/{UNREST}")
    client.get("/v1/documents/no-such")
    found = samples(client)
    assert value(found, "askdocs_answers_total", mode="extractive", refused="false") == 2
    assert value(found, "askdocs_answers_total", mode="extractive", refused="true") == 1
    assert value(found, "askdocs_documents") == len(TEXTS)
    assert value(found, "askdocs_passages") >= len(TEXTS)
    assert value(found, "askdocs_index_revision") > 0
    assert value(found, "askdocs_questions_total", outcome="done") == 2
    assert value(found, "askdocs_questions_running") == 0
    assert value(found, "process_resident_memory_bytes") > 1e6
    one = {"method": "GET", "route": "/v1/documents/{identifier:path}"}
    for status in ("200", "404"):
        assert value(found, "askdocs_requests_total", status=status, **one) == 1
    assert value(found, "askdocs_request_seconds_count", route="/v1/ask") == 3
    assert value(found, "askdocs_answer_seconds_count") == 2


def test_nothing_that_is_sent_becomes_a_label(client: TestClient) -> None:
    """Addresses, methods and questions of a caller's own make no new series."""
    client.get("/v1/indexing")
    client.get("/v1/nothing-a")
    client.get("/nothing-a")
    before = set(samples(client))
    for name in ("zebra1", "zebra2", "zebra3"):
        client.post("/v1/ask", json={"question": name})
        client.get(f"/v1/{name}")
        client.get(f"/{name}")
        client.request(name.upper(), "/v1/indexing")
        client.get(f"/v1/documents/{name}?search={name}")
    text = client.get("/metrics").text
    assert "zebra" not in text.lower()
    added = {dict(labels).get("route", "") for _, labels in set(samples(client)) - before}
    known = {"", "/v1/ask", "/v1/documents/{identifier:path}", "/v1/indexing", "/metrics"}
    assert added <= known, added


def test_each_server_counts_for_itself(made: Path) -> None:
    """Two servers in one process do not add to each other."""
    for _ in range(2):
        with served(made) as app, TestClient(app, base_url=HOME) as client:
            client.post("/v1/ask", json={"question": QUESTION})
            found = samples(client)
            assert value(found, "askdocs_questions_total", outcome="done") == 1


def test_health_is_told_to_anybody_and_figures_are_not(made: Path) -> None:
    """Who is not signed in learns whether the server works, and nothing else."""
    with served(made, password="secret") as app, TestClient(app, base_url=HOME) as client:
        for path, status in (("", "ok"), ("/live", "alive"), ("/ready", "ready")):
            assert client.get(f"/health{path}").json() == {"status": status}
        assert client.get("/metrics").status_code == 401
        signed_in = ("any", "secret")
        assert client.get("/metrics", auth=signed_in).status_code == 200
        found = client.get("/health", auth=signed_in).json()
        assert found == {"status": "ok", "documents": len(TEXTS)}


def test_an_index_that_cannot_be_asked_is_not_ready_but_alive(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is damaged or does not answer in time is said with 503, and without its words."""

    def damaged(*_: object) -> str:
        raise IndexDamaged("/srv/secret is damaged")

    def stuck(*_: object) -> str:
        time.sleep(1)
        return "1"

    monkeypatch.setattr(health, "PATIENCE", 0.1)
    for broken in (damaged, stuck):
        monkeypatch.setattr(Store, "described", broken)
        for path in ("/health", "/health/ready"):
            reply = client.get(path)
            assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
            assert "secret" not in reply.text
        assert client.get("/health/live").status_code == 200
