"""Accounts: who is let in and what they see, changed at once; what is kept of a secret; tries."""

from __future__ import annotations

import io
import itertools
import json
import socket
import sqlite3
import stat
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from askdocs.access import passwords
from askdocs.access.accounts import Accounts
from askdocs.access.audit import Audit
from askdocs.access.database_sqlite import NAME
from askdocs.access.naming import EVERYBODY
from askdocs.access.principal import Principal, Right, acting_as
from askdocs.access.sessions import OF_ONE_USER
from askdocs.access.tokens import DAY, PREFIX
from askdocs.access.tries import PER_MINUTE, Throttle, TooManyTries, Tries
from askdocs.cli import main
from askdocs.config_server import ServerSettings
from askdocs.config_store import parsed
from askdocs.errors import (
    AskdocsError,
    IndexDamaged,
    IndexInUse,
    IndexProblem,
    NotAllowed,
    SignInNeeded,
    StoreUnreachable,
)
from askdocs.store import Meta, Store
from askdocs.web.service import Service
from fakes_web import SLOWLY, scene
from postgres_server import KnownServer, PostgresServer
from stores import Place

WORD = "correct horse battery"
TABLES = [
    f"access_{name}" for name in ("users", "tokens", "sessions", "collections", "grants", "tries")
]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(place: Place) -> str:
    """What `index.store` says: nothing, or the address of a schema that is not there yet."""
    return place.address


@pytest.fixture
def another(tmp_path: Path, store: str, clock: Clock) -> Iterator[Callable[[], Accounts]]:
    """Opens the accounts once more, as another process does."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(Accounts(tmp_path, store=store, clock=clock)))


@pytest.fixture
def accounts(another: Callable[[], Accounts]) -> Accounts:
    return another()


# -- users -------------------------------------------------------------------------------------


def test_a_user_comes_in_with_their_password_only(accounts: Accounts) -> None:
    """The right name with the right password, and nothing else."""
    accounts.users.add("ann", WORD, Right.MANAGE)
    assert accounts.users.with_password("ann", WORD) == Principal("ann", Right.MANAGE)
    for name, word in (
        ("ann", "wrong horse"),
        ("ann", ""),
        ("bob", WORD),
        ("", ""),
        ("ann\0", WORD),
    ):
        assert accounts.users.with_password(name, word) is None


def test_names_are_the_same_in_every_spelling(accounts: Accounts) -> None:
    """Case, width and composition do not make another name, and conversations stay together."""
    accounts.users.add("Zoë", WORD)
    for name in ("zoë", "ZOË", unicodedata.normalize("NFD", "zoë"), "Ｚoë", " zoë "):
        found = accounts.users.with_password(name, WORD)
        assert found is not None and found.name == "zoë"
    with pytest.raises(AskdocsError, match="already"):
        accounts.users.add(unicodedata.normalize("NFD", "ZOË"), WORD)


def test_a_password_is_the_same_from_every_keyboard_but_keeps_its_case(accounts: Accounts) -> None:
    """Composed or not, it is the same; case and spaces count."""
    accounts.users.add("ann", " Käse und Brot")
    decomposed = unicodedata.normalize("NFD", " Käse und Brot")
    assert accounts.users.with_password("ann", decomposed)
    for other in (" käse und Brot", "Käse und Brot", " Kase und Brot"):
        assert accounts.users.with_password("ann", other) is None


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a:b", "a/b", "a\nb", "a\u202eb", 65 * "a", "a,b"]
)
def test_a_name_that_cannot_be_one_is_refused(accounts: Accounts, name: str) -> None:
    """What HTTP Basic, a log or an eye would take for something else is no name."""
    with pytest.raises(AskdocsError, match="name of a user"):
        accounts.users.add(name, WORD)


@pytest.mark.parametrize("password", ["", "short", 9 * "a", "annabella", 1025 * "ab"])
def test_a_password_that_is_guessed_first_is_refused(accounts: Accounts, password: str) -> None:
    """Too short, too long, one letter, or the name itself."""
    with pytest.raises(AskdocsError, match="password"):
        accounts.users.add("Annabella", password)
    assert accounts.users.all() == []


def test_who_is_there_is_found_out_at_the_same_cost_as_who_is_not(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try computes one Argon2id hash of the same cost: also for unknown names, for those who
    are shut out or have no password, and for passwords that are too long.
    """
    accounts.users.add("ann", WORD)
    accounts.users.add("bob", WORD)
    accounts.users.add("cleo", None)
    accounts.users.change("bob", disabled=True)
    passwords._nobodys()
    costs: list[str] = []
    verify = passwords._hasher().verify

    class Counting:
        def verify(self, known: str, given: str) -> bool:
            costs.append(known.rsplit("$", 2)[0])
            return verify(known, given)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    tried = [
        ("ann", WORD),
        ("ann", "x"),
        ("nobody", WORD),
        ("bob", WORD),
        ("cleo", ""),
        ("ann", ""),
    ]
    for name, word in [*tried, ("ann", 5000 * "x")]:
        before = len(costs)
        accounts.users.with_password(name, word)
        assert len(costs) == before + 1, name
    assert len(set(costs)) == 1
    assert costs[0].startswith("$argon2id$") and "m=19456,t=2,p=1" in costs[0]


