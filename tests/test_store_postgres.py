"""What goes wrong with a PostgreSQL server is said at once, in one line, and nothing is half."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from askdocs.config_store import parsed
from askdocs.errors import (
    AskdocsError,
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    IndexProblem,
    StoreUnreachable,
)
from askdocs.store import Store
from askdocs.types import Answer, Document
from postgres_server import NoPostgres, PostgresServer
from stores import META, Place, put
from test_faults import mounted

SECONDS = 3.0
"""Within which an unreachable server must be told."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server whose tests may stop it, change its rights and fill it."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    try:
        made = PostgresServer(fsync=False, settings={"max_connections": "20"})
    except NoPostgres as error:
        pytest.skip(str(error))
    with made:
        yield made


@pytest.fixture
def remote(server: PostgresServer, tmp_path: Path) -> Place:
    """A place on that server for one test."""
    if not server.runs:  # a test that failed left it ended
        server.start()
    return Place(tmp_path, server.address(f"s_{uuid.uuid4().hex[:8]}"))


@pytest.fixture
def store(remote: Place) -> Iterator[Store]:
    with closing(remote.store(META)) as opened:
        put(opened, document("first"))
        yield opened


def document(name: str, sentences: int = 4) -> Document:
    text = " ".join(f"The bridge {name} was built in year {i}." for i in range(sentences))
    return Document(name, text, f"On {name}", f"sha {name} {sentences}")


@contextmanager
def told_at_once(address: str) -> Iterator[None]:
    """Whatever is done here fails within the time, in one line with server, reason and advice."""
    started = time.monotonic()
    with pytest.raises(StoreUnreachable) as raised:
        yield
    took, said = time.monotonic() - started, str(raised.value)
    assert took < SECONDS
    assert "\n" not in said
    assert f"PostgreSQL at {parsed(address).server} " in said
    assert "()" not in said and "no reason given" not in said
    assert said.endswith("run: askdocs status")


# -- a server that does not answer ----------------------------------------------------------------


@contextmanager
def refusing() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def another() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with closing(web.socket):
        yield f"127.0.0.1:{web.server_port}"
        web.shutdown()


@contextmanager
def unknown() -> Iterator[str]:
    yield "nowhere.invalid"


@pytest.mark.parametrize("kind", [refusing, silent, another, unknown], ids=lambda k: k.__name__)
def test_a_server_that_is_not_there(
    kind: Callable[[], AbstractContextManager[str]], tmp_path: Path
) -> None:
    """Refused, silent, another program, no such name: each is told in time, and nothing is made."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with kind() as host:
        place = Place(tmp_path / "index", f"postgresql://someone@{host}/docs?schema=s")
        with told_at_once(place.address):
            place.store(META)


def test_a_stopped_server_comes_back(server: PostgresServer, store: Store, remote: Place) -> None:
    """While it is down every call says so in time; when it is up the next call works."""
    passages = store.passages(store.numbers_of("first"))
    for end in (server.stop, lambda: server.stop(immediate=True), server.kill):
        end()
        for call in (
            store.documents,
            lambda: put(store, document("second")),
            lambda: store.create_conversation("talk"),
            lambda: store.search_words(["bridge"], 5),
            remote.store,
        ):
            with told_at_once(remote.address):
                call()
        server.start()
        assert [info.id for info in store.documents()] == ["first"]
        assert store.passages(store.numbers_of("first")) == passages
    put(store, document("second"))
    assert len(store.documents()) == 2


def test_a_server_that_goes_in_a_snapshot(
    server: PostgresServer, store: Store, remote: Place
) -> None:
    """Who is in the middle of reading is told, and is not given a state of later."""
    with store.snapshot():
        store.documents()
        server.restart(immediate=True)
        with told_at_once(remote.address):
            store.documents()
    assert [info.id for info in store.documents()] == ["first"]


def test_a_frozen_server(server: PostgresServer, store: Store, remote: Place) -> None:
    """A server that takes connections and does no more is told in time, too."""
    first = server.process
    os.kill(first, signal.SIGSTOP)
    try:
        with told_at_once(remote.address):
            remote.store()
    finally:
        os.kill(first, signal.SIGCONT)
    remote.store().close()


def test_too_many_connections(server: PostgresServer, store: Store, remote: Place) -> None:
    """A server that takes no more says why; when there is room again the next call works."""
    import psycopg

    with ExitStack() as others:
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            for _ in range(30):
                others.enter_context(psycopg.connect(server.known))
        assert [info.id for info in store.documents()] == ["first"]  # it keeps its connection
        with told_at_once(remote.address):
            remote.store()
    with closing(remote.store()) as again:
        assert [info.id for info in again.documents()] == ["first"]


# -- a connection that ends in the middle ---------------------------------------------------------


def end_others(server: PostgresServer) -> None:
    """End every connection that is in a transaction."""
    server.run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
    )


@pytest.mark.parametrize("step", ["_remove_document", "_add_passages", "_enter_words"])
def test_a_connection_that_ends_in_a_transaction(
    server: PostgresServer, store: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Nothing of the transaction is there, the earlier version is whole, and it can be repeated."""
    passages = store.passages(store.numbers_of("first"))
    before = (store.revision, store.document("first"), store.word_count())
    original = getattr(store, step)

    def ending(*arguments: Any, **named: Any) -> Any:
        done = original(*arguments, **named)
        end_others(server)
        return done

    monkeypatch.setattr(store, step, ending)
    with pytest.raises(StoreUnreachable, match="terminating connection due to administrator"):
        put(store, document("first", sentences=9))
    monkeypatch.undo()
    assert (store.revision, store.document("first"), store.word_count()) == before
    assert store.passages(store.numbers_of("first")) == passages
    put(store, document("first", sentences=9))
    assert store.passage_count() == store.word_count() == 9


