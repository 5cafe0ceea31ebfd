"""What is in deploy/: an image, a composition and a service, checked without running an engine."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import threading
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from askdocs.cli import make_parser
from askdocs.config_loading import VARIABLE, all_settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
KNOWN = {setting.variable for setting in all_settings()} | {VARIABLE, "ASKDOCS_INDEX"}
PORT = "7860"


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each with its words; comments and ARG lines aside."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def last_stage() -> list[tuple[str, str]]:
    found = steps()
    begin = max(place for place, (word, _) in enumerate(found) if word == "FROM")
    return found[begin:]


def health_commands() -> list[list[str]]:
    """What tells whether a container is in order: in the image and in the composition."""
    (in_image,) = [rest for word, rest in last_stage() if word == "HEALTHCHECK"]
    checks = [json.loads(in_image.partition("CMD ")[2])]
    for service in compose()["services"].values():
        if "healthcheck" in service:
            kind, *command = service["healthcheck"]["test"]
            assert kind == "CMD"
            checks.append(command)
    return checks


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return read


SERVICES = list(compose()["services"])


def test_the_image_passes_its_linter() -> None:
    """hadolint, with ShellCheck for the commands, finds nothing in the Dockerfile."""
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which(
        "hadolint"
    )
    if linter is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run(
        [linter, "--no-color", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The last user of the image is a number that is not root's."""
    user = [rest for word, rest in last_stage() if word == "USER"][-1]
    assert int(user.partition(":")[0]) > 1000


def test_what_the_image_is_made_of_is_there_and_is_sent() -> None:
    """Every file that is copied exists and is let through by the list of what is left out."""
    rules = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sent = [rule[1:] for rule in rules if rule.startswith("!")]
    assert "*" in rules
    copied = [
        name
        for word, rest in steps()
        if word == "COPY" and "--from" not in rest
        for name in rest.split()[:-1]
    ]
    assert "src" in copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(fnmatch(name, rule) for rule in sent), name
    assert not {word for word, _ in steps()} & {"ADD"}


def test_every_package_of_the_image_is_pinned() -> None:
    """But for torch, which has its own pin, all come from the lock, with their hashes."""
    installs = [
        part
        for word, rest in steps()
        if word == "RUN"
        for part in rest.split("&&")
        if "pip install" in part
    ]
    assert len(installs) == 3
    assert all("--no-deps" in part for part in installs)
    torch, locked, own = installs
    assert "${TORCH}" in torch
    assert "--require-hashes" in locked and "requirements.txt" in locked
    assert own.split()[-1] == "."
    (pin,) = [rest for word, rest in steps() if word == "ARG" and rest.startswith("TORCH=")]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^TORCH +\?= (.*)$", makefile, re.MULTILINE)[1] == pin[7:-1]  # type: ignore[index]


def test_the_settings_in_the_image_exist() -> None:
    """No setting is misspelt in the image, the composition or the service, where nobody reads."""
    for name in ("Dockerfile", "compose.yaml", "askdocs.service"):
        used = set(re.findall(r"ASKDOCS_[A-Z_]+", (DEPLOY / name).read_text(encoding="utf-8")))
        assert used, name
        assert used <= KNOWN


