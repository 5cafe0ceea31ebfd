"""How names, passwords and folders are written, so that two spellings of one are the same."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from askdocs.errors import AskdocsError

EVERYBODY = "*"
"""The user that stands for anybody whom the reverse proxy names and who is no user here."""
LONGEST_NAME = 64
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1024


def canonical(name: str) -> str:
    r"""A name as it is kept and compared: NFKC, in lower case, without space around it.

    >>> canonical(" Ａnn "), canonical("Zoe\u0308") == canonical("ZOË")
    ('ann', True)
    """
    folded = unicodedata.normalize("NFKC", name.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)


def checked_name(name: str, what: str = "user") -> str:
    """The name as it is kept. Raises `AskdocsError` if it cannot be one.

    A colon ends the name in HTTP Basic, and tokens have one in front of theirs.
    """
    found = canonical(name)
    if not 0 < len(found) <= LONGEST_NAME:
        raise AskdocsError(f"the name of a {what} has 1 to {LONGEST_NAME} characters")
    unfit = [one for one in found if not one.isprintable() or one.isspace() or one in ":*/\\,"]
    if unfit:
        raise AskdocsError(
            f"{name!r} cannot be the name of a {what}; use letters, digits and . _ - @ +"
        )
    return found


def canonical_password(password: str) -> str:
    """A password as it is hashed: NFC, so that it is the same from every keyboard."""
    return unicodedata.normalize("NFC", password)


def checked_password(password: str, name: str) -> str:
    """The password as it is hashed. Raises `AskdocsError` if it is too easy to guess, or too long.

    Length is all that is asked for; rules on digits and signs make passwords no harder to guess.
    """
    found = canonical_password(password)
    if not SHORTEST_PASSWORD <= len(found) <= LONGEST_PASSWORD:
        raise AskdocsError(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,} characters; choose another"
        )
    if canonical(found) == name or len(set(found)) == 1:
        raise AskdocsError("that password is the first one to be guessed; choose another")
    return found


def checked_folder(folder: str) -> str:
    """A folder within the documents folder as its documents' ids begin. Raises `AskdocsError`.

    >>> checked_folder("./law//2024/")
    'law/2024'
    """
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in folder:
        raise AskdocsError(
            f"{folder!r} is no folder within the documents folder; write it as askdocs status"
            " writes documents, such as law/2024"
        )
    return path.as_posix()