def test_what_changes_holds_at_once(accounts: Accounts) -> None:
    """A user who is shut out, let in, given another right or removed: the next look says so."""
    accounts.users.add("ann", WORD, Right.READ)
    session = accounts.sessions.begin("ann", 60)
    accounts.users.change("ANN", right=Right.MANAGE)
    found = accounts.sessions.user(session)
    assert found and found.right is Right.MANAGE
    accounts.users.change("ann", disabled=True)
    assert accounts.users.with_password("ann", WORD) is None
    assert accounts.sessions.user(session) is None
    accounts.users.change("ann", disabled=False)
    assert accounts.users.with_password("ann", WORD)
    assert accounts.sessions.user(session) is None  # it has ended, and stays so
    accounts.users.remove("ann")
    assert accounts.users.with_password("ann", WORD) is None


def test_another_password_ends_all_sessions(accounts: Accounts) -> None:
    """Whoever has stolen a session has lost it then; other users keep theirs."""
    accounts.users.add("ann", WORD)
    accounts.users.add("bob", WORD)
    hers, his = accounts.sessions.begin("ann", 60), accounts.sessions.begin("bob", 60)
    accounts.users.set_password("Ann", "another horse")
    assert accounts.sessions.user(hers) is None
    assert accounts.sessions.user(his) == Principal("bob", Right.ASK)
    assert accounts.users.with_password("ann", WORD) is None
    assert accounts.users.with_password("ann", "another horse")


def test_a_session_ends(accounts: Accounts, clock: Clock) -> None:
    """By its time, by signing out, and the oldest when there are too many."""
    accounts.users.add("ann", WORD)
    first, second = accounts.sessions.begin("ann", 60), accounts.sessions.begin("ann", 120)
    assert first != second and len(first) >= 43  # 256 bits
    clock.now += 61
    assert accounts.sessions.user(first) is None and accounts.sessions.user(second)
    accounts.sessions.end(second)
    accounts.sessions.end(second)
    assert accounts.sessions.user(second) is None
    begun = [accounts.sessions.begin("ann", 60 + number) for number in range(OF_ONE_USER + 1)]
    assert [bool(accounts.sessions.user(one)) for one in begun] == [False] + OF_ONE_USER * [True]


def test_whom_a_proxy_names(accounts: Accounts) -> None:
    """A user without a password, or anybody once everybody is let in; never who is shut out."""
    accounts.users.add("ann", None, Right.MANAGE)
    accounts.users.add("bob", None)
    accounts.users.change("bob", disabled=True)
    assert accounts.users.named("ANN") == Principal("ann", Right.MANAGE)
    assert accounts.users.with_password("ann", "") is None
    assert accounts.users.named("cleo") is None
    accounts.users.add(EVERYBODY, None, Right.READ)
    assert accounts.users.named("Cleo") == Principal("cleo", Right.READ)
    assert accounts.users.named("bob") is None
    for name in ("", EVERYBODY):
        assert accounts.users.named(name) is None
    assert accounts.users.with_password(EVERYBODY, "") is None


# -- collections -------------------------------------------------------------------------------


