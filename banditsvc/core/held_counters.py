"""Held counters: what limits on contacts say while an audience's run alone may count them."""

from __future__ import annotations

from collections.abc import Hashable

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.rejection import FunnelStage, Rejection

AUDIENCE_RUN = "audience_run"
"""Rule of what is rejected."""


def held_rejection(campaign_id: str, stage: FunnelStage) -> Rejection:
    """Returns what is said of a campaign that some limit of a stage is about."""
    reason = "an audience's run holds the counters of contacts until it ends: what was sent is not known before"
    return Rejection(campaign_id, stage, AUDIENCE_RUN, reason)


class HeldCapacity:
    """The CapacityLeft of a ledger whose counts are not known: nothing that it counts has room."""

    __slots__ = ("_ledger", "is_empty")

    def __init__(self, ledger: CapacityLedger) -> None:
        self._ledger = ledger
        self.is_empty = ledger.is_empty

    def exhausted(self, labels: CampaignLabels, send_time_us: int) -> str | None:  # noqa: ARG002  that of no period is known
        """Returns AUDIENCE_RUN where some capacity counts contacts like this."""
        return AUDIENCE_RUN if self._ledger.counts(labels) else None

    def rejection(self, campaign_id: str, name: str) -> Rejection:  # noqa: ARG002  there is one name
        """Returns what is said of a campaign that the ledger counts."""
        return held_rejection(campaign_id, FunnelStage.CAPACITY)

    def version(self, send_time_us: int) -> Hashable:  # noqa: ARG002  it always answers the same
        """Returns what stays the same as long as exhausted answers the same."""
        return AUDIENCE_RUN
