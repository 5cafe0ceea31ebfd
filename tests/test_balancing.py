"""deploy/nginx.conf before small servers: what goes where, what goes twice, what nginx says."""

from __future__ import annotations

import re
import shlex
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from askdocs.cli import make_parser
from askdocs.config_loading import all_settings
from askdocs.readers.opening import SIZE_LIMIT
from askdocs.web.security import ELSEWHERE
from cluster_rig import HEADERS, ROOT, Balancer, Here, ended
from ports import free_port

CONFIGURATION = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")


class Small(ThreadingHTTPServer):
    """A server that notes what it was sent. `mode` says what it does: it may break off, too."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.mode = "well"
        self.read = 0
        self.got: list[tuple[str, str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Small

    def _reply(self) -> None:
        self.server.read += len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((self.command, self.path, headers))
        mode = self.server.mode
        if mode == "breaks off":
            return
        body = f"{mode} {self.server.server_port}".encode()
        self.send_response(200 if mode == "well" else 503)
        if mode == "hands back" and headers.get("x-askdocs-elsewhere") == "may":
            self.send_header("X-Accel-Redirect", ELSEWHERE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Any]:
    """Nginx with two servers behind it, as a client of it: `first` and `second`."""
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
        pytest.skip("nginx is not installed")
    with ExitStack() as opened:
        servers = [Small(), Small()]
        for server in servers:
            opened.callback(server.end)
        balancer: Any = Balancer(Here(), free_port(), servers, tmp_path)
        opened.enter_context(ended(balancer))
        balancer.start()
        client: Any = opened.enter_context(
            httpx.Client(base_url=balancer.address, headers=HEADERS, timeout=20)
        )
        client.first, client.second = servers
        yield client


@contextmanager
def both(front: Any, mode: str) -> Iterator[None]:
    """Meanwhile both servers do the same."""
    front.first.mode = front.second.mode = mode
    try:
        yield
    finally:
        front.first.mode = front.second.mode = "well"


def sent(front: Any) -> list[tuple[str, str, dict[str, str]]]:
    """What the servers were sent, and not again."""
    found = [*front.first.got, *front.second.got]
    front.first.got.clear()
    front.second.got.clear()
    return found


def test_a_question_is_sent_once_unless_it_was_not_begun(front: Any) -> None:
    """Broken off it is not sent again; handed back it is, to all servers before it is given up."""
    with both(front, "breaks off"):
        lost = front.post("/v1/ask", content=b"{}")
        assert (lost.status_code, lost.json()["code"]) == (502, "unreachable")
        assert len(sent(front)) == 1
    question = 100_000 * b"x"
    for path in ("/v1/ask", "/v1/retrieve", "/v1/chat/completions"):
        front.first.mode = "hands back"
        front.second.read = 0
        for _ in range(4):
            assert front.post(path, content=question).text.startswith("well")
        assert front.second.read == 4 * len(question)  # all of it, also the second time
        front.first.mode = "well"
    sent(front)
    with both(front, "hands back"):
        refused = front.post("/v1/ask", content=b"{}")
        assert refused.status_code == 503
        assert refused.text.startswith("hands back")  # its own words
        assert len(sent(front)) == 3
    with both(front, "is busy"):
        assert front.post("/v1/ask", content=b"{}").status_code == 503
        assert front.post("/v1/documents", content=b"{}").status_code == 503
        assert len(sent(front)) == 2


def test_what_only_reads_is_sent_again(front: Any) -> None:
    """To the other server, when one breaks off or cannot."""
    for mode in ("breaks off", "is busy"):
        for broken in (front.first, front.second):
            broken.mode = mode
            for _ in range(3):
                assert front.get("/v1/conversations").text.startswith("well")
            broken.mode = "well"


def test_a_server_that_is_gone_costs_nobody_an_answer(front: Any) -> None:
    """What is refused goes to the other; once both were gone, nobody is turned away for that."""
    with both(front, "breaks off"):  # nginx takes out both
        for _ in range(2):
            assert front.post("/v1/ask", content=b"{}").status_code == 502
    sent(front)
    for _ in range(4):
        assert front.post("/v1/ask", content=b"{}").status_code == 200
    assert len(sent(front)) == 4
    front.second.end()
    for path in ("/v1/ask", "/v1/documents", "/gradio_api/queue/join"):
        for _ in range(4):
            assert front.post(path, content=b"{}").status_code == 200
    front.first.end()
    for path in ("/v1/ask", "/v1/documents", "/"):
        for _ in range(2):
            gone = front.post(path, content=b"{}")
            assert gone.headers["content-type"] == "application/problem+json"
            assert (gone.status_code, gone.json()["status"]) == (502, 502)


def test_a_browser_stays_with_a_server_and_programs_do_not(front: Any) -> None:
    """By the cookie that askdocs gives it; what is begun and looked at later stays, too."""
    for number in range(6):
        cookie = {"Cookie": f"a=b; askdocs-visitor={number:032x}"}
        for path in ("/", "/gradio_api/queue/data", "/view", "/v1/indexing", "/v1/documents"):
            front.get(path, headers=cookie)
        assert 0 in (len(front.first.got), len(front.second.got)), number
        assert len(sent(front)) == 5
    homes: Counter[bool] = Counter()
    for number in range(40):
        front.get("/", headers={"Cookie": f"askdocs-visitor={number:032x}"})
        homes[bool(front.first.got)] += 1
        sent(front)
    assert min(homes[True], homes[False]) >= 5
    for _ in range(10):
        front.post("/v1/ask", content=b"{}")
    assert len(front.first.got) == len(front.second.got) == 5


def test_a_server_is_told_who_asks_and_by_nobody_else(front: Any) -> None:
    """Address, scheme and name come from nginx; whom a visitor claims to be, does not."""
    forged = {"X-Forwarded-User": "ada", "X-Forwarded-For": "1.2.3.4", "X-Request-Id": "forged-1"}
    forged |= {"X-Askdocs-Elsewhere": "may", "X-Forwarded-Proto": "https"}
    for path in ("/v1/documents", "/v1/ask", "/"):
        front.post(path, content=b"{}", headers=forged)
        ((_, _, headers),) = sent(front)
        assert "x-forwarded-user" not in headers
        assert headers["x-forwarded-for"] == "1.2.3.4, 127.0.0.1"
        assert headers["x-forwarded-proto"] == "http"
        assert headers["host"] == HEADERS["Host"]
        assert len(headers["x-request-id"]) == 32
        assert headers.get("x-askdocs-elsewhere", "") == ("may" if path == "/v1/ask" else "")
        assert headers["connection"] == "close"


def test_what_is_said_of_askdocs_is_so() -> None:
    """The settings that the comments name exist, and the command can be written."""
    keys = {setting.key for setting in all_settings()}
    named = set(re.findall(r"\bserver\.[a-z_]+", CONFIGURATION))
    assert named and named <= keys
    variables = {setting.variable for setting in all_settings()}
    assert set(re.findall(r"ASKDOCS_[A-Z_]+", CONFIGURATION)) <= variables
    (command,) = re.findall(r"askdocs (serve .*\\\n#.*)", CONFIGURATION)
    make_parser().parse_args(shlex.split(command.replace("\\\n#", " ")))


def test_nginx_takes_as_much_as_askdocs_does() -> None:
    """The largest document, and the form around it; it waits longer than an answer may take."""
    from askdocs.config_server import ServerSettings

    (megabytes,) = [line for line in CONFIGURATION.splitlines() if "client_max_body_size" in line]
    given = int("".join(filter(str.isdigit, megabytes))) * 2**20
    assert SIZE_LIMIT + 2**16 <= given < SIZE_LIMIT + 2**22
    (waits,) = [line for line in CONFIGURATION.splitlines() if "proxy_read_timeout" in line]
    assert int("".join(filter(str.isdigit, waits))) > ServerSettings().deadline
