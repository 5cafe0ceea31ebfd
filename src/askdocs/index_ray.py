"""Read, split and embed the files of a folder on Ray, while this process alone writes the index.

Ray Data runs the workers and holds them back when more comes than can be stored. A worker, or the
machine below it, may go at any moment: what has not come by the end of a round is done in another
round, and a file that comes twice is taken once. Nothing here touches the store.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import secrets
import signal
import sys
import threading
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from askdocs.errors import AskdocsError
from askdocs.index_building import Through, Work, made_here
from askdocs.index_cluster import environment, folder_for_ray, require_answer
from askdocs.index_embedding import Split
from askdocs.index_reading import FileRead
from askdocs.index_worker import Job, Parcel, Task, Worker, job_of, tasks_of

LOCAL = "local"
"""In place of an address: Ray on this machine, started for one run."""

_ROUNDS = 3
"""Rounds in which nothing comes of any file until it is given up."""
_MOST_FILES = 32
"""Files given to a worker at once: what it takes with it when it goes, at most."""
_STORE = 512 * 1024 * 1024
"""Bytes that may wait on this machine to be written; with more the workers are held back."""
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nobody is told of it
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # which goes to standard error
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
}
_HERE = _QUIET | {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # it listens on 127.0.0.1 alone
_THERE = _QUIET | {"RAY_NUM_REDIS_GET_RETRIES": "5"}  # seconds until it is given up


@contextmanager
def on_ray(address: str = LOCAL, *, workers: int | None = None) -> Iterator[Through]:
    """What `refresh` can work through: Ray at an address, or started here and ended afterwards.

    `workers` are how many there are at most; without it one for each core. Raises `AskdocsError`
    if there is no Ray, or none that can be reached.
    """
    if importlib.util.find_spec("ray") is None or importlib.util.find_spec("pyarrow") is None:
        raise AskdocsError("Ray is not installed; install it with: pip install 'askdocs[ray]'")
    if address != LOCAL:
        require_answer(address)
    here = _HERE | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": _token()}
    with _settings(here if address == LOCAL else _THERE), _quiet_logs():
        if address == LOCAL:
            with folder_for_ray() as place, _connected(address, place, workers):
                yield partial(_through, ship=False, workers=workers)
        else:
            with _connected(address, None, workers):
                yield partial(_through, ship=True, workers=workers)


@contextmanager
def _settings(changes: dict[str, str]) -> Iterator[None]:
    """Ray's settings for a while: variables, which it reads once, when it is first imported."""
    raylet: Any = importlib.import_module("ray._raylet")

    def read() -> None:
        raylet.Config.initialize("")
        raylet.AuthenticationTokenLoader.instance().reset_cache()

    try:
        with environment(changes):
            read()
            yield
    finally:
        read()


@cache
def _token() -> str:
    """What lets nobody else use a Ray of this process, which learns it once and for all."""
    return secrets.token_hex(32)


def _through(work: Work, *, ship: bool, workers: int | None) -> Generator[Split | FileRead]:
    """Give each file of the listing once, as the workers are done with it."""
    import ray

    waiting, unseen = dict(work.listing.files), dict[str, Path]()
    job, barren, reason = ray.put(job_of(work, ship=ship)), 0, ""
    while waiting and barren < _ROUNDS:
        before = len(waiting)
        tasks = list(tasks_of(work, waiting.items()))
        try:
            for parcel in _round(tasks, job, workers):
                if parcel.fault:
                    raise AskdocsError(parcel.fault)
                path = waiting.pop(parcel.identifier, None)
                if path is None:
                    continue
                work.reading.begins(parcel.identifier)
                made = parcel.unpack(work.embedder.dimension)
                if isinstance(made, FileRead) and made.reason and not made.sha256:
                    unseen[parcel.identifier] = path
                else:
                    yield made
        except AskdocsError:
            raise
        except Exception as error:  # Ray's own, or what it makes of those of others
            reason = _last_line(error)
        barren = barren + 1 if len(waiting) == before else 0
    if waiting:
        raise AskdocsError(
            f"Ray's workers end before they have done anything ({reason or 'it is not said why'});"
            " see Ray's logs, or index without --ray"
        )
    if unseen:  # on some machine, at some time; what is wrong with them is said by this one
        files = tuple(unseen.items())
        yield from made_here(replace(work, listing=replace(work.listing, files=files)))


