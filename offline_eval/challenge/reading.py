"""Reads the decisions of two policies that divide the customers from the joined table of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.core.traffic_split import TrafficSplit
from offline_eval.choices.coding import Coder, Codes
from offline_eval.intervals import Floats

COLUMNS = (
    "record_time",
    "customer_id",
    "assignment_key",
    "decided_by",
    "policy_version",
    "traffic_split",
    "is_test",
    "is_mature",
    "reward",
    "exclusion_id",
)
"""Columns of the joined table that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """Decisions of both policies whose reward is known; an entry for each."""

    reward: Floats
    """In reward units."""
    is_challenger: NDArray[np.bool_]
    customer: Codes
    """By assignment key: what the policies divide."""


def read_both(
    batches: Iterable[pa.RecordBatch], split: TrafficSplit, *, customer_of: Callable[[str], str] = str
) -> Both:
    """Returns the decisions of both policies while they had these shares.

    Left out are tests, excluded ones, what neither policy decided, and what is not mature or not sent.

    Args:
        batches: Rows of banditsvc.log_schema.JOINED with at least COLUMNS, in log order.
        split: The policies and the share.
        customer_of: The customer that an id stands for, where ids were merged.
    """
    coder = Coder()
    parts: list[tuple[Floats, NDArray[np.bool_], Codes]] = []
    for batch in batches:
        rows = batch.filter(_is_of(batch, split))
        keys = pc.coalesce(rows["assignment_key"], rows["customer_id"])
        versions = rows["policy_version"].to_numpy(zero_copy_only=False)
        parts.append(
            (
                np.asarray(rows["reward"].to_numpy(zero_copy_only=False), dtype=np.float64),
                versions == split.challenger_version,
                coder.code(keys, stands_for=customer_of),
            )
        )
    nothing = (np.zeros(0), np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int32))
    reward, is_challenger, customer = zip(*parts, strict=True) if parts else ([one] for one in nothing)
    return Both(
        reward=np.concatenate(reward), is_challenger=np.concatenate(is_challenger), customer=np.concatenate(customer)
    )


def _is_of(batch: pa.RecordBatch, split: TrafficSplit) -> pa.BooleanArray:
    logged = batch["traffic_split"]
    conditions = [
        pc.equal(pc.struct_field(logged, "policy_version"), split.policy_version),
        pc.equal(pc.struct_field(logged, "challenger_policy_version"), split.challenger_version),
        pc.equal(pc.struct_field(logged, "challenger_share"), split.challenger_share),
        pc.equal(batch["decided_by"], "POLICY"),
        pc.invert(batch["is_test"]),
        batch["is_mature"],
        pc.is_valid(batch["reward"]),
        pc.is_null(batch["exclusion_id"]),
    ]
    found = conditions[0]
    for condition in conditions[1:]:
        found = pc.and_(found, condition)
    return pc.fill_null(found, False)
