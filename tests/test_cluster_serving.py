"""Several servers behind nginx with one store on PostgreSQL: nothing is lost, nothing asked twice.

Each server is on a host of its own, if hosts can be made here (root, `ip netns`); else all are on
this one, and what needs a cable to be pulled is skipped.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from api_server import TEXTS
from askdocs.config import Config
from askdocs.index import Index
from cluster_hosts import Host
from cluster_load import Load, Outcome, ask
from cluster_rig import HEADERS, Cluster, Place, Server, raised
from fakes import FakeEmbedder
from postgres_server import NoPostgres

pytestmark = pytest.mark.slow

TAKEN_OUT = 3.0
"""Seconds for which nginx sends nothing to a server that was gone: `fail_timeout`."""

SOON = 3.0 + 2.0
"""Seconds after which a server that is cut off has said so, and some for a machine that is busy."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("cluster")
    for name, text in TEXTS.items():
        file = folder / "documents" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def fill(store: str, path: Path) -> None:
        config, fake = Config(store=store), FakeEmbedder()
        Index.build(folder / "documents", path, config=config, embedder=fake).close()

    with ExitStack() as opened:
        try:
            found = opened.enter_context(raised(folder, fill))
        except NoPostgres as error:
            pytest.skip(str(error))
        for server in found.servers:
            with server.place.inside():  # what is loaded for a first answer is loaded now
                assert ask(server.address, f"How many people, at {server.address}?").answered
        yield found


def test_a_rolling_restart_drops_no_answer(cluster: Cluster) -> None:
    """Under a steady load, one server after the other is restarted: 0 failed, 0 asked twice."""
    with Load(cluster.front, cluster.balancer.address, threads=4, pause=0.3) as load:
        time.sleep(2)
        for server in cluster.servers:
            server.restart()
            time.sleep(TAKEN_OUT + 0.5)
    assert load.failed() == []
    assert len(load.outcomes) > 20
    asked = cluster.asked()
    assert {one.question: asked.get(one.question) for one in load.outcomes} == {
        one.question: 1 for one in load.outcomes
    }
    for server in cluster.servers:  # both have had their share
        assert sum(server.asked().values()) > len(load.outcomes) / 10


def test_a_server_without_its_store_says_so_and_hands_questions_back(cluster: Cluster) -> None:
    """It names server, reason and next step within seconds, to all at once; no question is lost."""
    b = _host_of(cluster, 1)
    server = cluster.servers[1]
    before = server.asked()
    b.lose(cluster.store.partition(":")[0])
    try:
        with ThreadPoolExecutor(8) as threads:
            told = list(threads.map(lambda n: _asked_at(b, server, n), range(8)))
            live = threads.submit(_status, b, f"{server.address}/health/live").result()
        for one in told:
            said = json.loads(one.body)
            assert (one.status, said["code"]) == (503, "store_unreachable")
            assert one.seconds < SOON
            _explains(server, said["detail"])
        assert live == 200
        assert _status(b, f"{server.address}/health/ready") == 503
        # Through nginx, the other server answers what this one has not begun.
        with ThreadPoolExecutor(6) as threads:
            found = list(threads.map(lambda n: _asked(cluster, f"Handed back {n}"), range(12)))
        assert [one for one in found if not one.answered] == []
        assert max(one.seconds for one in found) < SOON + 2
        for _ in range(4):
            assert _status(cluster.front, f"{cluster.balancer.address}/v1/conversations") == 200
        assert server.asked() == before
    finally:
        b.find(cluster.store.partition(":")[0])
    server.wait(10)
    _serves_again(cluster, server)