def test_collections_say_what_is_seen(accounts: Accounts) -> None:
    """The folders of what was granted, as they are at the moment; nothing stands for all of it."""
    accounts.collections.add("law", ["./contracts/law/", "statutes"])
    accounts.collections.add("notes", ["notes"])
    accounts.users.add("ann", WORD, Right.ASK, ["LAW"])
    token = accounts.tokens.new("ci", Right.READ, ["law", "notes"])

    def folders() -> list[tuple[str, ...] | None]:
        found = (accounts.users.named("ann"), accounts.tokens.holder(token))
        return [one.folders for one in found if one]

    assert folders() == [("contracts/law", "statutes"), ("contracts/law", "notes", "statutes")]
    accounts.collections.remove("law", ["statutes"])
    assert folders() == [("contracts/law",), ("contracts/law", "notes")]
    accounts.collections.remove("law")
    assert folders() == [(), ("notes",)]
    accounts.collections.add("law", ["secret"])  # another one, which nobody was granted
    assert folders() == [(), ("notes",)]
    accounts.users.grant("ann", None)
    assert folders() == [None, ("notes",)]


def test_a_grant_of_what_is_not_there_changes_nothing(accounts: Accounts) -> None:
    """A misspelt collection is told; the user is not added, and keeps what they had."""
    accounts.collections.add("law", ["law"])
    with pytest.raises(AskdocsError, match="collections add"):
        accounts.users.add("ann", WORD, Right.ASK, ["lwa"])
    assert accounts.users.all() == []
    accounts.users.add("ann", WORD, Right.ASK, ["law"])
    with pytest.raises(AskdocsError, match="lwa"):
        accounts.users.grant("ann", ["law", "lwa"])
    assert accounts.users.all()[0].collections == ("law",)


@pytest.mark.parametrize("folder", ["/etc", "../x", "a/../../x", "", ".", "a\0b"])
def test_a_folder_elsewhere_is_refused(accounts: Accounts, folder: str) -> None:
    """A collection holds folders within the documents folder."""
    with pytest.raises(AskdocsError, match="folder"):
        accounts.collections.add("law", [folder])


# -- tokens ------------------------------------------------------------------------------------


def test_a_token_lets_in_until_it_ends(accounts: Accounts, clock: Clock) -> None:
    """By its right; revoked or after its days it does not, at once."""
    token = accounts.tokens.new("ci", Right.READ, days=2)
    other = accounts.tokens.new("app")
    assert token.startswith(PREFIX) and len(token) >= len(PREFIX) + 43
    assert accounts.tokens.holder(token) == Principal("token:ci", Right.READ)
    for wrong in ("", PREFIX, token[:-1], token + "x", token.upper(), "\ud800"):
        assert accounts.tokens.holder(wrong) is None
    clock.now += 2 * DAY
    assert accounts.tokens.holder(token) is None
    assert accounts.tokens.holder(other)
    accounts.tokens.revoke("app")
    assert accounts.tokens.holder(other) is None
    again = accounts.tokens.new("app", Right.READ)
    assert accounts.tokens.holder(other) is None and accounts.tokens.holder(again)
    with pytest.raises(AskdocsError, match="revoke app"):
        accounts.tokens.new("APP")


def test_the_day_of_a_token_s_use_is_noted(accounts: Accounts, clock: Clock) -> None:
    """The list says when a token was used last, by the day."""
    token = accounts.tokens.new("ci")
    assert accounts.tokens.all()[0].used == ""
    accounts.tokens.note_use(token)
    assert accounts.tokens.all()[0].used == "2027-01-15"
    clock.now += DAY
    accounts.tokens.note_use(token)
    assert accounts.tokens.all()[0].used == "2027-01-16"


def secrets_of(accounts: Accounts) -> list[bytes]:
    """What a password, a token and a session of new accounts are, as somebody would find them."""
    accounts.users.add("ann", WORD)
    secrets = [WORD, accounts.tokens.new("ci"), accounts.sessions.begin("ann", 60)]
    assert accounts.guarded
    return [secret.removeprefix(PREFIX).encode() for secret in secrets]


def test_no_secret_is_in_the_files(tmp_path: Path) -> None:
    """Neither a password nor a token nor a session can be read from what is kept; only the owner of
    the files reads them at all.
    """
    accounts = Accounts(tmp_path)
    secrets = secrets_of(accounts)
    files = sorted(tmp_path.iterdir())
    assert files[0].name == NAME
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        kept = file.read_bytes()
        assert not any(secret in kept for secret in secrets)
    accounts.close()


