"""How askdocs serves many users at once: waiting, refusing, stopping, and what others notice.

    python eval/bench/load.py FOLDER --rows R-50,R-52 --json load.json
    python eval/bench/load.py FOLDER --rows R-59 --soak 600

It writes documents of 10,000 passages below FOLDER and indexes them, once; then `askdocs serve`
runs in a process of its own on the loopback, and the users, with a stub of a language model (50
tokens at 50 a second), in this one. Rows without "quoted" go through the model. The marks are for
a machine that does nothing else; the load of the machine is printed with the table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from load_client import Asked, Health, User, percentile
from load_model import StubModel
from speed_ask import _ENDINGS, _MIDDLES, _ONSETS, _report

RIVERS = ("Ald", "Bex", "Cole", "Dorn", "Esk", "Flit", "Gade", "Hiz", "Ive", "Kym")
PASSAGES = 10_000
EACH = 20
"""Passages of a document."""


@dataclass(frozen=True)
class Figure:
    """One measured figure; `mark` is what it is to be at most, if there is one."""

    row: str
    what: str
    value: float
    unit: str = ""
    mark: float | None = None

    @property
    def passed(self) -> bool:
        return self.mark is None or self.value <= self.mark


@dataclass(frozen=True)
class Site:
    """A running server, the stub of its model, and the towns that its documents tell of."""

    port: int
    pid: int
    stub: StubModel
    towns: dict[str, str]
    documents: Path

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def questions(self, count: int, seed: int) -> list[tuple[str, str]]:
        """Different questions, each with the words that only its answer has."""
        towns = random.Random(seed).sample(sorted(self.towns), count)
        return [(f"How many people live in {town}?", self.towns[town]) for town in towns]


async def ask_all(
    site: Site, asked: list[tuple[str, str]], *, again: bool = True, quoted: bool = False
) -> tuple[list[Asked], int]:
    """Everybody asks at once; what they saw, and how many got what is not their answer."""
    users = [User(site.port).ask(one, again=again, quoted=quoted) for one, _ in asked]
    seen = await asyncio.gather(*users)
    pairs = zip(seen, asked, strict=True)
    return seen, sum(one.status == 200 and words not in one.text for one, (_, words) in pairs)


def spread(row: str, what: str, times: list[float], *marks: float | None) -> list[Figure]:
    """The median and the tail of some times."""
    shares = zip((0.5, 0.95, 0.99), (*marks, None, None, None), strict=False)
    return [Figure(row, f"{what}, p{100 * s:.0f}", percentile(times, s), "s", m) for s, m in shares]


async def r50(site: Site) -> list[Figure]:
    """64 users at once; eight are answered at a time."""
    idle = site.memory()
    seen, wrong = await ask_all(site, site.questions(64, 50))
    return [
        Figure("R-50", "users without an answer", sum(one.status != 200 for one in seen), "", 0),
        Figure("R-50", "answers of another user", wrong, "", 0),
        *spread("R-50", "first words", [one.first for one in seen], 4, 9, 10),
        *spread("R-50", "whole answer", [one.total for one in seen], None, None, 12),
        Figure("R-50", "times told to come again", sum(len(one.refusals) for one in seen)),
        Figure("R-50", "users who heard their place", sum(one.places > 0 for one in seen)),
        Figure("R-50", "memory more than idle", site.memory() - idle, "MB", 150),
    ]


async def r51(site: Site) -> list[Figure]:
    """One user, one question after the other."""
    user, seen = User(site.port), []
    for question, _ in site.questions(20, 51):
        seen.append(await user.ask(question))
    return spread("R-51", "first words", [one.first for one in seen], None, 0.45)


async def r52(site: Site) -> list[Figure]:
    """256 users at once: most are refused, and told when to come again."""
    async with Health(site.port) as health:
        seen, wrong = await ask_all(site, site.questions(256, 52), again=False)
    refused = [one for one in seen if one.status == 503]
    answered = [one for one in seen if one.status == 200]
    failed = len(seen) - len(refused) - len(answered)
    return [
        Figure("R-52", "answered", len(answered)),
        Figure("R-52", "refused", len(refused)),
        Figure("R-52", "neither", failed, "", 0),
        Figure("R-52", "answers of another user", wrong, "", 0),
        Figure("R-52", "refused after, at most", max(o.refusals[0] for o in refused), "s", 1),
        Figure("R-52", "refused without Retry-After", sum(o.unhelpful for o in refused), "", 0),
        *spread("R-52", "whole answer", [one.total for one in answered], None, None, 12),
        Figure("R-52", "health, p99", percentile(health.times, 0.99), "s", 0.2),
        Figure("R-52", "health, worst", max(health.times), "s", 1),
        Figure("R-52", "health, failed", health.failed, "", 0),
    ]


async def r53(site: Site) -> list[Figure]:
    """One client sends 100 questions at once; another asks one after the other."""
    alone, other = [], User(site.port)
    asked = [question for question, _ in site.questions(112, 53)]
    for question in asked[:6]:
        alone.append((await other.ask(question)).total)
    greedy = User(site.port)
    many = asyncio.gather(*(greedy.ask(question, again=False) for question in asked[12:]))
    beside = []
    for question in asked[6:12]:
        beside.append((await other.ask(question)).total)
    seen = await many
    worst, unloaded = percentile(beside, 0.95), percentile(alone, 0.95)
    return [
        Figure("R-53", "of one client's 100 at once, answered", sum(o.status == 200 for o in seen)),
        Figure("R-53", "and refused", sum(one.status == 503 for one in seen)),
        Figure("R-53", "another user alone, p95", unloaded, "s"),
        Figure("R-53", "another user beside, p95", worst, "s", 2 * unloaded),
    ]


async def r54(site: Site) -> list[Figure]:
    """200 readers leave in the middle of an answer."""
    freed = []
    questions = iter(site.questions(200, 54))
    for _ in range(25):
        eight = [next(questions)[0] for _ in range(8)]
        users = [User(site.port).ask(one, leave_after=5) for one in eight]
        await asyncio.gather(*users)
        left = time.monotonic()
        while site.stub.connections and time.monotonic() - left < 10:
            await asyncio.sleep(0.01)
        freed.append(max(0.0, site.stub.closed_at - left))
    running = await line_counts(site)
    return [
        Figure("R-54", "the model is let go after, at most", max(freed), "s", 1),
        Figure("R-54", "places still taken", running, "", 0),
    ]


async def line_counts(site: Site) -> int:
    """How many questions the server says are running or waiting."""
    _, _, body = await User(site.port).get("/metrics")
    found = re.findall(rb"^askdocs_questions_(?:running|waiting)\S* (\d+)", body, re.M)
    assert found, "the server does not tell how many questions are running"
    return sum(map(int, found))


async def r55(site: Site) -> list[Figure]:
    """64 users without a model, each with another question."""
    seen, wrong = await ask_all(site, site.questions(64, 55), quoted=True)
    return [
        Figure("quoted", "users without an answer", sum(o.status != 200 for o in seen), "", 0),
        Figure("quoted", "answers of another user", wrong, "", 0),
        *spread("quoted", "whole answer", [one.total for one in seen], None, None, 1.5),
        Figure("quoted", "times told to come again", sum(len(one.refusals) for one in seen)),
    ]


async def r56(site: Site) -> list[Figure]:
    """1,000 documents are indexed while 16 users ask."""

    async def chat(seconds: float, until: Callable[[], Awaitable[bool]]) -> list[float]:
        end, first = time.monotonic() + seconds, []
        pool = iter(site.questions(4_000, int(seconds)))

        async def one() -> None:
            user = User(site.port)
            while time.monotonic() < end:
                first.append((await user.ask(next(pool)[0])).first)

        users = asyncio.gather(*(one() for _ in range(16)))
        while not users.done() and not await until():
            await asyncio.sleep(0.5)
        end = 0.0
        await users
        return first

    async def never() -> bool:
        return False

    before = await chat(15, never)
    folder = site.documents / f"more-{time.time_ns()}"
    folder.mkdir()
    chance = random.Random(time.time_ns())
    for number in range(1_000):
        text = f"# New {number}\n\n{_report(f'Newton {number}', chance)}\n"
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    user, began = User(site.port), time.monotonic()
    await user.get("/v1/indexing", "POST")
    await asyncio.sleep(0.5)

    async def is_indexed() -> bool:
        _, _, body = await user.get("/v1/indexing")
        return b'"running":false' in body.replace(b" ", b"")

    during = await chat(120, is_indexed)
    took = time.monotonic() - began
    worst = percentile(before, 0.95)
    return [
        Figure("R-56", "16 users, first words, p95", worst, "s"),
        Figure("R-56", "and while indexing", percentile(during, 0.95), "s", 2 * worst),
        Figure("R-56", "1,000 documents indexed in", took, "s"),
    ]


async def r57(site: Site) -> list[Figure]:
    """64 readers that read nothing, and 64 that do not finish their request, beside a user."""
    held = []
    for question, _ in site.questions(64, 57):
        body = json.dumps({"question": question, "stream": True, "quoted": True}).encode()
        held.append(await User(site.port)._send("POST", "/v1/ask", body))
        slow = await asyncio.open_connection("127.0.0.1", site.port)
        slow[1].write(b"POST /v1/ask HTTP/1.1\r\nhost: x\r\n")
        held.append(slow)
    end = time.monotonic() + 60  # till they could all read, which they do not
    while await line_counts(site) and time.monotonic() < end:
        await asyncio.sleep(0.2)
    user, seen = User(site.port), []
    async with Health(site.port) as health:
        for question, _ in site.questions(20, 58):
            seen.append(await user.ask(question, quoted=True))
    for _, writer in held:
        writer.close()
    return [
        Figure("R-57", "questions not answered beside", sum(o.status != 200 for o in seen), "", 0),
        Figure("R-57", "whole quoted answer beside, p95", percentile([o.total for o in seen], 0.95),
               "s", 1),
        Figure("R-57", "health, p99", percentile(health.times, 0.99), "s", 0.2),
    ]  # fmt: skip


async def r58(site: Site) -> list[Figure]:
    """The same question of 64 users."""
    seen, wrong = await ask_all(site, site.questions(1, 59) * 64, quoted=True)
    texts = {one.text for one in seen if one.status == 200}
    return [
        Figure("R-58", "users without an answer", sum(o.status != 200 for o in seen), "", 0),
        Figure("R-58", "answers that differ", len(texts) - 1 + wrong, "", 0),
        *spread("R-58", "whole answer", [one.total for one in seen]),
    ]


async def r59(site: Site, seconds: float) -> list[Figure]:
    """For so long, users who keep four fifths of the places taken."""
    await ask_all(site, site.questions(32, 1))
    idle, began = site.memory(), time.monotonic()
    times: list[tuple[float, float]] = []
    failed = 0

    async def one(seed: int) -> None:
        nonlocal failed
        user, turn = User(site.port), 0
        while time.monotonic() - began < seconds:
            turn += 1
            (question, words), *_ = site.questions(1, 1000 * seed + turn)
            asked = await user.ask(question)
            failed += asked.status != 200 or words not in asked.text
            times.append((time.monotonic() - began, asked.total))

    await asyncio.gather(*(one(seed) for seed in range(6)))
    sixth = seconds / 6
    first = percentile([took for at, took in times if at < sixth], 0.99)
    last = percentile([took for at, took in times if at > seconds - sixth], 0.99)
    return [
        Figure("R-59", "questions", len(times)),
        Figure("R-59", "failed", failed, "", 0),
        Figure("R-59", "p99 in the first sixth", first, "s"),
        Figure("R-59", "p99 in the last sixth", last, "s", 1.2 * first),
        Figure("R-59", "memory more than before", 100 * (site.memory() / idle - 1), "%", 10),
    ]


ROWS = {"R-50": r50, "R-51": r51, "R-52": r52, "R-53": r53, "R-54": r54, "quoted": r55,
        "R-56": r56, "R-57": r57, "R-58": r58}  # fmt: skip


def write_documents(folder: Path, passages: int) -> dict[str, str]:
    """Write reports on invented towns, and return how many people live in each."""
    chance, towns = random.Random(7), {}
    names = [
        f"{a}{b}{c} on {river}"
        for a in _ONSETS for b in _MIDDLES for c in _ENDINGS for river in RIVERS
    ]  # fmt: skip
    chance.shuffle(names)
    for number in range(passages // EACH):
        parts = []
        for name in names[number * EACH : (number + 1) * EACH]:
            report = _report(name, chance)
            towns[name] = report.split(" ", 1)[0]
            parts.append(f"# {name}\n\n{report}\n")
        path = folder / f"{number:04}.md"
        if not path.exists():
            path.write_text("\n".join(parts), encoding="utf-8")
    return towns


@contextmanager
def served(index: Path, model: str, settings: list[str]) -> Iterator[tuple[int, int]]:
    """The port and the process of a server."""
    command = [sys.executable, "-m", "askdocs", "serve", "--index", str(index), "--port", "0"]
    command += [part for one in settings for part in ("--set", one)]
    command += ["--model", model] if model else []
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+:(\d+)", server.stdout.readline())
        if found is None:
            raise SystemExit("the server did not start")
        yield int(found[1]), server.pid
    finally:
        server.terminate()
        server.wait()


async def measure(options: argparse.Namespace, towns: dict[str, str]) -> list[Figure]:
    """The figures of the rows that were asked for."""
    stub, figures = StubModel(), []
    await stub.start()
    model = "" if options.no_model else stub.name
    with served(options.folder / "index", model, options.set) as (port, pid):
        site = Site(port, pid, stub, towns, options.folder / "documents")
        await ask_all(site, site.questions(4, 0))  # what is loaded with the first question
        await ask_all(site, site.questions(4, 1), quoted=True)
        for row in options.rows.split(","):
            known = r59(site, options.soak) if row == "R-59" else ROWS[row](site)
            for figure in await known:
                figures.append(figure)
                print(_line(figure), flush=True)
            await asyncio.sleep(1)
    return figures


def _line(figure: Figure) -> str:
    mark = "" if figure.mark is None else f"≤ {figure.mark:.3g} {figure.unit}"
    said = "" if figure.mark is None else ("yes" if figure.passed else "NO")
    return f"| {figure.row} | {figure.what} | {figure.value:.4g} {figure.unit} | {mark} | {said} |"


def main() -> int:
    """Print the table; 1 if a mark is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="where documents and index are written")
    parser.add_argument("--rows", default=",".join(ROWS), help="the rows, with commas")
    parser.add_argument("--passages", type=int, default=PASSAGES)
    parser.add_argument("--no-model", action="store_true", help="serve quoted answers only")
    parser.add_argument("--soak", type=float, default=600, help="seconds of row R-59")
    parser.add_argument("--set", action="append", default=[], help="a setting of the server")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    documents = options.folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    towns = write_documents(documents, options.passages)
    subprocess.run(
        [sys.executable, "-m", "askdocs", "index", documents, "--index", options.folder / "index"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    before = os.getloadavg()
    print("| row | what | value | mark | met |\n|---|---|---|---|---|")
    figures = asyncio.run(measure(options, towns))
    load = " ".join(f"{value:.1f}" for value in (before[0], os.getloadavg()[0]))
    print(f"\nload of the machine before and after: {load}; {os.cpu_count()} cores")
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in figures], indent=1) + "\n")
    return 0 if all(figure.passed for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
