"""The address of a store on a PostgreSQL server: `postgresql://user@host:5432/database`.

One database holds many stores, each in a schema of its own, which `?schema=NAME` names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from askdocs.errors import SettingsError

SCHEMA = "askdocs"
"""The schema of a store whose address names none."""

_SCHEMES = ("postgresql", "postgres")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a store is on a server, and how it is reached: `connect` is for libpq."""

    connect: str
    schema: str
    server: str
    """What messages say of it: host, port and database, never a password."""

    @property
    def name(self) -> str:
        """The store as messages name it."""
        return f"PostgreSQL at {self.server}, schema {self.schema}"


def is_address(text: str) -> bool:
    """Whether a text is meant as the address of a PostgreSQL server.

    >>> is_address("postgresql://localhost/askdocs"), is_address("index/")
    (True, False)
    """
    return text.partition("://")[0] in _SCHEMES and "://" in text


def parsed(text: str) -> Address:
    """The parts of an address. Raises `SettingsError`.

    >>> parsed("postgresql://me:secret@db:5433/docs?schema=news&sslmode=require")
    Address(connect='postgresql://me:secret@db:5433/docs?sslmode=require', schema='news', \
server='db:5433/docs')
    """
    try:
        parts = urlsplit(text)
        hosts = parts.netloc.rpartition("@")[2]
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise _wrong(f"it cannot be read: {error}") from None
    schema = next((value for name, value in given if name == "schema"), SCHEMA)
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise _wrong(f"{schema!r} cannot be a schema: small letters, digits and _")
    rest = [(name, value) for name, value in given if name != "schema"]
    options = dict(rest)
    database = unquote(parts.path.strip("/")) or options.get("dbname", "")
    server = f"{hosts or options.get('host', 'its socket')}/{database}".rstrip("/")
    query = urlencode(rest, quote_via=quote)  # to libpq a plus sign is no blank
    return Address(urlunsplit(parts._replace(query=query)), schema, server)


def store_place(value: str) -> str:
    """What is wrong with the place of a store, if anything: empty, or the address of a server.

    >>> store_place("postgresql://localhost/docs"), store_place("mysql://localhost")
    ('', 'must be an address such as postgresql://user@host/database')
    >>> store_place("postgresql://me:secret@localhost/docs")
    'must have no password in it: give that as PGPASSWORD, or in the file ~/.pgpass'
    """
    if not value:
        return ""
    if not is_address(value):
        return "must be an address such as postgresql://user@host/database"
    try:
        has_password = urlsplit(value).password or "password=" in urlsplit(value).query
        parsed(value)
    except (SettingsError, ValueError) as error:
        return str(error)
    if has_password:
        return "must have no password in it: give that as PGPASSWORD, or in the file ~/.pgpass"
    return ""


def _wrong(reason: str) -> SettingsError:
    # The address itself is not shown, as it may hold a password.
    return SettingsError(f"must be an address such as postgresql://user@host/database: {reason}")
