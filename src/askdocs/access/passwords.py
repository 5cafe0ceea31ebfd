"""Hash passwords, and compare with a hash at the same cost whether there is one or not."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from askdocs.access.naming import LONGEST_PASSWORD, canonical_password

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# What OWASP recommends at least for Argon2id: 19 MiB, two passes, one lane.
_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1


def hashed(password: str) -> str:
    """The Argon2id hash of a password, with its salt and cost, as text."""
    return _hasher().hash(canonical_password(password))


def fits(known: str, password: str) -> bool:
    """Whether the password has that hash; an empty one fits none, and takes as long to find out."""
    from argon2.exceptions import InvalidHashError, VerificationError

    given = canonical_password(password[: 4 * LONGEST_PASSWORD])
    try:
        # The longest are cut before they are normalised, and so fit nothing.
        found = _hasher().verify(known or _nobodys(), given)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return found and bool(known) and len(given) <= LONGEST_PASSWORD


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher, Type

    return PasswordHasher(
        time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES, type=Type.ID
    )


@cache
def _nobodys() -> str:
    """A hash to compare with where there is none, of the same cost."""
    return _hasher().hash("nobody")
