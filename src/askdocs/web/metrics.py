"""The server's figures in the format of Prometheus; nothing in them says who asked what."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.types import Answer

if TYPE_CHECKING:
    from fastapi import FastAPI

    from askdocs.web.service import Service

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_MODES = frozenset({"extractive", "generative", "conversation"})
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """Counts what a server does. Each server has a registry of its own."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = self._counter("requests", "Replies.", "method", "route", "status")
        self._seconds = self._histogram("request_seconds", "Until a reply is complete.", "route")
        self._answers = self._counter("answers", "Answers given.", "mode", "refused")
        self._retrieve = self._histogram("retrieve_seconds", "To find the passages of an answer.")
        self._answer = self._histogram(
            "answer_seconds", "To write an answer, once those are there."
        )
        self.registry.register(_Present(service))

    def replied(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a reply; a method that HTTP does not know has no name here."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        mode = answer.mode if answer.mode in _MODES else "other"
        self._answers.labels(mode, str(answer.refused).lower()).inc()
        if "retrieve_ms" in answer.timings:
            self._retrieve.observe(answer.timings["retrieve_ms"] / 1000)
        if "answer_ms" in answer.timings:
            self._answer.observe(answer.timings["answer_ms"] / 1000)

    def written(self) -> bytes:
        """All figures as they are now."""
        return bytes(generate_latest(self.registry))

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"askdocs_{name}", about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, *labels: str) -> Histogram:
        return Histogram(f"askdocs_{name}", about, labels, registry=self.registry, buckets=_SECONDS)


class _Present(Collector):
    """What is read at the moment it is asked for: the line, and the index."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> Iterable[Metric]:
        """Nothing: to describe them would read the index."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The figures."""
        counts = self._service.line.counts()
        yield _gauge("questions_running", "Questions that are being answered.", counts.running)
        yield _gauge("questions_waiting", "Questions that wait for their turn.", counts.waiting)
        ended = CounterMetricFamily(
            "askdocs_questions", "Questions and searches by how they ended.", labels=["outcome"]
        )
        for outcome in ("done", "failed", "stopped", "late", "refused"):
            ended.add_metric([outcome], getattr(counts, outcome))
        yield ended
        store = self._service.index.store
        revision = store.revision
        documents = self._service.count(revision)
        yield _gauge("documents", "Documents in the index.", documents)
        yield _gauge("passages", "Passages in the index.", store.passage_count())
        yield _gauge("index_revision", "How often the passages have changed.", revision)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"askdocs_{name}", about, value=value)


class Measured:
    """ASGI middleware: counts the replies of `app` by the patterns of its addresses."""

    def __init__(self, app: ASGIApp, *, of: FastAPI, metrics: Metrics) -> None:
        self.app = app
        self.of = of
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count what became of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - began
            self.metrics.replied(scope["method"], self._route(scope), status, seconds)

    def _route(self, scope: Scope) -> str:
        """The pattern of the address; "page" for what the page loads, "other" for none of ours."""
        for route in self.of.router.routes:
            match, _ = route.matches({**scope, "method": "GET"})
            if match is not Match.NONE:
                path: Any = getattr(route, "path", "")
                return "page" if isinstance(route, Mount) and not path else path or "page"
        return "other"
