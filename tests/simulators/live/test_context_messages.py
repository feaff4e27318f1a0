"""Contexts on their way to the service."""

from __future__ import annotations

import numpy as np

from banditsvc.core.context_columns import Coded, ContextColumns
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_context import read_context
from simulators.live.context_messages import context_messages

COLUMNS = ContextColumns(
    rows=3,
    recency_days=np.array([12.25, np.nan, 0.0]),
    frequency=np.array([0.0, 3.0, np.nan]),
    monetary=np.array([1 / 3, np.nan, 1e6]),
    r=np.array([5, 0, 1]),
    segment=Coded(np.array([1, -1, 0]), ("young", "family")),
    lifecycle_stage=np.array([0, 3, 7]),
    favourite_names=("shoes", "coats"),
    favourites=np.array([[0.0, 0.0], [0.4, 0.6], [1.0, 0.0]]),
    features={
        "device": Coded(np.array([-1, 0, 0]), ("phone",)),
        "age": np.array([31.0, np.nan, 44.5]),
        "app": np.array([True, False, True]),
    },
)


def test_the_service_reads_every_context_as_the_core_has_it() -> None:
    """A message holds what the columns say of the customer, unknown parts unset and every double unchanged."""
    faults = Faults()

    read = [read_context(message, faults) for message in context_messages(COLUMNS)]

    assert [COLUMNS.context(row) for row in range(3)] == read
    faults.raise_if_any()


def test_columns_without_parts_are_empty_contexts() -> None:
    """Where nothing is known of anybody, every message is empty."""
    assert [b""] * 2 == [message.SerializeToString() for message in context_messages(ContextColumns(rows=2))]
