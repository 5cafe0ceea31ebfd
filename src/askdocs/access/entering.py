"""Who comes in: whom a request comes from, by what it brings."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeVar

from askdocs.access.accounts import Accounts
from askdocs.access.naming import canonical
from askdocs.access.principal import OWNER, Principal
from askdocs.access.tokens import digest
from askdocs.access.tries import Tries
from askdocs.errors import AskdocsError, Busy, NotAllowed, SignInNeeded, StoreUnreachable

Found = TypeVar("Found")

AT_ONCE = 2
"""Passwords that are looked at at once; each takes 19 MiB and a processor."""
_WAITING = 64
_LOOKS = 8
"""Looks at accounts on a server at once; each takes less than a millisecond of waiting for it."""
PATIENCE = 2.4
"""Seconds until a look that waits for that server is given up."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brings: two headers, whom a trusted proxy names, and where it comes from."""

    authorization: str = ""
    session: str = ""
    named: str = ""
    address: str = ""


class Entrance:
    """Lets in who may come in, by one shared password, by the accounts, or by a proxy's word.

    Where there is none of these, everybody is the owner. `local_token` lets the owner in as well:
    it is for programs of the person who started the server.
    """

    def __init__(
        self,
        accounts: Accounts | None = None,
        *,
        password: str = "",
        local_token: str = "",
        proxied: bool = False,
    ) -> None:
        self.accounts = accounts
        self.proxied = proxied
        self._password = password.encode("utf-8", "surrogatepass")
        self._local_token = local_token.encode()
        self._tries = accounts.tries if accounts else Tries()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="askdocs-password")
        self._looks = ThreadPoolExecutor(_LOOKS, thread_name_prefix="askdocs-accounts")
        self._waiting = 0
        self._noted: tuple[date, set[str]] = (date.min, set())

    @property
    def has_accounts(self) -> bool:
        """Whether people sign in by a name, as the last look has found."""
        return self.proxied or (self.accounts is not None and self.accounts.was_guarded)

    def _looks_for_accounts(self) -> bool:
        """The same as it is now. Raises `IndexProblem` if that cannot be known."""
        return self.proxied or (self.accounts is not None and self.accounts.guarded)

    async def enter(self, brought: Credentials) -> Principal:
        """Whoever brings this. Raises `SignInNeeded`, `NotAllowed`, `TooManyTries` or `Busy`.

        Raises `StoreUnreachable` where the accounts are on a server that does not answer.
        """
        if self._may_wait(brought):
            found = await self._looking(partial(self._at_once, brought))
        else:
            found = self._at_once(brought)
        if found is not None:
            return found
        name, password = _decoded(_scheme(brought)[1])
        return await self.sign_in(name, password, brought.address)

    async def _looking(self, look: Callable[[], Found]) -> Found:
        """What a look at accounts on a server finds; meanwhile others are served."""
        found = asyncio.get_running_loop().run_in_executor(self._looks, look)
        try:
            return await asyncio.wait_for(found, PATIENCE)
        except TimeoutError:
            place = self.accounts.name if self.accounts else ""
            raise StoreUnreachable(
                f"{place} does not answer in time; look after it, then run: askdocs status"
            ) from None

    def _may_wait(self, brought: Credentials) -> bool:
        """Whether somebody has to be looked up on a server."""
        accounts = self.accounts
        if accounts is None or not accounts.remote:
            return False
        return bool(brought.authorization or brought.session or brought.named) or (
            not accounts.was_guarded
        )

    def _at_once(self, brought: Credentials) -> Principal | None:
        """Whoever brings this; `None` if that takes a look at a password."""
        asked = bool(self._password) or self._looks_for_accounts()
        if asked and _scheme(brought)[0] == "basic" and not brought.named:
            return None
        return self.known(brought)

    def known(self, brought: Credentials) -> Principal:
        """Whoever brings this, without a look at passwords. Raises like `enter`."""
        scheme, given = _scheme(brought)
        bearer = given if scheme == "bearer" else ""
        if self._local_token and hmac.compare_digest(_bytes(bearer), self._local_token):
            return OWNER
        if not self._looks_for_accounts():
            if self._password:
                raise SignInNeeded("the password is needed")
            return OWNER
        accounts = self.accounts
        found: Principal | None = None
        if brought.named:
            found = accounts.users.named(brought.named) if accounts else None
            if found is None:
                raise NotAllowed(
                    f"{canonical(brought.named)} may not use this server; who looks after it can"
                    f" run: askdocs access users add {canonical(brought.named)} --no-password"
                )
        elif accounts and bearer:
            found = accounts.tokens.holder(bearer)
            if found:
                self._note_use(accounts, bearer)
        elif accounts and brought.session and not brought.authorization:
            found = accounts.sessions.user(brought.session)
        if found is None:
            raise SignInNeeded("sign in first, or bring a token: Authorization: Bearer TOKEN")
        return found

    async def sign_in(
        self, name: str, password: str, address: str, *, shared: bool = True
    ) -> Principal:
        """Whoever has this name and password, or the `shared` password. Raises like `enter`.

        The password is looked at in a thread: the other requests do not wait for it.
        """
        if self._waiting >= _WAITING:
            raise Busy("too many sign in at once; try again", retry_after=2)
        self._waiting += 1
        try:
            if self.accounts and self.accounts.remote:
                # Before a thread that looks at passwords waits for a server that does not answer.
                await self._looking(self.accounts.require_server)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._threads, self._try, name, password, address, shared
            )
        finally:
            self._waiting -= 1

    def _try(self, name: str, password: str, address: str, shared: bool) -> Principal:
        with self._tries.one(canonical(name), address):
            given = password.encode("utf-8", "surrogatepass")
            if shared and self._password and hmac.compare_digest(given, self._password):
                return OWNER
            if self.accounts and self.accounts.guarded:
                found = self.accounts.users.with_password(name, password)
                if found:
                    return found
            raise SignInNeeded("that name and password do not belong together")

    def _note_use(self, accounts: Accounts, token: str) -> None:
        """Have the day noted on which a token is used, once for a token and day."""
        today, kept = datetime.now(UTC).date(), digest(token)
        if self._noted[0] != today:
            self._noted = (today, set())
        if kept in self._noted[1]:
            return
        self._noted[1].add(kept)

        def note() -> None:
            with suppress(AskdocsError):  # a file that cannot be written lets people in, too
                accounts.tokens.note_use(token)

        self._threads.submit(note)


def _scheme(brought: Credentials) -> tuple[str, str]:
    """What the header says it brings, in lower case, and that."""
    scheme, _, given = brought.authorization.partition(" ")
    return scheme.lower(), given.strip()


def _decoded(encoded: str) -> tuple[str, str]:
    """The name and the password of HTTP Basic."""
    try:
        decoded = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise SignInNeeded("the header Authorization cannot be read") from error
    name, _, password = decoded.partition(":")
    return name, password


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
