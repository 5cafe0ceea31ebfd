"""Show the settings: those in force as TOML, and all that there are as a table."""

from __future__ import annotations

import ast
import inspect
import json
from typing import Any

from askdocs.config import Config, Signals
from askdocs.config_fields import Setting
from askdocs.config_loading import DEFAULT, Settings, all_settings
from askdocs.config_server import ServerSettings

TABLES = ("index", "answers", "signals", "server")
_CLASSES: tuple[type, ...] = (Config, Signals, ServerSettings)


def as_toml(settings: Settings) -> str:
    """The settings in force as a file of settings, with where each comes from.

    >>> print(as_toml(Settings(values={"answers.k": 8}, origins={"answers.k": "ASKDOCS_K"})))
    [answers]
    k = 8  # ASKDOCS_K
    """
    known = {setting.key: setting for setting in all_settings()}
    lines: list[str] = []
    for table in TABLES:
        keys = [key for key in settings.values if known[key].table == table]
        lines += [f"[{table}]"] if keys else []
        lines += [_line(known[key], settings) for key in keys]
    return "\n".join(lines)


def revealed(settings: Settings) -> dict[str, dict[str, Any]]:
    """The settings in force for programs: of each its value, if that is no secret, and origin."""
    secrets = {setting.key for setting in all_settings() if setting.is_secret}
    return {
        key: {"value": bool(value) if key in secrets else value, "from": settings.origins[key]}
        for key, value in settings.values.items()
    }


def as_markdown() -> str:
    """All settings there are, as a table in Markdown."""
    meanings = {cls: _meanings(cls) for cls in _CLASSES}
    owners: dict[str, type] = {"signals": Signals, "server": ServerSettings}
    lines = ["| setting | in the environment | default | meaning |", "|---|---|---|---|"]
    for table in TABLES:
        for setting in all_settings():
            if setting.table != table:
                continue
            key = "(only there)" if setting.is_secret else f"`{setting.key}`"
            meaning = meanings[owners.get(table, Config)][setting.name].replace("|", r"\|")
            default = written(setting.default)
            lines.append(f"| {key} | `{setting.variable}` | `{default}` | {meaning} |")
    return "\n".join(lines)


def written(value: Any) -> str:
    """A value as TOML writes it.

    >>> written(("a", "b")), written(True), written(0.5)
    ('["a", "b"]', 'true', '0.5')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _line(setting: Setting, settings: Settings) -> str:
    value, origin = settings.values[setting.key], settings.origins.get(setting.key, DEFAULT)
    if setting.is_secret:
        return f"# {setting.name}: {'set' if value else 'not set'}  # {setting.variable}"
    return f"{setting.name} = {written(value)}  # {origin}"


def _meanings(cls: type) -> dict[str, str]:
    """The text below each field of a class, in one line."""
    (body,) = ast.parse(inspect.getsource(cls)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            found[field.target.id] = " ".join(str(below.value.value).split())
    return found
