"""Whoever a request comes from: a name, what they may do, and which documents they see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum

from askdocs.errors import NotAllowed, SignInNeeded


class Right(IntEnum):
    """What one may do; each right includes those before it."""

    READ = 1
    """See the documents, and retrieve passages."""
    ASK = 2
    """Ask questions, and keep conversations."""
    MANAGE = 3
    """Add and remove documents, and run evaluations."""

    @property
    def word(self) -> str:
        """The right as people write it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a request comes from.

    `name` keeps their conversations apart; it is empty where everybody is the same person.
    `folders` are those within the documents folder that they see, each without a slash at its end;
    `None` stands for all of it, an empty tuple for nothing.
    """

    name: str
    right: Right
    folders: tuple[str, ...] | None = None

    def sees(self, document: str) -> bool:
        """Whether they see the document with this id.

        >>> one = Principal("ann", Right.READ, ("law", "notes/2024"))
        >>> [one.sees(name) for name in ("law/a.md", "lawless/b.md", "notes/2024/c.md")]
        [True, False, True]
        """
        if self.folders is None:
            return True
        return any(document.startswith(f"{folder}/") for folder in self.folders)


OWNER = Principal("", Right.MANAGE)
"""The one person of a server that knows no users: they may do all."""

_ACTING: ContextVar[Principal | None] = ContextVar("principal", default=None)


@contextmanager
def acting_as(principal: Principal) -> Iterator[Principal]:
    """All that is done meanwhile is done for `principal`."""
    token = _ACTING.set(principal)
    try:
        yield principal
    finally:
        _ACTING.reset(token)


def acting() -> Principal:
    """Whoever is served at present. Raises `SignInNeeded` if nobody is: no way in is open."""
    principal = _ACTING.get()
    if principal is None:
        raise SignInNeeded("sign in first")
    return principal


def require(right: Right) -> Principal:
    """Whoever is served, if they have this right. Raises `SignInNeeded` or `NotAllowed`."""
    principal = acting()
    if principal.right < right:
        raise NotAllowed(
            f"{principal.name or 'this token'} may not {right.word} here; ask for the right to"
            f" {right.word}"
        )
    return principal
