"""Slices: what is known of a customer at entry, by which lift is looked at in parts."""

from __future__ import annotations

from bisect import bisect_left

from banditsvc.core.context import CustomerContext

SLICES = ("segment", "lifecycle_stage", "recency", "r", "f", "m")
"""Names of the slices."""
UNKNOWN = "unknown"
_RECENCY_ENDS = (30.0, 90.0, 180.0, 365.0)
_RECENCY_BANDS = ("0-30 days", "31-90 days", "91-180 days", "181-365 days", "366 days or more")


def entry_slices(context: CustomerContext) -> tuple[str, ...]:
    """Returns a customer's value of each of SLICES; `unknown` where nothing is known.

    Recency comes in bands of its own and not in an encoder's bins, which another version may cut otherwise: slices stay
    what they were when they were declared.
    """
    stage = context.lifecycle_stage
    return (
        context.segment or UNKNOWN,
        UNKNOWN if stage is None else stage.name,
        _band(context.recency_days),
        *(UNKNOWN if score is None else str(score) for score in (context.r, context.f, context.m)),
    )


def _band(recency_days: float | None) -> str:
    return UNKNOWN if recency_days is None else _RECENCY_BANDS[bisect_left(_RECENCY_ENDS, recency_days)]
