"""Runs a program in a fresh process and notes every connection it makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_WATCH = """
import json, sys
calls = []
SENDING = ("socket.connect", "socket.sendto", "socket.sendmsg")
ASKING = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
def watch(event, arguments):
    # An address that is no pair is a socket in the file system or a pipe: no network.
    if event in ASKING or (event in SENDING and isinstance(arguments[-1], tuple)):
        calls.append([event, repr(arguments)])
sys.addaudithook(watch)
"""

_REPORT = """
print(json.dumps(calls))
"""


def connections(program: str, folder: Path) -> list[tuple[str, str]]:
    """Run a Python program in `folder`; the connections and name look-ups that it tried."""
    done = subprocess.run(
        [sys.executable, "-c", _WATCH + program + _REPORT],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(event, about) for event, about in json.loads(done.stdout.splitlines()[-1])]
