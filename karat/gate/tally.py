"""What the gate's service has answered, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from karat.gate.asked import Ruling

BUCKETS_S = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 20.0, 60.0)


class Tally:
    """Counts answers by their status, and the time of rulings in the gate and in the lake.

    `under_way` tells how many questions are, `remembered` how many things the gate knows; beside
    them stand what the process takes (`ProcessCollector`).
    """

    def __init__(self, under_way: Callable[[], int], remembered: Callable[[], int]) -> None:
        self._registry = own = CollectorRegistry()
        ProcessCollector(registry=own)
        asked = Gauge("karat_gate_under_way", "Questions that are looked at or wait.", registry=own)
        asked.set_function(under_way)
        known = Gauge("karat_gate_remembered", "Records and files not looked at again.",
                      registry=own)  # fmt: skip
        known.set_function(remembered)
        self._answers = Counter(
            "karat_gate_answers", "Questions answered.", ["status"], registry=own
        )
        self._partitions = Counter(
            "karat_gate_partitions", "Changed partitions of merges that were judged.", registry=own
        )
        self._reasons = Counter(
            "karat_gate_reasons", "Partitions and paths that were refused.", registry=own
        )
        self._calls = Counter("karat_gate_lake_calls", "Calls to the lake.", registry=own)
        self._judging = Histogram(
            "karat_gate_judging_seconds",
            "Time of a ruling without the lake's.",
            buckets=BUCKETS_S,
            registry=own,
        )
        self._lake = Histogram(
            "karat_gate_lake_seconds",
            "Time of a ruling in the lake.",
            buckets=BUCKETS_S,
            registry=own,
        )

    def answered(self, status: int) -> None:
        """Count an answer."""
        self._answers.labels(str(status)).inc()

    def ruled(self, ruling: Ruling) -> None:
        """Count what a ruling took."""
        self._partitions.inc(ruling.partitions)
        self._reasons.inc(len(ruling.reasons))
        self._calls.inc(ruling.calls)
        self._judging.observe(ruling.judging_s)
        self._lake.observe(ruling.lake_s)

    def text(self) -> bytes:
        """Return all counts in Prometheus' text format."""
        return generate_latest(self._registry)
