"""Laws of limits in words: people read the limit and what it counts, and nothing of the customer."""

from __future__ import annotations

import pytest

from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.contact_policy import CampaignSelector, Capacity, CapacityPeriod, ContactScope
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.time_zones import zone


@pytest.mark.parametrize(
    ("capacity", "reason"),
    [
        (Capacity(name="x", max_contacts=1), "at most 1 contact in all"),
        (
            Capacity(name="x", max_contacts=500, max_cost=62.5, per=ContactScope.CHANNEL, period=CapacityPeriod.DAY),
            "at most 500 contacts and a cost of 62.5 a day for each channel",
        ),
        (
            Capacity(
                name="x",
                max_cost=1_000_000,
                period=CapacityPeriod.MONTH,
                campaigns=CampaignSelector(
                    kinds=(3,), families=("f",), categories=("tea", "coffee"), channels=("email",)
                ),
            ),
            "at most a cost of 1000000 a month (counting family f, categories tea, coffee, channel email, kind CROSS_SELL)",
        ),
    ],
)
def test_a_rejection_says_what_the_capacity_allows(capacity: Capacity, reason: str) -> None:
    """People read the limit, its period and what it counts."""
    assert Rejection("a", FunnelStage.CAPACITY, "x", reason) == CapacityLedger([capacity], zone("UTC")).rejection(
        "a", "x"
    )