def test_a_host_that_is_cut_off_is_missed_by_nobody_for_long(cluster: Cluster) -> None:
    """What was being answered there ends in a plain error; what comes after is answered, soon."""
    b = _host_of(cluster, 1)
    server = cluster.servers[1]
    with ThreadPoolExecutor(8) as threads:
        running = [
            threads.submit(_asked, cluster, f"On the way {n}", quoted=False) for n in range(8)
        ]
        _wait_until_it_answers(b, server, 2)
        b.cut()
        try:
            found = [_asked(cluster, f"After that {n}") for n in range(6)]
            assert [one for one in found if not one.answered] == []
            assert max(one.seconds for one in found) < 5
            away = [one.result() for one in running]
            lost = [one for one in away if not one.answered]
            assert 2 <= len(lost) < len(away)
            for one in lost:
                said = json.loads(one.body)
                assert (one.status, said["code"], said["status"]) == (502, "unreachable", 502)
                assert "ask again" in said["detail"]
                assert one.seconds < 20
            # Nobody was asked in the place of the one that was lost: that is for who asked to say.
            assert not cluster.servers[0].asked().keys() & {one.question for one in lost}
            assert set(cluster.asked().values()) == {1}
            told = _asked_at(b, server, 100)
            assert told.status == 503 and told.seconds < SOON
            _explains(server, json.loads(told.body)["detail"])
        finally:
            b.mend()
    server.wait(15)
    _serves_again(cluster, server)


def test_nginx_tells_of_its_own_problems_as_askdocs_does(cluster: Cluster) -> None:
    """What is too large, and where no figures are; as a problem with a sentence."""
    place = cluster.balancer.address.removeprefix("http://")
    large = {**HEADERS, "Content-Length": "60000000"}
    for method, path, headers, status in (
        ("POST", "/v1/ask", large, 413),
        ("GET", "/metrics", HEADERS, 404),
    ):
        with cluster.front.inside(), closing(HTTPConnection(place, timeout=20)) as connection:
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            said = json.loads(reply.read())
        assert reply.status == said["status"] == status
        assert reply.headers["content-type"] == "application/problem+json"
        assert said["detail"].count(";") == 1


def _host_of(cluster: Cluster, number: int) -> Host:
    if not cluster.hosts:
        pytest.skip(cluster.why)
    return cluster.hosts[number]


def _asked(cluster: Cluster, question: str, *, quoted: bool = True) -> Outcome:
    with cluster.front.inside():
        return ask(cluster.balancer.address, f"How many people? {question}", quoted=quoted)


def _asked_at(host: Host, server: Server, number: int) -> Outcome:
    with host.inside():
        return ask(server.address, f"How many people, asked here {number}?", quoted=True)


def _status(place: Place, address: str) -> int:
    with place.inside():
        return httpx.get(address, headers=HEADERS, timeout=20).status_code


def _wait_until_it_answers(host: Host, server: Server, count: int) -> None:
    """Return when so many answers are being written by a server, as its own figures say."""
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        with host.inside():
            figures = httpx.get(f"{server.address}/metrics", headers=HEADERS, timeout=20).text
        running = re.search(r"^askdocs_questions_running (\d+)", figures, re.MULTILINE)
        if running is not None and int(running[1]) >= count:
            return
        time.sleep(0.05)
    pytest.fail("no answers are being written")


def _explains(server: Server, detail: str) -> None:
    """Whoever asks reads a plain sentence: who they are cannot be known, as that is in the store.

    Whoever runs the server finds the store's address, the reason and the next step in the log.
    """
    assert detail.startswith("the database that keeps the documents does not answer; ask again")
    said = re.search(rf"{detail.split()[-1]}: (PostgreSQL at .*)", server.said())
    assert said is not None, server.said()
    assert re.match(r"PostgreSQL at [\d.]+:\d+/postgres.* does not answer ", said[1])
    assert said[1].endswith("then run: askdocs status")


def _serves_again(cluster: Cluster, server: Server) -> None:
    """Questions through nginx reach the server, after it was away."""
    before, limit = sum(server.asked().values()), time.monotonic() + 10
    while sum(server.asked().values()) == before:
        assert time.monotonic() < limit
        assert _asked(cluster, f"Again {time.monotonic()}").answered
