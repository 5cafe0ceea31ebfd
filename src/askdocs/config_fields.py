"""The fields of the settings' classes, one `Setting` each: where it is written, what it may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from askdocs.config_values import PATH, SECRET, Check, WrongValue, fault, from_text, typed
from askdocs.errors import SettingsError

PREFIX = "ASKDOCS_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a class of settings."""

    table: str
    """The table of the file of settings that it stands in."""
    name: str
    kind: Any
    default: Any
    checks: tuple[Check, ...]
    variable: str
    """Its name in the environment."""
    is_secret: bool
    is_path: bool

    @property
    def key(self) -> str:
        """Its name in the file of settings, with its table."""
        return f"{self.table}.{self.name}"

    def of_text(self, text: str, place: str) -> Any:
        """The value that a text of `place` stands for. Raises `SettingsError`."""
        return self._checked(lambda: from_text(text, self.kind), place)

    def of_value(self, value: Any, place: str) -> Any:
        """A value given at `place`, if it can be this setting's. Raises `SettingsError`."""
        return self._checked(lambda: typed(value, self.kind), place)

    def beside(self, value: Any, folder: Path) -> Any:
        """The value, with the paths in it being relative to a folder."""
        if not self.is_path:
            return value
        if isinstance(value, str):
            return str(folder / value) if value else ""
        return tuple(str(folder / one) for one in value)

    def _checked(self, read: Callable[[], Any], place: str) -> Any:
        try:
            value = read()
            reason = fault(value) or next(filter(None, (check(value) for check in self.checks)), "")
        except WrongValue as error:
            reason = str(error)
        if reason:
            raise SettingsError(f"{place} {reason}; correct it or leave it out")
        return value


@cache
def settings_of(cls: type, tables: tuple[tuple[str, str], ...], prefix: str) -> tuple[Setting, ...]:
    """The settings of a class, each in its table of `tables` (or that of "")."""
    hints, placed = get_type_hints(cls, include_extras=True), dict(tables)
    found = []
    for field in fields(cls):
        hint = hints[field.name]
        kind, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        if kind not in (str, int, float, bool, tuple[str, ...]):
            continue  # it has fields of its own
        found.append(
            Setting(
                table=placed.get(field.name, placed[""]),
                name=field.name,
                kind=kind,
                default=field.default,
                checks=tuple(note for note in notes if callable(note)),
                variable=f"{prefix}{field.name.upper()}",
                is_secret=SECRET in notes,
                is_path=PATH in notes,
            )
        )
    return tuple(found)


def from_variables(settings: tuple[Setting, ...], environ: Mapping[str, str]) -> dict[str, Any]:
    """The values of those settings that the environment sets. Raises `SettingsError`."""
    return {
        setting.name: setting.of_text(environ[setting.variable], setting.variable)
        for setting in settings
        if setting.variable in environ
    }
