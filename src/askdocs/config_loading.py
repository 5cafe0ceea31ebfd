"""All settings from where they are written: command line, environment, file, default.

Each of these goes before the next. The file is the one that `--config` names, else the one that
`ASKDOCS_CONFIG` names, else `askdocs.toml` in the working folder, if there is one.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from askdocs.config import Config, Signals, settings_of_config, settings_of_signals
from askdocs.config_fields import PREFIX, Setting
from askdocs.config_server import ServerSettings, settings_of_server
from askdocs.config_values import is_plain_and_far
from askdocs.errors import SettingsError

FILE = "askdocs.toml"
VARIABLE = "ASKDOCS_CONFIG"
DEFAULT, COMMAND_LINE = "default", "command line"

_OTHERS = ("ASKDOCS_CONFIG", "ASKDOCS_INDEX", "ASKDOCS_SERVER", "ASKDOCS_TOKEN")
"""Names in the environment that are no settings of these classes."""
_LARGEST = 1_000_000
_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, and where each comes from."""

    config: Config = field(default_factory=Config)
    server: ServerSettings = field(default_factory=ServerSettings)
    file: str = ""
    """The file that was read; empty if none was."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Every setting by its key, such as `answers.k`."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where each comes from: `default`, a file, a name in the environment or the command line."""


def all_settings() -> tuple[Setting, ...]:
    """Every setting there is."""
    return (*settings_of_config(), *settings_of_signals(), *settings_of_server())


def load_settings(
    file: Path | None = None,
    *,
    given: Mapping[str, Any] | None = None,
    written: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """The settings of a file, the environment and the command line.

    Of the command line are `given`, values by their keys, and `written`, such as `answers.k=8`.
    Raises `SettingsError`.

    >>> load_settings(written=["answers.k=8"], environ={}).config.k
    8
    """
    known = {setting.key: setting for setting in all_settings()}
    values = {key: setting.default for key, setting in known.items()}
    origins = dict.fromkeys(values, DEFAULT)
    path = _file(file, environ)
    layers = [(_of_file(path, known), str(path))] if path else []
    layers += [({key: value}, name) for key, value, name in _of_environment(known, environ)]
    layers += [(_of_options(given or {}, known), COMMAND_LINE)]
    layers += [(_of_words(written, known), COMMAND_LINE)]
    for layer, origin in layers:
        values.update(layer)
        origins.update(dict.fromkeys(layer, origin))
    if values["index.chroma_token"] and is_plain_and_far(values["index.chroma"]):
        raise SettingsError(
            f"{values['index.chroma']} would be sent the token readable on the way; use https, or"
            " unset ASKDOCS_CHROMA_TOKEN"
        )
    return Settings(
        Config(
            **_fields(settings_of_config(), values),
            signals=Signals(**_fields(settings_of_signals(), values)),
        ),
        ServerSettings(**_fields(settings_of_server(), values)),
        str(path or ""),
        values,
        origins,
    )


def _fields(settings: tuple[Setting, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    return {setting.name: values[setting.key] for setting in settings}


def _file(named: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read, if there is one."""
    if named is not None:
        return named
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE])
    try:
        state = Path(FILE).stat()
    except OSError:
        return None
    # Nobody named it. In a folder that others may write to it could be theirs, and it says whom
    # the documents are sent to.
    if state.st_uid not in (os.getuid(), 0) or state.st_mode & stat.S_IWOTH:
        raise SettingsError(
            f"{FILE} in this folder can be written by somebody else; to use it all the same, name"
            f" it: --config {FILE}"
        )
    return Path(FILE)


def _of_file(path: Path, known: Mapping[str, Setting]) -> dict[str, Any]:
    values = {}
    for table, content in _tables(path).items():
        if not isinstance(content, dict):
            raise SettingsError(_unknown(f"{path}: {table}", table, known))
        for name, value in content.items():
            setting = known.get(f"{table}.{name}")
            if setting is None:
                raise SettingsError(_unknown(f"{path}: {table}.{name}", f"{table}.{name}", known))
            if setting.is_secret:
                raise SettingsError(
                    f"{path}: {setting.key} is a secret; take it out and set {setting.variable}"
                )
            read = setting.of_value(value, f"{path}: {setting.key}")
            values[setting.key] = setting.beside(read, path.parent)
    return values


def _tables(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file() and path.exists():
            raise SettingsError(f"{path} is not a file; name one with --config FILE")
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SettingsError(f"{path} is no file of settings: it has more than a million bytes")
        return tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}; name a file with --config FILE"
        ) from error
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8; save it as that") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path} is not TOML: {error}; correct it") from None


def _of_environment(
    known: Mapping[str, Setting], environ: Mapping[str, str]
) -> list[tuple[str, Any, str]]:
    settings = {setting.variable: setting for setting in known.values()}
    found = []
    for name, text in environ.items():
        setting = settings.get(name)
        if setting is not None:
            found.append((setting.key, setting.of_text(text, name), name))
        elif name.startswith(PREFIX) and name not in _OTHERS:
            # Other programs may have names of their own: only what is nearly ours is a mistake.
            for near in get_close_matches(name, settings, n=1, cutoff=_ALIKE):
                raise SettingsError(f"{name} is no setting; did you mean {near}?")
    return found


def _of_options(given: Mapping[str, Any], known: Mapping[str, Setting]) -> dict[str, Any]:
    return {
        key: known[key].of_value(value, f"{key} on the command line")
        for key, value in given.items()
    }


def _of_words(written: Sequence[str], known: Mapping[str, Setting]) -> dict[str, Any]:
    values = {}
    for word in written:
        key, equals, text = word.partition("=")
        setting = known.get(key.strip())
        if not equals or setting is None:
            raise SettingsError(_unknown(f"--set {key.strip()}", key.strip(), known))
        if setting.is_secret:
            raise SettingsError(
                f"--set {setting.key} would show a secret to all on this machine; set"
                f" {setting.variable}"
            )
        values[setting.key] = setting.of_text(text, f"--set {setting.key}")
    return values


def _unknown(place: str, key: str, known: Mapping[str, Setting]) -> str:
    """Words for a key that is none, with the one that may be meant."""
    name = key.rpartition(".")[2]
    same = [other for other in known if other.rpartition(".")[2] == name]
    tables = sorted({setting.table for setting in known.values()})
    near = same or get_close_matches(key, [*known, *tables], n=1, cutoff=0.6)
    near = near or get_close_matches(name, [*known], n=1, cutoff=0.5)
    meant = f"did you mean {near[0]}?" if near else "askdocs settings lists all"
    return f"{place} is no setting; {meant}"
