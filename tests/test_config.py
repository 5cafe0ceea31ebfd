"""The settings: where each is written, which goes first, and what is said of a wrong one."""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

from askdocs.cli import main
from askdocs.config import Config, Signals
from askdocs.config_loading import (
    COMMAND_LINE,
    DEFAULT,
    FILE,
    all_settings,
    load_settings,
)
from askdocs.config_server import ServerSettings
from askdocs.config_table import as_markdown, as_toml
from askdocs.errors import SettingsError

ROOT = Path(__file__).parent.parent
PASSWORD = "hunter2-correct-horse"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, so that no file of settings is found by chance."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(content: str, name: str = "given.toml") -> Path:
    path = Path(name)
    path.write_text(content, encoding="utf-8")
    return path


def test_every_field_is_a_setting() -> None:
    """Each field of the settings' classes can be written in a file, and has one name only."""
    wanted = {
        *(f"server.{field.name}" for field in fields(ServerSettings)),
        *(f"signals.{field.name}" for field in fields(Signals)),
    }
    plain = {field.name for field in fields(Config)} - {"signals"}
    keys = [setting.key for setting in all_settings()]
    assert {key for key in keys if key.startswith(("server.", "signals."))} == wanted
    assert {key.partition(".")[2] for key in set(keys) - wanted} == plain
    assert len(set(keys)) == len(keys)
    assert len({setting.variable for setting in all_settings()}) == len(keys)


def test_nothing_given() -> None:
    """Without a file, the environment and options, all settings are the defaults."""
    settings = load_settings(environ={})
    assert (settings.config, settings.server, settings.file) == (Config(), ServerSettings(), "")
    assert set(settings.origins.values()) == {DEFAULT}


def test_the_command_line_goes_before_the_environment_before_the_file() -> None:
    """Each place where a setting may be written is overridden by the next."""
    file = write("[answers]\nk = 2\npool = 3\nthreshold = 0.5\n[server]\nport = 1\n")
    environ = {"ASKDOCS_POOL": "30", "ASKDOCS_THRESHOLD": "0.6", "ASKDOCS_SERVER_PORT": "2"}
    settings = load_settings(
        file, environ=environ, given={"server.port": 3}, written=["answers.threshold=0.9"]
    )
    config = settings.config
    assert (config.k, config.pool, config.threshold, settings.server.port) == (2, 30, 0.9, 3)
    assert settings.origins["answers.k"] == str(file)
    assert settings.origins["answers.pool"] == "ASKDOCS_POOL"
    assert settings.origins["answers.threshold"] == COMMAND_LINE
    assert settings.origins["server.port"] == COMMAND_LINE
    assert settings.origins["server.host"] == DEFAULT


def another(setting: object, default: object) -> object:
    """A value that a setting may have and has not yet."""
    if isinstance(default, bool):
        return not default
    if isinstance(default, int | float):
        return default / 2 if isinstance(default, float) else default + 1
    if isinstance(default, tuple):
        return ("10.0.0.1", "10.0.0.2")
    chosen = {
        "index.chroma": "http://127.0.0.1:8000",
        "index.store": "postgresql://127.0.0.1/docs",
        "index.vectors": "exact",
        "index.ocr_languages": "deu",
    }
    return chosen.get(str(setting), "other")


@pytest.mark.parametrize("setting", all_settings(), ids=lambda setting: setting.key)
def test_a_setting_reaches_its_field(setting: object, elsewhere: Path) -> None:
    """What stands in a file, in the environment or after --set is what the field holds."""
    known = {one.key: one for one in all_settings()}
    one = known[setting.key]  # type: ignore[attr-defined]
    value = another(one.key, one.default)
    text = json.dumps(value) if isinstance(value, bool | tuple) else str(value)
    found = [load_settings(environ={one.variable: text})]
    if not one.is_secret:
        written = json.dumps(value)
        found.append(load_settings(write(f"[{one.table}]\n{one.name} = {written}\n"), environ={}))
        found.append(load_settings(environ={}, written=[f"{one.key}={text}"]))
    for settings in found:
        part = {"server": settings.server, "signals": settings.config.signals}.get(
            one.table, settings.config
        )
        assert getattr(part, one.name) == value


