"""`askdocs gold`: write, draft, check and complete the questions that an evaluation asks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askdocs import cli_output as output
from askdocs.cli_settings import settings_of
from askdocs.errors import GoldError

if TYPE_CHECKING:
    from askdocs.cli import Parser
    from askdocs.types import Document

    Commands = argparse._SubParsersAction[Parser]
    Add = Callable[..., Parser]

DONE, FAILED = 0, 1


def add_gold(commands: Commands, add: Add) -> None:
    """Add the command and those below it; `add` adds one with the options that all have."""
    purpose = "draft, check and complete gold questions, for eval"
    command = commands.add_parser(
        "gold", help=purpose, description=f"{purpose.capitalize()}.", allow_abbrev=False
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_new(actions, add)
    _add_review(actions, add)
    check = add(actions, "check", check_file, "look for what is wrong with questions", index=False)
    _add_file(check)
    _add_documents(check, required=True)
    stats = add(actions, "stats", show_stats, "count the questions", index=False)
    _add_file(stats)
    _add_documents(stats, required=False)
    purpose = "read questions from CSV or a ragas dataset"
    read = add(actions, "import", import_file, purpose, index=False)
    read.add_argument("file", type=Path, metavar="FILE", help=".csv or .jsonl")
    _add_output(read, "gold file to add them to")
    _add_documents(read, required=False)
    purpose = "write questions as CSV or as a ragas dataset"
    write = add(actions, "export", export_file, purpose, index=False)
    _add_file(write)
    _add_output(write, ".csv, .ragas.jsonl or .jsonl")
    add(actions, "schema", show_schema, "print the JSON Schema of a row", index=False, json=False)


def _add_new(actions: Commands, add: Add) -> None:
    new = add(actions, "new", draft, "draft questions from documents, for you to check")
    new.add_argument("documents", nargs="?", type=Path, metavar="DOCUMENTS", help="the folder")
    _add_output(new, "gold file to add the drafts to")
    new.add_argument(
        "-n", dest="count", type=_positive, default=40, metavar="N", help="how many (default: 40)"
    )
    new.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another gives others (default: 0)"
    )
    new.add_argument("--model", metavar="NAME", help="let this language model write them")
    new.add_argument(
        "--conversations",
        action="store_true",
        help="make them of the conversations in the index instead",
    )


def _add_review(actions: Commands, add: Add) -> None:
    purpose = "accept, edit or reject drafts in a page on this computer"
    review = add(actions, "review", review_file, purpose, index=False, json=False)
    _add_file(review)
    _add_documents(review, required=True)
    review.add_argument(
        "--port", type=int, default=7861, metavar="N", help="port (default: 7861; 0: any)"
    )


def _add_file(command: Parser) -> None:
    command.add_argument("gold", type=Path, metavar="GOLD", help="questions, one JSON a line")


def _add_documents(command: Parser, *, required: bool) -> None:
    command.add_argument(
        "--documents", type=Path, required=required, metavar="DIR", help="the folder they are about"
    )


def _add_output(command: Parser, what: str) -> None:
    command.add_argument("-o", dest="output", type=Path, required=True, metavar="FILE", help=what)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def show_schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema."""
    from askdocs.evaluation.gold_schema import gold_schema

    output.print_json(gold_schema())
    return DONE


def draft(options: argparse.Namespace) -> int:
    """Draft questions and add those that the file has not."""
    if options.conversations:
        return _tell_added(options, _from_conversations(options))
    if options.documents is None:
        raise GoldError("give the folder of documents, or --conversations with --index DIR")
    documents = _documents(options.documents)
    rows: list[dict[str, Any]] = []
    if options.model:
        rows = _from_model(options, documents)
    from askdocs.evaluation.drafting import draft_rows

    if len(rows) < options.count:
        asked = [row["question"] for row in rows]
        rows += draft_rows(documents, options.count, seed=options.seed, asked=asked)
    if not rows:
        raise GoldError(
            f"{options.documents}: no sentence in it is plain enough to ask about; "
            "write questions by hand, or give a language model with --model"
        )
    return _tell_added(options, rows)


def _from_model(
    options: argparse.Namespace, documents: Mapping[str, Document]
) -> list[dict[str, Any]]:
    from askdocs.answering.language_models import load_language_model
    from askdocs.evaluation.drafting import ANSWERABLE_SHARE, as_row
    from askdocs.evaluation.drafting.model import from_model

    model = load_language_model(options.model)
    wanted = round(options.count * ANSWERABLE_SHARE)
    with output.ProgressBar() as progress:
        kept, dropped = from_model(documents, model, wanted, seed=options.seed, progress=progress)
    output.complain(f"{output.count(len(kept), 'question')} of {model.name} kept")
    for reason, times in dropped.most_common():
        output.complain(f"dropped {times}: {reason}")
    return [as_row(one) for one in kept]


