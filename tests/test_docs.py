"""The documentation says what the program does: its commands, its help, its public names."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import askdocs
from askdocs.cli import make_parser

ROOT = Path(__file__).parent.parent
PAGES = [
    path
    for path in (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "eval/README.md"))
    if path.is_file()
]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = ("sh", "bash", "console", "shell")


def blocks(page: Path, *languages: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [body for language, body in BLOCK.findall(text) if language in languages]


def commands(page: Path) -> Iterator[str]:
    """The command lines of the shell blocks; where some begin with `$ `, the rest is output."""
    for block in blocks(page, *SHELL):
        lines = block.replace("\\\n", " ").splitlines()
        prompted = [line[2:] for line in lines if line.startswith("$ ")]
        yield from prompted or [line for line in lines if line and not line.startswith("#")]


CASES = [
    pytest.param(line, id=f"{page.name}: {line[:60]}") for page in PAGES for line in commands(page)
]


@pytest.mark.parametrize("line", CASES)
def test_a_command_in_the_documentation_can_be_written(line: str) -> None:
    """Every askdocs command parses and every make target exists."""
    words = shlex.split(line, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):  # settings before the command
        words.pop(0)
    if "|" in words:
        words = words[: words.index("|")]
    if words[:1] == ["askdocs"] and not {"--help", "--version", "-h"} & set(words):
        make_parser().parse_args(words[1:])
    elif words[:1] == ["make"]:
        targets = [word for word in words[1:] if "=" not in word]
        assert set(targets) <= make_targets()


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):", text, re.MULTILINE))


def test_every_target_of_the_makefile_is_declared_and_explained() -> None:
    """A target that is no file is declared so, and `make help` has a line for it."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony and set(phony[1].split()) == make_targets()
    explained = re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE)
    assert set(explained) == make_targets()


def test_the_readme_shows_the_help_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `askdocs --help` prints at 80 columns stands in the README, word for word."""
    monkeypatch.setenv("COLUMNS", "80")
    assert make_parser().format_help().strip() in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", askdocs.__all__)
def test_a_public_name_is_in_the_readme(name: str) -> None:
    """Every public name is mentioned in the README."""
    assert re.search(rf"\b{name}\b", (ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", askdocs.__all__)
def test_a_public_name_can_be_imported_and_explains_itself(name: str) -> None:
    """Every public name exists and has a docstring."""
    assert getattr(askdocs, name).__doc__


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_in_the_documentation_uses_public_names(page: Path) -> None:
    """The Python examples are Python, and import only what `askdocs` offers."""
    for block in blocks(page, "python", "py"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module == "askdocs":
                assert {alias.name for alias in node.names} <= set(askdocs.__all__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_to_a_file_leads_to_one(page: Path) -> None:
    """Every relative link and picture exists."""
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert re.match(r"\w+:", target) or (page.parent / target).exists(), target
