"""A whole cluster: servers of askdocs on hosts of their own behind nginx, with one PostgreSQL."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from cluster_hosts import Host, Network, NoHosts, set_in
from ports import free_port
from postgres_server import PostgresServer

ROOT = Path(__file__).parent.parent
WORKER = Path(__file__).with_name("serving_worker.py")
NAME = "docs.example.org"
PASSWORD = "a word of the cluster"
_BASIC = base64.b64encode(f":{PASSWORD}".encode()).decode()
HEADERS = {"Host": NAME, "Authorization": f"Basic {_BASIC}"}
START_SECONDS = 90.0


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PARENT_DIES = 1  # PR_SET_PDEATHSIG


def _end_with_us() -> None:
    """Have the system end this process when the test is killed, which then cannot."""
    if _libc is not None:
        _libc.prctl(_PARENT_DIES, signal.SIGTERM)


class Place(Protocol):
    """Where something runs: a host of its own, or this machine."""

    @property
    def address(self) -> str: ...

    def inside(self) -> AbstractContextManager[None]: ...


class Here:
    """The machine of the test, where the servers differ by their ports."""

    address = "127.0.0.1"

    def inside(self) -> AbstractContextManager[None]:
        return nullcontext()


FAKE = (sys.executable, str(WORKER), "--pause", "0.2", "--pageless")
"""`askdocs` with the tiny embedder and a language model that takes two seconds for an answer."""
REAL = (sys.executable, "-m", "askdocs")


class Server:
    """`askdocs serve` as a process, which can be ended and started again."""

    def __init__(
        self,
        place: Place,
        port: int,
        folder: Path,
        *,
        proxy: str,
        program: Sequence[str] = FAKE,
        **environ: str,
    ) -> None:
        self.place = place
        self.port = port
        self.address = f"http://{place.address}:{port}"
        self.audit = folder / f"audit-{port}-{place.address}.log"
        self.log = folder / f"serve-{port}-{place.address}.log"
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        given = {
            "names": NAME, "trusted_proxies": proxy, "audit_log": self.audit,
            "password_file": folder / "password", "host": place.address, "port": port,
            "client_running": 50, "client_waiting": 50, "running": 50, "waiting": 100,
        }  # fmt: skip
        settings = [f"--set=server.{name}={value}" for name, value in given.items()]
        self._command = [*program, "serve", *settings]
        self._environ = {**os.environ, "OPENAI_API_KEY": "none", **environ}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, index: Path) -> None:
        with self.log.open("ab") as log, self.place.inside():
            self._process = subprocess.Popen(
                [*self._command, "--index", str(index)],
                stdout=log,
                stderr=log,
                env=self._environ,
                preexec_fn=_end_with_us,
            )
        self._index = index

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Return when it is ready for questions."""
        limit = time.monotonic() + seconds
        while not self.is_ready():
            assert self._process is None or self._process.poll() is None, self.said()
            assert time.monotonic() < limit, self.said()
            time.sleep(0.1)

    def is_ready(self) -> bool:
        with suppress(httpx.HTTPError), self.place.inside():
            return httpx.get(f"{self.address}/health/ready", headers=HEADERS).status_code == 200
        return False

    def restart(self) -> float:
        """End it as a supervisor does and start it again; returns how long the ending took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.terminate()
        assert self._process.wait(90) == 0, self.said()
        took = time.monotonic() - began
        self.start(self._index)
        self.wait()
        return took

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def said(self) -> str:
        """All that it has written."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def asked(self) -> Counter[str]:
        """How often each question was begun to be answered here, by the server's own account."""
        if not self.audit.exists():
            return Counter()
        lines = self.audit.read_text(encoding="utf-8").splitlines()
        return Counter(json.loads(line)["question"] for line in lines)