def test_no_secret_is_on_the_server(
    tmp_path: Path, postgres: KnownServer, postgres_address: str
) -> None:
    """No table has one, not even of what somebody typed as a name, nor does an error show it."""
    with closing(Accounts(tmp_path, store=postgres_address)) as accounts:
        secrets = secrets_of(accounts)
        assert failing(accounts.tries, WORD, "10.0.0.1")
        schema = parsed(postgres_address).schema
        for name in TABLES:
            ((kept,),) = postgres.run(f"SELECT string_agg(t::text, ' ') FROM {schema}.{name} AS t")
            assert kept or name in ("access_collections", "access_grants")
            assert not any(secret.decode() in (kept or "") for secret in secrets)


# -- where they are kept -----------------------------------------------------------------------


def test_another_process_is_seen_at_once(another: Callable[[], Accounts]) -> None:
    """What one writes, the other reads: before there is anything, and from then on."""
    here, there = another(), another()
    assert not here.guarded and here.users.all() == []
    there.users.add("ann", WORD)
    assert here.guarded and here.users.with_password("ann", WORD)
    session, token = here.sessions.begin("ann", 60), there.tokens.new("ci")
    assert there.sessions.user(session) == Principal("ann", Right.ASK)
    assert here.tokens.holder(token) == Principal("token:ci", Right.ASK)
    there.collections.add("law", ["law"])
    there.users.grant("ann", ["law"])
    assert here.sessions.user(session) == Principal("ann", Right.ASK, ("law",))
    here.tokens.revoke("ci")
    assert there.tokens.holder(token) is None
    there.sessions.end(session)
    assert here.sessions.user(session) is None


def test_a_new_file_is_seen_at_once(tmp_path: Path) -> None:
    """To read makes no file; and when the file is another one, that is read."""
    here, there = Accounts(tmp_path), Accounts(tmp_path)
    assert here.users.all() == []
    assert list(tmp_path.iterdir()) == []
    there.users.add("ann", WORD)
    assert here.guarded
    there.close()
    (tmp_path / NAME).unlink()
    Accounts(tmp_path).users.add("bob", WORD)
    assert [one.name for one in here.users.all()] == ["bob"]


def test_to_read_makes_no_schema(
    tmp_path: Path, postgres: KnownServer, postgres_address: str
) -> None:
    """Accounts without anybody leave a server as it was."""
    with closing(Accounts(tmp_path, store=postgres_address)) as accounts:
        assert not accounts.guarded and accounts.users.all() == accounts.tokens.all() == []
        assert accounts.users.with_password("ann", WORD) is None
    schema = parsed(postgres_address).schema
    assert postgres.run(f"SELECT to_regnamespace('{schema}') IS NULL") == [(True,)]


def test_a_guarded_server_stays_guarded(tmp_path: Path) -> None:
    """When the file is deleted or emptied under a server, it does not open itself to everybody."""
    accounts = Accounts(tmp_path)
    token = accounts.tokens.new("ci")
    assert accounts.guarded
    for file in tmp_path.iterdir():
        file.unlink()
    assert accounts.guarded and accounts.tokens.holder(token) is None


def test_a_guarded_server_without_its_schema_lets_nobody_in(
    tmp_path: Path, postgres: KnownServer, postgres_address: str
) -> None:
    """It is told in one line, and goes on when the accounts are there again."""
    with closing(Accounts(tmp_path, store=postgres_address)) as accounts:
        token = accounts.tokens.new("ci")
        assert accounts.guarded
        postgres.run(f"DROP SCHEMA {parsed(postgres_address).schema} CASCADE")
        assert accounts.guarded
        with pytest.raises(IndexDamaged, match="lost a table") as raised:
            accounts.tokens.holder(token)
        assert "\n" not in str(raised.value)
        with closing(Accounts(tmp_path, store=postgres_address)) as anew:
            token = anew.tokens.new("another")
        assert accounts.tokens.holder(token)


