"""How fast PDFs are read, and whether what is read is found again: six filings of FinanceBench.

    python eval/bench/reading.py ../shared/data/financebench --keep build/reading
    python eval/bench/reading.py ../shared/data/financebench --only speed

Speed: each file is read in a process of its own by askdocs, by pypdfium2 alone (its plain text, no
layout) and by pypdf, medians of three: processor time, and the most memory of the whole process.

Finding: the share of questions for which the five best passages include one of the page that holds
the evidence, asked of all the filings and of the one that the question is about; for comparison,
the same with pypdfium2's plain text. Page numbers in the data count from 0, which is checked by
looking for the evidence on the page.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from askdocs import Index
from askdocs.types import EVERYTHING, Filter, Hit

READERS = ("askdocs", "pypdfium2", "pypdf", "markitdown")
REPEATS = 3
K = 5
QUESTIONS = "financebench_open_source.jsonl"
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Asked:
    """A question on a filing, with the pages (from 1) that hold its evidence."""

    question: str
    document: str
    pages: frozenset[int]
    evidence: str


def main() -> int:
    options = _options()
    if options.child:
        print(json.dumps(_measure_here(options.child, options.data)))
        return 0
    figures: dict[str, object] = {}
    if options.only != "finding":
        figures["speed"] = speed(options.data)
    if options.only != "speed":
        with _folder(options.keep) as folder:
            figures["finding"] = finding(options.data, folder, show_misses=options.misses)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def speed(data: Path) -> list[dict[str, object]]:
    """Milliseconds a page and the peak memory of the process, by file and reader."""
    rows: list[dict[str, object]] = []
    present = [reader for reader in READERS if find_spec(reader)]
    print(f"{'file':<40}{'pages':>6}  {'reader':<11}{'ms a page':>10}{'peak MB':>9}")
    for path in sorted(data.glob("*.pdf")):
        measured: dict[str, list[dict[str, float]]] = {reader: [] for reader in present}
        for _ in range(REPEATS):
            for reader in present:  # side by side, so that a busy machine is busy for all
                measured[reader].append(_measure_apart(reader, path))
        for reader, runs in measured.items():
            if not all(runs):
                print(f"{path.stem[:39]:<40}{'':>6}  {reader:<11} cannot read it")
                continue
            pages = int(runs[0]["pages"])
            row = {
                "file": path.name,
                "pages": pages,
                "reader": reader,
                "ms a page": round(median(run["seconds"] for run in runs) / pages * 1000, 1),
                "peak MB": round(median(run["peak"] for run in runs) / 1e6),
                "MB before": round(median(run["before"] for run in runs) / 1e6),
            }
            rows.append(row)
            print(
                f"{path.stem[:39]:<40}{pages:>6}  {reader:<11}"
                f"{row['ms a page']:>10}{row['peak MB']:>9}",
                flush=True,
            )
    return rows


def finding(data: Path, folder: Path, *, show_misses: bool) -> dict[str, object]:
    """The share of questions whose evidence page is among the pages found."""
    asked = list(_questions(data))
    _require_pages_from_zero(data, asked)
    figures: dict[str, object] = {"questions": len(asked)}
    for name, write in (("askdocs", _as_they_are), ("pypdfium2", _page_by_page)):
        documents = folder / name / "documents"
        if not documents.exists():
            documents.mkdir(parents=True)
            write(data, documents)
        with Index.build(documents, folder / name / "index") as index:
            print(
                f"\nread by {name}: {len(asked)} questions, {index.store.passage_count()} passages"
            )
            for scope in ("all filings", "the filing named"):
                found = [_finds(index, item, scope, show_misses=show_misses) for item in asked]
                figures[f"{name}, {scope}"] = round(100 * sum(found) / len(found), 1)
                print(f"  {scope:<18} evidence page among {K}: {sum(found)} of {len(found)}")
    return figures


def _as_they_are(data: Path, documents: Path) -> None:
    for path in data.glob("*.pdf"):
        shutil.copy(path, documents)


def _page_by_page(data: Path, documents: Path) -> None:
    """Each page's plain text as a file of its own: what reading without layout gives."""
    import pypdfium2

    for path in data.glob("*.pdf"):
        (documents / path.name).mkdir()
        with pypdfium2.PdfDocument(path) as document:
            for number, page in enumerate(document, start=1):
                text = page.get_textpage().get_text_range().replace("\r\n", "\n")
                (documents / path.name / f"{number}.txt").write_text(text, encoding="utf-8")


