"""From a generator that takes its time to an asynchronous one that can be left at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter

from askdocs.errors import Stopped
from askdocs.stopping import Stop

Step = TypeVar("Step")
Gone = Callable[[], Awaitable[bool]]
"""Says whether whoever asked has left, such as `Request.is_disconnected`."""

_LOOK = 0.5
"""Seconds after which one looks whether whoever asked has left."""


async def flow(
    make: Callable[[Callable[[Step], None]], Iterator[Step]],
    stop: Stop,
    threads: CapacityLimiter,
    gone: Gone | None = None,
) -> AsyncGenerator[Step]:
    """The steps of a generator that runs in one of `threads`; the last of them is never left out.

    `make` is given a function that it may tell further steps, while it has none to yield. Each step
    is to take the place of those before it: a slow reader is given the newest only, and never keeps
    the generator from going on. When the reader is done, or cancelled, or `gone`, then `stop` is
    stopped, so that the generator ends soon. Raises whatever it raises, and `Stopped` if the reader
    is gone.
    """
    loop = asyncio.get_running_loop()
    news = asyncio.Event()
    newest: list[Step] = []
    looked = loop.time()

    def put(step: Step) -> None:
        newest[:] = [step]
        loop.call_soon_threadsafe(news.set)

    running = asyncio.ensure_future(
        anyio.to_thread.run_sync(partial(_exhaust, make, put), limiter=threads)
    )
    running.add_done_callback(lambda _: news.set())
    running.add_done_callback(_heard)
    try:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await news.wait()
            if gone is not None and loop.time() - looked > _LOOK:
                looked = loop.time()
                if await gone():
                    raise Stopped("nobody waits for the answer any more")
            news.clear()
            is_done = running.done()  # before the last step is taken, that none is missed
            if newest:
                yield newest.pop()
            if is_done:
                await running
                return
    finally:
        stop.stop()


async def last(steps: AsyncIterator[Step]) -> Step:
    """The last of the steps."""
    found: list[Step] = []
    async for step in steps:
        found[:] = [step]
    return found[0]


def _exhaust(
    make: Callable[[Callable[[Step], None]], Iterator[Step]], put: Callable[[Step], None]
) -> None:
    for step in make(put):
        put(step)


def _heard(ended: asyncio.Future[None]) -> None:
    """Why it ended is told by awaiting it; when nobody is left for that, it is told to nobody."""
    if not ended.cancelled():
        ended.exception()
