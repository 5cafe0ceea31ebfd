"""The command `askdocs mcp`: the documents as tools for an assistant that starts it."""

from __future__ import annotations

import argparse
import signal

from askdocs.cli_commands import DONE, open_index


def mcp(options: argparse.Namespace) -> int:
    """Serve whoever started the command, over its standard input and output, until they close."""
    from askdocs.assistant import Assistant
    from askdocs.integrations.mcp import serve_stdio
    from askdocs.web.service import Service

    # A thread waits for the next line and heeds no exception; nothing is left undone by a kill.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # It reads only, so it need not own the index and works beside a server.
    with open_index(options, exact=True) as opened:
        serve_stdio(Service(opened, Assistant(opened, model=options.model)))
    return DONE
