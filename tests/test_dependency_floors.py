"""What is installed and locked is not older than the versions that mended known holes."""

from __future__ import annotations

import re
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
FLOORS = {
    "gradio": "6.25",
    "starlette": "0.49.1",
    "python-multipart": "0.0.18",
    "pypdf": "7.1",
    "llama-index-core": "0.13",
    "chromadb": "1.0",
    "h11": "0.16",
    "jinja2": "3.1.6",
    "lxml": "5",
    "pillow": "11.3",
    "requests": "2.32.4",
    "torch": "2.6",
    "transformers": "4.53",
    "urllib3": "2.6",
}
LOCKS = ("requirements.txt", "requirements-dev.txt")
UNLOCKED = {"torch"}
"""Which build suits depends on the machine, so it is installed by a pin of its own."""


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each package in a lock."""
    found: dict[str, tuple[str, int]] = {}
    text = (ROOT / name).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        if pin := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", entry):
            found[canonicalize_name(pin[1])] = (pin[2], entry.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("name", FLOORS)
def test_no_version_with_a_known_hole(name: str) -> None:
    """What is installed here and what the lock installs is new enough."""
    assert Version(version(name)) >= Version(FLOORS[name])
    for lock in LOCKS:
        if name not in UNLOCKED:
            assert Version(locked(lock)[name][0]) >= Version(FLOORS[name]), lock


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_tells_each_file_by_its_digest(lock: str) -> None:
    """Nothing else than what was locked can be installed."""
    packages = locked(lock)
    assert len(packages) > 80
    assert [name for name, (_, hashes) in packages.items() if not hashes] == []


def license_of(name: str) -> str:
    """The licence of an installed package, as it says itself; empty if it says nothing."""
    about = distribution(name).metadata
    classified = [
        one.split(" :: ")[-1] for one in about.get_all("Classifier") or [] if "License" in one
    ]
    said = about.get("License-Expression") or "; ".join(classified) or about.get("License") or ""
    return " ".join(said.split())[:60]


def needed(name: str, known: dict[str, str]) -> dict[str, str]:
    """A package and all that it needs here, with their licences."""
    for line in distribution(name).requires or []:
        requirement = Requirement(line)
        other = canonicalize_name(requirement.name)
        if other in known or (
            requirement.marker and not requirement.marker.evaluate({"extra": ""})
        ):
            continue
        known[other] = license_of(other)
        needed(other, known)
    return known


def test_every_licence_is_known() -> None:
    """All that askdocs installs says under which licence; none obliges whoever uses the server.

    The list: `pytest -s -k licence tests/test_dependency_floors.py`.
    """
    licences = needed("askdocs", {})
    assert len(licences) > 50
    for name, told in sorted(licences.items()):
        print(f"{name:40} {told}")
    assert [name for name, told in licences.items() if not told] == []
    strict = re.compile(r"\bA?GPL\b|\bSSPL\b|Affero|Commons Clause|BUSL", re.IGNORECASE)
    lesser = re.compile(r"LGPL|Lesser", re.IGNORECASE)
    assert [
        n for n, told in licences.items() if strict.search(told) and not lesser.search(told)
    ] == []
