"""What each command of `askdocs` does: a few calls into the library, then words or JSON.

A function takes the parsed options and returns the exit code. The library is imported inside the
functions, so that a command loads no more than it needs.
"""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from askdocs import cli_output as output
from askdocs.cli_settings import settings_of, settings_of_serve, tell_file
from askdocs.config import DEFAULT_MODEL
from askdocs.errors import AskdocsError, IndexInUse

if TYPE_CHECKING:
    from askdocs.index import Index

DONE, FAILED, SKIPPED, INTERRUPTED = 0, 1, 3, 130


def index(options: argparse.Namespace) -> int:
    """Build the index, or bring it up to date; files that were skipped make it exit 3."""
    from askdocs.index import Index

    config = settings_of(options).config
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it ends as by Ctrl-C: in order
    try:
        with output.ProgressBar() as progress:
            progress("starting; the first time takes about a minute", 0, 1)
            try:
                place = (options.documents, options.index)
                built = Index.build(*place, config=config, progress=progress, ray=options.ray)
            except IndexInUse as error:
                from askdocs.cli_refreshing import refreshed

                built = refreshed(options, config, progress, error)
    except KeyboardInterrupt:
        output.complain("interrupted; what was indexed is kept, and the same command goes on")
        return INTERRUPTED
    with built:
        skipped = _tell_run(built, as_json=options.json)
        if options.watch:
            output.complain(f"watching {options.documents}; Ctrl-C ends it")
            skipped = _watch(built, as_json=options.json)
    return SKIPPED if skipped else DONE


def _watch(index: Index, *, as_json: bool) -> int:
    """Follow the folder until Ctrl-C; return how many files were left out at last."""
    from askdocs.cli_watch import watch

    with suppress(KeyboardInterrupt):
        for _ in watch(index, output.complain):
            _tell_run(index, as_json=as_json)
    return len(index.skipped())


def _tell_run(index: Index, *, as_json: bool) -> int:
    """Print what an indexing run did, and each file it left out; return how many these are."""
    skipped, documents = index.skipped(), index.documents()
    if as_json:
        files = [asdict(file) for file in skipped]
        counts = {"documents": len(documents), **asdict(index.summary)}
        counts["left_out"] = len(index.store.removed())
        output.print_json({**counts, "skipped_files": files})
    else:
        print(output.summary_line(len(documents), index.summary), flush=True)
    for file in skipped:
        output.complain(f"skipped {file.path}: {file.reason}")
    if remarked := sum(bool(document.remarks) for document in documents):
        output.complain(f"remarks on {output.count(remarked, 'document')}; run: askdocs status")
    if left_out := len(index.store.removed()):
        told = output.count(left_out, "file")
        output.complain(f"{told} left out by choice: removed in the page, and put back there")
    return len(skipped)


def serve(options: argparse.Namespace) -> int:
    """Serve the chat page until it is stopped."""
    # The server passes on the signal that stopped it; for a server that is a good end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(DONE))
    settings = settings_of_serve(options)
    secret = settings.server.password_file
    password = _password(Path(secret)) if secret else ""
    tell_file(settings)

    from askdocs.web.serving import serve as serve_page

    serve_page(options.index, config=settings.config, password=password, settings=settings.server)
    return DONE


def _password(file: Path) -> str:
    """The first line of a file, so that the word is in no list of processes."""
    word = (file.read_text(encoding="utf-8", errors="replace").splitlines() or [""])[0].strip()
    if not word:
        raise AskdocsError(f"{file} holds no password; write one into its first line")
    return word


def evaluate(options: argparse.Namespace) -> int:
    """Score the answers to gold questions."""
    from askdocs.evaluation.command import evaluate_command

    with output.ProgressBar() as progress:
        return evaluate_command(options, progress=progress)


def feedback(options: argparse.Namespace) -> int:
    """List what readers thought of answers, or make gold questions of it."""
    from askdocs.cli_feedback import feedback

    with open_index(options, exact=True, any_model=True) as opened:
        feedback(options, opened)
    return DONE


def status(options: argparse.Namespace) -> int:
    """Say what the index holds."""
    with open_index(options, exact=True, any_model=True) as opened:
        found = opened.status()
    if options.json:
        output.print_json(found.to_dict())
    else:
        output.show_status(found)
        tell_file(settings_of(options))
    return DONE


def check(options: argparse.Namespace) -> int:
    """Look for damage; exit 1 if there is any."""
    with open_index(options, any_model=True) as opened:
        problems = list(opened.check())
    if options.json:
        output.print_json({"problems": problems})
    else:
        print("\n".join(map(output.printable_line, problems)) or "no problems found")
    return FAILED if problems else DONE


def rebuild(options: argparse.Namespace) -> int:
    """Make the vector index again; with another model, embed every passage again."""
    with open_index(options, any_model=True) as opened:
        if options.model:
            passages = opened.store.passage_count()
            takes = output.duration(passages, opened.store.note("rate"))
            output.complain(f"embedding {passages:,} passages with {options.model}{takes}")
        with output.ProgressBar() as progress:
            opened.rebuild(options.model, progress=progress)
        found = opened.status()
    if options.json:
        output.print_json(found.to_dict())
    else:
        print(f"rebuilt {output.printable_line(str(options.index))}")
    return DONE


def backup(options: argparse.Namespace) -> int:
    """Copy the index to a file."""
    with open_index(options, exact=True, any_model=True) as opened:
        opened.backup(options.file)
    if options.json:
        output.print_json({"file": str(options.file), "bytes": options.file.stat().st_size})
    else:
        print(f"wrote {output.printable_line(str(options.file))}")
    return DONE


def open_index(
    options: argparse.Namespace, *, exact: bool = False, any_model: bool = False
) -> Index:
    """The index that the options name; with `any_model`, also if the settings name another."""
    from askdocs.index import Index

    config = settings_of(options).config
    if any_model:  # the default stands for the model that the index was made with
        config = replace(config, model=DEFAULT_MODEL)
    return Index.open(options.index, config=config, exact=exact)
