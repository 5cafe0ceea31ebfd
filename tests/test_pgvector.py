"""Vectors in tables of pgvector: as good as exact search, derived, and made again at any doubt."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")

from askdocs import vectors_pgvector, vectors_shared
from askdocs.config import Config
from askdocs.config_store import parsed
from askdocs.errors import SettingsError
from askdocs.index import Index
from askdocs.store import Store
from askdocs.store_postgres import PostgresStore
from askdocs.vectors import ExactVectors, OwnedExact
from askdocs.vectors_choice import owned_vectors, read_vectors
from askdocs.vectors_pgvector import PgvectorTables
from askdocs.vectors_shared import SharedVectors
from fakes import FakeEmbedder
from owning_worker import own_in_two
from postgres_server import KnownServer, NoPostgres, PostgresServer
from test_vectors import META, put, random_units

SPAWN = multiprocessing.get_context("spawn")


def open_store(address: str, folder: Path) -> PostgresStore:
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.open(address, create_with=META, folder=folder)
    assert isinstance(store, PostgresStore)
    return store


@pytest.fixture
def store(vectors_address: str, tmp_path: Path) -> Iterator[PostgresStore]:
    opened = open_store(vectors_address, tmp_path / "index")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process looks again at once whether the tables can be used."""
    monkeypatch.setattr(vectors_shared, "_RETRY", 0.05)


def vectors_of(store: PostgresStore, *, owner: bool = True) -> SharedVectors:
    return SharedVectors(store, PgvectorTables(store), owner=owner)


def owner_of(store: PostgresStore) -> SharedVectors:
    vectors = vectors_of(store)
    vectors.prepare()
    assert vectors.trouble == ""
    return vectors


def tables(server: KnownServer, store: PostgresStore) -> list[str]:
    """The tables of vectors that there are."""
    query = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
    rows = server.run(query, store.address.schema)
    return [name for (name,) in rows if name.startswith("askdocs_")]


def graphs(server: KnownServer, table: str) -> int:
    """How many graphs a table has."""
    query = "SELECT count(*) FROM pg_indexes WHERE tablename = %s AND indexdef LIKE '%%hnsw%%'"
    return int(server.run(query, table)[0][0])


def recall(store: PostgresStore, vectors: SharedVectors, queries: int = 50) -> float:
    """How many of the ten nearest passages are found, over some queries; scores are checked."""
    exact, right, wanted = ExactVectors(store), 0, 0
    for query in random_units(queries, seed=99):
        expected, found = exact.search(query, 10), vectors.search(query, 10)
        assert [cosine for _, cosine in found] == sorted((c for _, c in found), reverse=True)
        cosines = dict(expected)
        assert all(abs(c - cosines[n]) < 1e-6 for n, c in found if n in cosines)
        right += len(cosines.keys() & dict(found).keys())
        wanted += len(expected)
    return right / wanted


def assert_in_step(store: PostgresStore, vectors: SharedVectors) -> None:
    assert vectors.trouble == ""
    assert vectors.in_use
    assert vectors.numbers() == set(store.numbers().tolist())


@pytest.mark.parametrize("count", [1, 60])
def test_few_passages(store: PostgresStore, count: int) -> None:
    """Among few passages it finds exactly what exact search finds, with the same cosines."""
    put(store, "a", count)
    vectors = owner_of(store)
    assert_in_step(store, vectors)
    for query in random_units(20, seed=5):
        expected = ExactVectors(store).search(query, 10)
        found = vectors.search(query, 10)
        assert [number for number, _ in found] == [number for number, _ in expected]
        assert [c for _, c in found] == pytest.approx([c for _, c in expected], abs=1e-6)
    vectors.close()


def test_no_passages(store: PostgresStore, postgres_with_vectors: KnownServer) -> None:
    """A store without passages finds nothing and has no table; when some come, they are found."""
    vectors = owner_of(store)
    assert vectors.search(random_units(1)[0], 5) == []
    assert tables(postgres_with_vectors, store) == []
    put(store, "a", 3)
    vectors.prepare()
    assert_in_step(store, vectors)
    store.remove_document("a")
    assert vectors.search(random_units(1)[0], 5) == []
    vectors.prepare()
    assert vectors.search(random_units(1)[0], 5) == []
    vectors.close()


def test_some_thousand_passages(store: PostgresStore) -> None:
    """Of the ten nearest of 4,000 passages, 99 in 100 are found, also for more than ten."""
    for number in range(4):
        put(store, f"a{number}", 1_000, seed=number)
    vectors = owner_of(store)
    assert_in_step(store, vectors)
    assert recall(store, vectors) >= 0.99
    assert len(vectors.search(random_units(1, seed=4)[0], 1_500)) == 1_500
    vectors.close()