def test_which_file_is_read(elsewhere: Path) -> None:
    """--config goes before ASKDOCS_CONFIG before askdocs.toml in the working folder."""
    environ = {"ASKDOCS_CONFIG": str(write("answers.k = 3", "b.toml"))}
    assert load_settings(environ={}).config.k == 5
    write("answers.k = 4", FILE)
    assert (load_settings(environ={}).config.k, load_settings(environ={}).file) == (4, FILE)
    assert load_settings(environ=environ).config.k == 3
    chosen = load_settings(write("answers.k = 2", "a.toml"), environ=environ)
    assert (chosen.config.k, chosen.file) == (2, "a.toml")


def test_a_file_that_others_can_write_is_read_only_if_it_is_named() -> None:
    """askdocs.toml of a shared folder might be somebody else's: it must be named."""
    path = write("answers.k = 4", FILE)
    path.chmod(0o666)
    with pytest.raises(SettingsError, match=r"--config askdocs\.toml"):
        load_settings(environ={})
    assert load_settings(path, environ={}).config.k == 4


def test_files_are_named_relative_to_the_file_of_settings(elsewhere: Path) -> None:
    """A file of settings may be read from any folder; those it names lie beside it."""
    Path("etc").mkdir()
    text = '[server]\npassword_file = "word"\ngold = ["a.jsonl", "/b.jsonl"]\naudit_log = ""\n'
    server = load_settings(write(text, "etc/a.toml"), environ={}).server
    assert server.password_file == "etc/word"
    assert server.gold == ("etc/a.jsonl", "/b.jsonl")
    assert server.audit_log == ""
    by_variable = load_settings(environ={"ASKDOCS_SERVER_PASSWORD_FILE": "word"})
    assert by_variable.server.password_file == "word"