def _finds(index: Index, item: Asked, scope: str, *, show_misses: bool) -> bool:
    within = EVERYTHING
    if scope == "the filing named":
        plain = not any(info.id == item.document for info in index.documents())
        within = Filter(folder=item.document) if plain else Filter(documents=(item.document,))
    places = [_place(index, hit) for hit in index.retrieve(item.question, k=K, within=within)]
    right = {(item.document, str(page)) for page in item.pages}
    if show_misses and not right & set(places):
        pages = ", ".join(f"{document[:12]} {page}" for document, page in places)
        print(f"    missed: {item.question}\n      wanted {sorted(right)}, found {pages}")
    return bool(right & set(places))


def _place(index: Index, hit: Hit) -> tuple[str, str | None]:
    """The filing and the page of a passage."""
    folder, _, name = hit.passage.document.rpartition("/")
    if folder:
        return folder, name.removesuffix(".txt")
    return name, index.document(name).anchor(hit.passage.start, "page")


def _questions(data: Path) -> Iterator[Asked]:
    present = {path.stem for path in data.glob("*.pdf")}
    for line in (data / QUESTIONS).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["doc_name"] in present:
            evidence = row["evidence"]
            pages = frozenset(int(item["evidence_page_num"]) + 1 for item in evidence)
            words = evidence[0]["evidence_text"]
            yield Asked(row["question"], f"{row['doc_name']}.pdf", pages, words)


def _require_pages_from_zero(data: Path, asked: list[Asked]) -> None:
    """Check that each evidence stands on the page it is said to stand on."""
    import pypdfium2

    for item in asked:
        with pypdfium2.PdfDocument(data / item.document) as document:
            pages = [_letters(page.get_textpage().get_text_range()) for page in document]
        lines = [line for line in map(_letters, item.evidence.split("\n")) if len(line) > 8]
        held = [sum(line in page for line in lines) for page in pages]
        if held.index(max(held)) + 1 not in item.pages:
            sys.exit(f"the evidence of {item.question!r} is not on page {sorted(item.pages)}")


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text.lower())


def _measure_apart(reader: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, str(path), "--child", reader]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {}
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _measure_here(reader: str, path: Path) -> dict[str, float]:
    """Read a file in this process: processor seconds, pages, bytes of memory before and at most."""
    data = path.read_bytes()
    read = {
        "askdocs": _askdocs, "pypdfium2": _pypdfium2, "pypdf": _pypdf, "markitdown": _markitdown
    }[reader]  # fmt: skip
    read(None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    start = time.process_time()
    pages = read(data)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "pages": pages or _pypdfium2(data), "before": before, "peak": peak}


def _askdocs(data: bytes | None) -> int:
    from askdocs.readers import pdf

    if data is None:
        return 0
    pdf.extract(data, "")
    return 0


def _pypdfium2(data: bytes | None) -> int:
    import pypdfium2

    if data is None:
        return 0
    with pypdfium2.PdfDocument(data) as document:
        return sum(1 for page in document if page.get_textpage().get_text_range() is not None)


def _pypdf(data: bytes | None) -> int:
    import io

    import pypdf

    if data is None:
        return 0
    return sum(1 for page in pypdf.PdfReader(io.BytesIO(data)).pages if page.extract_text() != 0)


def _markitdown(data: bytes | None) -> int:
    import io

    from markitdown import MarkItDown, StreamInfo

    if data is not None:
        MarkItDown().convert_stream(io.BytesIO(data), stream_info=StreamInfo(extension=".pdf"))
    return 0


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="askdocs-reading-") as temporary:
        yield Path(temporary)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder of FinanceBench with its PDFs")
    parser.add_argument("--only", choices=("speed", "finding"), default="")
    parser.add_argument("--keep", type=Path, help="keep the index here, for the next run")
    parser.add_argument("--misses", action="store_true", help="show the questions that are missed")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--child", choices=READERS, default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
