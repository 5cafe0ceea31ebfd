"""What the command line prints: words for people, JSON for programs.

Documents are written by strangers: nothing of theirs reaches the terminal as a control character.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TextIO

from askdocs.index_telling import Notice

if TYPE_CHECKING:
    from askdocs.index_building import Summary
    from askdocs.index_checking import Status
    from askdocs.types_document import Document

# C0 and C1 controls, line and paragraph separators, bidirectional overrides, lone surrogates.
# Tab and newline stay; `printable_line` takes these too.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
ANSWER = (
    *("question", "text", "query", "refused", "direct", "support", "mode"),
    *("citations", "conflicts", "hits", "timings"),
)
"""The fields of an answer, in the order in which JSON has them."""

_EXCERPT = 300
_LISTED = 20
_PACE_AFTER = 2.0  # seconds


def printable(text: str) -> str:
    r"""Return `text` with the characters that could steer a terminal written as escapes.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _UNSAFE.sub(lambda match: repr(match[0])[1:-1], text)


def printable_line(text: str) -> str:
    r"""Return `text` as one line: `printable`, with every run of blank space as one space.

    >>> printable_line("a\n  b\x07")
    'a b\\x07'
    """
    return printable(" ".join(text.split()))


def print_json(value: object) -> None:
    """Print `value` as JSON on standard output."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(value, ensure_ascii=ascii_only, indent=2)
    print(_UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def complain(message: str) -> None:
    """Print one line on standard error."""
    print(f"askdocs: {printable_line(message)}", file=sys.stderr)


class ProgressBar:
    """A progress bar on standard error; where that is no terminal, only what is worth a line."""

    width = 30

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shown = False
        self._next = 0.0
        self._phase = ""
        self._began = (0.0, 0)

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of `what` are done."""
        if isinstance(what, Notice):
            self.clear()
            complain(what)
            return
        now = time.monotonic()
        if not self._stream.isatty():
            return
        phase = what.partition(",")[0]
        if phase != self._phase:
            self._phase, self._began = phase, (now, done)
        if now < self._next and done < total:
            return
        filled = self.width * done // max(total, 1)
        bar = "#" * filled + "." * (self.width - filled)
        # \r and "erase to the end of the line": the next state overwrites this one.
        told = f"{done:,}/{total:,} {printable_line(what)[:60]}{self._pace(now, done, total)}"
        self._stream.write(f"\r[{bar}] {told}\x1b[K")
        self._stream.flush()
        self._shown, self._next = True, now + 0.1

    def _pace(self, now: float, done: int, total: int) -> str:
        """How fast it goes and how long it will go on, once that can be said."""
        seconds, steps = now - self._began[0], done - self._began[1]
        if seconds < _PACE_AFTER or steps <= 0:
            return ""
        left = (total - done) * seconds / steps
        minutes = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
        return f", {steps / seconds:.3g}/s, {minutes} left"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove the bar, so that what is printed next starts on an empty line."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False


def summary_line(documents: int, summary: Summary) -> str:
    """What an indexing run did, and what the index holds after it."""
    names = ("added", "changed", "removed", "unchanged", "skipped")
    done = ", ".join(f"{getattr(summary, name):,} {name}" for name in names)
    held = f"{count(documents, 'document')}, {count(summary.passages, 'passage')}"
    return f"{held}: {done} in {summary.seconds:.1f} s"


def show_answer(answer: Mapping[str, Any], documents: Mapping[str, Document]) -> None:
    """Print an answer, as JSON has it, and its sources; `documents` are those it cites."""
    print(printable(answer["text"]))
    if answer["citations"]:
        print("\nSources")
    for citation in answer["citations"]:
        name = citation["document"]
        place = printable_line(_place(citation, documents[name]))
        print(f"[{citation['number']}] {printable_line(name)}, {place}")
        print(f"    “{printable_line(citation['quote'])}”")


def _place(citation: Mapping[str, Any], document: Document) -> str:
    """Where a citation stands, in words that help to find it."""
    start = citation["start"]
    heading = document.anchor(start, "heading")
    named = [document.place(start), heading and f"“{heading}”"]
    return ", ".join([name for name in named if name] + [f"characters {start}-{citation['end']}"])


def show_hits(hits: Sequence[Mapping[str, Any]]) -> None:
    """Print passages, as JSON has them, best first, with their scores."""
    for rank, hit in enumerate(hits, 1):
        excerpt = printable_line(hit["text"])
        if len(excerpt) > _EXCERPT:
            excerpt = excerpt[: _EXCERPT - 1].rstrip() + "…"
        where = f"{printable_line(hit['document'])}, characters {hit['start']}-{hit['end']}"
        print(f"{rank}. {where}, score {hit['score']:.4f}\n   {excerpt}")


def show_status(status: Status) -> None:
    """Print what an index holds, one fact a line."""
    left_out = f", {len(status.left_out):,} removed in the page" if status.left_out else ""
    facts = {
        "index": f"{status.path}, {status.bytes / 1e6:,.1f} MB",
        "store": status.store,
        "folder": status.folder,
        "documents": f"{status.documents:,}, {status.skipped:,} skipped{left_out}",
        "passages": f"{status.passages:,}",
        "model": f"{status.model}, {status.dimension} dimensions",
        "created": status.created_at,
        "changed": status.updated_at,
        "last read": status.read_at,
        "vectors": status.vectors,
        "in use": status.in_use or "no",
    }
    for name, fact in facts.items():
        print(f"{name:<9}  {printable_line(fact)}")
    skipped = [(one.path, one.reason) for one in status.skipped_files]
    for title, files in (("Skipped", skipped), ("Remarks", status.remarks)):
        if files:
            print(f"\n{title}")
        for path, reason in files[:_LISTED]:
            print(f"  {printable_line(path)}: {printable_line(reason)}")
        if len(files) > _LISTED:
            print(f"  and {len(files) - _LISTED:,} more: askdocs status --json")


def duration(passages: int, rate: str) -> str:
    """How long embedding will take at so many passages a second, if that is known.

    >>> duration(1200, "10"), duration(5, "")
    ('; about 2 minutes at the speed of the last run', '')
    """
    try:
        seconds = passages / float(rate)
    except (ValueError, ZeroDivisionError):
        return ""
    long = count(round(seconds / 60), "minute") if seconds >= 90 else f"{seconds:.0f} s"
    return f"; about {long} at the speed of the last run"


def count(number: int, noun: str) -> str:
    """Return a number and its noun.

    >>> count(1, "document"), count(2_000, "passage")
    ('1 document', '2,000 passages')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
