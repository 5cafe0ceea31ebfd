"""What may be written on the line for a question: `askdocs ask` and `askdocs retrieve`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def add_question(command: argparse.ArgumentParser) -> None:
    """Add the question, what it follows, who is asked, and which documents."""
    command.add_argument("question", metavar="QUESTION")
    command.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="EARLIER",
        help="an earlier question that this one follows; oldest first",
    )
    command.add_argument(
        "--server",
        default=os.environ.get("ASKDOCS_SERVER") or "",
        metavar="URL",
        help="ask this server in place of an index (default: $ASKDOCS_SERVER)",
    )
    command.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="whose first line is the token for it (default: $ASKDOCS_TOKEN)",
    )
    _add_filter(command)


def _add_filter(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(
        "which documents", "Ask only these; all that is given holds."
    )
    group.add_argument(
        "--in",
        dest="places",
        action="append",
        default=[],
        metavar="FOLDER_OR_DOCUMENT",
        help="this document or those below this folder; again: these too",
    )
    group.add_argument(
        "--type",
        dest="types",
        action="append",
        default=[],
        metavar="SUFFIX",
        help="those of this type, such as md; again: these too",
    )
    group.add_argument(
        "--since", default="", metavar="DATE", help="those dated from here on, such as 2026-01-31"
    )
    group.add_argument("--until", default="", metavar="DATE", help="those dated up to here")
