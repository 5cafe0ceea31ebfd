"""`askdocs access`: who may use the server of an index, and what of it they see."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from askdocs import cli_accounts as accounts
from askdocs.access.naming import canonical
from askdocs.access.principal import Right

if TYPE_CHECKING:
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
    command = _named(add(actions, "add", accounts.add_user, "add a user"))
    _add_grant(command)
    passwords = _add_password(command)
    passwords.add_argument(
        "--no-password",
        action="store_true",
        help="let them in only where a proxy names them; the name '*' stands for all it names",
    )
    add(actions, "list", accounts.list_users, "list the users")
    command = _named(
        add(actions, "change", accounts.change_user, "change what a user may do and see")
    )
    _add_grant(command, default=None)
    shut = command.add_mutually_exclusive_group()
    shut.add_argument("--disable", action="store_true", help="shut them out, at once")
    shut.add_argument("--enable", action="store_true", help="let them in again")
    command = _named(
        add(actions, "password", accounts.set_password, "give a user another password")
    )
    _add_password(command)
    _named(add(actions, "remove", accounts.remove_user, "remove a user"))


def _add_tokens(actions: Commands, add: Add) -> None:
    command = _named(
        add(actions, "new", accounts.new_token, "make a token, and print it this once")
    )
    _add_grant(command)
    command.add_argument("--days", type=_days, metavar="N", help="end it after N days")
    add(actions, "list", accounts.list_tokens, "list the tokens, without what they are")
    _named(add(actions, "revoke", accounts.revoke_token, "end a token, at once"))


def _add_collections(actions: Commands, add: Add) -> None:
    purpose = "make a collection of folders, or add some to one"
    command = _named(add(actions, "add", accounts.add_collection, purpose))
    command.add_argument("folders", nargs="+", metavar="FOLDER", help="such as law/2024")
    add(actions, "list", accounts.list_collections, "list the collections")
    purpose = "remove a collection, or folders from it"
    command = _named(add(actions, "remove", accounts.remove_collection, purpose))
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


def _days(text: str) -> float:
    days = float(text) if text.replace(".", "", 1).isdecimal() else 0.0
    if not 0 < days <= 36_500:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from now on")
    return days
