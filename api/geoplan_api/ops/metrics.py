"""Metrics (指标) for Prometheus: requests by route and status, how long, what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from geoplan_api.snapshots import Snapshots

CONTENT_TYPE = CONTENT_TYPE_LATEST
_STEPS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Metrics:
    """
    The numbers of one service.

    Parameters
    ----------
    snapshots
        Whose size is told.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._requests = Counter(
            "geoplan_requests", "Requests answered.", ("route", "method", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "geoplan_request_seconds", "Seconds until an answer was sent.", ("route",),
            buckets=_STEPS_S, registry=self._registry,
        )  # fmt: skip
        self._running = Gauge(
            "geoplan_requests_running", "Requests being answered.", registry=self._registry
        )
        Gauge("geoplan_snapshots_kept", "Layers kept as roles see them.",
              registry=self._registry).set_function(lambda: len(snapshots))  # fmt: skip

    def running(self) -> AbstractContextManager[None]:
        """Count a request as running inside the block."""
        return self._running.track_inprogress()

    def observe(self, route: str, method: str, status: int, took_s: float) -> None:
        """Count an answer."""
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(took_s)

    def text(self) -> bytes:
        """Return all numbers as Prometheus reads them."""
        return generate_latest(self._registry)
