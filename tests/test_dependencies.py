"""What the package says it needs is what it imports."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent


def plain(name: str) -> str:
    """A distribution's name as the index of packages compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


RUN = ("eval", "langchain", "postgres")
"""The extras that `make run` installs; the others are for those who ask for them, and for tests."""


def declared(*others: str) -> set[str]:
    """What is needed by the package, by the extras that `make run` installs, and by `others`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    used = [line for name in (*RUN, *others) for line in extras[name]]
    wanted = [*project["dependencies"], *used]
    return {plain(re.split(r"[<>=!~\[; ]", requirement)[0]) for requirement in wanted}


def imported() -> set[str]:
    """The modules that the package imports, in full, but its own and those of Python."""
    names: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    # pytest is there wherever it loads our plugin, and nothing else imports it.
    known = sys.stdlib_module_names | {"askdocs", "pytest"}
    return {name for name in names if name.split(".")[0] not in known}


def test_every_library_that_is_imported_is_declared() -> None:
    """No import rests on a package that happens to come with another."""
    providers = packages_distributions()
    known = declared("postgres", "ray")
    undeclared = {
        name
        for name in imported()
        if not {plain(found) for found in providers.get(name.split(".")[0], [])} & known
    }
    assert undeclared == set()


def test_the_lock_names_no_place() -> None:
    """The pinned files work with any index of packages: they hold names, versions and hashes."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        other = [line for line in lines if not re.match(r"#|[a-z0-9.-]+==| +--hash=sha256:", line)]
        assert other == []


def test_what_is_declared_is_locked() -> None:
    """Every declared package is pinned in the lock; torch alone is installed on its own."""
    assert declared() - locked("requirements.txt") == {"torch"}
    assert declared("postgres", "ray", "dev") - locked("requirements-dev.txt") == {"torch"}


def locked(name: str) -> set[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {plain(found) for found in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