def test_the_graph_is_used(store: PostgresStore, postgres_with_vectors: KnownServer) -> None:
    """A search goes through the index of the table, and does not sort all its rows."""
    put(store, "a", 2_000)
    vectors = owner_of(store)
    for query in random_units(20, seed=4):
        vectors.search(query, 10)
    (table,) = tables(postgres_with_vectors, store)
    used, deadline = 0, time.monotonic() + 30
    assert graphs(postgres_with_vectors, table) == 1
    while not used and time.monotonic() < deadline:  # a server's process counts when it is idle
        (used,) = postgres_with_vectors.run(
            "SELECT sum(idx_scan)::int FROM pg_stat_user_indexes WHERE relname = %s"
            " AND indexrelname LIKE '%%vector%%'",
            table,
        )[0]
        vectors.search(random_units(1)[0], 10)
        time.sleep(0.2)
    assert used
    vectors.close()


def test_a_graph_as_soon_as_it_is_worth_it(
    store: PostgresStore, postgres_with_vectors: KnownServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few vectors are compared one by one; a table that has grown gets a graph."""
    monkeypatch.setattr(vectors_pgvector, "GRAPH_FROM", 100)
    put(store, "a", 90)
    owner = owner_of(store)
    (table,) = tables(postgres_with_vectors, store)
    assert graphs(postgres_with_vectors, table) == 0
    put(store, "b", 90, seed=1)
    owner.prepare()
    assert tables(postgres_with_vectors, store) == [table]
    assert graphs(postgres_with_vectors, table) == 1
    assert_in_step(store, owner)
    assert recall(store, owner) >= 0.99
    owner.close()


def test_what_has_come_and_gone_since(store: PostgresStore) -> None:
    """A new passage is found at once, a removed one is not; then both are brought over."""
    put(store, "a", 200)
    put(store, "b", 50, seed=1)
    owner = owner_of(store)
    reader = vectors_of(store, owner=False)
    put(store, "c", 30, seed=2)
    store.remove_document("b")
    new, gone = random_units(30, seed=2)[3], random_units(50, seed=1)[3]
    for vectors in (owner, reader):
        assert vectors.search(new, 1)[0][0] == store.numbers_of("c")[3]
        assert vectors.search(gone, 1)[0][1] < 0.99
        assert vectors.in_use
        assert recall(store, vectors) == 1
    owner.prepare()
    assert_in_step(store, owner)
    assert recall(store, reader) == 1
    owner.close()
    reader.close()


def test_far_behind_the_search_is_exact(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With very much come or gone, the table is left out of it until an owner caught up."""
    put(store, "a", 100)
    owner = owner_of(store)
    monkeypatch.setattr(vectors_shared, "_BEHIND", 10)
    put(store, "b", 50, seed=1)
    query = random_units(1, seed=5)[0]
    assert owner.search(query, 10) == ExactVectors(store).search(query, 10)

    def caught_up() -> bool:
        owner.search(query, 10)  # the first may have come too soon after the last try
        return owner.numbers() == set(store.numbers().tolist())

    wait_until(caught_up)
    owner.close()


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def test_who_only_reads_asks_the_table_at_once(store: PostgresStore) -> None:
    """A one-shot command loads neither vectors nor codes: its first question goes to the table."""
    put(store, "a", 300)
    owner_of(store).close()
    reader = vectors_of(store, owner=False)
    query = random_units(1, seed=5)[0]
    found = reader.search(query, 10)
    assert reader.in_use
    assert reader._exact._loaded is None
    assert [n for n, _ in found] == [n for n, _ in ExactVectors(store).search(query, 10)]
    reader.close()


DAMAGES: dict[str, str] = {
    "rows-lost": "DELETE FROM {table} WHERE number % 2 = 0",
    "emptied": "TRUNCATE {table}",
    "other-vectors": "UPDATE {table} t SET vector = (SELECT vector FROM {table} u"
    " WHERE u.number > t.number LIMIT 1) WHERE number < 150",
    "no-graph": "DROP INDEX {table}_vector_idx",
    "no-table": "DROP TABLE {table}",
    "another-table": "DROP TABLE {table}; CREATE TABLE {table} (number TEXT, vector TEXT)",
    "a-view": "DROP TABLE {table}; CREATE VIEW {table} AS SELECT 1 AS number, 2 AS vector",
    "no-seal": "COMMENT ON TABLE {table} IS NULL",
    "a-strange-seal": "COMMENT ON TABLE {table} IS '[1]'",
    "shorter-vectors": "DROP TABLE {table};"
    " CREATE TABLE {table} (number BIGINT, vector public.halfvec(8))",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_healed(
    store: PostgresStore,
    postgres_with_vectors: KnownServer,
    monkeypatch: pytest.MonkeyPatch,
    damage: str,
) -> None:
    """Whatever became of the table: who has it open answers, who opens it makes it again."""
    monkeypatch.setattr(vectors_pgvector, "GRAPH_FROM", 50)
    put(store, "a", 200)
    before = owner_of(store)
    (table,) = tables(postgres_with_vectors, store)
    for statement in damage.split(";"):
        name = f"{store.address.schema}.{table}"
        index = statement.replace("{table}_vector_idx", f"{name}_vector_idx")
        postgres_with_vectors.run(index.format(table=name))
    query = random_units(200)[7]
    with store.snapshot():
        assert len(before.search(query, 10)) == 10  # and the snapshot is still good after it
        assert store.passage_count() == 200
    before.close()
    after = owner_of(store)
    assert_in_step(store, after)
    assert recall(store, after) == 1
    (table,) = tables(postgres_with_vectors, store)
    assert graphs(postgres_with_vectors, table) == 1
    after.close()


def test_an_index_with_another_model(
    tmp_path: Path, vectors_address: str, postgres_with_vectors: KnownServer
) -> None:
    """A rebuild with another model has a table of its own, and removes the earlier one."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("The ferry sank in May. The harbour was closed.")
    (documents / "b.txt").write_text("A lighthouse was built on the cape.")
    config = Config(store=vectors_address, vectors="pgvector")
    with Index.build(documents, tmp_path / "i", config=config, embedder=FakeEmbedder()) as index:
        assert isinstance(index.store, PostgresStore)
        (first,) = tables(postgres_with_vectors, index.store)
        assert index.check() == []
        assert index.status().vectors == "in step (pgvector)"
        with Index.open(tmp_path / "i", config=config, embedder=FakeEmbedder()) as reader:
            assert not reader.owned
            assert reader.retrieve("When did the ferry sink?")[0].passage.document == "a.txt"
            assert reader._vectors.in_use  # type: ignore[attr-defined]
        index.rebuild(embedder=FakeEmbedder("other", 32))
        (second,) = tables(postgres_with_vectors, index.store)
        assert second != first
        assert index.retrieve("Where is the lighthouse?")[0].passage.document == "b.txt"
        assert index._vectors.in_use  # type: ignore[attr-defined]
        index.rebuild()
        assert len(tables(postgres_with_vectors, index.store)) == 1
        assert index.check() == []
        (table,) = tables(postgres_with_vectors, index.store)
        postgres_with_vectors.run(f"DELETE FROM {index.store.address.schema}.{table}")
        assert [line for line in index.check() if "vector index" in line]
        index.store.remove_document("a.txt")
        assert index.status().vectors.startswith("1 changes behind (pgvector)")


def test_the_exact_search_says_so(
    tmp_path: Path, vectors_address: str, postgres_with_vectors: KnownServer
) -> None:
    """Without a choice the store on a server is searched exactly, and nothing is derived there."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("The ferry sank in May. The harbour was closed.")
    config = Config(store=vectors_address)
    with Index.build(documents, tmp_path / "i", config=config, embedder=FakeEmbedder()) as index:
        assert isinstance(index.store, PostgresStore)
        assert index.status().vectors == "in step (exact comparison)"
        assert index.check() == []
        assert tables(postgres_with_vectors, index.store) == []


def fill_slowly(address: str, folder: str, told: Any) -> None:
    """A process that fills a table, which takes a while."""
    vectors_pgvector.BUILT_AMONG = 1_000  # the graph is what takes long
    store = open_store(address, Path(folder))
    told.put(os.getpid())
    vectors_of(store).prepare()
    told.put("done")


@pytest.mark.parametrize("seconds", [0.05, 0.4, 1.0])
def test_a_process_that_is_killed_in_the_middle(
    store: PostgresStore,
    postgres_with_vectors: KnownServer,
    vectors_address: str,
    tmp_path: Path,
    seconds: float,
) -> None:
    """What it left is removed, by the next owner, or by one later if the server is still busy."""
    for number in range(3):
        put(store, f"a{number}", 1_000, seed=number)
    told = SPAWN.Queue()
    child = SPAWN.Process(target=fill_slowly, args=(vectors_address, str(tmp_path / "c"), told))
    child.start()
    pid = told.get(timeout=60)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    child.join(60)
    owner = vectors_of(store)

    def is_in_step() -> bool:  # its lock is free as soon as the server has noticed
        owner.prepare()
        return owner.numbers() == set(store.numbers().tolist())

    wait_until(is_in_step)
    assert_in_step(store, owner)
    assert recall(store, owner, queries=20) >= 0.99

    def is_alone() -> bool:
        owner.drop()
        owner.prepare()
        return len(tables(postgres_with_vectors, store)) == 1

    wait_until(is_alone)
    owner.close()


def test_a_server_that_is_killed_in_the_middle(tmp_path: Path) -> None:
    """After its restart the store is whole, and the table is made anew or in step."""
    try:
        server = PostgresServer(vectors=True)
    except NoPostgres as error:
        pytest.skip(str(error))
    with server:
        store = open_store(server.address("killed"), tmp_path / "index")
        put(store, "a", 500)
        owner = owner_of(store)
        put(store, "b", 1_500, seed=1)
        working = threading.Thread(target=owner._prepare_or_say)
        working.start()
        time.sleep(0.2)
        server.kill()
        working.join(60)
        assert not working.is_alive()
        server.start()
        owner.prepare()
        assert_in_step(store, owner)
        assert recall(store, owner, queries=20) >= 0.99
        owner.close()
        store.close()


def test_closing_ends_the_making_of_a_graph(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is stopped does not wait for minutes until the graph is there."""
    monkeypatch.setattr(vectors_shared, "BACKGROUND_LIMIT", 50)
    for number in range(6):
        put(store, f"a{number}", 1_000, seed=number)
    monkeypatch.setattr(vectors_pgvector, "BUILT_AMONG", 1_000)
    monkeypatch.setattr(vectors_pgvector, "NEIGHBOURS", 100)
    vectors = vectors_of(store)
    vectors.prepare_soon()
    tables_ = vectors.place
    assert isinstance(tables_, PgvectorTables)
    wait_until(lambda: tables_._building is not None)
    started = time.monotonic()
    vectors.close()
    assert time.monotonic() - started < 5
    assert not vectors.in_use
    monkeypatch.undo()
    assert_in_step(store, again := owner_of(store))
    again.close()


LITTLE_MEMORY = """
CREATE FUNCTION {schema}.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('search_path') LIKE '{schema}%%'
    AND current_setting('max_parallel_maintenance_workers') <> '0' THEN
        RAISE EXCEPTION 'could not resize shared memory segment' USING ERRCODE = '53100';
    END IF;
END $$
"""


def test_a_server_with_little_shared_memory(
    store: PostgresStore, postgres_with_vectors: KnownServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where several processes together cannot make a graph, one does."""
    monkeypatch.setattr(vectors_pgvector, "GRAPH_FROM", 50)
    schema = store.address.schema
    postgres_with_vectors.run(LITTLE_MEMORY.format(schema=schema).replace("%%", "%"))
    postgres_with_vectors.run(
        f"CREATE EVENT TRIGGER {schema} ON ddl_command_start WHEN TAG IN ('CREATE INDEX')"
        f" EXECUTE FUNCTION {schema}.refuse()"
    )
    put(store, "a", 60)
    assert_in_step(store, owner := owner_of(store))
    (table,) = tables(postgres_with_vectors, store)
    assert graphs(postgres_with_vectors, table) == 1
    owner.close()


def test_nobody_waits_behind_a_long_reader(
    store: PostgresStore, postgres_with_vectors: KnownServer, vectors_address: str
) -> None:
    """A table that a backup is reading stays for now; the new one is made and used meanwhile."""
    import psycopg

    put(store, "a", 60)
    owner = owner_of(store)
    (table,) = tables(postgres_with_vectors, store)
    with psycopg.connect(parsed(vectors_address).connect) as backup:
        backup.execute(f"SELECT * FROM {store.address.schema}.{table}".encode())
        owner.drop()
        started = time.monotonic()
        owner.prepare()
        assert time.monotonic() - started < 10
        assert_in_step(store, owner)
        assert len(tables(postgres_with_vectors, store)) == 2
    owner.drop()
    owner.prepare()
    assert len(tables(postgres_with_vectors, store)) == 1
    owner.close()


def test_a_server_without_pgvector(postgres: KnownServer, tmp_path: Path) -> None:
    """The search is exact, and one line says what is missing and what to do."""
    if postgres.run("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"):
        pytest.skip("this server has pgvector")
    store = open_store(postgres.address("without_pgvector"), tmp_path / "index")
    try:
        assert_exact_with_trouble(store, "is not available")
    finally:
        store.close()
        postgres.run("DROP SCHEMA without_pgvector CASCADE")


def assert_exact_with_trouble(store: PostgresStore, reason: str) -> None:
    put(store, "a", 60)
    for owner in (True, False):
        vectors = vectors_of(store, owner=owner)
        vectors.prepare()
        query = random_units(60)[3]
        assert vectors.search(query, 5) == ExactVectors(store).search(query, 5)
        assert not vectors.in_use
        assert "\n" not in vectors.trouble
        assert vectors.trouble.startswith("pgvector at 127.0.0.1:")
        assert "CREATE EXTENSION vector; the search is exact" in vectors.trouble
        assert not owner or reason in vectors.trouble
        vectors.close()


def test_a_user_who_may_not_make_the_extension(
    postgres_with_vectors: KnownServer, tmp_path: Path
) -> None:
    """Where the extension has to be made by somebody else, that is said; once made, it is used."""
    server = postgres_with_vectors
    server.run("CREATE DATABASE strict")
    server.run("CREATE ROLE humble LOGIN")
    try:
        in_strict = KnownServer(server.address(database="strict"))
        in_strict.run("GRANT CREATE ON DATABASE strict TO humble")
        address = in_strict.address("humble").replace("//askdocs@", "//humble@")
        store = open_store(address, tmp_path / "index")
        in_strict.run("REVOKE CREATE ON DATABASE strict FROM humble")
        assert_exact_with_trouble(store, "permission denied")
        in_strict.run("CREATE SCHEMA extensions")
        in_strict.run("GRANT USAGE ON SCHEMA extensions TO humble")
        in_strict.run("CREATE EXTENSION vector SCHEMA extensions")
        owner = owner_of(store)  # also where the administrator has put it
        assert_in_step(store, owner)
        assert recall(store, owner) == 1
        owner.close()
        store.close()
    finally:
        server.run("DROP DATABASE strict WITH (FORCE)")
        server.run("DROP ROLE humble")


def test_two_owners(
    store: PostgresStore,
    postgres_with_vectors: KnownServer,
    vectors_address: str,
    tmp_path: Path,
) -> None:
    """Two processes on two machines change the store: one table comes of it, which holds all."""
    config = Config(store=vectors_address, vectors="pgvector")
    for worst, in_use, trouble in own_in_two(config, tmp_path):
        assert worst >= 0.9
        assert in_use
        assert trouble == ""
    third = vectors_of(store, owner=False)
    third.search(random_units(1)[0], 1)
    assert_in_step(store, third)
    assert len(tables(postgres_with_vectors, store)) == 1
    third.close()


def test_while_another_writes(store: PostgresStore, vectors_address: str, tmp_path: Path) -> None:
    """Who finds another process writing leaves that alone, and finds all that there is."""
    put(store, "a", 100)
    owner_of(store).close()
    put(store, "b", 20, seed=1)
    other = open_store(vectors_address, tmp_path / "other")
    with other.alone(vectors_shared.WRITING) as held:
        assert held == ""
        waiting = vectors_of(store)
        waiting.prepare()
        assert waiting.trouble == ""
        assert waiting.numbers() == set(store.numbers_of("a"))
        assert recall(store, waiting) == 1
        waiting.drop()
        assert waiting.search(random_units(20, seed=1)[4], 1)[0][0] == store.numbers_of("b")[4]
    waiting.prepare()
    assert_in_step(store, waiting)
    waiting.close()
    other.close()


def test_what_the_settings_choose(store: PostgresStore, tmp_path: Path) -> None:
    """The kind that `index.vectors` names; what cannot be is one clear line."""
    root = tmp_path / "index"
    pgvector = Config(vectors="pgvector")
    owned = owned_vectors(store, root, pgvector)
    assert isinstance(owned, SharedVectors) and isinstance(owned.place, PgvectorTables)
    assert isinstance(read_vectors(store, pgvector), SharedVectors)
    for kind in ("auto", "exact"):
        assert isinstance(owned_vectors(store, root, Config(vectors=kind)), OwnedExact)
        assert isinstance(read_vectors(store, Config(vectors=kind)), ExactVectors)
    file = Store.open(tmp_path / "store.sqlite3", create_with=META)
    assert isinstance(owned_vectors(file, root, Config(vectors="exact")), OwnedExact)
    with pytest.raises(SettingsError, match=r"^index.vectors is pgvector, but .* a file; name"):
        owned_vectors(file, root, pgvector)
    both = Config(vectors="pgvector", chroma="http://127.0.0.1:1")
    with pytest.raises(SettingsError, match=r"^index.vectors is pgvector, but index.chroma"):
        read_vectors(store, both)
    file.close()