class Balancer:
    """nginx with deploy/nginx.conf, whose addresses are those of the servers."""

    def __init__(self, place: Place, port: int, servers: Sequence[Server], folder: Path) -> None:
        self.place = place
        self.address = f"http://{place.address}:{port}"
        self.folder = folder / "nginx"
        self.folder.mkdir()
        text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
        for number, server in enumerate(servers):
            old, new = f"10.0.0.1{number + 1}:7860", server.address.removeprefix("http://")
            assert text.count(f"server {old} ") == 3
            text = text.replace(f"server {old} ", f"server {new} ")
        text, listening = re.subn(r"listen 80;", f"listen {place.address}:{port};", text)
        assert listening == 1
        (self.folder / "askdocs.conf").write_text(text, encoding="utf-8")
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 2; {user} pid {self.folder}/pid;\n"
            f"error_log {self.folder}/error.log notice;\n"
            "events { worker_connections 256; }\n"
            f"http {{\n{temporary}access_log {self.folder}/access.log;\n"
            f"include {self.folder}/askdocs.conf;\n}}\n",
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program is not None
        with self.place.inside():
            self._process = subprocess.Popen(
                [program, "-c", str(self.folder / "nginx.conf"), "-e", "stderr"],
                stderr=subprocess.DEVNULL,
                preexec_fn=_end_with_us,
            )
            limit = time.monotonic() + 10
            while True:
                with suppress(httpx.HTTPError):
                    httpx.get(f"{self.address}/metrics", headers=HEADERS)  # nginx's own answer
                    return
                assert self._process.poll() is None and time.monotonic() < limit
                time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()


@contextmanager
def ended(*parts: Any) -> Iterator[None]:
    """Stop all parts at the end, whatever happens."""
    try:
        yield
    finally:
        for part in parts:
            part.stop()


@dataclass
class Cluster:
    """Servers of one store, and what stands before them."""

    front: Place
    balancer: Balancer
    servers: list[Server]
    store: str
    """Host and port of the PostgreSQL server."""
    hosts: list[Host]
    """Those of the servers; none where all is on this machine."""
    why: str = ""
    """Why that is so."""

    def asked(self) -> Counter[str]:
        """How often each question was begun to be answered, wherever."""
        return sum((one.asked() for one in self.servers), Counter())


@contextmanager
def raised(
    folder: Path,
    fill: Callable[[str, Path], None],
    *,
    program: Sequence[str] = FAKE,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """A cluster of two servers; `fill` makes the store at an address, with files in a folder.

    nginx and PostgreSQL are on one host, each server on another one, if hosts can be made. Raises
    `NoPostgres`.
    """
    with ExitStack() as opened:
        places: list[Place]
        hosts: list[Host] = []
        why, at = "", "127.0.0.1"
        try:
            front, *hosts = opened.enter_context(Network(3)).hosts
        except NoHosts as error:
            why, places = str(error), [Here(), Here(), Here()]
        else:
            places, at = [front, *hosts], "10.213.0.100"
            front.add(at)
            # As deploy/nginx.conf says, so that a host that vanishes is noticed.
            for name, value in {"time": 5, "intvl": 2, "probes": 3}.items():
                set_in(front, f"tcp_keepalive_{name}", value)
        with places[0].inside():
            postgres = _postgres(at)
            opened.callback(postgres.close)
            store = f"{at}:{postgres.port}"
            address = f"postgresql://askdocs@{store}/postgres?schema=cluster"
            fill(address, folder / "filling")
        environ = {"ASKDOCS_STORE": address, **(settings or {})}
        servers = [
            Server(place, free_port(), folder, proxy=places[0].address, program=program, **environ)
            for place in places[1:]
        ]
        balancer = Balancer(places[0], free_port(), servers, folder)
        opened.enter_context(ended(balancer, *servers))
        for number, server in enumerate(servers):
            server.start(folder / f"index-{number}")
        balancer.start()
        for server in servers:
            server.wait()
        yield Cluster(places[0], balancer, servers, store, hosts, why)


def _postgres(address: str) -> PostgresServer:
    """A server that other hosts reach at an address of this one."""
    server = PostgresServer(fsync=False, settings={"listen_addresses": f"127.0.0.1,{address}"})
    server.start()
    with (server.data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
        rules.write("host all all 10.213.0.0/24 trust\n")
    server.run("SELECT pg_reload_conf()")
    return server
