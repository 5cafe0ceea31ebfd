"""What speed.py works on: documents, questions, the systems with their indexes, their processes."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peers

HERE = Path(__file__).resolve().parent
SCIFACT = HERE.parents[2] / "shared" / "data" / "scifact-beir"
ASKDOCS = "askdocs"
ENVIRONMENT = {
    "ANONYMIZED_TELEMETRY": "False",
    "CUDA_VISIBLE_DEVICES": "",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "ORT_TELEMETRY_DISABLED": "1",
}


@dataclass(frozen=True)
class System:
    """A system, and where it keeps its index of the documents."""

    name: str
    script: tuple[str, ...]
    model: str
    store: Path

    def command(self, action: str, what: Path | str, *more: str, store: Path | None = None) -> Any:
        """How its script is started; see peer_command.py."""
        return [*self.script, action, str(what), str(store or self.store), self.model, *more]

    def retrieve(self, question: str) -> list[str]:
        """A whole process that finds passages."""
        if self.name == ASKDOCS:
            return self.askdocs("retrieve", question)
        return self.command("retrieve", question)

    def askdocs(self, verb: str, question: str) -> list[str]:
        """A command of askdocs on its index."""
        return [sys.executable, "-m", "askdocs", verb, question, "--index", str(self.store)]


@dataclass(frozen=True)
class Place:
    """The folder in which everything is written, the documents in it, and the questions."""

    folder: Path
    names: Sequence[str]
    questions: Sequence[str]

    @property
    def documents(self) -> Path:
        """The folder that is indexed."""
        return self.folder / "documents"

    def first(self, count: int) -> Path:
        """A folder with the first documents alone."""
        folder = self.folder / f"first-{count}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in self.names[:count]:
            shutil.copy(self.documents / name, folder)
        return folder

    def systems(self, names: Sequence[str]) -> list[System]:
        """Askdocs, and then the peers named; their environments are made if they are not there."""
        own = (sys.executable, str(HERE / "peer_askdocs.py"))
        systems = [System(ASKDOCS, own, "its own", self.folder / ASKDOCS)]
        for peer in map(peers.peer, names):
            systems.append(
                System(peer.name, tuple(peer.command), str(peer.model), self.folder / peer.name)
            )
        return systems


def prepare(folder: Path, options: argparse.Namespace) -> Place | None:
    """Write the documents and choose the questions; None if there are no documents."""
    source = options.documents
    if source is None and not SCIFACT.exists():
        return None
    texts = dict(list(_files(source) if source else _abstracts())[: options.limit])
    if not texts:
        sys.exit(f"{source} holds no .txt and no .md files")
    if source is None:
        rows = (SCIFACT / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        questions = [json.loads(row)["text"] for row in rows]
    else:
        questions = [text.strip().splitlines()[0][:200] for text in texts.values()]
    place = Place(folder.resolve(), list(texts), questions[: options.questions])
    if not place.documents.exists():
        place.documents.mkdir(parents=True)
        for name, text in texts.items():
            (place.documents / name).write_text(text, encoding="utf-8")
    elif {path.name for path in place.documents.iterdir()} != set(texts):
        sys.exit(f"{folder} was kept from a run with other documents; name another folder")
    return place


def _abstracts() -> Iterator[tuple[str, str]]:
    """The documents of SciFact, which only the test queries of the set are asked about."""
    with gzip.open(SCIFACT / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            yield f"{row['_id']}.txt", f"{row['title']}\n\n{row['text']}"


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """The texts of a folder and those in it, side by side, all of them as .txt."""
    for path in sorted(folder.rglob("*")):
        text = path.read_text(encoding="utf-8") if path.suffix in {".txt", ".md"} else ""
        if text.strip():
            name = "-".join(path.relative_to(folder).parts)
            yield name if path.suffix == ".txt" else f"{name}.txt", text


def run(command: Sequence[str]) -> tuple[float, Any]:
    """Run a command that must succeed: wall time in seconds, and the JSON it printed, if it did."""
    started = time.perf_counter()
    done = subprocess.run(
        command, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    say(f"{seconds:8.1f} s  {' '.join(Path(part).name for part in command[1:4])[:70]}")
    last = done.stdout.strip().rpartition("\n")[2]
    try:
        return seconds, json.loads(last)
    except ValueError:
        return seconds, last


def say(line: str) -> None:
    """Tell whoever waits."""
    print(line, file=sys.stderr, flush=True)
