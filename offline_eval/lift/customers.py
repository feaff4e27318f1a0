"""The table that lift is computed from: one row per customer, with whole horizons only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from banditsvc.core.errors import FieldViolation, InvalidRequest
from offline_eval.lift.settings import LiftSettings

REQUIRED = ("group", "horizon_end_us", "value", "converted")
"""Columns of those enrolled: assignment group, when the horizon ends (microseconds since 1970), revenue net of refunds
within the horizon, and whether the customer converted within it."""
ANCHORED = "anchored"
"""Column that says whether the customer was, or would have been, contacted; where it is missing nothing is anchored."""
ANCHORED_COLUMNS = {"horizon_end_us": "anchored_end_us", "value": "anchored_value", "converted": "anchored_converted"}
"""The same counted from the first would-be contact on; where one is missing, the column counted from entry serves."""
CUSTOMER = "customer_id"
"""Optional; where given each customer must stand in one row."""


@dataclass(frozen=True, slots=True)
class Customers:
    """Customers in the order in which their horizons end, revenue winsorised."""

    frame: pd.DataFrame
    """Columns of `REQUIRED`, the slices, and `above_limit`: revenue was above the limit."""
    unlimited: pd.Series[float]
    """Revenue before it was winsorised."""


def enrolled_customers(table: pd.DataFrame, settings: LiftSettings) -> Customers:
    """Returns everyone enrolled, counted from entry: for the estimate by intention to treat.

    Raises:
        InvalidRequest: It names every column at fault.
    """
    violations = list(_violations(table, settings))
    if violations:
        raise InvalidRequest(violations)
    return _ordered(table, settings)


def would_be_contacted(table: pd.DataFrame, settings: LiftSettings) -> Customers | None:
    """Returns those who were or would have been contacted, counted from the first would-be contact on.

    Returns None where the table does not say who they are. The table must have passed `enrolled_customers`.

    Raises:
        InvalidRequest: It names every column at fault.
    """
    if ANCHORED not in table:
        return None
    anchored = table[table[ANCHORED].to_numpy(dtype=bool)]
    counted = anchored.assign(
        **{name: anchored[own] for name, own in ANCHORED_COLUMNS.items() if own in anchored},
    )
    violations = [FieldViolation(ANCHORED_COLUMNS.get(v.field, v.field), v.description) for v in _value_faults(counted)]
    if violations:
        raise InvalidRequest(violations)
    return _ordered(counted, settings)


def _ordered(table: pd.DataFrame, settings: LiftSettings) -> Customers:
    columns = [*REQUIRED, *dict.fromkeys((*settings.slices, *settings.anchored_slices))]
    frame = table.loc[:, columns].sort_values("horizon_end_us", kind="stable", ignore_index=True)
    limit = np.inf if settings.greatest_value is None else settings.greatest_value
    unlimited = frame["value"].astype(float)
    frame = frame.assign(value=unlimited.clip(upper=limit), above_limit=unlimited > limit)
    return Customers(frame.assign(converted=frame["converted"].astype(bool)), unlimited)


def _violations(table: pd.DataFrame, settings: LiftSettings) -> Iterator[FieldViolation]:
    missing = [name for name in (*REQUIRED, *settings.slices, *settings.anchored_slices) if name not in table]
    if missing:
        yield from (FieldViolation(name, "the column is missing") for name in missing)
        return
    unknown = sorted(set(table["group"].astype(str)) - set(settings.shares))
    if unknown:
        yield FieldViolation("group", f"no share is declared for {', '.join(unknown)}")
    if CUSTOMER in table and bool(table[CUSTOMER].duplicated().any()):
        yield FieldViolation(CUSTOMER, "a customer stands in more than one row: each enters a horizon once")
    if ANCHORED in table and not bool(table[ANCHORED].isin([True, False]).all()):
        yield FieldViolation(ANCHORED, "must be true or false")
    yield from _value_faults(table)


def _value_faults(table: pd.DataFrame) -> Iterator[FieldViolation]:
    if not _is_finite(table["value"]):
        yield FieldViolation("value", "must be a finite number")
    if not _is_finite(table["horizon_end_us"]):
        yield FieldViolation("horizon_end_us", "must be a time in microseconds")
    if not bool(table["converted"].isin([True, False]).all()):
        yield FieldViolation("converted", "must be true or false")


def _is_finite(column: pd.Series) -> bool:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return bool(np.isfinite(numbers).all())