def _from_conversations(options: argparse.Namespace) -> list[dict[str, Any]]:
    from askdocs.config import DEFAULT_MODEL
    from askdocs.errors import DocumentNotFound
    from askdocs.evaluation.gold_conversations import conversation_rows
    from askdocs.index import Index
    from askdocs.types import Citation

    config = replace(settings_of(options).config, model=DEFAULT_MODEL)
    with Index.open(options.index, config=config, exact=True) as index:

        def stands(citation: Citation) -> bool:
            try:
                return citation.quote in index.document(citation.document).text
            except DocumentNotFound:
                return False

        rows = list(conversation_rows(index.store, stands))
    if not rows:
        raise GoldError(f"{options.index}: it keeps no conversation; ask in: askdocs serve")
    return rows


def import_file(options: argparse.Namespace) -> int:
    """Add the questions of a table or a ragas dataset to a gold file."""
    from askdocs.evaluation.gold_files import import_rows

    documents = _documents(options.documents) if options.documents else {}
    texts = {identifier: document.text for identifier, document in documents.items()}
    return _tell_added(options, import_rows(options.file, texts))


def export_file(options: argparse.Namespace) -> int:
    """Write a gold file in another format."""
    from askdocs.evaluation.files import write_whole
    from askdocs.evaluation.gold import read_rows
    from askdocs.evaluation.gold_files import export_text

    rows = [row for _, row in read_rows(options.gold)]
    write_whole(options.output, export_text(rows, options.output.name))
    if options.json:
        output.print_json({"file": str(options.output), "rows": len(rows)})
    else:
        print(f"wrote {output.count(len(rows), 'row')} to {_shown(options.output)}")
    return DONE


def check_file(options: argparse.Namespace) -> int:
    """Print what is wrong with a gold file; exit 1 if a question cannot be asked or scored."""
    from askdocs.evaluation.gold import read_rows
    from askdocs.evaluation.gold_check import check_gold

    rows = list(read_rows(options.gold))
    found = check_gold(rows, _documents(options.documents))
    errors = sum(one.level == "error" for one in found)
    if options.json:
        output.print_json({"findings": [asdict(one) for one in found], "errors": errors})
    else:
        for one in found:
            print(output.printable_line(str(one)))
        told = f"{output.count(errors, 'error')}, {output.count(len(found) - errors, 'warning')}"
        print(f"{output.count(len(rows), 'row')}: {told}")
    return FAILED if errors else DONE


def show_stats(options: argparse.Namespace) -> int:
    """Print the counts of a gold file."""
    from askdocs.evaluation.gold import read_rows
    from askdocs.evaluation.gold_stats import gold_stats, stats_lines

    folder = sorted(_documents(options.documents)) if options.documents else []
    stats = gold_stats((row for _, row in read_rows(options.gold)), folder)
    if options.json:
        output.print_json(stats)
    else:
        for line in stats_lines(stats, len(folder)):
            print(output.printable(line))
    return DONE


def review_file(options: argparse.Namespace) -> int:
    """Serve the page until it is stopped."""
    from askdocs.evaluation.gold_review import Review

    documents = _documents(options.documents)
    texts = {identifier: document.text for identifier, document in documents.items()}
    review = Review(options.gold, texts)

    from askdocs.evaluation.gold_context import Context
    from askdocs.evaluation.gold_page import serve_review

    serve_review(review, Context(documents), port=options.port)
    return DONE


def _documents(folder: Path) -> dict[str, Document]:
    from askdocs.evaluation.gold_documents import read_documents

    return read_documents(folder)


def _tell_added(options: argparse.Namespace, rows: list[dict[str, Any]]) -> int:
    from askdocs.evaluation.gold_files import add_rows

    added = add_rows(options.output, rows)
    drafts = sum(bool(row.get("draft")) for row in added)
    there = len(rows) - len(added)
    if options.json:
        counts = {"added": len(added), "drafts": drafts, "there_already": there}
        output.print_json({"file": str(options.output), **counts})
        return DONE
    told = f"added {output.count(len(added) - drafts, 'question')}"
    told += f" and {output.count(drafts, 'draft')} to {_shown(options.output)}"
    print(told + (f"; {there} stood there already" if there else ""))
    sys.stdout.flush()
    if drafts:
        folder = getattr(options, "documents", None) or "DIR"
        told = f"askdocs gold review {options.output} --documents {folder}"
        output.complain(f"look through them: {told}")
    return DONE


def _shown(path: Path) -> str:
    return output.printable_line(str(path))
