"""What is built for others: complete, the same by every way, and working where nothing else is."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from askdocs import __version__

ROOT = Path(__file__).parent.parent
NAME = f"askdocs-{__version__}"
LEFT_OUT = ("__pycache__", "*.egg-info", "*.pyc")
DOCUMENT = "The ferry Aurelia sank on 4 May 1911. All 26 people aboard were saved.\n"


def source_files() -> dict[str, bytes]:
    """Every file of the package by its path in a wheel."""
    folder = ROOT / "src" / "askdocs"
    return {
        f"askdocs/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository without what earlier builds left, which a build would take in."""
    tree = tmp_path_factory.mktemp("tree")
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tree)
    for name in ("src", "tests", "deploy", "eval/gold", "eval/corpus", "eval/bench"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    return tree


def build(tree: Path, target: Path, *what: str) -> Path:
    """The one file that `python -m build` makes."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", target, tree],
        capture_output=True,
        check=True,
        env=without_ours(),
    )
    (made,) = target.iterdir()
    return made


def without_ours() -> dict[str, str]:
    """The environment without the path by which the tests find the package in the source tree."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tree, tmp_path_factory.mktemp("sdist"), "--sdist")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / NAME


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made of the source package as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = shutil.copytree(unpacked, folder / "source")  # a build leaves files behind
    return build(copy, folder / "made", "--wheel")


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Each file of src/askdocs is in it, byte for byte: code, page, wordings, weights."""
    found = contents(wheel)
    own = {name: data for name, data in found.items() if name.startswith("askdocs/")}
    assert own == source_files()
    others = {name.split("/")[0] for name in found.keys() - own.keys()}
    assert others == {f"{NAME}.dist-info"}
    assert f"{NAME}.dist-info/licenses/LICENSE" in found
    kinds = {Path(name).suffix for name in own}
    assert {".py", ".js", ".css", ".svg", ".json"} <= kinds
    assert "askdocs/py.typed" in own


def test_the_source_package_holds_what_the_wheel_is_made_of(unpacked: Path) -> None:
    """The package and what describes it; no tests, no data of evaluations, no deployment."""
    found = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")}
    assert {f"src/{name}" for name in source_files()} <= found
    top = {name.split("/")[0] for name in found}
    assert top == {
        *("CHANGELOG.md", "LICENSE", "MANIFEST.in", "PKG-INFO", "README.md"),
        *("pyproject.toml", "setup.cfg", "src"),
    }
    inside = {name.split("/")[1] for name in found if name.startswith("src/")}
    assert inside == {"askdocs", "askdocs.egg-info"}


def test_the_wheel_is_the_same_from_the_tree_and_from_the_source_package(
    tree: Path, wheel: Path, tmp_path: Path
) -> None:
    """It does not matter by which way the package is built."""
    direct = contents(build(tree, tmp_path, "--wheel"))
    assert direct == contents(wheel)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment with the wheel; the libraries are those of this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run(
        [*pip, "--no-deps", "--no-index", "--disable-pip-version-check", wheel],
        check=True,
        env=without_ours(),
    )
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    # A folder that a .pth file names is searched after the environment's own, and its .pth files
    # are not read: the present askdocs, which is installed by one, is not found.
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return folder / "bin" / "askdocs"


def run(command: Path, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *words],
        cwd=folder,
        env=without_ours(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_installed_command_is_that_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    """Nothing of the source tree is used, and the command says its version."""
    python = installed.parent / "python"
    where = run(python, "-c", "import askdocs; print(askdocs.__file__)", folder=tmp_path)
    assert Path(where.stdout.strip()).is_relative_to(installed.parent.parent)
    told = run(installed, "--version", folder=tmp_path)
    assert (told.stdout, told.stderr, told.returncode) == (f"askdocs {__version__}\n", "", 0)


@pytest.mark.slow
def test_the_installed_command_indexes_and_answers(installed: Path, tmp_path: Path) -> None:
    """From an empty folder: read, ask, and load the page with all its parts."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "ferry.txt").write_text(DOCUMENT, encoding="utf-8")
    read = run(installed, "index", "documents", folder=tmp_path)
    assert read.returncode == 0, read.stderr
    assert "1 added" in read.stdout
    answer = run(installed, "ask", "How many people were saved?", folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "All 26 people aboard were saved." in answer.stdout
    page = (
        "from askdocs import Assistant, Index\n"
        "from askdocs.web.app import create_app\n"
        "from fastapi.testclient import TestClient\n"
        "index = Index.open('index')\n"
        "client = TestClient(create_app(index, Assistant(index)), base_url='http://127.0.0.1')\n"
        "for path in ('/', '/page/theme.js', '/health/live'):\n"
        "    print(client.get(path).status_code)\n"
    )
    served = run(installed.parent / "python", "-c", page, folder=tmp_path)
    assert served.stdout.split() == ["200"] * 3, served.stderr[-2000:]
