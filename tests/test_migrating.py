"""An index that moves to another place: all of it arrives, or it is no index there yet."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askdocs import exporting, index_migrating, store_copying
from askdocs.access.accounts import Accounts
from askdocs.access.principal import Right
from askdocs.assistant import Assistant
from askdocs.cli import main
from askdocs.config import DEFAULT_MODEL, Config
from askdocs.errors import (
    AskdocsError,
    IndexDamaged,
    IndexInUse,
    IndexNotFound,
    IndexProblem,
    SettingsError,
    StoreUnreachable,
)
from askdocs.index import Index
from askdocs.index_migrating import migrate
from askdocs.locking import Lock
from askdocs.store import Meta, Store
from askdocs.store_digests import Digest, digest_of, digest_of_rows
from askdocs.store_marks import MIGRATED, MIGRATING
from askdocs.store_tables import CONVERSATIONS, KEPT, LOCAL, TABLES
from askdocs.types import Anchor, Answer, Citation, Document, Embedded, Filter, Passage
from askdocs.vectors import KIND
from askdocs.vectors_place import NOTES
from fakes import FakeEmbedder
from postgres_server import KnownServer, PostgresServer

EMBEDDER = FakeEmbedder(dimension=16)
META = Meta("fake", EMBEDDER.fingerprint, 16, folder="/somewhere/documents", mounts='["a"]')
WORKER = Path(__file__).with_name("migrating_worker.py")
GOLD = Path(__file__).parent.parent / "eval" / "gold" / "corpus.jsonl"
VERSION_3 = Path(__file__).with_name("store_version_3.sql")
DERIVED = re.compile(r"words|sqlite_|access_|askdocs_")
"""Tables that are made of others, or that are no tables of the store."""

ROUTES = [
    ("folder", "postgres"),
    ("postgres", "folder"),
    ("postgres", "postgres"),
    ("folder", "folder"),
]
BOTH_WAYS = ROUTES[:2]
Places = Callable[[str], str]


@pytest.fixture
def places(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Places]:
    """Gives places where there is no index yet."""
    made: list[str] = []

    def new(kind: str) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        if kind == "folder":
            return str(tmp_path / name)
        server: KnownServer = request.getfixturevalue("postgres")
        made.append(name)
        return server.address(name)

    yield new
    for name in made:
        request.getfixturevalue("postgres").run(f"DROP SCHEMA IF EXISTS {name} CASCADE")


def opened(where: str, **options: Any) -> Store:
    if "://" in where:
        return Store.open(where, folder=Path(), **options)
    Path(where).mkdir(exist_ok=True)
    return Store.open(Path(where) / "store.sqlite3", **options)


def accounts_of(where: str) -> Accounts:
    return Accounts(Path(), store=where) if "://" in where else Accounts(where)


def put(store: Store, document: Document, cuts: int = 1) -> None:
    """Put a document in, in passages of so many equal parts, each of them one sentence."""
    size = -(-len(document.text) // cuts) if document.text else 0
    passages = [
        Passage(document.id, start, end, document.text[start:end], "H\0", ((start, end),))
        for start in range(0, len(document.text), size or 1)
        for end in (min(start + size, len(document.text)),)
    ]
    embedded = EMBEDDER.encode_passages(passages)
    store.replace_document(document, passages, embedded, signature="1-1-200")


def a_document(name: str, text: str) -> Document:
    anchors = (Anchor(0, len(text), "heading", f"On {name}"),)
    return Document(name, text, f"Title of {name}", f"sha {name}", "2024-01-02", anchors)


def fill(where: str, documents: int = 6) -> None:
    """An index with all that there can be in one, and some of it odd."""
    with closing(opened(where, create_with=META)) as store:
        for number in range(documents):
            text = f"Rain fell on bridge {number}. The river rose {number} times." * (number + 1)
            put(store, a_document(f"d{number}.txt", text), cuts=number + 1)
        odd = "A\0B \ue000 \ue0000 Ａ ½ 東京 😀 \u202e\r\n\t 'quoted' \"\\N"
        put(store, Document("ö/\ue000.txt", odd, odd, "s", None, author=odd, remarks=(odd, "")))
        put(store, a_document("empty.txt", ""))
        nothing = np.zeros((0, 16), np.float32)
        table = Passage("table.csv", 0, 9, "| a | b |")
        vectors = [Embedded(EMBEDDER.encode_query("a b"), nothing)]
        store.replace_document(Document("table.csv", "| a | b |", "t", "s"), [table], vectors)
        store.remove_document("d1.txt")
        put(store, a_document("d0.txt", "Another version: snow."))
        store.remove("d2.txt")
        store.replace_skipped([("x.png", "type .png is not supported"), ("y", "is empty")])
        answer = Answer("Why?\0", "Rain [1]", citations=(Citation(1, "d0.txt", 0, 4, "Rain"),))
        for owner in ("", "ann", "bob"):
            for turns in range(3):
                talk = store.create_conversation(f"talk {turns} \0 😀", owner=owner)
                for _ in range(turns):
                    store.add_turn(talk, answer, within=Filter(folder="law"), owner=owner)
                if turns:
                    store.give_feedback(talk, turns - 1, "wrong", "it was\0snow", owner=owner)
        store.add_evaluation("gold.jsonl", {"outcomes": {"all": {"right": 1}}})
        store.add_evaluation("gold.jsonl", {"outcomes": {"all": {"right": 2}}})
        store.describe(read_at="2024-01-02", rate="12.5", seal="{}", codes="{}", pending="2 x")
        pending = [Passage("d3.txt", 0, 4, "Rain")]
        other = FakeEmbedder("other", 8)
        document = store.document("d3.txt")
        store.add_passages(document, pending, other.encode_passages(pending), 2)


def users(where: str) -> None:
    with closing(accounts_of(where)) as accounts:
        accounts.collections.add("law", ["law"])
        accounts.users.add("ann", "long password 17", Right.ASK, ["law"])
        accounts.users.add("bob", None, Right.MANAGE)
        accounts.users.change("bob", disabled=True)
        accounts.tokens.new("script", Right.READ)


def everything(where: str) -> dict[str, Any]:
    """What the index at a place holds, as its verbs give it."""
    with closing(opened(where)) as store, store.snapshot():
        numbers, matrix = store.vectors()
        sentences = store.sentence_vectors(numbers.tolist())
        documents = store.documents()
        owners = ("", "ann", "bob")
        talks = {owner: store.conversations(owner=owner) for owner in owners}
        evaluations = store.evaluations()
        return {
            "meta": store.meta,
            "notes": [store.note(key) for key in ("read_at", "rate")],
            "documents": documents,
            "texts": [store.document(one.id) for one in documents],
            "numbers": store.document_dates(),
            "passages": [store.passages(store.numbers_of(one.id)) for one in documents],
            "vectors": (numbers.tolist(), matrix.tobytes()),
            "sentences": [part.tobytes() for part in sentences],
            "words": [store.search_words([word], 9) for word in ("rain", "a", "京", "rose", "h")],
            "word count": store.word_count() == store.passage_count() > 0,
            "sound": store.words_are_sound(thorough=True),
            "skipped": store.skipped(),
            "removed": store.removed(),
            "conversations": talks,
            "turns": [store.kept_turns(t.id, owner=o) for o, all_ in talks.items() for t in all_],
            "feedback": store.feedback(),
            "evaluations": [(one, store.evaluation(one.number)) for one in evaluations],
        }


@pytest.mark.parametrize(("origin", "goal"), ROUTES)
def test_all_of_an_index_arrives(places: Places, origin: str, goal: str) -> None:
    """Every verb gives the same on both sides, with the same numbers; the source stays."""
    source, target = places(origin), places(goal)
    fill(source)
    users(source)
    before = everything(source)
    done = migrate(source, target)
    assert not done.differences
    assert done.documents == len(before["documents"]) == 7
    assert {one.table for one in done.tables} >= {one.name for one in TABLES} | {"words"}
    assert [one.table for one in done.tables if not one.source.rows] == ["access_sessions"]
    assert everything(target) == before == everything(source)
    with closing(accounts_of(target)) as accounts, closing(accounts_of(source)) as known:
        assert accounts.users.all() == known.users.all()
        found = accounts.users.with_password("ann", "long password 17")
        assert found == known.users.with_password("ann", "long password 17") is not None
    with closing(opened(target)) as store:
        assert not store.note("seal") + store.note("codes") + store.note("pending")


@pytest.mark.parametrize(("origin", "goal"), ROUTES)
def test_it_goes_on_in_the_target(places: Places, origin: str, goal: str) -> None:
    """New rows get numbers of their own there, and documents can be replaced and removed."""
    source, target = places(origin), places(goal)
    fill(source)
    migrate(source, target)
    found = []
    for where in (source, target):
        with closing(opened(where)) as store:
            put(store, a_document("new.txt", "Hail fell."))
            put(store, a_document("d3.txt", "Hail fell again."))
            store.remove_document("d4.txt")
            assert store.add_evaluation("gold.jsonl", {}) == 3
            store.create_conversation("more", owner="ann")
            assert store.words_are_sound(thorough=True)
            scores = [score for _, score in store.search_words(["hail"], 5)]
            found.append(([one.id for one in store.documents()], scores))
            numbers = store.numbers()
            assert len(set(numbers.tolist())) == len(numbers) == store.word_count()
    assert found[0] == found[1]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), titles=st.lists(TEXTS, min_size=3))
def test_any_text_comes_back(places: Places, texts: list[str], titles: list[str]) -> None:
    """Whatever characters are in names and texts, after a way there and back they are the same."""
    first, server, last = places("folder"), places("postgres"), places("folder")
    with closing(opened(first, create_with=META)) as store:
        for number, text in enumerate(texts):
            title = titles[number % len(titles)]
            put(store, Document(f"{number} {title}", text, title, text, None, author=title), cuts=2)
        talk = store.create_conversation(titles[0], owner=titles[1])
        store.add_turn(talk, Answer(titles[0], texts[0]), owner=titles[1])
        store.give_feedback(talk, 0, "right", titles[2], owner=titles[1])
        store.replace_skipped([(title, title) for title in titles])
    assert not migrate(first, server).differences
    assert not migrate(server, last).differences
    found = []
    for where in (first, last):
        with closing(opened(where)) as store:
            documents = [store.document(one.id) for one in store.documents()]
            talks = store.conversations(owner=titles[1])
            found.append((documents, store.skipped(), talks, store.feedback(), store.numbers()[:]))
    assert found[0][:4] == found[1][:4]
    assert found[0][4].tolist() == found[1][4].tolist()


@pytest.mark.parametrize(("origin", "goal"), BOTH_WAYS)
def test_killed_at_any_moment_it_goes_on(places: Places, origin: str, goal: str) -> None:
    """After each kill -9 the target is no index yet, or is complete; at last it is."""
    source, target = places(origin), places(goal)
    fill(source)
    for moment in (1, 2, 3, 9, 20, 31, 40):
        assert work(source, target, moment) == ""
        with pytest.raises((IndexNotFound, IndexProblem)) as told:
            opened_again(target)
        assert isinstance(told.value, IndexNotFound) or command(source) in str(told.value)
    with closing(index_migrating._opened(target, None)) as store:
        arrived = digest_of(store, TABLES[0]).rows
    assert arrived
    done = migrate(source, target)
    assert not done.differences
    assert done.documents == 7 - arrived
    assert everything(target) == everything(source)


def test_killed_at_the_very_end(places: Places) -> None:
    """It is complete in one step: before it nothing opens the target, after it all is there."""
    source = places("folder")
    fill(source, 4)
    steps = int(work(source, places("folder"), 0))
    states = []
    for moment in range(steps - 5, steps + 1):
        target = places("folder")
        assert work(source, target, moment) == ""
        try:
            states.append(everything(target) == everything(source))
        except IndexProblem as error:
            assert "being migrated" in str(error)
            states.append(False)
    assert states == sorted(states) and set(states) == {False, True}


def work(source: str, target: str, moment: int) -> str:
    """Migrate in a process of its own, which is killed at that moment."""
    here = str(WORKER.parent)
    environment = {**os.environ, "PYTHONPATH": f"{here}:{os.environ['PYTHONPATH']}"}
    line = [sys.executable, str(WORKER), source, target, str(moment)]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == (0 if done.stdout else -signal.SIGKILL), done.stderr
    return done.stdout.strip()


def command(source: str) -> str:
    return f"askdocs migrate {shlex.quote(source)}"


def opened_again(where: str) -> None:
    opened(where).close()


def test_a_server_that_dies_goes_on_later(
    places: Places, private_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the server of the target is killed it is one error; once it is back it goes on."""
    monkeypatch.setattr(store_copying, "_PASSAGES", 1)
    source, target = places("folder"), private_postgres.address("moved")
    fill(source)

    def progress(what: str, done: int, total: int) -> None:
        if (what, done) == ("documents", 3):
            private_postgres.kill()

    with pytest.raises(StoreUnreachable):
        migrate(source, target, progress)
    private_postgres.start()
    done = migrate(source, target)
    assert (done.documents, done.differences) == (4, "")
    assert everything(target) == everything(source)


