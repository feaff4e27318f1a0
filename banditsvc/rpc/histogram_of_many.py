"""A histogram of values that come many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class HistogramOfMany(Collector):
    """Counts values by bucket, many in the time that prometheus_client's own histogram takes for a few.

    One thread adds and any may read: what is read is as of some moment within the last call of observe.
    """

    def __init__(self, name: str, text: str, edges: Sequence[float], registry: CollectorRegistry) -> None:
        """Takes the upper edges of the buckets, rising; what is above the last has a bucket of its own."""
        self._name, self._text = name, text
        self._edges = np.array(edges)
        self._counts = np.zeros(len(edges) + 1, np.int64)
        self._sum = 0.0
        registry.register(self)

    def observe(self, values: NDArray[np.float64]) -> None:
        """Adds values. An edge belongs to the bucket that it ends."""
        self._counts += np.bincount(np.searchsorted(self._edges, values), minlength=self._counts.size)
        self._sum += float(values.sum())

    def collect(self) -> Iterable[Metric]:
        """Gives the histogram as of now."""
        edges = [*map(floatToGoString, self._edges.tolist()), "+Inf"]
        counts = np.cumsum(self._counts, dtype=np.float64).tolist()
        buckets = list(zip(edges, counts, strict=True))
        yield HistogramMetricFamily(self._name, self._text, buckets=buckets, sum_value=self._sum)
