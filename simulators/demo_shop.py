"""The shop of the demo: two kinds of customers, three campaigns, and how often who responds to what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.v1.campaign_pb2 import Campaign, CampaignKind, CampaignType
from banditsvc.v1.context_pb2 import CustomerContext, FeatureValue

SEGMENTS = ("families", "students")
CAMPAIGNS = ("family-bundle", "student-discount", "newsletter")
"""In the shop's fixed order: what it would do without learning is to send the first to everybody."""
RESPONSE = np.array([[0.14, 0.03, 0.06], [0.03, 0.14, 0.06]])
"""Chance that a customer of a segment orders after a campaign. The service never sees it."""

_CITIES = ("north", "south", "east", "west")


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer on one day."""

    customer_id: str
    segment: int
    """Index into SEGMENTS."""
    context: CustomerContext
    luck: float
    """Orders where this is below the chance: one draw, the same whatever was sent."""


def campaigns() -> list[Campaign]:
    """Returns the shop's catalogue."""
    kinds = (CampaignKind.CAMPAIGN_KIND_CROSS_SELL, CampaignKind.CAMPAIGN_KIND_PROMOTION, None)
    return [
        Campaign(
            campaign_id=campaign_id,
            type=CampaignType.CAMPAIGN_TYPE_GTM,
            kind=kind or CampaignKind.CAMPAIGN_KIND_NEW_ARRIVAL,
            channel="email",
            fixed_priority=place + 1,
        )
        for place, (campaign_id, kind) in enumerate(zip(CAMPAIGNS, kinds, strict=True))
    ]


def customers_of_day(day: int, count: int, seed: int) -> list[Customer]:
    """Returns the customers who are due on a day."""
    rng = np.random.default_rng([seed, day])
    segments = rng.integers(0, len(SEGMENTS), size=count).tolist()
    luck = rng.random(count).tolist()
    return [
        Customer(f"customer-{day}-{index}", segment, _context(segment, rng), draw)
        for index, (segment, draw) in enumerate(zip(segments, luck, strict=True))
    ]


def expected_orders(segments: NDArray[np.int64], chosen: NDArray[np.int64]) -> float:
    """Returns how many orders the true chances promise for these choices."""
    return float(RESPONSE[segments, chosen].sum())


def reference_rates() -> dict[str, float]:
    """Returns the expected orders per customer of sending at random, the fixed order, and the best possible."""
    return {
        "random": float(RESPONSE.mean()),
        "fixed order": float(RESPONSE[:, 0].mean()),
        "best possible": float(RESPONSE.max(axis=1).mean()),
    }


def _context(segment: int, rng: np.random.Generator) -> CustomerContext:
    # All but the segment is noise that the service has to see through.
    return CustomerContext(
        segment=SEGMENTS[segment],
        recency_days=float(rng.integers(1, 200)),
        monetary=float(np.round(rng.gamma(2.0, 60.0), 2)),
        features={"city": FeatureValue(text=_CITIES[rng.integers(0, len(_CITIES))])},
    )
