"""What stores.py compares: ways of keeping an index, and what each takes of the machine."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from askdocs.index_opening import STORE  # noqa: E402
from postgres_server import PostgresServer  # noqa: E402

Figures = dict[str, Any]
SCHEMA = "stores"


@dataclass
class Way:
    """A way of keeping an index: its folder, its settings, and the server of its own if it has one.

    `reads` says that it is asked as a process that only reads: by codes, without Chroma. A way may
    ask what another has filled.
    """

    name: str
    size: int
    at: Path
    server: PostgresServer | None = None
    settings: dict[str, str] = field(default_factory=dict)
    reads: bool = True
    filled_by: str = ""

    @property
    def address(self) -> str:
        """Where the store is: an address, or nothing for the file in the folder."""
        return self.server.address(SCHEMA) if self.server else ""

    @property
    def environment(self) -> dict[str, str]:
        """The settings as a user gives them."""
        plain = {name: value for name, value in os.environ.items() if name[:8] != "ASKDOCS_"}
        store = {"ASKDOCS_STORE": self.address} if self.server else {}
        return {**plain, **store, **self.settings}

    def command(self, step: str) -> list[str]:
        """How a step is run in a process of its own."""
        command = [sys.executable, str(HERE / "stores_steps.py"), step, str(self.at)]
        return [*command, "--reads"] if self.reads else command

    def derive(self) -> Figures:
        """Make what is derived from the store."""
        done = subprocess.run(
            self.command("derive"), env=self.environment, stdout=subprocess.PIPE, check=True
        )
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def disk(self) -> dict[str, int]:
        """Bytes of each part of the index."""
        parts = self._tables() if self.server else _pages(self.at / STORE)
        for name in ("codes", "chroma"):
            files = [path for path in self.at.glob(f"{name}-*") if path.is_file()]
            files += [path for path in self.at.glob(f"{name}-*/**/*") if path.is_file()]
            if files:
                parts[name] = sum(path.stat().st_size for path in files)
        return parts

    def _tables(self) -> dict[str, int]:
        """Of each table with what belongs to it, and of each index of another kind than B-tree."""
        assert self.server is not None
        tables = self.server.run(
            "SELECT relname, pg_total_relation_size(c.oid) FROM pg_class c"
            " WHERE relnamespace = %s::regnamespace AND relkind = 'r'",
            SCHEMA,
        )
        indexes = self.server.run(
            "SELECT t.relname, a.amname, sum(pg_relation_size(c.oid)) FROM pg_class c"
            " JOIN pg_am a ON a.oid = c.relam JOIN pg_index i ON i.indexrelid = c.oid"
            " JOIN pg_class t ON t.oid = i.indrelid"
            " WHERE c.relnamespace = %s::regnamespace AND a.amname <> 'btree' GROUP BY 1, 2",
            SCHEMA,
        )
        parts = {str(name): int(size) for name, size in tables}
        for table, kind, size in indexes:
            parts[table] -= int(size)
            parts[f"{table}, {kind}"] = int(size)
        return parts

    def used_by_server(self) -> tuple[float, float]:
        """Seconds of processor time that the server has used, and MB that it holds, as of now."""
        if self.server is None:
            return 0.0, 0.0
        first = self.server.process
        seconds, kilobytes = 0.0, 0
        for process in (first, *_children(first)):
            spent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            # With the children that have ended, of whom the first process has most.
            seconds += sum(map(int, spent[11:15])) / os.sysconf("SC_CLK_TCK")
            rolled = Path(f"/proc/{process}/smaps_rollup").read_text()
            kilobytes += int(rolled.partition("\nPss:")[2].split()[0])
        return seconds, kilobytes / 1024


def _children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in text.split()]


def _pages(file: Path) -> dict[str, int]:
    """Bytes of each table of SQLite with its indexes; the word index counts as one."""
    parts: dict[str, int] = {}
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        tables = dict(connection.execute("SELECT name, tbl_name FROM sqlite_schema"))
        for name, size in connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            table = tables.get(name, name)
            table = "words" if table.startswith("words_") else table
            parts[table] = parts.get(table, 0) + int(size)
    return parts


class Asked:
    """A process that has a way's index open and answers one question after the other."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.times: list[Figures] = []
        self._before = way.used_by_server()[0]
        self._process = subprocess.Popen(
            way.command("answer"),
            env=way.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.opened = self._told()

    def ask(self, question: str, *, whole: bool = False) -> None:
        """Let it find the passages for a question, or answer it, and keep how long that took."""
        self._say([question, whole])
        self.times.append(self._told())

    def close(self) -> Figures:
        """End it, and say what it and the server have used."""
        seconds, megabytes = self.way.used_by_server()
        self._say(["", False])
        told = self._told()
        told["server_mb"] = round(megabytes)
        told["server_cpu_ms"] = round(1000 * (seconds - self._before) / max(1, len(self.times)), 1)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        return told

    def start_counting(self) -> None:
        """Forget what was asked, and count the server's processor time from here on."""
        self.times.clear()
        self._before = self.way.used_by_server()[0]

    def _say(self, what: list[Any]) -> None:
        assert self._process.stdin is not None
        print(json.dumps(what), file=self._process.stdin, flush=True)

    def _told(self) -> Figures:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self.way.name} ended")
        return dict(json.loads(line))