class Health(BaseHTTPRequestHandler):
    """Answers with the server's `status`, wherever it is asked for its health."""

    def do_GET(self) -> None:
        is_known = self.path in ("/health/live", "/api/v2/heartbeat")
        self.send_response(self.server.status if is_known else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("command", health_commands(), ids=["askdocs", "chroma"])
def test_the_health_check_tells_health(command: list[str]) -> None:
    """It succeeds for a server in order, and fails for a sick one and for none at all."""
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = str(server.server_port)
        words = [re.sub(r"'127\.0\.0\.1', \d+", f"'127.0.0.1', {port}", one) for one in command]
        assert words != command

        def outcome() -> int:
            environ = {"PATH": str(Path(sys.executable).parent), "HTTP_PROXY": "http://192.0.2.1"}
            return subprocess.run(words, env=environ, capture_output=True, check=False).returncode

        server.status = 200  # type: ignore[attr-defined]
        assert outcome() == 0
        server.status = 503  # type: ignore[attr-defined]
        assert outcome() != 0
        server.shutdown()
    assert outcome() != 0


def test_the_health_check_asks_the_port_that_is_served() -> None:
    """Address, port and health check of the image belong together."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert f"ASKDOCS_SERVER_PORT={PORT}" in text
    assert f"EXPOSE {PORT}" in text
    assert f"'127.0.0.1', {PORT}" in text


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_little(name: str) -> None:
    """Its root is read-only, and it has no capabilities, no way to new ones and limits."""
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not set(service) & {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode"}
    assert service["mem_limit"] and service["pids_limit"]
    for mount in service["volumes"]:
        assert mount["type"] == "volume" or mount["read_only"] is True


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_reached_from_this_machine_only(name: str) -> None:
    """Ports are those of loopback; Chroma, which asks for no password, has none."""
    service = compose()["services"][name]
    ports = service.get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in ports)
    if name == "chroma":
        assert not ports
        assert all(compose()["networks"][network]["internal"] for network in service["networks"])
    else:
        assert ports
        assert service["environment"]["ASKDOCS_SERVER_PASSWORD_FILE"] == "/run/secrets/password"
        assert service["secrets"] == ["password"]


def test_what_a_composition_names_is_declared() -> None:
    """Volumes, networks, secrets and services that are named exist, and none is left over."""
    whole = compose()
    services = whole["services"].values()
    named = {
        "volumes": {m["source"] for s in services for m in s["volumes"] if m["type"] == "volume"},
        "networks": {network for service in services for network in service["networks"]},
        "secrets": {secret for service in services for secret in service.get("secrets", [])},
    }
    for kind, names in named.items():
        assert names == set(whole[kind])
    needed = {other for service in services for other in service.get("depends_on", {})}
    assert needed <= set(whole["services"])
    ports = [port for service in services for port in service.get("ports", [])]
    assert len(set(ports)) == len(ports)


def test_without_a_profile_there_is_one_container() -> None:
    """The plain variant is askdocs alone; the profile adds Chroma and a second askdocs."""
    plain = {name for name, one in compose()["services"].items() if "profiles" not in one}
    assert plain == {"askdocs"}


def test_the_password_is_in_no_repository() -> None:
    """The file of the secret is ignored by git and is not sent to the builder."""
    file = compose()["secrets"]["password"]["file"]
    assert Path(file).name in (DEPLOY / ".gitignore").read_text(encoding="utf-8").split()


def test_the_commands_in_the_comments_can_be_written() -> None:
    """What the comments and the service say to run, askdocs understands."""
    text = "\n".join(p.read_text(encoding="utf-8") for p in DEPLOY.iterdir() if p.is_file())
    found = re.findall(r"(?:--rm |bin/)askdocs ((?:index|serve)\b.*)$", text, re.MULTILINE)
    assert len(found) >= 3
    for words in found:
        make_parser().parse_args(shlex.split(words))


def analysed(arguments: list[str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """What systemd says of the service, with a program that is there in the place of ours."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    text = (DEPLOY / "askdocs.service").read_text(encoding="utf-8")
    unit = tmp_path / "askdocs.service"
    unit.write_text(text.replace("/opt/askdocs/bin/askdocs", sys.executable), encoding="utf-8")
    return subprocess.run(
        ["systemd-analyze", *arguments, unit], capture_output=True, text=True, check=False
    )


def test_systemd_understands_the_service(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing to complain about."""
    done = analysed(["verify"], tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_service_is_confined(tmp_path: Path) -> None:
    """Of what the service could do to the machine, systemd leaves little: below 2.5 of 10."""
    done = analysed(["security", "--offline=yes", "--no-pager", "--threshold=25"], tmp_path)
    if "Unknown" in done.stderr or "unrecognized" in done.stderr:
        pytest.skip("this systemd cannot rate a file")
    assert done.returncode == 0, done.stdout[-300:]