def test_who_waits_for_a_writer_that_dies_goes_on(server: PostgresServer, store: Store) -> None:
    """The turn of a writer whose connection ends is the next one's at once."""
    waiting = threading.Thread(target=put, args=(store, document("second")))
    with pytest.raises(StoreUnreachable), store._changing():
        waiting.start()
        limit = time.monotonic() + 10
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while server.run(query) != [(1,)]:
            assert time.monotonic() < limit
            time.sleep(0.01)
        end_others(server)
    waiting.join(10)
    assert [info.id for info in store.documents()] == ["first", "second"]


# -- a schema that is not what it should be -------------------------------------------------------


def test_no_store(remote: Place) -> None:
    """Opening what is not there makes nothing, and says how to make one."""
    with pytest.raises(IndexNotFound, match="askdocs index"):
        remote.store()
    assert remote.tables() == []


@pytest.mark.parametrize(
    ("damage", "error", "said"),
    [
        ("UPDATE meta SET value = '99' WHERE key = 'tables'", IndexMismatch, "another askdocs"),
        ("UPDATE meta SET value = 'x' WHERE key = 'tables'", IndexDamaged, "description"),
        ("DELETE FROM meta WHERE key = 'tables'", IndexDamaged, "description"),
        ("DROP TABLE documents CASCADE", IndexDamaged, "documents"),
        ("DROP TABLE words", IndexDamaged, "words"),
        ("DROP TABLE turns CASCADE", IndexDamaged, "turns"),
        ("ALTER TABLE passages DROP COLUMN heading", IndexDamaged, "heading"),
        ("ALTER TABLE words DROP COLUMN titles", IndexDamaged, "titles"),
        ("ALTER TABLE meta RENAME COLUMN value TO other", IndexDamaged, "value"),
    ],
)
def test_a_damaged_schema_is_noticed(
    store: Store, remote: Place, damage: str, error: type[AskdocsError], said: str
) -> None:
    """It is told when it is opened or checked, in one line, and never filled as if it were new."""
    remote.run(damage)
    for made in (None, META):
        with pytest.raises(error, match=said) as raised, closing(remote.store(made)) as opened:
            opened.passages(opened.numbers_of("first"))
            opened.search_words(["bridge"], 5)
        assert "\n" not in str(raised.value)


def test_a_changed_letter_is_noticed(store: Store, remote: Place) -> None:
    """A text that is not what was written is never shown."""
    remote.run("UPDATE documents SET title = 'Of first'")
    with pytest.raises(IndexDamaged, match="document first"):
        store.document("first")
    remote.run("UPDATE passage_vectors SET vector = vector || '\\x00'")
    with pytest.raises(IndexDamaged, match="vector"):
        store.vectors()


def test_a_schema_that_is_dropped_meanwhile(store: Store, remote: Place) -> None:
    """What is gone is told to be gone: another store, in the public schema, is not taken for it."""
    at = parsed(remote.address)
    public = replace(remote, address=remote.address.replace(at.schema, "public"))
    with closing(public.store(META)) as other:
        put(other, document("other"))
        remote.run(f"DROP SCHEMA {at.schema} CASCADE")
        for call in (store.documents, lambda: put(store, document("first"))):
            with pytest.raises(IndexDamaged):
                call()
        assert [info.id for info in other.documents()] == ["other"]
    public.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def test_a_database_of_another_encoding(server: PostgresServer, tmp_path: Path) -> None:
    """Where not every text can be kept no store is made."""
    server.run(
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    )
    place = Place(tmp_path, server.address("s", database="latin"))
    with pytest.raises(IndexProblem, match=r"LATIN1.*createdb -E UTF8"):
        place.store(META)
    assert place.tables() == []


# -- rights and room ------------------------------------------------------------------------------


def as_user(place: Place, name: str) -> Place:
    return replace(place, address=place.address.replace("//askdocs@", f"//{name}@"))


def test_a_user_who_may_only_read(server: PostgresServer, store: Store, remote: Place) -> None:
    """Who may read reads; to change something is refused in one line."""
    schema = parsed(remote.address).schema
    server.run(
        f"CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA {schema} TO reader;"
        f" GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader"
    )
    with closing(as_user(remote, "reader").store()) as read:
        assert read.document("first") == store.document("first")
        assert read.search_words(["bridge"], 5) == store.search_words(["bridge"], 5)
        for change in (
            lambda: put(read, document("second")),
            lambda: read.create_conversation("talk"),
            lambda: read.describe(read_at="now"),
        ):
            with pytest.raises(IndexProblem, match="cannot be written") as raised:
                change()
            assert "\n" not in str(raised.value)
    assert [info.id for info in store.documents()] == ["first"]


