"""What several servers behind nginx answer, and how soon they tell that something has failed.

    python eval/bench/cluster_serving.py --json cluster.json

Two hosts are network namespaces of this machine (so it takes root, `ip` and nginx), nginx and a
PostgreSQL are on a third. All share its processors: what a second server adds here is what one
process leaves of them, not what a second machine would. The questions are those of eval/gold, each
sent with a number so that no answer is remembered; answers are quoted, by the default model.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from askdocs.config import Config  # noqa: E402
from askdocs.index import Index  # noqa: E402
from cluster_load import Outcome, ask  # noqa: E402
from cluster_rig import REAL, Cluster, raised  # noqa: E402

Figures = dict[str, Any]
TRIES = 20


def main() -> int:
    options = _options()
    figures: Figures = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}
    with tempfile.TemporaryDirectory() as folder, raised(Path(folder), fill, program=REAL) as found:
        if not found.hosts:
            sys.exit(found.why)
        questions = numbered(ROOT / "eval" / "gold" / "corpus.jsonl")
        for server in found.servers:  # what is loaded for a first answer is loaded now
            with server.place.inside():
                assert ask(server.address, next(questions), quoted=True).answered
        figures["failing"] = failing(found, questions)
        figures["serving"] = [
            serving(found, questions, users, options.seconds, servers)
            for servers in (2, 1)
            for users in options.users
        ]
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def fill(store: str, path: Path) -> None:
    """Index eval/corpus into the store."""
    Index.build(ROOT / "eval" / "corpus", path, config=Config(store=store)).close()


def numbered(gold: Path) -> Iterator[str]:
    """Questions without end, none twice."""
    lines = gold.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    return (f"{asked[number % len(asked)]} ({number})" for number in count())


def serving(
    cluster: Cluster, questions: Iterator[str], users: int, seconds: float, servers: int
) -> Figures:
    """Answers a second, and how long one takes, while so many ask one question after the other."""
    for server in cluster.servers[servers:]:
        server.stop()
    time.sleep(4)  # until nginx knows
    outcomes: list[Outcome] = []
    turn, end = threading.Lock(), time.monotonic() + seconds

    def user() -> None:
        with cluster.front.inside():
            while time.monotonic() < end:
                with turn:
                    question = next(questions)
                outcomes.append(ask(cluster.balancer.address, question, quoted=True))

    threads = [threading.Thread(target=user) for _ in range(users)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    return {
        "servers": servers,
        "users": users,
        "answers": len(outcomes),
        "failed": sum(not one.answered for one in outcomes),
        "per_second": round(len(outcomes) / took, 1),
        **_spread([one.seconds for one in outcomes]),
    }


def failing(cluster: Cluster, questions: Iterator[str]) -> Figures:
    """How long it takes a server to tell that its store is away, and nginx to go round a host."""
    host, server = cluster.hosts[1], cluster.servers[1]
    store = cluster.store.partition(":")[0]
    host.lose(store)
    with host.inside():
        told = [ask(server.address, next(questions), quoted=True) for _ in range(TRIES)]
    assert all(one.status == 503 for one in told), told
    handed = [_through(cluster, next(questions)) for _ in range(TRIES)]
    host.find(store)
    server.wait(30)
    time.sleep(4)
    host.cut()
    began = time.monotonic()
    cut = [_through(cluster, next(questions)) for _ in range(TRIES)]
    host.mend()
    mended = time.monotonic()
    server.wait(30)
    return {
        "tries": TRIES,
        "told_by_server": _counted(told),
        "through_nginx_store_away": _counted(handed),
        "through_nginx_host_cut_off": {
            **_counted(cut),
            "first_answer_after_s": round(cut[0].began - began + cut[0].seconds, 2),
        },
        "ready_again_after_s": round(time.monotonic() - mended, 2),
    }


def _through(cluster: Cluster, question: str) -> Outcome:
    with cluster.front.inside():
        return ask(cluster.balancer.address, question, quoted=True)


def _counted(outcomes: list[Outcome]) -> Figures:
    failed = sum(not one.answered for one in outcomes)
    return {"failed": failed, **_spread([one.seconds for one in outcomes])}


def _spread(seconds: list[float]) -> Figures:
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 3)

    return {"p50_s": at(0.5), "p95_s": at(0.95), "most_s": at(1)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--users", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
