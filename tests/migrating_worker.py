"""Migrate an index and be killed at the n-th step of it; says how many there were if fewer.

Arguments: source, target, n. A step begins or ends wherever something is written, or compared.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from askdocs import index_migrating, store_copying, store_sqlite

STEPS = ("_put_rows", "_enter_words", "_continue_numbers", "_writing", "checkpoint", "describe")


def main(source: str, target: str, last: int) -> None:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*values: Any, **options: Any) -> Any:
            step()
            result = function(*values, **options)
            step()
            return result

        return run

    kinds: list[tuple[Any, Any]] = [(store_sqlite, store_sqlite.SqliteStore)]
    if "://" in source + target:
        from askdocs import store_postgres

        kinds.append((store_postgres, store_postgres.PostgresStore))
    for module, kind in kinds:
        module.create = watched(module.create)
        for name in STEPS:
            setattr(kind, name, watched(getattr(kind, name)))
    store_copying._PASSAGES = 1  # each document in a transaction of its own
    index_migrating.compare = watched(index_migrating.compare)
    index_migrating.migrate(source, target)
    os.write(1, b"%d\n" % done)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
