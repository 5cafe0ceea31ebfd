"""The command `askdocs`: what may be written on the line, and what the exit code says.

Exit codes: 0 done, 1 an error in one line, 2 wrong usage, 3 done but files were skipped, 75 the
index is in use, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from askdocs import (
    __version__,
    cli_access,
    cli_asking,
    cli_commands,
    cli_eval,
    cli_gold,
    cli_mcp,
    cli_migrating,
    cli_output,
    cli_question,
    cli_settings,
)
from askdocs.errors import AskdocsError

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[Parser]"

FAILED, USAGE, INTERRUPTED, PIPE = 1, 2, 130, 141


class Parser(argparse.ArgumentParser):
    """An argument parser that says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Print the line and leave with exit code 2."""
        cli_output.complain(f"{message}; see: {self.prog} --help")
        sys.exit(USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a letter shows its code
            stream.reconfigure(errors="backslashreplace")
    options = make_parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except AskdocsError as error:
        cli_output.complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        cli_output.complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; what is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        cli_output.complain(f"{place}{error.strerror or error}")
        return FAILED
    return code


def make_parser() -> Parser:
    """Make the parser of all commands."""
    parser = Parser(
        prog="askdocs",
        description="Ask questions about a folder of documents; every answer quotes its sources.",
        epilog="Help on one command: askdocs COMMAND --help",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"askdocs {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_index(commands)
    _add_ask(commands)
    _add_retrieve(commands)
    _add_serve(commands)
    _add_mcp(commands)
    cli_eval.add_eval(commands, _add)
    cli_gold.add_gold(commands, _add)
    _add_care(commands)
    cli_migrating.add_migrate(commands, _add)
    cli_access.add_access(commands, _add)
    return parser


def _add_index(commands: Commands) -> None:
    command = _add(commands, "index", cli_commands.index, "read a folder; again: what changed")
    command.add_argument("documents", metavar="DOCUMENTS", type=Path, help="folder to read")
    command.add_argument("--watch", action="store_true", help="go on, and follow its changes")
    command.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="read and embed on Ray: on this machine, or on the cluster at ADDRESS, such as auto"
        " or 10.0.0.5:6379",
    )


def _add_ask(commands: Commands) -> None:
    command = _add(commands, "ask", cli_asking.ask, "answer a question, with sources")
    cli_question.add_question(command)
    _add_language_model(command)


def _add_retrieve(commands: Commands) -> None:
    command = _add(commands, "retrieve", cli_asking.retrieve, "find passages for a question")
    cli_question.add_question(command)
    command.add_argument("-k", type=_positive, metavar="N", help="how many (default: 5)")


def _add_serve(commands: Commands) -> None:
    command = _add(commands, "serve", cli_commands.serve, "serve the chat page", json=False)
    command.add_argument("--host", help="address (default: 127.0.0.1)")
    command.add_argument("--port", type=_port, metavar="N", help="port (default: 7860; 0: any)")
    command.add_argument(
        "--password-file", type=Path, metavar="FILE", help="ask visitors for the word in FILE"
    )
    command.add_argument(
        "--gold",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="questions that the page's quality page can run; again: these too",
    )
    command.add_argument(
        "--read-only", action="store_true", help="let nobody add or remove documents in the page"
    )
    command.add_argument(
        "--folders",
        default="",
        metavar="DIR[,DIR]",
        help="the folders within the documents that the page offers (default: all)",
    )
    _add_language_model(command)


def _add_mcp(commands: Commands) -> None:
    purpose = "serve the documents as tools of an assistant (MCP)"
    _add_language_model(_add(commands, "mcp", cli_mcp.mcp, purpose, json=False))


def _add_care(commands: Commands) -> None:
    _add(commands, "status", cli_commands.status, "say what the index holds")
    settings = _add(
        commands, "settings", cli_settings.show_settings, "show the settings in force", index=False
    )
    settings.add_argument(
        "--describe", action="store_true", help="list all settings there are, with their meaning"
    )
    _add(commands, "check", cli_commands.check, "look for damage in the index")
    rebuild = _add(commands, "rebuild", cli_commands.rebuild, "make the vector index again")
    rebuild.add_argument("--model", metavar="NAME", help="embed anew with this embedding model")
    backup = _add(commands, "backup", cli_commands.backup, "copy the index's documents to a file")
    backup.add_argument("file", type=Path, metavar="FILE", help="file to write")


def _add(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    purpose: str,
    *,
    index: bool = True,
    json: bool = True,
) -> Parser:
    """Add a command with the options that all of them have."""
    command = commands.add_parser(
        name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.", allow_abbrev=False
    )
    command.set_defaults(run=run)
    if index:
        command.add_argument(
            "--index",
            type=Path,
            metavar="DIR",
            # The one setting that is no part of Config: a Config is given to an index.
            default=os.environ.get("ASKDOCS_INDEX") or "index",
            help="the index (default: $ASKDOCS_INDEX, else index)",
        )
    command.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings in TOML (default: $ASKDOCS_CONFIG, else askdocs.toml if there is one)",
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting, such as answers.k=8; again: this one too",
    )
    if json:
        command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _add_language_model(command: Parser) -> None:
    command.add_argument(
        "--model",
        metavar="NAME",
        help="language model, such as ollama:llama3.2 (default: none, answers are quotes)",
    )


def _positive(text: str) -> int:
    return _number(text, "a number from 1 up", 1, sys.maxsize)


def _port(text: str) -> int:
    return _number(text, "a port, 0 to 65535", 0, 65_535)


def _number(text: str, wanted: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return int(text)
