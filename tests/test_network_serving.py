"""A server makes no connection: while it starts, shows its page, is asked, and ends."""

from __future__ import annotations

from pathlib import Path

from network_watch import connections

SERVING = """
sys.path.insert(0, {tests!r})
from pathlib import Path
from api_server import HOME, QUESTION, UNREST, make, served
from fastapi.testclient import TestClient
here = Path("made")
make(here)
with served(here) as app, TestClient(app, base_url=HOME) as client:
    for path in ("/", "/config", "/theme.css", "/health/ready", "/metrics", "/v1/documents"):
        assert client.get(path).status_code == 200, path
    reply = client.post("/v1/ask", json={{"question": QUESTION}})
    assert reply.json()["citations"], reply.text
    assert client.post("/v1/retrieve", json={{"question": QUESTION}}).status_code == 200
    assert client.get("/view", params={{"document": UNREST}}).status_code == 200
    message = {{"model": "askdocs", "messages": [{{"role": "user", "content": QUESTION}}]}}
    assert client.post("/v1/chat/completions", json=message).status_code == 200
    called = {{"name": "ask", "arguments": {{"question": QUESTION}}}}
    call = {{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called}}
    accept = {{"accept": "application/json, text/event-stream"}}
    assert "7,939" in client.post("/mcp", json=call, headers=accept).text
    import time
    time.sleep(1)  # what a library sends behind one's back, it sends from a thread
"""


def test_a_server_makes_no_connection(tmp_path: Path) -> None:
    """Not for figures of use, fonts, models or anything else, in any thread; no name is looked up.

    What a library of the page would send, such as Gradio's figures of use, it sends at its start.
    """
    program = SERVING.format(tests=str(Path(__file__).parent))
    assert connections(program, tmp_path) == []
