"""What the commands of `askdocs access` do with users, tokens and collections."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askdocs import cli_output as output
from askdocs.access.naming import canonical
from askdocs.access.principal import Right
from askdocs.cli_settings import settings_of
from askdocs.errors import AskdocsError

if TYPE_CHECKING:
    from askdocs.access.accounts import Accounts


def add_user(options: argparse.Namespace) -> int:
    """Add a user."""
    users = _accounts(options).users
    password = None if options.no_password else _password(options)
    users.add(options.name, password, Right[options.right.upper()], options.collections)
    return _done(options, f"added {options.name}", name=options.name)


def list_users(options: argparse.Namespace) -> int:
    """List the users."""
    users = _accounts(options).users.all()
    return _list(
        options,
        users,
        lambda user: (
            user.name,
            user.right.word,
            _seen(user.collections),
            *(["disabled"] if user.disabled else []),
            *([] if user.has_password else ["named by the proxy only"]),
        ),
        "no users; add one with: askdocs access users add NAME",
    )


def change_user(options: argparse.Namespace) -> int:
    """Change what a user may do and see."""
    users = _accounts(options).users
    if options.everything or options.collections:
        users.grant(options.name, options.collections)
    right = Right[options.right.upper()] if options.right else None
    disabled = options.disable if options.disable or options.enable else None
    users.change(options.name, right=right, disabled=disabled)
    return _done(options, f"changed {options.name}", name=options.name)


def set_password(options: argparse.Namespace) -> int:
    """Give a user another password."""
    _accounts(options).users.set_password(options.name, _password(options))
    return _done(options, f"{options.name} has another password", name=options.name)


def remove_user(options: argparse.Namespace) -> int:
    """Remove a user."""
    _accounts(options).users.remove(options.name)
    gone = _delete_conversations(options, canonical(options.name))
    told = f"removed {options.name}, and {output.count(gone, 'conversation')}"
    return _done(options, told, name=options.name, conversations=gone)


def new_token(options: argparse.Namespace) -> int:
    """Make a token and print it: nothing else on standard output, so that a program can read it."""
    right = Right[options.right.upper()]
    token = _accounts(options).tokens.new(
        options.name, right, options.collections, days=options.days
    )
    if not options.json:
        output.complain(f"this is the token {options.name}; it is not shown again")
    return _done(options, token, name=options.name, token=token)


def list_tokens(options: argparse.Namespace) -> int:
    """List the tokens."""
    tokens = _accounts(options).tokens.all()
    return _list(
        options,
        tokens,
        lambda token: (
            token.name,
            token.right.word,
            _seen(token.collections),
            f"used {token.used or 'never'}",
            *([f"until {token.expires}"] if token.expires else []),
            *(["revoked"] if token.revoked else []),
        ),
        "no tokens; make one with: askdocs access tokens new NAME",
    )


def revoke_token(options: argparse.Namespace) -> int:
    """End a token."""
    _accounts(options).tokens.revoke(options.name)
    return _done(options, f"revoked {options.name}", name=options.name)


def add_collection(options: argparse.Namespace) -> int:
    """Make a collection, or add folders to one."""
    made = _accounts(options).collections.add(options.name, options.folders)
    told = f"{made.name}: {', '.join(made.folders)}"
    return _done(options, told, **asdict(made))


def list_collections(options: argparse.Namespace) -> int:
    """List the collections."""
    return _list(
        options,
        _accounts(options).collections.all(),
        lambda one: (one.name, ", ".join(one.folders)),
        "no collections; make one with: askdocs access collections add NAME FOLDER",
    )


def _delete_conversations(options: argparse.Namespace, owner: str) -> int:
    """Delete the conversations of who is gone: the next of that name must not see them."""
    from askdocs.index_opening import is_there, open_known

    config = settings_of(options).config
    if not is_there(options.index, config):
        return 0
    with closing(open_known(options.index, config)) as store:
        return store.delete_conversations(owner)


def remove_collection(options: argparse.Namespace) -> int:
    """Remove a collection, or folders from it."""
    _accounts(options).collections.remove(options.name, options.folders)
    removed = ", ".join(options.folders) or options.name
    return _done(options, f"removed {removed}", name=options.name)


def _accounts(options: argparse.Namespace) -> Accounts:
    from askdocs.access.accounts import Accounts  # with SQLite, which other commands can do without

    place, store = options.index, settings_of(options).config.store
    if not store and not place.is_dir():
        raise AskdocsError(f"no index at {place}; run: askdocs index DOCUMENTS --index {place}")
    return Accounts(place, store=store)


def _password(options: argparse.Namespace) -> str:
    """The password, never from the command line: others see what stands there."""
    file: Path | None = options.password_file
    if file is not None and str(file) != "-":
        text = file.read_text(encoding="utf-8", errors="replace")
    elif file is None and sys.stdin.isatty():
        text = getpass("Password: ")
        if getpass("Once more: ") != text:
            raise AskdocsError("the two passwords differ; nothing was changed")
    else:
        text = sys.stdin.readline()
    return (text.splitlines() or [""])[0]


def _done(options: argparse.Namespace, told: str, **facts: Any) -> int:
    if options.json:
        output.print_json(facts)
    else:
        print(output.printable_line(told))
    return 0


def _list(
    options: argparse.Namespace,
    rows: Sequence[Any],
    columns: Callable[[Any], Iterable[str]],
    none: str,
) -> int:
    if options.json:
        output.print_json([_as_json(row) for row in rows])
        return 0
    for row in rows:
        print("  ".join(map(output.printable_line, columns(row))))
    if not rows:
        output.complain(none)
    return 0


def _as_json(row: Any) -> dict[str, Any]:
    facts: dict[str, Any] = asdict(row)
    return facts | ({"right": row.right.word} if "right" in facts else {})


def _seen(collections: tuple[str, ...] | None) -> str:
    return "everything" if collections is None else ", ".join(collections) or "nothing"