class Ended(Exception):
    """Raised in the midst of a migration."""


def begin(source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrate some documents and no more."""

    def progress(what: str, done: int, total: int) -> None:
        if done == 3:
            raise Ended

    with monkeypatch.context() as patched:
        patched.setattr(store_copying, "_PASSAGES", 1)
        with pytest.raises(Ended):
            migrate(source, target, progress)


@pytest.mark.parametrize(("origin", "goal"), BOTH_WAYS)
def test_what_is_not_complete_is_no_index(
    places: Places,
    origin: str,
    goal: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Every command says that the index is being migrated, and how to go on with it."""
    source, target = places(origin), places(goal)
    fill(source)
    begin(source, target, monkeypatch)
    with pytest.raises(IndexProblem, match="being migrated"):
        opened_again(target)
    with pytest.raises(IndexProblem, match="being migrated"):
        migrate(target, places("folder"))  # nor can it be a source
    settings = ["--set", f"index.store={target}"] if goal == "postgres" else []
    folder = str(tmp_path / "local") if settings else target
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.txt").write_text("Rain.")
    for line in (["status"], ["ask", "Why?"], ["index", str(tmp_path / "documents")]):
        assert main([*line, "--index", folder, *settings]) == 1
        said = capsys.readouterr().err
        assert f"run again: {command(source)}" in said
    assert not migrate(source, target).differences
    assert main(["status", "--index", folder, *settings]) == 0


def test_what_has_changed_since_goes_along(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that goes on takes out of the target what the source holds no more."""
    source, target = places("folder"), places("postgres")
    fill(source)
    begin(source, target, monkeypatch)
    with closing(opened(source)) as store:
        put(store, a_document("d3.txt", "Quite another text."))
        store.remove_document("d4.txt")
        put(store, a_document("d9.txt", "A new one."))
        first = store.conversations()[0].id
        store.delete_conversation(first)
        store.rename_conversation(store.conversations()[0].id, "other")
        store.replace_skipped([])
    assert not migrate(source, target).differences
    assert everything(target) == everything(source)


def test_a_source_with_another_model_since(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the source was rebuilt since, nothing of the earlier generation is left in the target."""
    source, target = places("folder"), places("postgres")
    fill(source)
    begin(source, target, monkeypatch)
    other = FakeEmbedder("other", 8)
    with closing(opened(source)) as store:
        store.drop_generation(2)
        for info in store.documents()[::-1]:  # so that their passages come in another order
            document = store.document(info.id)
            passages = [Passage(document.id, 0, len(document.text), document.text)]
            store.add_passages(document, passages, other.encode_passages(passages), 2)
        store.switch_generation(2, "9", model="other", fingerprint=other.fingerprint, dimension=8)
    assert not migrate(source, target).differences
    assert everything(target) == everything(source)


@pytest.mark.parametrize("origin", ["folder", "postgres"])
def test_what_changes_meanwhile_goes_along(places: Places, origin: str) -> None:
    """A conversation that goes on while its index is copied arrives with its last turn."""
    source, target = places(origin), places("folder")
    fill(source)
    turns = []

    def progress(what: str, done: int, total: int) -> None:
        if what == "comparing" and done == 3 and not turns:
            with closing(opened(source)) as other:
                talk = other.conversations()[0].id
                other.add_turn(talk, Answer("And?", "The documents do not say.", refused=True))
                turns.append(talk)

    assert not migrate(source, target, progress).differences
    with closing(opened(target)) as store:
        assert store.turns(turns[0])[-1].question == "And?"
    assert everything(target) == everything(source)


def test_a_source_that_keeps_changing(places: Places) -> None:
    """What cannot be copied as it is, is not said to be complete."""
    source, target = places("folder"), places("folder")
    fill(source)

    def progress(what: str, done: int, total: int) -> None:
        if what == "comparing" and done == 3:
            with closing(opened(source)) as other:
                other.create_conversation("more")

    with pytest.raises(IndexInUse, match="keeps changing"):
        migrate(source, target, progress)
    with pytest.raises(IndexProblem, match="being migrated"):
        opened_again(target)
    assert not migrate(source, target).differences


@pytest.mark.parametrize("goal", ["folder", "postgres"])
def test_another_index_is_never_overwritten(
    places: Places, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target with an index of its own, or of another source, or with users, is left alone."""
    source, other, target = places("folder"), places("folder"), places(goal)
    fill(source)
    fill(other, 4)
    fill(target, 4)
    before = everything(target)
    with pytest.raises(IndexProblem, match="holds an index already"):
        migrate(source, target)
    assert everything(target) == before
    half = places(goal)
    begin(other, half, monkeypatch)
    with pytest.raises(IndexProblem, match=f"migrate {other}"):
        migrate(source, half)
    guarded = places(goal)
    if goal == "folder":
        Path(guarded).mkdir()
    users(guarded)
    with pytest.raises(IndexProblem, match="has users already"):
        migrate(source, guarded)
    with pytest.raises(IndexNotFound):
        opened_again(guarded)


@pytest.mark.parametrize("kind", ["folder", "postgres"])
def test_a_place_is_not_its_own_target(places: Places, kind: str, tmp_path: Path) -> None:
    """However the place is written."""
    source = places(kind)
    fill(source, 4)
    same = f"{source}&x=1" if kind == "postgres" else f"{source}/../{Path(source).name}"
    with pytest.raises(IndexProblem, match="the source itself"):
        migrate(source, same)


def test_addresses_are_checked(places: Places, tmp_path: Path) -> None:
    """A password on the command line, which all can see, is refused; a folder without an index."""
    with pytest.raises(SettingsError, match="PGPASSWORD"):
        migrate(str(tmp_path), "postgresql://me:secret@localhost/x")
    with pytest.raises(IndexNotFound):
        migrate(str(tmp_path), places("folder"))
    with pytest.raises(IndexNotFound):
        migrate(places("postgres"), str(tmp_path / "target"))
    assert not (tmp_path / "target").exists()


def test_in_use(places: Places) -> None:
    """No index is copied that is being brought up to date, and no two come to one target."""
    source, target, server = places("folder"), places("folder"), places("postgres")
    fill(source, 4)
    with Lock(Path(source)), pytest.raises(IndexInUse):
        migrate(source, target)
    migrate(source, server)
    with closing(opened(server)) as store, store.alone("refreshing"):
        with pytest.raises(IndexInUse, match="being written by"):
            migrate(server, target)
        with pytest.raises(IndexInUse, match="being written by"):
            migrate(source, server)


def test_again_it_is_compared(places: Places) -> None:
    """The same command on a complete target compares, and changes nothing."""
    source, target = places("folder"), places("postgres")
    fill(source)
    migrate(source, target)
    again = migrate(source, target)
    assert (again.documents, again.differences) == (0, "")
    with closing(opened(target)) as store:
        talk = store.create_conversation("used since", owner="ann")
    told = migrate(source, target).differences
    assert told.startswith("conversations (9 and 10 rows") and talk in told
    assert everything(target)["conversations"]["ann"][0].id == talk


TAMPERED = {
    "documents": "UPDATE documents SET text = text || ' ' WHERE id = 'd3.txt'",
    "passages": "UPDATE passages SET heading = 'x' WHERE start > 0 AND number < 20",
    "passage_vectors": "UPDATE passage_vectors SET checksum = 1 WHERE number = 12",
    "sentence_vectors": "DELETE FROM sentence_vectors WHERE number = 12",
    "turns": "UPDATE turns SET answer = '{}' WHERE position = 1",
    "skipped": "UPDATE skipped SET reason = 'Is empty' WHERE path = 'y'",
    "evaluations": "UPDATE evaluations SET gold = 'x' WHERE number = 2",
    "meta": "UPDATE meta SET value = 'x' WHERE key = 'folder'",
    "words": "DELETE FROM words WHERE number = 12",
}


@pytest.mark.parametrize("table", TAMPERED)
def test_a_row_that_differs_is_found(
    places: Places, table: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One changed row in the target, whatever table it is in, is an error that names it."""
    source, target = places("folder"), places("postgres")
    fill(source)

    def tampered(*values: Any) -> Any:
        with closing(index_migrating._opened(target, None)) as store, store._writing() as other:
            assert other.execute(TAMPERED[table]).rowcount
        return compare(*values)

    compare = index_migrating.compare
    monkeypatch.setattr(index_migrating, "compare", tampered)
    assert main(["migrate", source, target]) == 1
    said = capsys.readouterr()
    assert re.search(f"^{table} .*(they differ|rows)", said.out, re.MULTILINE)
    assert re.search(rf"differs from {source} in {table} \([\d,]+ ", said.err)
    assert said.err.count("\n") == 1
    with pytest.raises(IndexProblem, match="being migrated"):
        opened_again(target)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE documents SET text = text || ' ' WHERE id = 'd3.txt'",
        "UPDATE passages SET text = text || ' ' WHERE document = 4",
        "UPDATE passage_vectors SET vector = zeroblob(32) WHERE number = 12",
        "DELETE FROM sentence_vectors WHERE number = 12",
    ],
)
def test_a_damaged_source_is_not_copied(places: Places, damage: str) -> None:
    """What is not what was written is said to be so, and not passed on as if it were."""
    source, target = places("folder"), places("folder")
    fill(source)
    with closing(sqlite3.connect(Path(source) / "store.sqlite3")) as connection:
        assert connection.execute(damage).rowcount
        connection.commit()
    with pytest.raises(IndexDamaged, match=re.escape(source)):
        migrate(source, target)
    with pytest.raises(IndexProblem, match="being migrated"):
        opened_again(target)


def test_a_source_of_an_earlier_version(places: Places) -> None:
    """It is copied as it would be opened, and is itself not brought up to this version."""
    new, old, target = places("folder"), places("folder"), places("postgres")
    fill(new)
    Path(old).mkdir()
    file = Path(old) / "store.sqlite3"
    with closing(sqlite3.connect(file)) as connection:  # without words, which are made anew
        connection.executescript(VERSION_3.read_text(encoding="utf-8"))
        connection.execute("ATTACH ? AS new", (str(Path(new) / "store.sqlite3"),))
        for table in TABLES:
            known = {row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")}
            named = ", ".join(one for one in table.columns if one.strip('"') in known)
            connection.execute(
                f"INSERT INTO {table.name} ({named}) SELECT {named} FROM new.{table.name}"
            )
        connection.commit()
    bytes_before = file.read_bytes()
    assert not migrate(old, target).differences
    assert file.read_bytes() == bytes_before
    found, expected = everything(target), everything(new)
    talks = found.pop("conversations")[""]  # there were no owners in that version
    assert len(talks) == sum(map(len, expected.pop("conversations").values()))
    assert sorted(map(len, found.pop("turns"))) == sorted(map(len, expected.pop("turns")))
    assert found == expected


def test_a_source_that_cannot_be_written(places: Places) -> None:
    """Nothing is written beside the source, so that its folder may be for reading only."""
    source, target = places("folder"), places("folder")
    fill(source)
    names = sorted(file.name for file in Path(source).iterdir())
    content = (Path(source) / "store.sqlite3").read_bytes()
    assert not migrate(source, target).differences
    assert sorted(file.name for file in Path(source).iterdir()) in (names, [".lock", *names])
    assert (Path(source) / "store.sqlite3").read_bytes() == content


def test_every_table_and_every_entry_has_its_place(places: Places) -> None:
    """What is new in a store must be said to go along, or to be made anew, lest it is lost."""
    folder, server = places("folder"), places("postgres")
    for where in (folder, server):
        fill(where)
        users(where)
    with closing(opened(folder)) as store, store._reading() as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = {name for (name,) in tables if not DERIVED.match(name)}
        assert names == {table.name for table in TABLES}
        for table in TABLES:
            rows = connection.execute(f"PRAGMA table_info({table.name})").fetchall()
            assert {row[1] for row in rows} == {one.strip('"') for one in table.columns}
    with closing(opened(server)) as store, store._reading() as connection:
        rows = connection.execute(
            "SELECT table_name::text, column_name::text FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
        ).fetchall()
        found = {(table, column) for table, column in rows if not DERIVED.match(table)}
        known = {(table.name, one.strip('"')) for table in TABLES for one in table.columns}
        assert found == known
        entries = connection.execute("SELECT key FROM meta").fetchall()
        assert {key.partition("@")[0] for (key,) in entries} <= {*KEPT, *LOCAL}
    assert set(Meta.__slots__) <= set(KEPT) and not set(KEPT) & set(LOCAL)
    assert {KIND, MIGRATED, MIGRATING, *NOTES.values()} <= set(LOCAL)


def test_digests_are_of_what_is_in_the_rows() -> None:
    """In whatever order rows come, their digest is the same; any other value makes another."""
    rows: list[tuple[Any, ...]] = [(1, "a"), (2, "b"), (2, "b")]
    digest = digest_of_rows(rows)
    assert digest == digest_of_rows(rows[::-1])
    others = [
        *([(1, "a"), (2, "b")], [(1, "b"), (2, "a"), (2, "b")], [(1, "a"), (2, "b"), (3, "b")]),
        *([(1, "a"), (2, "b"), ("2", "b")], [(1, "a"), (2, "b"), (2, None)]),
    ]
    assert digest not in map(digest_of_rows, others)
    assert digest_of_rows([]) == Digest(0, "0" * 32)


def test_the_command(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a line for each table, or JSON with both digests; then how to use the target."""
    source, target = places("folder"), places("postgres")
    fill(source)
    assert main(["migrate", source, target]) == 0
    said = capsys.readouterr()
    assert re.search(r"^passages +\d+  [0-9a-f]{16}$", said.out, re.MULTILINE)
    assert f"index.store = {target}" in said.out and not said.err
    assert main(["migrate", source, target, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["same"], told["copied"]) == (True, 0)
    by_table = {one["table"]: one for one in told["tables"]}
    assert by_table["turns"]["rows"] == {"source": 9, "target": 9}
    assert len(by_table["turns"]["digest"]["source"]) == 32
    with closing(opened(source)) as store:
        assert (
            by_table["conversations"]["digest"]["target"] == digest_of(store, CONVERSATIONS).value
        )
    assert main(["migrate", source, source]) == 1
    assert "the source itself" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "TERM"])
def test_it_can_be_interrupted(places: Places, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end it in one line, and the same command goes on."""
    source, target = places("folder"), places("postgres")
    fill(source, 60)
    line = [sys.executable, "-m", "askdocs", "migrate", source, target]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with closing(index_migrating._opened(target, None)):
                break
        except AskdocsError:
            time.sleep(0.005)
    process.send_signal(number)
    said, told = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "")
    assert told == "askdocs: interrupted; what was copied is kept, and the same command goes on\n"
    assert main(["migrate", source, target]) == 0


@pytest.mark.parametrize("kind", ["folder", "postgres"])
def test_a_backup_is_the_whole_store(places: Places, tmp_path: Path, kind: str) -> None:
    """Brought back into a folder it is the index that it was; nothing is left beside it."""
    source, folder = places(kind), tmp_path / "restored"
    fill(source)
    folder.mkdir()
    with closing(opened(source)) as store:
        store.backup(folder / "store.sqlite3")
        with pytest.raises(AskdocsError, match="exists already"):
            store.backup(folder / "store.sqlite3")
        with pytest.raises(AskdocsError, match="not a folder"):
            store.backup(folder / "nowhere" / "x")
    assert [file.name for file in folder.iterdir()] == ["store.sqlite3"]
    assert everything(str(folder)) == everything(source)
    back = places(kind)
    assert not migrate(str(folder), back).differences
    assert everything(back) == everything(source)


def test_a_backup_that_fails_leaves_nothing(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file appears under its name only when it is complete."""
    source = places("postgres")
    fill(source)

    def fails(*_: object) -> None:
        assert [file.name for file in tmp_path.glob("copy*")] != ["copy"]
        raise KeyboardInterrupt

    with closing(opened(source)) as store:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(store_copying, "compare", fails)
            store.backup(tmp_path / "copy")
        assert not list(tmp_path.glob("copy*"))
        store.backup(tmp_path / "copy")


def test_a_backup_is_of_one_moment(places: Places, tmp_path: Path) -> None:
    """Documents that change while the backup is written are in it as they were, or not at all."""
    source = places("postgres")
    fill(source)
    done = threading.Event()

    def write() -> None:
        with closing(opened(source)) as other:
            for number in range(40):
                put(other, a_document(f"n{number:02}.txt", f"Hail {number}."))
                other.create_conversation(f"{number}")
        done.set()

    writer = threading.Thread(target=write)
    with closing(opened(source)) as store:
        before = store.revision
        writer.start()
        copies = 0
        while not done.is_set() or not copies:
            folder = tmp_path / f"copy{copies}"
            folder.mkdir()
            store.backup(folder / "store.sqlite3")
            copies += 1
            with closing(opened(str(folder))) as copy:
                names = [one.id for one in copy.documents() if one.id[0] == "n"]
                assert names == [f"n{number:02}.txt" for number in range(len(names))]
                assert copy.revision == before + len(names)
                assert len(copy.conversations()) - 3 in (len(names), len(names) - 1)
                assert copy.word_count() == copy.passage_count()
    writer.join()


def answered(folder: Path, store: str) -> list[str]:
    """Every question of the sample with its answer, as `ask --json` prints it, less the times."""
    questions = [json.loads(line)["question"] for line in GOLD.read_text().splitlines()[:20]]
    with Index.open(folder, config=Config(store=store), exact=True) as index:
        assistant, said = Assistant(index), []
        for question in questions:
            answer = assistant.ask(question).to_dict()
            answer.pop("timings")
            said.append(json.dumps(answer, indent=2))
    return said


def test_it_answers_as_its_source_does(
    places: Places, sample_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To each question the same answer, byte for byte; a folder gets the model when it is asked."""
    server, folder = places("postgres"), tmp_path / "copy"
    assert not migrate(str(sample_index), server).differences
    assert not migrate(server, str(folder)).differences
    exports = []

    def export(model: str, target: Path) -> None:
        exports.append(model)
        shutil.copytree(sample_index / "model", target)

    monkeypatch.setattr(exporting, "_export_apart", export)
    expected = answered(sample_index, "")
    assert len({json.loads(one)["text"] for one in expected}) > 10
    assert answered(tmp_path / "local", server) == expected
    assert answered(folder, "") == expected
    assert exports == [DEFAULT_MODEL] * 2
