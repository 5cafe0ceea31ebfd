"""Reach a PostgreSQL server: pooled connections, typed errors, and no endless waiting."""

from __future__ import annotations

import hashlib
import os
import select
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from askdocs.config_store import Address
from askdocs.database import Rows
from askdocs.errors import IndexDamaged, IndexInUse, IndexProblem, StoreUnreachable

try:
    import psycopg
    from psycopg import conninfo
    from psycopg import errors as refusals
    from psycopg.adapt import Dumper, Loader
except ImportError as error:
    raise IndexProblem(
        f"PostgreSQL needs psycopg ({error}); install it with: pip install 'askdocs[postgres]'"
    ) from error

_SECONDS = 2  # to connect; libpq takes no less
_PATIENCE = {
    # A server that is cut off sends no word of it: after so many milliseconds it counts as gone.
    "tcp_user_timeout": "2000",
    "keepalives_idle": "1",
    "keepalives_interval": "1",
    "keepalives_count": "2",
}
_SESSION = (
    # A question is a dozen small queries, for which compiled plans come too late.
    "-c jit=off"
    # What is long in a row lies elsewhere: to read a whole table costs far more than is believed.
    " -c enable_seqscan=off"
    # A machine that vanishes, or a process that stands still, shall not keep the others waiting
    # with what it has locked.
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=20000 -c idle_in_transaction_session_timeout=60000"
)
REPAIR = "bring a backup of the database back, or index into another schema"

Failure = psycopg.Error
"""What a statement raises; `Pool` makes an askdocs error of it."""


class PostgresConnection:
    """A connection that takes statements as sqlite3's do: with a `?` for each value."""

    def __init__(self, address: Address) -> None:
        wanted = {"connect_timeout": _SECONDS, **_PATIENCE}
        given = conninfo.conninfo_to_dict(address.connect)
        chosen: dict[str, Any] = {
            name: value for name, value in wanted.items() if name not in given
        }
        path = f"-c search_path={address.schema} {_SESSION}"
        self.raw = psycopg.connect(
            address.connect,
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            application_name=f"askdocs {os.getpid()}@{socket.gethostname()}"[:63],
            client_encoding="utf8",
            options=" ".join(filter(None, [str(given.get("options") or ""), path])),
            **chosen,
        )
        self.raw.adapters.register_dumper(str, _TextDumper)
        self.raw.adapters.register_loader("text", _TextLoader)

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Run a statement."""
        return self.raw.execute(_numbered(statement), values or None, binary=True)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run a statement once for each row of values."""
        with self.raw.cursor() as cursor:
            cursor.executemany(_numbered(statement), rows)

    @property
    def is_alive(self) -> bool:
        """Whether the server has not hung up, as far as is known here."""
        if self.raw.closed or self.raw.broken:
            return False
        # Between statements the server is silent; what can be read is its farewell.
        with suppress(OSError, ValueError):
            return not select.select([self.raw.fileno()], [], [], 0)[0]
        return False

    def close(self) -> None:
        """Hang up."""
        with suppress(psycopg.Error):
            self.raw.close()


class Pool:
    """The connections of this process to a server. From any thread; each is one thread's at a time.

    They are opened when they are wanted, and opened anew when the server has hung up.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._idle: list[PostgresConnection] = []
        self._lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """Close every connection; those in use close when they come back."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()

    @contextmanager
    def borrowed(self) -> Iterator[PostgresConnection]:
        """A connection for a while. Raises what `translated` makes of the server's errors."""
        with self.errors():
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Let errors of the server be ours."""
        try:
            yield
        except psycopg.Error as error:
            raise translated(self.address, error) from error

    def _take(self) -> PostgresConnection:
        with self._lock:
            if self._closed:
                raise IndexProblem(f"{self.address.name} is closed; open the index again")
            while self._idle:
                connection = self._idle.pop()
                if connection.is_alive:
                    return connection
                connection.close()
        return PostgresConnection(self.address)

    def _give_back(self, connection: PostgresConnection) -> None:
        idle = psycopg.pq.TransactionStatus.IDLE
        with self._lock:
            if self._closed or connection.raw.info.transaction_status != idle:
                connection.close()
            else:
                self._idle.append(connection)


def lock_number(address: Address, purpose: str) -> int:
    """The number of a lock of the server, which is for this schema and purpose alone."""
    name = f"askdocs {address.schema} {purpose}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)


def translated(address: Address, error: psycopg.Error) -> IndexProblem:
    """The askdocs error that says in one line what an error of PostgreSQL means for the user."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, refusals.DiskFull):
        return IndexProblem(f"{address.name}: its disk is full; free some space and run it again")
    if isinstance(error, refusals.InsufficientPrivilege | refusals.ReadOnlySqlTransaction):
        return IndexProblem(
            f"{address.name} cannot be written ({reason}); give its user the right to, or name"
            " another with index.store"
        )
    if isinstance(error, refusals.LockNotAvailable):
        return IndexInUse(f"{address.name} is being changed by another process; try again")
    if isinstance(error, refusals.DataCorrupted | refusals.IndexCorrupted):
        return IndexDamaged(f"{address.name} is damaged ({reason}); {REPAIR}")
    if isinstance(error, refusals.UndefinedTable | refusals.UndefinedColumn):
        return IndexDamaged(f"{address.name} has lost a table or column ({reason}); {REPAIR}")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return StoreUnreachable(
            f"PostgreSQL at {address.server} does not answer ({_short(reason)}); start it, or"
            " correct index.store, then run: askdocs status"
        )
    return IndexProblem(f"{address.name}: {reason}; run: askdocs check")


def _short(reason: str) -> str:
    """What libpq says, without its advice and its repetitions."""
    said = reason.replace("server closed the connection unexpectedly", "it hung up")
    for end in ("Is the server running", "This probably means", "Multiple connection"):
        said = said.partition(end)[0]
    said = said.rpartition(" failed: ")[2]  # before it the address, which is known already
    return said.strip(" .;:") or "no reason given"


@lru_cache(maxsize=1_000)
def _numbered(statement: str) -> str:
    """A statement with `$1`, `$2`, ... for its marks.

    >>> _numbered("SELECT a FROM b WHERE c = ? AND d = ?")
    'SELECT a FROM b WHERE c = $1 AND d = $2'
    """
    first, *others = statement.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))


_ESCAPE = "\ue000"


class _TextDumper(Dumper):
    """Writes texts. PostgreSQL cannot store the character 0: a private one and a letter do."""

    def dump(self, obj: str) -> bytes:
        if "\0" in obj or _ESCAPE in obj:
            obj = obj.replace(_ESCAPE, f"{_ESCAPE}e").replace("\0", f"{_ESCAPE}0")
        return obj.encode()


class _TextLoader(Loader):
    """Reads what `_TextDumper` wrote."""

    format = psycopg.pq.Format.BINARY

    def load(self, data: Any) -> str:
        text = bytes(data).decode()
        if _ESCAPE in text:
            text = text.replace(f"{_ESCAPE}0", "\0").replace(f"{_ESCAPE}e", _ESCAPE)
        return text