def test_a_server_that_is_only_read(store: Store, remote: Place) -> None:
    """A standby server is read; to change something is refused in one line."""
    option = "options=-c%20default_transaction_read_only%3Don"
    standby = replace(remote, address=f"{remote.address}&{option}")
    with closing(standby.store()) as read:
        assert read.document("first") == store.document("first")
        with pytest.raises(IndexProblem, match="cannot be written"):
            put(read, document("second"))


def test_a_user_with_a_schema_of_their_own(server: PostgresServer, tmp_path: Path) -> None:
    """Who may not make schemas can use one that was made for them, and is told so without."""
    server.run("CREATE ROLE tenant LOGIN")
    place = as_user(Place(tmp_path, server.address("tenants")), "tenant")
    with pytest.raises(IndexProblem, match=r"cannot be written.*right to"):
        place.store(META)
    server.run("CREATE SCHEMA tenants AUTHORIZATION tenant")
    with closing(place.store(META)) as store:
        put(store, document("first"))
        store.checkpoint()
        assert [info.id for info in store.documents()] == ["first"]


def test_an_unknown_user(server: PostgresServer, tmp_path: Path) -> None:
    """Who is not let in is told why, in time."""
    place = as_user(Place(tmp_path, server.address("s")), "nobody")
    with told_at_once(place.address):
        place.store(META)
    missing = Place(tmp_path, server.address("s", database="nowhere"))
    with told_at_once(missing.address):
        missing.store(META)


def test_a_full_disk(server: PostgresServer, tmp_path: Path) -> None:
    """It is said in one line, what was in stays, and with space it goes on."""
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=3m,mode=777", "tmpfs") as disk:
        tmp_path.chmod(0o755)
        for folder in (tmp_path, *tmp_path.parents[:-2]):
            if folder.stat().st_mode & 0o005 != 0o005:
                folder.chmod(0o755)
        (disk / "tables").mkdir()
        os.chown(disk / "tables", server.data.stat().st_uid, server.data.stat().st_gid)
        (disk / "tables").chmod(0o700)
        server.run(f"CREATE TABLESPACE small LOCATION '{disk / 'tables'}'")
        address = f"{server.address('s_small')}&options=-c%20default_tablespace%3Dsmall"
        with closing(Place(tmp_path, address).store(META)) as store:
            put(store, document("first"))
            with pytest.raises(IndexProblem, match="disk is full") as raised:
                for number in range(50):
                    put(store, document(f"more {number:02}", sentences=200))
            assert "\n" not in str(raised.value)
            names = [info.id for info in store.documents()]
            assert names == ["first", *(f"more {n:02}" for n in range(len(names) - 1))]
            assert store.word_count() == store.passage_count() == 4 + 200 * (len(names) - 1)
            subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
            put(store, document("last", sentences=200))
            assert store.document("last") == document("last", sentences=200)
        server.run("DROP SCHEMA s_small CASCADE")
        server.run("DROP TABLESPACE small")


# -- what one process shall not do to another -----------------------------------------------------


def test_the_holder_of_a_lock_is_named(store: Store, remote: Place) -> None:
    """Who is refused is told which process has it, on which machine, and since when."""
    with closing(remote.store()) as other, store.alone("work") as nobody:
        assert nobody == ""
        with other.alone("work") as holder, other.alone("other work") as free:
            assert f"askdocs {os.getpid()}@{socket.gethostname()} since " in holder
            assert free == ""
    with closing(remote.store()) as other, other.alone("work") as nobody:
        assert nobody == ""


def test_evaluations_of_any_characters(store: Store) -> None:
    """A result with half a character or none in it is listed as any other."""
    outcomes = {"all": {"right": 1, "refused": 2, "wrong": 3}}
    for odd in ("\ud800", "\0", "\\u0000", "\\", '"\\\ud83d', "\U0001f98a"):
        result = {"outcomes": outcomes, "settings": {"language_model": "m"}, "question": odd}
        number = store.add_evaluation("gold", result)
        assert store.evaluation(number) == result
        assert (store.evaluations()[0].right, store.evaluations()[0].wrong) == (1, 3)


def test_texts_of_any_characters(store: Store) -> None:
    """Characters that PostgreSQL cannot keep as they are come back as they were."""
    for text in ("a\0b", "\ue000", "\ue0000\0\ue000e", "\0" * 3, "\U0001f98a"):
        odd = Document(f"d {text}", text, text, "sha")
        put(store, odd)
        assert store.document(odd.id) == odd
        talk = store.create_conversation(text, owner=text)
        store.add_turn(talk, Answer(text, text), owner=text)
        assert store.turns(talk, owner=text) == [Answer(text, text)]
        assert [one.title for one in store.conversations(owner=text)] == [text]
