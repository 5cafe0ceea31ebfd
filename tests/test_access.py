"""Accounts: who is let in and what they see, changed at once; what is kept of a secret; tries."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import threading
import unicodedata
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from askdocs.access import passwords
from askdocs.access.accounts import Accounts
from askdocs.access.audit import Audit
from askdocs.access.database import NAME
from askdocs.access.naming import EVERYBODY
from askdocs.access.principal import Principal, Right, acting_as
from askdocs.access.sessions import OF_ONE_USER
from askdocs.access.tokens import DAY, PREFIX
from askdocs.access.tries import PER_MINUTE, TooManyTries, Tries
from askdocs.cli import main
from askdocs.config_server import ServerSettings
from askdocs.errors import AskdocsError, IndexDamaged, NotAllowed, SignInNeeded
from askdocs.store import Meta, Store
from askdocs.web.service import Service
from fakes_web import SLOWLY, scene

WORD = "correct horse battery"


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
def accounts(tmp_path: Path, clock: Clock) -> Accounts:
    return Accounts(tmp_path, clock=clock)


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


def test_no_secret_is_in_the_files(accounts: Accounts, tmp_path: Path) -> None:
    """Neither a password nor a token nor a session can be read from what is kept; only the owner of
    the files reads them at all.
    """
    accounts.users.add("ann", WORD)
    secrets = [WORD, accounts.tokens.new("ci"), accounts.sessions.begin("ann", 60)]
    assert accounts.guarded
    files = sorted(tmp_path.iterdir())
    assert files[0].name == NAME
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        kept = file.read_bytes()
        assert not any(secret.removeprefix(PREFIX).encode() in kept for secret in secrets)


# -- the file ----------------------------------------------------------------------------------


def test_another_process_is_seen_at_once(tmp_path: Path) -> None:
    """What one writes, the other reads: before there is a file, after it, and after a new one."""
    here, there = Accounts(tmp_path), Accounts(tmp_path)
    assert not here.guarded and here.users.all() == []
    assert list(tmp_path.iterdir()) == []  # to read makes no file
    there.users.add("ann", WORD)
    assert here.guarded
    assert here.users.with_password("ann", WORD)
    there.close()
    (tmp_path / NAME).unlink()
    Accounts(tmp_path).users.add("bob", WORD)
    assert [one.name for one in here.users.all()] == ["bob"]


def test_a_guarded_server_stays_guarded(tmp_path: Path) -> None:
    """When the file is deleted or emptied under a server, it does not open itself to everybody."""
    accounts = Accounts(tmp_path)
    token = accounts.tokens.new("ci")
    assert accounts.guarded
    for file in tmp_path.iterdir():
        file.unlink()
    assert accounts.guarded and accounts.tokens.holder(token) is None


def test_many_write_at_once(tmp_path: Path) -> None:
    """Two processes that make the file at the same time make one, and both users are in it."""
    names = [f"user{number}" for number in range(8)]
    threads = [
        threading.Thread(target=lambda name=name: Accounts(tmp_path).users.add(name, None))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.name for one in Accounts(tmp_path).users.all()] == names
    assert {file.name for file in tmp_path.iterdir()} <= {NAME, f"{NAME}-wal", f"{NAME}-shm"}


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


# -- tries -------------------------------------------------------------------------------------


def failing(tries: Tries, name: str, address: str) -> bool:
    """Whether a wrong password may be tried."""
    try:
        with tries.one(name, address):
            raise SignInNeeded("wrong")
    except TooManyTries as error:
        assert 0 < error.retry_after <= 60
        return False
    except SignInNeeded:
        return True


def test_a_name_is_tried_ten_times_a_minute(clock: Clock) -> None:
    """From wherever the tries come; a minute later there are others."""
    tries = Tries(clock)
    done = [failing(tries, "ann", f"10.0.0.{number}") for number in range(PER_MINUTE + 2)]
    assert done == PER_MINUTE * [True] + 2 * [False]
    assert failing(tries, "bob", "10.0.0.1")
    clock.now += 61
    assert failing(tries, "ann", "10.0.0.1")


def test_an_address_tries_ten_times_a_minute(clock: Clock) -> None:
    """Whatever the names; an account of one's own buys no more tries at those of others."""
    tries = Tries(clock)
    for number in range(PER_MINUTE):
        assert failing(tries, f"user{number}", "10.0.0.1")
        if number < PER_MINUTE - 1:
            with tries.one("mallory", "10.0.0.1"):
                pass
    assert not failing(tries, "another", "10.0.0.1")
    assert failing(tries, "another", "10.0.0.2")


def test_a_success_clears_the_name(clock: Clock) -> None:
    """Whoever remembers the password in the end begins anew."""
    tries = Tries(clock)
    for number in range(PER_MINUTE - 1):
        failing(tries, "ann", f"10.0.0.{number}")
    with tries.one("ann", "10.0.1.1"):
        pass
    assert all(failing(tries, "ann", f"10.0.2.{number}") for number in range(PER_MINUTE))


def test_tries_at_the_same_time_count(clock: Clock) -> None:
    """A hundred tries that are under way at once are no way round."""
    tries, begun, go = Tries(clock), [], threading.Event()

    def one() -> None:
        try:
            with tries.one("ann", "10.0.0.1"):
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


def test_tries_take_little_room(clock: Clock) -> None:
    """A million made-up names do not fill the memory."""
    tries = Tries(clock)
    for number in range(50_000):
        failing(tries, f"user{number}", f"address{number}")
    assert len(tries._tries) <= 20_000


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `askdocs access` with what is typed, over an index folder."""

    def run(line: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["access", *line.split(), "--index", str(tmp_path)])
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


def test_conversations_go_with_their_user(tmp_path: Path) -> None:
    """Somebody new of the same name does not find what the one before asked."""
    Accounts(tmp_path).users.add("ann", WORD)
    made = Store.open(tmp_path / "store.sqlite3", create_with=Meta("fake", "fake", 8))
    with closing(made) as store:
        for owner in ("ann", "ann", "bob"):
            store.create_conversation("about pay", owner=owner)
        assert main(["access", "users", "remove", "Ann", "--index", str(tmp_path)]) == 0
        assert store.conversations(owner="ann") == []
        assert len(store.conversations(owner="bob")) == 1
