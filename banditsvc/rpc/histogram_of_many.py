"""A histogram of values that come many at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class HistogramOfMany(Collector):
    """Counts values by bucket, without the lock that prometheus_client's own histogram takes twice for each.

    One thread adds and any may read: what is read is as of some moment within the last call of observe.
    """

    def __init__(self, name: str, text: str, edges: Sequence[float], registry: CollectorRegistry) -> None:
        """Takes the upper edges of the buckets, rising; what is above the last has a bucket of its own."""
        self._name, self._text = name, text
        self._edges = tuple(edges)
        self._counts = [0] * (len(edges) + 1)
        self._sum = 0.0
        registry.register(self)

    def observe(self, values: Sequence[float]) -> None:
        """Adds values. An edge belongs to the bucket that it ends."""
        edges, counts = self._edges, self._counts
        for value in values:
            counts[bisect_left(edges, value)] += 1
        self._sum += sum(values)

    def collect(self) -> Iterable[Metric]:
        """Gives the histogram as of now."""
        edges = [*map(floatToGoString, self._edges), "+Inf"]
        buckets = list(zip(edges, map(float, accumulate(self._counts)), strict=True))
        yield HistogramMetricFamily(self._name, self._text, buckets=buckets, sum_value=self._sum)
