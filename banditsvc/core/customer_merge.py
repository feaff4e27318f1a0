"""Customer merges: two ids turn out to be one customer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMerge:
    """From its record on, the merged id stands for the surviving customer."""

    organization_id: str
    merged_customer_id: str
    surviving_customer_id: str
    reason: str = ""
