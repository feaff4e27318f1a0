"""Decision order: how contacts are ordered, by time and then by their decisions."""

from __future__ import annotations

from collections.abc import Iterable

from banditsvc.core.decision_id import audience_row_of
from banditsvc.ports import HeldContact


def decision_order(decision_id: str) -> tuple[str, int]:
    """Returns by what decisions are ordered among those of one time: by their ids, rows of a run by their number."""
    row = audience_row_of(decision_id) if "/" in decision_id else None
    return (decision_id, -1) if row is None else (f"{row.run_id}/", row.row)


def by_time(found: Iterable[HeldContact]) -> list[HeldContact]:
    """Returns contacts by contact_time, then by decision."""
    return sorted(found, key=lambda one: (one.contact.contact_time_us, decision_order(one.decision_id)))
