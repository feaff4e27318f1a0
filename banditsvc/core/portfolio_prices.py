"""Portfolio prices: what limits over all customers take from, or give to, the weighted reward of a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.audience_limit import AudienceLimit, LimitSettings
from banditsvc.core.campaign_labels import CampaignLabels


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPrice:
    """The price of one limit, as a run over an audience found it."""

    limit: AudienceLimit
    price: float
    """Reward of one more unit: what it would earn, or for a minimum what it costs; at least 0."""
    bound: float
    """What was left at the start of the run: contacts or cost; for a share 0."""
    expected: float
    """What the run was expected to use at these prices."""
    is_met: bool
    """Whether the prices hold the limit. What they do not hold, a capacity that is exhausted does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioPrices:
    """Prices that a run over an audience found, in force until the next one or until a limit changes."""

    portfolio_id: str
    run_id: str
    settings: LimitSettings
    """What they were found for."""
    limits: tuple[LimitPrice, ...] = ()
    """Empty ends the prices."""
    customers: int = 0
    reward: float = 0.0
    """That all customers were expected to bring within the limits, in weighted rewards."""
    reward_without: float = 0.0
    """The same where no limit is looked at."""
    most_reward: float = 0.0
    """No choice within the limits brings more."""

    def price_of(self, labels: CampaignLabels) -> float:
        """Returns what is taken from the weighted reward of a campaign, below 0 where a minimum wants it."""
        total = 0.0
        for one in self.limits:
            if one.price:
                part = one.price * one.limit.use(labels)
                total += -part if one.limit.is_least else part
        return total

    def prices_of(self, entries: Sequence[CampaignLabels]) -> NDArray[np.float64] | None:
        """Returns the prices of some entries, shape (K,); None where all are 0."""
        prices = np.array([self.price_of(labels) for labels in entries])
        return prices if prices.any() else None
