"""Fixtures that several test modules share."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from network_watch import connections
from postgres_server import KnownServer, NoPostgres, PostgresServer
from stores import KINDS, Place

ROOT = Path(__file__).parent.parent

# Tests may start askdocs in another folder, also where it is not installed.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
)
for name in [name for name in os.environ if name.startswith("ASKDOCS_")]:
    if not name.startswith("ASKDOCS_TEST_"):  # how large the tests are
        del os.environ[name]

INDEX = """
from askdocs.cli import main
assert main(["index", "eval/corpus", "--index", {index!r}]) == 0
"""


@pytest.fixture(scope="session")
def sample_build(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[tuple[str, str]]]:
    """An index of eval/corpus, made by the command with the real model in a process of its own.

    With it come the network connections that were tried meanwhile.
    """
    index = tmp_path_factory.mktemp("sample") / "index"
    return index, connections(INDEX.format(index=str(index)), ROOT)


@pytest.fixture(scope="session")
def sample_index(sample_build: tuple[Path, list[tuple[str, str]]]) -> Path:
    """An index of eval/corpus by the real model; made once for all tests, not to be changed."""
    return sample_build[0]


@pytest.fixture(scope="session")
def postgres() -> Iterator[KnownServer]:
    """A PostgreSQL server: the one that ASKDOCS_TEST_POSTGRES names, or a private one."""
    yield from _server(vectors=False)


@pytest.fixture(scope="session")
def postgres_with_vectors() -> Iterator[KnownServer]:
    """A PostgreSQL server that has pgvector."""
    yield from _server(vectors=True)


@pytest.fixture
def postgres_address(postgres: KnownServer) -> Iterator[str]:
    """The address of a schema that is not there yet; what a test makes of it goes with the test."""
    yield from _schema(postgres)


@pytest.fixture
def vectors_address(postgres_with_vectors: KnownServer) -> Iterator[str]:
    """The same in a server that has pgvector."""
    yield from _schema(postgres_with_vectors)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where a store can be made: in a file, then on a server; what asks for it runs for both."""
    yield from _place(request, tmp_path / "index")


@pytest.fixture(params=KINDS, scope="module")
def shared_place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The same for what a module makes once."""
    yield from _place(request, tmp_path_factory.mktemp("place") / "index")


@pytest.fixture
def private_postgres() -> Iterator[PostgresServer]:
    """A server for one test, which may stop it, kill it and start it again."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    try:
        server = PostgresServer()
    except NoPostgres as error:
        pytest.skip(str(error))
    with server:
        yield server


def _server(*, vectors: bool) -> Iterator[KnownServer]:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if named := os.environ.get("ASKDOCS_TEST_POSTGRES"):
        known = KnownServer(named)
        has = known.run("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
        if has or not vectors:
            yield known
            return
    try:
        server = PostgresServer(vectors=vectors, fsync=False)  # tests of kills make their own
    except NoPostgres as error:
        pytest.skip(str(error))
    with server:
        yield server


def _place(request: pytest.FixtureRequest, folder: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield Place(folder)
        return
    for address in _schema(request.getfixturevalue("postgres")):
        yield Place(folder, address)


def _schema(server: KnownServer) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield server.address(name)
    server.run(f"DROP SCHEMA IF EXISTS {name} CASCADE")
