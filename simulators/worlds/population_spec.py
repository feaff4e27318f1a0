"""The customers of a world: who they are, what they buy by themselves, and how contacts tire them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import Field, model_validator

from simulators.table_faults import Place, TableFaults, unknown_name
from simulators.worlds.order_value import OrderValue
from simulators.worlds.table import Days, NotNegative, Number, Positive, Share, Sigma, SomeDays, Table


class SegmentSpec(Table):
    """One segment of the customers."""

    share: Share
    """Of the customers at the start; all shares sum to 1."""
    organic_factor: NotNegative = 1.0
    """What its rate of organic purchases is multiplied by."""
    value_factor: Positive = 1.0
    """What its order values are multiplied by."""
    moves: Mapping[str, Share] = Field(default_factory=dict)
    """Chance a day of moving to another segment."""


class FeatureSpec(Table):
    """A further feature of the customers that never changes: its values with their shares, which sum to 1."""

    shares: Mapping[str, Share] = Field(min_length=1)


class OrganicSpec(Table):
    """What customers buy without any contact."""

    gap_days: SomeDays = 60.0
    """Median over customers of the mean time between two purchases of one who has not fallen silent."""
    gap_sigma: Sigma = 0.6
    """Standard deviation over customers of its logarithm."""
    rate_factor: NotNegative = 1.0
    """What all organic rates are multiplied by; 0: nobody buys without a contact."""
    silent_share: Share = 0.1
    """Chance that a customer falls silent after a purchase: buys no more but for a contact."""
    start_purchases: Number = Field(default=4.0, ge=0.0, le=100_000.0)
    """Mean number of purchases before the first day of those who bought at all."""
    prospect_share: Share = 0.05
    """Customers who have not bought before the first day."""
    cart_rate: Share = 0.0
    """Chance a day that a customer leaves a full cart behind."""


class FatigueSpec(Table):
    """How contacts tire: each adds 1 to a customer's fatigue, which halves every half_life_days."""

    half_life_days: SomeDays = 14.0
    response_sensitivity: NotNegative = 0.0
    """The odds of a response are multiplied by exp(-sensitivity x fatigue)."""
    opt_out_growth: NotNegative = 0.0
    """The chance of opting out is multiplied by exp(growth x fatigue), up to 1."""


class PopulationSpec(Table):
    """All about the customers."""

    segments: Mapping[str, SegmentSpec] = Field(default_factory=lambda: {"all": SegmentSpec(share=1.0)}, min_length=1)
    categories: tuple[str, ...] = Field(default=("shoes", "coats", "sport"), min_length=1)
    """What they buy, and their favourites."""
    favourite_share: Share = 0.34
    """A category with at least this share of a customer's purchases is a favourite, weighted by its share."""
    features: Mapping[str, FeatureSpec] = Field(default_factory=dict)
    order_value: OrderValue = OrderValue()
    organic: OrganicSpec = OrganicSpec()
    fatigue: FatigueSpec = FatigueSpec()
    effect_days: Days = 7.0
    """How long a contact changes organic purchases; see organic_factor of a campaign."""
    high_value: Positive = 500.0
    """Money spent from which on a customer is of the lifecycle stage HIGH_VALUE."""
    new_days: Days = 60.0
    """One purchase, at most so long ago: NEW."""
    at_risk_gaps: Positive = 2.0
    """Silent for so many personal gaps: AT_RISK."""
    lapsed_days: Days = 180.0
    """Silent for so long: LAPSED. Who buys then is WON_BACK until the next purchase."""
    recency_edges: tuple[Number, Number, Number, Number] = (30.0, 60.0, 120.0, 240.0)
    """Upper ends in days of the scores r = 5, 4, 3, 2."""
    frequency_edges: tuple[Number, Number, Number, Number] = (2.0, 3.0, 6.0, 12.0)
    """Purchases from which on f is 2, 3, 4, 5."""
    monetary_edges: tuple[Number, Number, Number, Number] = (50.0, 150.0, 400.0, 1000.0)
    """Money spent from which on m is 2, 3, 4, 5."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = list(self._faults())
        if found:
            raise TableFaults(found)
        return self

    def _faults(self) -> Iterator[tuple[Place, str]]:
        yield from _sum_fault(("segments",), [segment.share for segment in self.segments.values()])
        for name, segment in self.segments.items():
            place = ("segments", name, "moves")
            for other in segment.moves:
                if other not in self.segments:
                    yield place, f"{other!r} is none of the segments; {unknown_name(other, list(self.segments))}"
            if sum(segment.moves.values()) > 1.0:
                yield place, f"the chances sum to {sum(segment.moves.values()):g}, which is more than 1"
        for name, feature in self.features.items():
            yield from _sum_fault(("features", name, "shares"), list(feature.shares.values()))
        for edges in ("recency_edges", "frequency_edges", "monetary_edges"):
            values = getattr(self, edges)
            if list(values) != sorted(set(values)):
                yield (edges,), "each must be above the one before"
        if len(set(self.categories)) < len(self.categories):
            yield ("categories",), "one stands there twice"


def _sum_fault(place: Place, shares: list[float]) -> Iterator[tuple[Place, str]]:
    if abs(sum(shares) - 1.0) > _SUM_TOLERANCE:
        yield place, f"the shares sum to {sum(shares):g}, not to 1"


_SUM_TOLERANCE = 1e-6
"""Shares written as decimals may miss 1 by this much."""
