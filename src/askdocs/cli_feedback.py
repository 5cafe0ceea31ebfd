"""`askdocs feedback`: what readers thought of the answers, listed or made into gold questions."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from askdocs import cli_output as output

if TYPE_CHECKING:
    from askdocs.index import Index
    from askdocs.store_feedback import FeedbackRow


def feedback(options: argparse.Namespace, index: Index) -> None:
    """Print the opinions in the index, as words or JSON, or add them to a gold file."""
    rows = index.store.feedback()
    if options.gold:
        _write_gold(options, index, rows)
    elif options.json:
        output.print_json([_as_dict(row) for row in rows])
    else:
        print("\n".join(map(_line, rows)) or "none yet; readers give it in the page")


def _line(row: FeedbackRow) -> str:
    noted = f" ({output.printable_line(row.note)})" if row.note else ""
    return f"{row.at[:10]}  {row.verdict:<5}  {output.printable_line(row.question)}{noted}"


def _write_gold(options: argparse.Namespace, index: Index, rows: list[FeedbackRow]) -> None:
    from askdocs.errors import DocumentNotFound
    from askdocs.evaluation.feedback import add_to_gold, gold_rows
    from askdocs.types import Citation

    def stands(citation: Citation) -> bool:
        try:
            return citation.quote in index.document(citation.document).text
        except DocumentNotFound:
            return False

    added = add_to_gold(options.gold, gold_rows(rows, stands))
    drafts = sum("draft" in row for row in added)
    if options.json:
        output.print_json({"file": str(options.gold), "added": len(added), "drafts": drafts})
        return
    told = f"added {output.count(len(added) - drafts, 'question')}"
    told += f" and {output.count(drafts, 'draft')}" if drafts else ""
    print(f"{told} to {output.printable_line(str(options.gold))}")
    if drafts:
        output.complain('complete each draft as its "note" says, then take "draft" out')


def _as_dict(row: FeedbackRow) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("conversation", "position", "at")},
        "verdict": row.verdict,
        "note": row.note,
        "question": row.question,
        "history": list(row.history),
        "answer": row.answer.text,
        "refused": row.answer.refused,
        "citations": [asdict(citation) for citation in row.answer.citations],
    }