def test_many_write_at_once(another: Callable[[], Accounts], tmp_path: Path, store: str) -> None:
    """Processes that make the accounts at the same time make them once, and all users are in."""
    names = [f"user{number}" for number in range(8)]
    opened = [another() for _ in names]
    threads = [
        threading.Thread(target=lambda one=one, name=name: one.users.add(name, None))
        for one, name in zip(opened, names, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.name for one in another().users.all()] == names
    known = set() if store else {NAME, f"{NAME}-wal", f"{NAME}-shm"}
    assert {file.name for file in tmp_path.iterdir()} <= known


def test_accounts_and_documents_are_made_at_once(tmp_path: Path, postgres_address: str) -> None:
    """A schema has both, whoever comes first; neither stands in the other's way."""
    failed: list[BaseException] = []

    def caught(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    made = Meta("fake", "fake", 8)
    works = [
        lambda: Store.open(postgres_address, folder=tmp_path, create_with=made).close(),
        lambda: Accounts(tmp_path, store=postgres_address).users.add("ann", None),
    ]
    threads = [threading.Thread(target=caught, args=(work,)) for work in 2 * works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(error) for error in failed if "already" not in str(error)] == []
    with closing(Store.open(postgres_address, folder=tmp_path)) as store:
        assert store.meta.model == "fake"
    with closing(Accounts(tmp_path, store=postgres_address)) as accounts:
        assert [one.name for one in accounts.users.all()] == ["ann"]


def test_a_store_does_not_open_what_its_folder_closes(
    tmp_path: Path, postgres_address: str
) -> None:
    """Who gives a server a store, and leaves its users in the file, is told; nobody is let in."""
    Accounts(tmp_path).users.add("ann", WORD)
    with closing(Accounts(tmp_path, store=postgres_address)) as accounts:
        with pytest.raises(IndexProblem, match=r"access\.sqlite3 says who .* users add NAME"):
            accounts.guarded  # noqa: B018  # it is the look that raises
        accounts.users.add("bob", WORD)
        assert accounts.guarded


def _garbage(file: Path) -> None:
    file.write_bytes(b"garbage " * 100)


def _torn(file: Path) -> None:
    kept = bytearray(file.read_bytes())
    kept[4096:8192] = bytes(4096)
    file.write_bytes(kept)


def _another(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE users (name)")


def _lacking(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE tokens")


@pytest.mark.parametrize("damage", [_garbage, _torn, _another, _lacking])
def test_a_damaged_file_lets_nobody_in(damage: Callable[[Path], None], tmp_path: Path) -> None:
    """It is told in one line; it never counts as one without users."""
    made = Accounts(tmp_path)
    made.users.add("ann", WORD)
    made.close()
    damage(tmp_path / NAME)
    with pytest.raises(IndexDamaged, match="damaged") as raised:
        Accounts(tmp_path).guarded  # noqa: B018  # it is the look that raises
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("table", ["users", "tokens", "sessions", "grants", "version"])
def test_accounts_that_lack_a_table_let_nobody_in(
    table: str, tmp_path: Path, postgres: KnownServer, postgres_address: str
) -> None:
    """It never counts as a server without users; nor do accounts of another version."""
    with closing(Accounts(tmp_path, store=postgres_address)) as made:
        made.users.add("ann", WORD)
    schema = parsed(postgres_address).schema
    postgres.run(f"UPDATE {schema}.access_version SET version = 2")
    with closing(Accounts(tmp_path, store=postgres_address)) as accounts:
        with pytest.raises(IndexProblem, match="newer askdocs"):
            accounts.guarded  # noqa: B018  # it is the look that raises
        postgres.run(f"UPDATE {schema}.access_version SET version = 1")
        postgres.run(f"DROP TABLE {schema}.access_{table}")
        with pytest.raises(IndexDamaged, match="nobody is let in") as raised:
            accounts.guarded  # noqa: B018
    assert "\n" not in str(raised.value)


def test_a_server_that_is_stopped_lets_nobody_in(
    private_postgres: PostgresServer, tmp_path: Path
) -> None:
    """It is told within three seconds, by the server's name; when it is back, all is as before."""
    address = private_postgres.address("docs")
    with closing(Accounts(tmp_path, store=address)) as accounts:
        accounts.users.add("ann", WORD)
        token, session = accounts.tokens.new("ci"), accounts.sessions.begin("ann", 60)
        looks = [
            lambda: accounts.tokens.holder(token),
            lambda: accounts.sessions.user(session),
            lambda: accounts.users.with_password("ann", WORD),
            lambda: accounts.users.named("ann"),
            lambda: accounts.sessions.begin("ann", 60),
            lambda: failing(accounts.tries, "ann", "10.0.0.1"),
        ]
        for stop in (private_postgres.stop, private_postgres.kill):
            stop()
            for look in looks:
                began = time.monotonic()
                with pytest.raises(StoreUnreachable, match=f"127.0.0.1:{private_postgres.port}"):
                    look()
                assert time.monotonic() - began < 3
            with (
                closing(Accounts(tmp_path, store=address)) as anew,
                pytest.raises(StoreUnreachable),
            ):
                anew.guarded  # noqa: B018  # what cannot be known is not taken for an open server
            private_postgres.start()
            assert all(look() for look in looks)


def test_a_process_that_hangs_does_not_hold_the_others(
    tmp_path: Path, postgres_address: str
) -> None:
    """While one stands still in the middle of a change, others read, and are told when they write;
    the change is there whole or not at all.
    """
    with (
        closing(Accounts(tmp_path, store=postgres_address)) as hanging,
        closing(Accounts(tmp_path, store=postgres_address)) as other,
    ):
        hanging.users.add("ann", WORD)
        with hanging._database.writing() as connection:
            connection.execute("DELETE FROM access_users")
            began = time.monotonic()
            with pytest.raises(IndexInUse, match="try again"):
                other.sessions.begin("ann", 60)
            assert time.monotonic() - began < 3
            assert [one.name for one in other.users.all()] == ["ann"]
        assert other.users.all() == []


def test_a_server_that_is_silent_is_not_waited_for_twice(tmp_path: Path) -> None:
    """An address that takes connections and says nothing: an error within three seconds, and for
    the second after that at once.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = f"postgresql://nobody@127.0.0.1:{port}/docs"
        with closing(Accounts(tmp_path, store=store)) as accounts:
            for longest in (3.0, 0.1):
                began = time.monotonic()
                with pytest.raises(StoreUnreachable, match=f"127.0.0.1:{port}"):
                    accounts.guarded  # noqa: B018  # it is the look that raises
                assert time.monotonic() - began < longest


# -- tries -------------------------------------------------------------------------------------


def failing(tries: Throttle, name: str, address: str) -> bool:
    """Whether a wrong password may be tried."""
    try:
        with tries.one(name, address):
            raise SignInNeeded("wrong")
    except TooManyTries as error:
        assert 0 < error.retry_after <= 60
        return False
    except SignInNeeded:
        return True


class Counted:
    """Tries, at two processes where they share what is counted, and a way to let time pass."""

    def __init__(self, each: Iterator[Throttle], wait: Callable[[], object]) -> None:
        self._each = each
        self.wait = wait

    def __call__(self) -> Throttle:
        """Whichever process is asked next."""
        return next(self._each)


@pytest.fixture(params=["here", "shared"])
def tries(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counted]:
    if request.param == "here":
        clock = Clock()
        yield Counted(itertools.repeat(Tries(clock)), lambda: setattr(clock, "now", clock.now + 61))
        return
    address = request.getfixturevalue("postgres_address")
    server: KnownServer = request.getfixturevalue("postgres")
    table = f"{parsed(address).schema}.access_tries"
    earlier = f"UPDATE {table} SET moments = ARRAY(SELECT one - 61 FROM unnest(moments) AS one)"
    with (
        closing(Accounts(tmp_path, store=address)) as here,
        closing(Accounts(tmp_path, store=address)) as there,
    ):
        yield Counted(itertools.cycle([here.tries, there.tries]), lambda: server.run(earlier))


def test_a_name_is_tried_ten_times_a_minute(tries: Counted) -> None:
    """From wherever the tries come; a minute later there are others."""
    done = [failing(tries(), "ann", f"10.0.0.{number}") for number in range(PER_MINUTE + 2)]
    assert done == PER_MINUTE * [True] + 2 * [False]
    assert failing(tries(), "bob", "10.0.0.1")
    tries.wait()
    assert failing(tries(), "ann", "10.0.0.1")


def test_an_address_tries_ten_times_a_minute(tries: Counted) -> None:
    """Whatever the names; an account of one's own buys no more tries at those of others."""
    for number in range(PER_MINUTE):
        assert failing(tries(), f"user{number}", "10.0.0.1")
        if number < PER_MINUTE - 1:
            with tries().one("mallory", "10.0.0.1"):
                pass
    assert not failing(tries(), "another", "10.0.0.1")
    assert failing(tries(), "another", "10.0.0.2")


def test_a_success_clears_the_name(tries: Counted) -> None:
    """Whoever remembers the password in the end begins anew."""
    for number in range(PER_MINUTE - 1):
        failing(tries(), "ann", f"10.0.0.{number}")
    with tries().one("ann", "10.0.1.1"):
        pass
    assert all(failing(tries(), "ann", f"10.0.2.{number}") for number in range(PER_MINUTE))


def test_tries_at_the_same_time_count(tries: Counted) -> None:
    """A hundred tries that are under way at once are no way round."""
    begun, go = [], threading.Event()

    def one() -> None:
        try:
            with tries().one("ann", "10.0.0.1"):
                begun.append(1)
                go.wait(5)
                raise SignInNeeded("wrong")
        except (SignInNeeded, TooManyTries):
            pass

    threads = [threading.Thread(target=one) for _ in range(100)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert len(begun) == PER_MINUTE


def test_those_who_know_the_password_do_not_hinder_each_other(tries: Counted) -> None:
    """Eight at once with one name, from two addresses, time and again, beside one who guesses."""
    failed: list[BaseException] = []
    throttles = [tries() for _ in range(9)]

    def sign_in(number: int, throttle: Throttle) -> None:
        try:
            for turn in range(12):
                if number < 8:
                    with throttle.one("ann", f"10.0.0.{number % 2}"):
                        pass
                elif turn < 3:
                    failing(throttle, "bob", "10.0.0.1")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=sign_in, args=numbered) for numbered in enumerate(throttles)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_tries_take_little_room(clock: Clock) -> None:
    """A million made-up names do not fill the memory."""
    tries = Tries(clock)
    for number in range(50_000):
        failing(tries, f"user{number}", f"address{number}")
    assert len(tries._tries) <= 20_000


def test_a_try_that_finds_nothing_out_does_not_count(tries: Counted) -> None:
    """When the accounts cannot be read, no password was looked at."""
    for _ in range(2 * PER_MINUTE):
        with pytest.raises(IndexDamaged), tries().one("ann", "10.0.0.1"):
            raise IndexDamaged("gone")
    assert failing(tries(), "ann", "10.0.0.1")


def test_old_tries_are_deleted(
    tmp_path: Path, postgres: KnownServer, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made-up names do not fill the disk of the server: what is older than a minute goes."""
    table = f"{parsed(postgres_address).schema}.access_tries"
    with closing(Accounts(tmp_path, store=postgres_address)) as accounts:
        for number in range(5):
            assert failing(accounts.tries, f"user{number}", f"10.0.0.{number}")
        postgres.run(f"UPDATE {table} SET moments = ARRAY[moments[1] - 61]")
        monkeypatch.setattr(accounts.tries, "_forgotten", time.monotonic() - 61)
        assert failing(accounts.tries, "ann", "10.0.1.1")
    assert postgres.run(f"SELECT count(*) FROM {table}") == [(2,)]


# -- the audit log -----------------------------------------------------------------------------


def test_the_audit_log_has_a_line_for_each_question(tmp_path: Path) -> None:
    """Who asked what, and what the answer cites; no question steers a terminal or forges a line."""
    file = tmp_path / "audit.jsonl"
    audit, ann = Audit(file), Principal("ann", Right.ASK)
    hostile = 'x\n{"principal": "bob"}\r\u2028\x1b[2J\x9b\u202e\ud800'
    audit.note(ann, "ask", hostile, ["a.md", "b.md", "a.md"])
    audit.note(ann, "retrieve", "Why?")
    lines = file.read_bytes().split(b"\n")
    assert lines.pop() == b"" and len(lines) == 2
    assert all(32 <= byte < 127 for line in lines for byte in line)
    noted = [json.loads(line) for line in lines]
    assert noted[0]["question"] == hostile and noted[0]["documents"] == ["a.md", "b.md"]
    assert [one["principal"] for one in noted] == ["ann", "ann"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_audit_log_that_cannot_be_written_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once in the log, without the question; without a file nothing is noted."""
    audit = Audit(tmp_path / "missing" / "audit.jsonl")
    for _ in range(3):
        audit.note(Principal("ann", Right.ASK), "ask", "a secret question")
    assert len(caplog.records) == 1 and "secret question" not in caplog.text
    Audit().note(Principal("ann", Right.ASK), "ask", "Why?")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    Audit(link).note(Principal("ann", Right.ASK), "ask", "Why?")
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_asked_of_a_server_is_noted(tmp_path: Path) -> None:
    """Each question with who asked it and what the answer cites, also when the answer is remembered
    and when it is given up in the middle; each search with the documents that it found.
    """
    file = tmp_path / "audit.jsonl"
    index, assistant = scene()
    service = Service(index, assistant, ServerSettings(audit_log=str(file)))
    question = "How many people were detained?"
    with acting_as(Principal("ann", Right.ASK)):
        service.ask(question)
        service.ask(question)
        service.retrieve("detained", k=1)
    with acting_as(Principal("bob", Right.ASK, ("reports",))):
        begun = service.stream(SLOWLY)
        next(begun)
        begun.close()
    with acting_as(Principal("cleo", Right.READ)), pytest.raises(NotAllowed):
        service.ask(question)
    noted = [json.loads(line) for line in file.read_text().splitlines()]
    cited = ["reports/unrest.txt"]
    assert [(one["principal"], one["action"], one["question"]) for one in noted] == [
        ("ann", "ask", question),
        ("ann", "ask", question),
        ("ann", "retrieve", "detained"),
        ("bob", "ask", SLOWLY),
    ]
    assert [one["documents"] for one in noted] == 4 * [cited]


# -- the command -------------------------------------------------------------------------------


@pytest.fixture
def run(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `askdocs access` with what is typed, over an index folder or a store."""
    where = ["--index", str(tmp_path / "none" if store else tmp_path)]
    if store:
        monkeypatch.setenv("ASKDOCS_STORE", store)

    def run(line: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["access", *line.split(), *where])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_accounts_from_the_command_line(run: Callable[..., tuple[int, str, str]]) -> None:
    """Users, tokens and collections are made, listed, changed and removed."""
    assert run("collections add law contracts/law") == (0, "law: contracts/law\n", "")
    assert run("users add Ann --right read --collection law", WORD + "\n")[0] == 0
    assert run("users list")[1] == "ann  read  law\n"
    code, token, told = run("tokens new ci --days 3")
    assert code == 0 and token.startswith(PREFIX) and "not shown again" in told
    assert token.strip() not in run("tokens list --json")[1]
    assert run("users change ann --disable --everything")[0] == 0
    listed = json.loads(run("users list --json")[1])[0]
    assert listed["disabled"] and listed["collections"] is None and listed["right"] == "read"
    assert run("users password ann", "another horse\n")[0] == 0
    assert run("tokens revoke ci")[0] == 0
    assert "revoked" in run("tokens list")[1]
    assert run("users remove ann")[0] == run("collections remove law")[0] == 0
    assert run("users list")[1] == run("collections list")[1] == ""


@pytest.mark.parametrize(
    ("line", "typed", "told"),
    [
        ("users add ann", "short\n", "password has 8"),
        ("users add ann", "", "password has 8"),
        ("users remove ann", "", "no user 'ann'"),
        ("users password ann", WORD, "no user 'ann'"),
        ("tokens revoke ci", "", "no token 'ci'"),
        ("collections remove law", "", "no collection 'law'"),
        ("collections add law ../x", "", "no folder within"),
        ("users add ann --password-file /nowhere/x", "", "No such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: Callable[..., tuple[int, str, str]], line: str, typed: str, told: str
) -> None:
    """Exit code 1, nothing on standard output, and what to do."""
    code, out, err = run(line, typed)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert told in err


def test_no_password_stands_on_the_command_line() -> None:
    """Others see what is started with which words: there is no option for a password."""
    with pytest.raises(SystemExit):
        main(["access", "users", "add", "ann", "--password", WORD])


def test_conversations_go_with_their_user(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, store: str
) -> None:
    """Somebody new of the same name does not find what the one before asked."""
    Accounts(tmp_path, store=store).users.add("ann", WORD)
    where = store or tmp_path / "store.sqlite3"
    made = Store.open(where, folder=tmp_path, create_with=Meta("fake", "fake", 8))
    with closing(made) as opened:
        for owner in ("ann", "ann", "bob"):
            opened.create_conversation("about pay", owner=owner)
        assert run("users remove Ann")[:2] == (0, "removed ann, and 2 conversations\n")
        assert opened.conversations(owner="ann") == []
        assert len(opened.conversations(owner="bob")) == 1


def test_a_server_that_does_not_answer_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 75: try again later."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    store = "index.store=postgresql://nobody@127.0.0.1:9/docs"
    line = ["access", "users", "list", "--index", str(tmp_path), "--set", store]
    assert main(line) == 75
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert "PostgreSQL at 127.0.0.1:9/docs does not answer" in printed.err
