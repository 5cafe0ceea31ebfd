"""The imports between the modules of askdocs, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "askdocs"

# From the foundation up: a module imports from layers that stand before its own, or from its own.
# A name stands for the module, for the modules that it was split into (store_schema is of store)
# and for the package with all that is in it.
LAYERS = (
    "types",
    "errors",
    "config",
    "database",
    "access",
    "stopping",
    "language",
    "cosines",
    "readers",
    "sentences",
    "splitting",
    "embedding",
    "exporting",
    "reranking",
    "locking",
    "running",
    "store",
    "vectors",
    "retrieval",
    "index",
    "answering",
    "assistant",
    "client",
    "evaluation",
    "integrations",
    "web",
    "cli",
    "__main__",
)
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def layer(module: str) -> str | None:
    """The layer of `askdocs.<module>`, or `None`."""
    first = module.split(".")[0]
    return next((name for name in LAYERS if first == name or first.startswith(f"{name}_")), None)


def imported(path: Path) -> Iterator[str]:
    """The modules of askdocs that the file imports, without `askdocs.`, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the import in full"
            if node.module == "askdocs":
                names = [f"askdocs.{alias.name}" for alias in node.names]
            else:
                names = [node.module or ""]
        else:
            continue
        yield from (name.removeprefix("askdocs.") for name in names if name.startswith("askdocs."))


def identify(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").as_posix()


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_a_module_has_a_layer(path: Path) -> None:
    """Every module belongs to a layer, so that the rule below covers all of them."""
    assert layer(identify(path).split("/")[0]), f"add {path.name} to LAYERS"


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_imports_go_only_to_lower_layers(path: Path) -> None:
    """No module imports one from a layer above its own."""
    own = layer(identify(path).split("/")[0])
    for name in imported(path):
        if name == "__version__":
            continue
        used = layer(name)
        assert used, f"{path.name} imports the public name {name} instead of its module"
        assert own and LAYERS.index(used) <= LAYERS.index(own), f"{own} must not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    """No module has more than 300 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