WRONG = {
    "a-text-for-a-number": "[answers]\nk = 'eight'",
    "a-number-in-quotation-marks": "[answers]\nk = '8'",
    "a-fraction-for-a-whole-number": "[answers]\nk = 8.0",
    "true-for-a-number": "[answers]\nk = true",
    "a-number-for-true": "[server]\nread_only = 1",
    "a-text-for-true": "[server]\nread_only = 'yes'",
    "a-text-for-a-list": "[server]\nnames = 'docs.example.org'",
    "numbers-in-a-list": "[server]\nnames = [1, 2]",
    "a-list-for-a-text": "[answers]\nlanguage_model = ['a']",
    "a-table-for-a-text": "[answers.language_model]\nname = 'a'",
    "a-date": "[answers]\nthreshold = 2024-01-01",
    "nan": "[answers]\nthreshold = nan",
    "infinity": "[server]\ndeadline = inf",
    "no-passages": "[answers]\nk = 0",
    "a-negative-number": "[server]\nwaiting = -1",
    "beyond-all-ports": "[server]\nport = 65536",
    "beyond-certainty": "[answers]\nthreshold = 1.01",
    "a-huge-number": "[answers]\nk = 100000000000000000000000000",
    "a-huge-number-for-a-fraction": f"[answers]\nthreshold = 1{'0' * 400}",
    "a-weight-below-zero": "[signals]\ndense = -0.1",
    "an-unknown-key": "[answers]\nkk = 8",
    "an-unknown-table": "[answer]\nk = 8",
    "a-key-in-the-wrong-table": "[server]\nk = 8",
    "a-key-in-no-table": "port = 8000",
    "a-table-in-a-table": "[server.port]\nvalue = 1",
    "not-filled-in": "[answers]\nlanguage_model = 'ollama:${MODEL}'",
    "two-lines": '[server]\npassword_file = "a\\nb"',
    "a-nul": '[server]\nhost = "a\\u0000b"',
    "an-escape": '[index]\nmodel = "\\u001b[31m"',
    "too-long": f"[index]\nmodel = '{'m' * 5000}'",
    "a-file-as-a-server": "[answers]\nlanguage_model = 'openai-like:m@file:///etc/passwd'",
    "ftp": "[answers]\nlanguage_model = 'openai-like:m@ftp://example.org/v1'",
    "credentials": f"[answers]\nlanguage_model = 'openai-like:m@http://me:{PASSWORD}@host/v1'",
    "no-host": "[answers]\nlanguage_model = 'ollama:m@http:///v1'",
    "a-port-that-is-none": "[answers]\nlanguage_model = 'ollama:m@http://host:99999'",
    "chroma-without-http": "[index]\nchroma = '127.0.0.1:8000'",
    "chroma-with-credentials": f"[index]\nchroma = 'http://me:{PASSWORD}@127.0.0.1:8000'",
    "store-elsewhere": "[index]\nstore = 'mysql://127.0.0.1/docs'",
    "store-with-a-password": f"[index]\nstore = 'postgresql://me:{PASSWORD}@127.0.0.1/docs'",
    "store-with-an-odd-schema": "[index]\nstore = 'postgresql:///docs?schema=a;drop'",
    "chroma-with-a-path": "[index]\nchroma = 'http://127.0.0.1:8000/api'",
    "a-secret": f"[index]\nchroma_token = '{PASSWORD}'",
    "a-password-for-a-file": f"[server]\npassword = '{PASSWORD}'",
    "a-host-with-http": "[server]\nhost = 'http://127.0.0.1'",
    "a-header-with-a-colon": "[server]\nproxy_header = 'X-User: ann'",
    "a-proxy-that-is-no-address": "[server]\ntrusted_proxies = ['proxy.example.org']",
    "languages-with-spaces": "[index]\nocr_languages = 'eng deu'",
    "no-toml": "[answers\nk = 8",
    "twice": "[answers]\nk = 8\nk = 9",
    "an-open-quotation-mark": f"[server]\npassword_file = '{PASSWORD}",
    "yaml": "answers:\n  k: 8\n",
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused_in_one_line(
    content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the file and repeats no text of it, which may be a secret."""
    assert main(["settings", "--config", str(write(content))]) == 1
    out, told = capsys.readouterr()
    assert out == ""
    assert told.startswith("askdocs: given.toml")
    assert told.count("\n") == 1
    assert len(told) < 300
    assert PASSWORD not in told


FAULTY_FILES = {
    "none": lambda path: None,
    "a-folder": lambda path: path.mkdir(),
    "a-pipe": os.mkfifo,
    "not-utf-8": lambda path: path.write_bytes(b"[answers]\n# \xff\n"),
    "too-large": lambda path: path.write_bytes(b"#" * 1_000_001),
    "nested-without-end": lambda path: path.write_text("x = " + "[" * 100_000),
}


@pytest.mark.parametrize("make", FAULTY_FILES.values(), ids=FAULTY_FILES.keys())
def test_a_file_that_cannot_be_read(make: object, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever stands where the file should, there is one line and no traceback."""
    make(Path("given.toml"))  # type: ignore[operator]
    assert main(["settings", "--config", "given.toml"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("askdocs: given.toml")
    assert told.count("\n") == 1


VARIABLES = {
    "k": ("ASKDOCS_K", "many"),
    "empty": ("ASKDOCS_K", ""),
    "other-digits": ("ASKDOCS_K", "８"),
    "underscores": ("ASKDOCS_POOL", "1_000"),
    "many-digits": ("ASKDOCS_K", "9" * 5000),
    "nan": ("ASKDOCS_THRESHOLD", "nan"),
    "perhaps": ("ASKDOCS_SERVER_READ_ONLY", "perhaps"),
    "half-a-list": ("ASKDOCS_SERVER_EXAMPLES", '["a"'),
    "more-than-a-list": ("ASKDOCS_SERVER_EXAMPLES", '["a"]\nb = 1'),
    "a-letter-too-few": ("ASKDOCS_THRESHLD", "0.8"),
    "letters-in-another-order": ("ASKDOCS_SERVER_PROT", "80"),
    "credentials": ("ASKDOCS_LANGUAGE_MODEL", f"openai-like:m@https://a:{PASSWORD}@host/v1"),
    "not-filled-in": ("ASKDOCS_CHROMA_TOKEN", "${TOKEN}"),
}


@pytest.mark.parametrize(("name", "value"), VARIABLES.values(), ids=VARIABLES.keys())
def test_a_wrong_variable_is_refused(name: str, value: str) -> None:
    """The error names the variable, not what it holds."""
    with pytest.raises(SettingsError, match=f"^{name} ") as caught:
        load_settings(environ={name: value})
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_of_other_programs_are_let_be() -> None:
    """A name in the environment that resembles no setting is not ours to judge."""
    environ = {"ASKDOCS_INDEX": "i", "ASKDOCS_TEST_FAULTS": "0", "ASKDOCS_HOME": "/", "PATH": "x"}
    assert load_settings(environ=environ).config == Config()


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("k=8", "answers.k"),
        ("answers.treshold=0.5", "answers.threshold"),
        ("server.prot=80", "server.port"),
        ("answers.k", "answers.k"),
        ("index.model_name=x", "index.model"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest(word: str, meant: str) -> None:
    """Whoever mistypes a key reads the right one."""
    with pytest.raises(SettingsError, match=f"did you mean {re.escape(meant)}"):
        load_settings(environ={}, written=[word])


def test_a_token_is_not_sent_readable_through_a_network() -> None:
    """The token of Chroma's server goes over https, or stays on this machine."""
    token = {"ASKDOCS_CHROMA_TOKEN": PASSWORD}
    for address in ("http://127.0.0.1:8000", "http://[::1]:8000", "https://chroma.example.org"):
        load_settings(environ=token | {"ASKDOCS_CHROMA": address})
    with pytest.raises(SettingsError, match="https") as caught:
        load_settings(environ=token | {"ASKDOCS_CHROMA": "http://chroma.example.org"})
    assert PASSWORD not in str(caught.value)


def test_a_secret_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`askdocs settings` says that there is a token; neither it nor a Config shows it."""
    monkeypatch.setenv("ASKDOCS_CHROMA_TOKEN", PASSWORD)
    for arguments in ([], ["--json"]):
        assert main(["settings", *arguments]) == 0
        out, told = capsys.readouterr()
        assert PASSWORD not in out + told
        assert "chroma_token" in out
    assert PASSWORD not in repr(load_settings().config)
    assert main(["settings", "--set", f"index.chroma_token={PASSWORD}"]) == 1
    assert PASSWORD not in capsys.readouterr().err


def test_what_settings_prints_is_a_file_of_settings() -> None:
    """The settings in force, written into a file, are the same settings again."""
    words = ["answers.k=8", 'server.examples=["Who, when?", "Why \\"so\\"?"]', "signals.dense=0"]
    first = load_settings(environ={}, written=words)
    again = load_settings(write(as_toml(first)), environ={})
    assert (again.config, again.server) == (first.config, first.server)


def test_the_table_of_settings_is_that_of_the_code() -> None:
    """deploy/settings.md lists every setting with its present default and meaning."""
    page = (ROOT / "deploy" / "settings.md").read_text(encoding="utf-8")
    assert as_markdown() in page, "paste the output of: askdocs settings --describe"


@pytest.mark.parametrize("command", ["status", "serve"])
def test_a_command_says_which_file_it_read(
    command: str, sample_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody wonders where a setting comes from."""
    write('[server]\nport = 0\nhost = "192.0.2.1"\n', FILE)  # an address that serve refuses
    main([command, "--index", str(sample_index)])
    assert "settings read from askdocs.toml" in capsys.readouterr().err
