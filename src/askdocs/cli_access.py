"""`askdocs access`: who may use the server of an index, and what of it they see."""

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
from askdocs.errors import AskdocsError

if TYPE_CHECKING:
    from askdocs.access.accounts import Accounts
    from askdocs.cli import Parser

    Commands = argparse._SubParsersAction[Parser]
    Add = Callable[..., Parser]

RIGHTS = tuple(right.word for right in Right)


def add_access(commands: Commands, add: Add) -> None:
    """Add the command and those below it; `add` adds one with the options that all have."""
    purpose = "say who may use the server: users, tokens, collections"
    command = commands.add_parser(
        "access", help=purpose, description=f"{purpose.capitalize()}.", allow_abbrev=False
    )
    kinds = command.add_subparsers(title="what", metavar="WHAT", required=True)
    for name, purpose, fill in (
        ("users", "people who sign in by name and password", _add_users),
        ("tokens", "tokens by which programs are let in", _add_tokens),
        ("collections", "folders under a name, for users and tokens to see", _add_collections),
    ):
        kind = kinds.add_parser(
            name, help=purpose, description=f"{purpose.capitalize()}.", allow_abbrev=False
        )
        actions = kind.add_subparsers(title="actions", metavar="ACTION", required=True)
        fill(actions, add)


def _add_users(actions: Commands, add: Add) -> None:
    command = _named(add(actions, "add", add_user, "add a user"))
    _add_grant(command)
    passwords = _add_password(command)
    passwords.add_argument(
        "--no-password",
        action="store_true",
        help="let them in only where a proxy names them; the name '*' stands for all it names",
    )
    add(actions, "list", list_users, "list the users")
    command = _named(add(actions, "change", change_user, "change what a user may do and see"))
    _add_grant(command, default=None)
    shut = command.add_mutually_exclusive_group()
    shut.add_argument("--disable", action="store_true", help="shut them out, at once")
    shut.add_argument("--enable", action="store_true", help="let them in again")
    command = _named(add(actions, "password", set_password, "give a user another password"))
    _add_password(command)
    _named(add(actions, "remove", remove_user, "remove a user"))


def _add_tokens(actions: Commands, add: Add) -> None:
    command = _named(add(actions, "new", new_token, "make a token, and print it this once"))
    _add_grant(command)
    command.add_argument("--days", type=_days, metavar="N", help="end it after N days")
    add(actions, "list", list_tokens, "list the tokens, without what they are")
    _named(add(actions, "revoke", revoke_token, "end a token, at once"))


def _add_collections(actions: Commands, add: Add) -> None:
    purpose = "make a collection of folders, or add some to one"
    command = _named(add(actions, "add", add_collection, purpose))
    command.add_argument("folders", nargs="+", metavar="FOLDER", help="such as law/2024")
    add(actions, "list", list_collections, "list the collections")
    purpose = "remove a collection, or folders from it"
    command = _named(add(actions, "remove", remove_collection, purpose))
    command.add_argument("folders", nargs="*", metavar="FOLDER", help="only these (default: all)")


def _named(command: Parser) -> Parser:
    command.add_argument("name", metavar="NAME", type=canonical)
    return command


def _add_grant(command: Parser, default: str | None = "ask") -> None:
    told = f" (default: {default})" if default else ""
    command.add_argument(
        "--right", choices=RIGHTS, default=default, help=f"each includes those before it{told}"
    )
    seen = command.add_mutually_exclusive_group()
    seen.add_argument(
        "--collection",
        dest="collections",
        action="append",
        metavar="NAME",
        help="let them see this collection only; again: this one too (default: everything)",
    )
    seen.add_argument("--everything", action="store_true", help="let them see everything")


def _add_password(command: Parser) -> argparse._MutuallyExclusiveGroup:
    given = command.add_mutually_exclusive_group()
    given.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="its first line is the password; -: standard input (default: it is asked for)",
    )
    return given


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
    from askdocs.index_opening import STORE
    from askdocs.store import Store

    if not (options.index / STORE).exists():
        return 0
    with closing(Store.open(options.index / STORE)) as store:
        return store.delete_conversations(owner)


def remove_collection(options: argparse.Namespace) -> int:
    """Remove a collection, or folders from it."""
    _accounts(options).collections.remove(options.name, options.folders)
    removed = ", ".join(options.folders) or options.name
    return _done(options, f"removed {removed}", name=options.name)


def _accounts(options: argparse.Namespace) -> Accounts:
    from askdocs.access.accounts import Accounts  # with SQLite, which other commands can do without

    place = options.index
    if not place.is_dir():
        raise AskdocsError(f"no index at {place}; run: askdocs index DOCUMENTS --index {place}")
    return Accounts(place)


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


def _days(text: str) -> float:
    days = float(text) if text.replace(".", "", 1).isdecimal() else 0.0
    if not 0 < days <= 36_500:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from now on")
    return days
