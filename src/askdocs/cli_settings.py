"""The settings of a command: from its options, the environment and a file; and `settings`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from askdocs import cli_output as output
from askdocs.config_loading import Settings, load_settings

_SERVE = {
    "host": "server.host",
    "port": "server.port",
    "password_file": "server.password_file",
    "gold": "server.gold",
    "read_only": "server.read_only",
    "folders": "server.folders",
    "model": "answers.language_model",
}
"""What the options of `serve` set."""


def settings_of(options: argparse.Namespace, given: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force for a command. Raises `SettingsError`."""
    return load_settings(options.config, given=given, written=options.set)


def settings_of_serve(options: argparse.Namespace) -> Settings:
    """The same for `serve`, whose options are settings themselves."""
    given: dict[str, Any] = {}
    for name, key in _SERVE.items():
        value = getattr(options, name)
        if name == "folders":
            value = [one for one in value.split(",") if one]
        elif name == "gold":
            value = list(map(str, value))
        elif name == "password_file" and value is not None:
            value = str(value)
        if value or (value is not None and name == "port"):
            given[key] = value
    return settings_of(options, given)


def tell_file(settings: Settings) -> None:
    """Say which file the settings were read from, if one was."""
    if settings.file:
        output.complain(f"settings read from {settings.file}")


def show_settings(options: argparse.Namespace) -> int:
    """Print the settings in force, each with where it comes from; or all that there are."""
    from askdocs.config_table import as_markdown, as_toml, revealed

    settings = settings_of(options)
    if options.describe:
        print(as_markdown())
    elif options.json:
        output.print_json({"file": settings.file, "settings": revealed(settings)})
    else:
        print(output.printable(as_toml(settings)))
        sys.stdout.flush()
        tell_file(settings)
    return 0
