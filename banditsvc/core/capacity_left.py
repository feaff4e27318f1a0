"""Capacity that is left, as far as the funnel asks."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.rejection import Rejection


class CapacityLeft(Protocol):
    """Tells what fits into some capacities; CapacityLedger is the one of Rank."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is limited."""
        ...

    def exhausted(self, labels: CampaignLabels, send_time_us: int) -> str | None:
        """Returns the name of the first capacity without room for one more contact like this; None if all have."""
        ...

    def rejection(self, campaign_id: str, name: str) -> Rejection:
        """Returns what is said of a campaign for which a capacity is exhausted."""
        ...

    def version(self, send_time_us: int) -> Hashable:
        """Returns what stays the same as long as exhausted answers the same for any campaign asked for so far."""
        ...
