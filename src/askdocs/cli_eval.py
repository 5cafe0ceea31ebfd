"""What may be written after `askdocs eval` and `askdocs feedback`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from askdocs import cli_commands

if TYPE_CHECKING:
    from askdocs.cli import Parser

    Commands = argparse._SubParsersAction[Parser]
    Add = Callable[..., Parser]


def add_eval(commands: Commands, add: Add) -> None:
    """Add both commands; `add` adds one with the options that all have."""
    purpose = "score the answers to gold questions"
    command = add(commands, "eval", cli_commands.evaluate, purpose, index=False)
    # Not $ASKDOCS_INDEX: indexing the documents of the gold would drop the ones that are there.
    command.add_argument(
        "--index", type=Path, metavar="DIR", help="index DIR to use (default: a temporary one)"
    )
    command.add_argument(
        "gold",
        nargs="+",
        metavar="GOLD",
        help="questions, one JSON a line; or: compare A.json B.json, two results; or: sweep "
        "SETTINGS.toml GOLD, all combinations of settings",
    )
    command.add_argument("--documents", type=Path, metavar="DIR", help="the folder they are about")
    command.add_argument("--report", type=Path, metavar="FILE.html", help="write a report")
    command.add_argument("--junit", type=Path, metavar="FILE.xml", help="write JUnit XML")
    command.add_argument(
        "--fresh", action="store_true", help="ask anew what an earlier run with --index answered"
    )
    command.add_argument("--split", metavar="NAME", help="only the questions of this split")
    command.add_argument("--gate", metavar="RULES", help="fail unless: 'right>=0.85 wrong<=0.05'")
    command.add_argument(
        "--judge", metavar="NAME", help="language model for the metrics of ragas that need one"
    )
    command.add_argument("--no-ragas", action="store_true", help="leave the ragas metrics out")
    command.add_argument(
        "--model",
        metavar="NAME",
        help="language model, such as ollama:llama3.2 (default: none, answers are quotes)",
    )
    command.set_defaults(run=partial(_evaluate, command))
    purpose = "list what readers thought of answers"
    command = add(commands, "feedback", cli_commands.feedback, purpose)
    command.add_argument(
        "--gold", type=Path, metavar="FILE", help="add it to the questions in FILE, for eval"
    )


def _evaluate(command: Parser, options: argparse.Namespace) -> int:
    """Evaluate, compare or sweep, as the first word says, if the others are there."""
    first, *others = options.gold
    if first in ("compare", "sweep"):
        if len(others) != 2:
            command.error(f"{first} takes two files")
    elif others:
        command.error(f"{others[0]}: one gold file at a time")
    if first != "compare" and options.documents is None:
        command.error("the folder is missing: --documents DIR")
    return cli_commands.evaluate(options)