def _round(tasks: Sequence[Task], job: Any, workers: int | None) -> Iterator[Parcel]:
    """What comes of the tasks; of those in the hands of a worker that goes, nothing does."""
    import ray.data

    there: Any = ray.cluster_resources  # which Ray gives no types
    most = max(1, min(workers or len(tasks), int(there().get("CPU", 1))))
    files = max(1, min(_MOST_FILES, len(tasks) // (4 * most)))
    with warnings.catch_warnings(action="ignore"), _data_context():
        rows = ray.data.from_items(
            [asdict(task) for task in tasks], override_num_blocks=-(-len(tasks) // files)
        )
        made = rows.map_batches(
            _RayWorker,
            fn_constructor_args=[job],
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most, initial_size=most),
            num_cpus=1,
            max_task_retries=0,  # but in the next round: else they wait for a machine that is gone
        )
    for row in made.iter_rows():
        yield row["parcel"]


@contextmanager
def _data_context() -> Iterator[None]:
    """What holds for the data that is made meanwhile, and for all that is done with it."""
    import ray.data

    context = ray.data.DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.max_errored_blocks = -1
    context.target_max_block_size = 1  # what a worker yields is sent at once
    with ray.data.DataContext.current(context):
        yield


class _RayWorker:
    """A worker in a process of Ray."""

    def __init__(self, job: Any) -> None:
        import ray

        given: Job = ray.get(job)
        self._worker = Worker(given)

    def __call__(self, batch: Any) -> Iterator[dict[str, list[Parcel]]]:
        tasks = [Task(**row) for row in batch.to_pylist()]
        for parcels in self._worker.do(tasks):
            yield {"parcel": parcels}


@contextmanager
def _connected(address: str, place: Path | None, workers: int | None) -> Iterator[None]:
    """Ray for a while: at an address, or started in the folder `place`."""
    import ray

    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    if place is not None:
        options |= {
            "num_cpus": workers or _cores(),
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
            "_temp_dir": str(place),
            "object_store_memory": _STORE,
        }
    if ray.is_initialized():
        raise AskdocsError("Ray is in use in this process already; end that first: ray.shutdown()")
    handler = signal.getsignal(signal.SIGTERM)
    try:
        _init(address, options)
        _set_handler(handler)
        yield
    finally:
        with suppress(Exception):
            ray.shutdown()
        _set_handler(handler)


def _init(address: str, options: dict[str, Any]) -> None:
    import ray

    try:
        with _silent_errors():
            ray.init(address, **options)
    except SystemExit:  # it has its own handler of SIGTERM, which means the same here as Ctrl-C
        raise KeyboardInterrupt from None
    except Exception as error:
        raise AskdocsError(
            f"Ray at {address} cannot be used: {_last_line(error)}; is it of the same version, is"
            " this machine part of it, does it ask for a token (RAY_AUTH_MODE=token)?"
        ) from error


@contextmanager
def _silent_errors() -> Iterator[None]:
    """Nothing on standard error meanwhile, whoever writes to it: parts of Ray are no Python."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _set_handler(handler: Any) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """What goes wrong in one round is made good in the next; what does not is an error here."""
    importlib.import_module("ray.data")  # which sets the levels

    # No option keeps a machine's end off standard output, where results go.
    worker: Any = importlib.import_module("ray._private.worker")
    worker._worker_logs_enabled = False
    loggers = [logging.getLogger(name) for name in ("ray", "ray.data")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        worker._worker_logs_enabled = True
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _last_line(error: Exception) -> str:
    """What an error of Ray comes down to: the last of its many lines."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__
