"""The description of the API is true: of every request it allows, and of every reply."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from api_server import HOME, make, served
from askdocs import __version__
from live_server import running

HERE = Path(__file__).parent
SETTINGS = """
hooks = "openapi_checks"

# What these may be refused for, though the form is right, no schema can say: a folder that there is
# not, a file of no known type. `never_malformed` sees to it that it is for nothing else.
[[operations]]
include-operation-id = ["ask", "retrieve", "add_document"]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 415, 422, 429, 503]
"""
ENDING = re.compile(r"(\d+) generated, (\d+) passed")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def schema(made: Path) -> Iterator[dict[str, Any]]:
    with served(made) as app, TestClient(app, base_url=HOME) as client:
        yield client.get("/v1/openapi.json").json()


def operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema["paths"].values():
        yield from methods.values()


def contents(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON that is sent and got, each with what it belongs to."""
    for one in operations(schema):
        bodies = {"request": one.get("requestBody", {}), **one["responses"]}
        for name, body in bodies.items():
            for kind, content in body.get("content", {}).items():
                if "json" in kind:
                    yield f"{one['operationId']} {name}", content


def test_every_address_has_a_name_and_words(schema: dict[str, Any]) -> None:
    """Names for programs are unique; each address says what it does and belongs to a group."""
    found = list(operations(schema))
    names = [one["operationId"] for one in found]
    assert len(set(names)) == len(names) >= 25
    assert {tag for one in found for tag in one["tags"]} == {one["name"] for one in schema["tags"]}
    assert all(one["description"] for one in found)
    assert schema["info"]["version"] == __version__
    assert set(schema["components"]["securitySchemes"]) == {"bearer", "basic"}


def test_every_example_is_one(schema: dict[str, Any]) -> None:
    """Each JSON that is sent or got has an example, and the example is as the schema says."""
    seen = 0
    for name, content in contents(schema):
        whole = {"components": schema["components"], **content["schema"]}
        reference = content["schema"].get("$ref", "").rpartition("/")[2]
        described = schema["components"]["schemas"].get(reference, {})
        examples = [content["example"]] if "example" in content else described.get("examples", [])
        assert examples, f"{name} has no example"
        for example in examples:
            jsonschema_rs.validate(whole, example)
            seen += 1
    assert seen > 150


def test_the_list_of_addresses_is_the_description(made: Path, schema: dict[str, Any]) -> None:
    """GET /v1 names every address of the description, with its words."""
    with served(made) as app, TestClient(app, base_url=HOME) as client:
        listed = client.get("/v1").json()
    assert listed["version"] == __version__
    described = {
        (method.upper(), path) for path, methods in schema["paths"].items() for method in methods
    }
    assert {(one["method"], one["path"]) for one in listed["addresses"]} == described
    assert all(one["about"] for one in listed["addresses"])


def test_who_must_sign_in_is_described(made: Path, schema: dict[str, Any]) -> None:
    """Of a server that asks who one is, all but its health needs a token or a password."""
    assert schema["security"] == [{}]
    with served(made, password="pw") as app, TestClient(app, base_url=HOME) as client:
        assert client.get("/v1/openapi.json").status_code == 401
        closed = client.get("/v1/openapi.json", auth=("any", "pw")).json()
    assert closed["security"] == [{"bearer": []}, {"basic": []}]
    assert closed["paths"]["/health/live"]["get"]["security"] == [{}]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["signed in", "read only"])
def test_the_server_does_what_the_description_says(tmp_path: Path, mode: str) -> None:
    """Schemathesis finds no request that is answered otherwise than the description says.

    All its checks, in all its phases, the same requests in each run.
    """
    make(tmp_path)
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS)
    signs_in = mode == "signed in"
    with (
        served(tmp_path, password="pw" if signs_in else "", read_only=not signs_in) as app,
        running(app) as url,
    ):
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)]
        command += ["run", f"{url}/v1/openapi.json", "--checks", "all", "--seed", "1"]
        command += ["--max-examples", "4", "--generation-deterministic", "--no-shrink"]
        command += ["--continue-on-failure", *(("--auth", "user:pw") if signs_in else ())]
        run = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(HERE), "NO_COLOR": "1"},
            check=False,
        )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    ended = ENDING.search(run.stdout)
    assert ended, run.stdout[-2000:]
    assert int(ended[1]) == int(ended[2]) > 300
